"""``genevolve data``: recipes to a finished data set, stage by stage or all at once."""

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genevolve.cli.options import F, positive
from genevolve.cli.options import engine as placed

if TYPE_CHECKING:
    from genevolve.app.data import DataBuild
    from genevolve.app.workers import Engine
    from genevolve.data.check import DatasetFault

_PART = click.Choice(["sft", "evolve", "validation", "heldout"])
_out = click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder of all stages; the same one continues."
)
_retry = click.option("--retry-failed", is_flag=True, help="Try again what failed for a reason that may have passed.")

_without = click.option("--without-failed", is_flag=True, help="Go on without what failed.")


@click.group()
def data() -> None:
    """Build training data and a held-out benchmark: recipes, prompts, trajectories, audit, ground truth, splits.

    Every stage reads the file of the one before in --out DIR, streams, and goes on where it was stopped; `genevolve data build`
    does all of them. What is rejected lies in STAGE.rejected.jsonl with its reason.
    """


def _at_least_one(context: click.Context, parameter: click.Parameter, value: int | None) -> int | None:
    return None if value is None else positive(context, parameter, value)


def number(*flags: str, help: str) -> Callable[[F], F]:
    return click.option(*flags, type=int, callback=_at_least_one, metavar="N", help=help)


def stage_options(command: F) -> F:
    """``--out`` and ``--plan``, which every stage takes."""
    plan = click.option(
        "--plan", type=click.Path(path_type=Path), metavar="FILE.toml",
        help="The data set's plan. [default: the one that this folder was built with, else the built-in values]",
    )  # fmt: skip
    return _out(plan(command))


def member_options(*roles: str) -> Callable[[F], F]:
    """``--profile`` and the roles that play a part in a stage."""

    def added(command: F) -> F:
        for role in reversed(roles):
            command = click.option(
                f"--{role.replace('_', '-')}", role, metavar="MEMBER", help="Instead of the profile's choice."
            )(command)
        profile = click.option("--profile", metavar="NAME", help="A built-in profile or a TOML file. [default: the plan's]")
        return profile(command)

    return added


def _prepared(
    out: Path, plan: Path | None, changes: Mapping[str, Mapping[str, object]], engine: "Engine" = "local"
) -> "DataBuild":
    from genevolve.app.data import DataBuild
    from genevolve.cli.data_show import ConsoleProgress

    given = {part: {key: value for key, value in values.items() if value is not None} for part, values in changes.items()}
    changed = {part: values for part, values in given.items() if values}
    return DataBuild.prepare(plan, out, changes=changed, progress=ConsoleProgress(out / "recipes.jsonl"), engine=engine)


def _finish(build: "DataBuild", counts: Mapping[str, int]) -> None:
    from genevolve.cli.data_show import show
    from genevolve.data.coverage import funnel_table

    show(funnel_table(build.folder.funnels()))
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    click.echo(f"{build.folder.dataset}: {told}")


@data.command()
@stage_options
@number("--count", help="Recipes to draw.")
@click.option("--seed", type=click.IntRange(min=0), help="Same seed and version: same recipes.")
@click.option("--knowledge", type=float, metavar="SHARE", help="Share of the knowledge track, from 0 to 1.")
def recipes(out: Path, plan: Path | None, count: int | None, seed: int | None, knowledge: float | None) -> int:
    """Draw recipes: task family, factual gap, visual anchor, requirements, difficulty. Prints what they cover.

    Recipes steer coverage and splits; no agent is ever shown one.
    """
    _prepared(out, plan, {"": {"seed": seed}, "recipes": {"count": count, "knowledge": knowledge}}).recipes()
    return 0


@data.command()
@stage_options
@click.option("--realiser", type=click.Choice(["offline", "llm"]), help="Who puts recipes into words.")
@click.option("--input", "given", type=click.Path(path_type=Path), metavar="FILE", help="Requests of your own, not recipes.")
@number("--sample", help="Keep so many, each kind in proportion.")
@click.option("--seed", type=click.IntRange(min=0), help="Of the sample.")
def prompts(out: Path, plan: Path | None, given: Path | None, seed: int | None, **options: Any) -> int:
    """Put the recipes into words and fill the pool: validation, exact and near-duplicates, a balanced sample.

    --realiser llm asks a chat model (prompts.llm in the plan, or OPENAI_BASE_URL, OPENAI_API_KEY and GENEVOLVE_MODEL).
    --input takes a JSON array or JSON lines with prompt (or question) in the place of recipes.
    """
    source = str(given.absolute()) if given else None
    changes = {"": {"seed": seed}, "prompts": {"input": source, **options}}
    asyncio.run(_prepared(out, plan, changes).prompts())
    return 0


@data.command()
@stage_options
@member_options("policy", "search", "image_search")
@number("--trajectories", help="Lessons of each prompt.")
@click.option(
    "--system-prompt",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="In the place of the built-in one; kept in the data.",
)
@click.option("--detail", type=click.Choice(["full", "brief"]), help="How much the policy is told. [default: the profile's]")
@click.option("--view", "views", multiple=True, type=_PART, help="Only prompts of this part; may be given several times.")
@number("--rows", help="Only the first N of these prompts.")
@number("--concurrency", help="Trajectories in progress at once.")
@number("--workers", help="Processes that run the rows. [default: the cores, at most 4, for a policy that computes here]")
@placed
@_retry
def teach(
    out: Path,
    plan: Path | None,
    views: tuple[str, ...],
    system_prompt: Path | None,
    retry_failed: bool,
    engine: "Engine",
    **options: Any,
) -> int:
    """Let a policy work on the prompts: any member, through the loop that everything else uses."""
    prompt = str(system_prompt.absolute()) if system_prompt else None
    changes = {"teach": {**options, "system_prompt": prompt, "views": list(views) or None}}
    tally = asyncio.run(_prepared(out, plan, changes, engine).collect(retry_failed=retry_failed))
    if tally.failed:
        click.echo(f"{tally.failed} failed for a reason that may have passed: --retry-failed tries again", err=True)
    return 1 if tally.failed else 0


@data.command()
@stage_options
@click.option("--judge", type=click.Choice(["rules", "vlm"]), help="Who judges the six qualities.")
@number("--concurrency", help="Lessons that a paid judge reads at once.")
def audit(out: Path, plan: Path | None, judge: str | None, concurrency: int | None) -> int:
    """Check the trajectories, then judge them on six qualities. Reasons of everything rejected are kept and counted."""
    asyncio.run(_prepared(out, plan, {"audit": {"judge": judge, "concurrency": concurrency}}).audit())
    return 0


@data.command()
@stage_options
@member_options("generator", "image_judge")
@click.option("--size", metavar="WxH", help="Size of the ground truths.")
@number("--concurrency", help="Images in progress at once.")
@number("--workers", help="Processes that run the rows. [default: the cores, at most 4, where something computes here]")
@placed
@_retry
@_without
def render(out: Path, plan: Path | None, retry_failed: bool, without_failed: bool, engine: "Engine", **options: Any) -> int:
    """Render the best program of each prompt that needs a ground truth, and look at the image once more."""
    work = _prepared(out, plan, {"render": options}, engine)
    asyncio.run(work.render(retry_failed=retry_failed, without_failed=without_failed))
    return 0


@data.command()
@stage_options
def split(out: Path, plan: Path | None) -> int:
    """Give every row the part that its entities belong to; no prompt and no entity is in two parts."""
    _prepared(out, plan, {}).split()
    return 0


@data.command()
@stage_options
@click.option(
    "--images", type=click.Choice(["auto", "found", "none"]),
    help="Pictures in trajectories: as the teacher saw them (auto), all that were found, or none.",
)  # fmt: skip
@click.option("--parquet/--no-parquet", default=None, help="Also write Parquet files, with the pictures in them.")
@click.option("--chat/--no-chat", default=None, help="Also write trajectories with native tool calls, as OpenAI and TRL do.")
def export(out: Path, plan: Path | None, images: str | None, parquet: bool | None, chat: bool | None) -> int:
    """Write DIR/dataset: JSON lines in the public layout, Parquet, images, dataset_info.json and the data card."""
    build = _prepared(out, plan, {"export": {"images": images, "parquet": parquet, "chat": chat}})
    _finish(build, build.export())
    return 0


@data.command()
@click.argument("plan", metavar="RECIPE.toml", type=click.Path(path_type=Path))
@_out
@number("--count", help="Recipes to draw, instead of the plan's number.")
@placed
@_retry
@_without
@click.option("--dry-run", is_flag=True, help="Print the complete plan with all defaults, and stop.")
def build(
    plan: Path, out: Path, count: int | None, retry_failed: bool, without_failed: bool, dry_run: bool, engine: "Engine"
) -> int:
    """Do all stages of RECIPE.toml in DIR. Started again with the same folder, it goes on."""
    work = _prepared(out, plan, {"recipes": {"count": count}}, engine)
    if dry_run:
        click.echo(json.dumps(work.plan.model_dump(mode="json"), indent=2))
        return 0
    _finish(work, asyncio.run(work.all(retry_failed=retry_failed, without_failed=without_failed)))
    return 0


@data.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--judge", metavar="MEMBER", help="Also look at every ground truth with this judge: pixel or vlm.")
@click.option("--profile", default="offline", show_default=True, metavar="NAME", help="Of the judge.")
@click.option("--near", default=0.75, show_default=True, help="Likeness from which two prompts are the same, 0.5 to 1.")
@click.option(
    "--most", default=50, show_default=True, callback=positive, metavar="N", help="Findings to print; all are counted."
)
@click.option("--json", "as_json", is_flag=True, help="Print every finding as one JSON line, and nothing else.")
def check(folders: tuple[Path, ...], most: int, as_json: bool, **options: Any) -> int:
    """Check data sets: ours, the public ones, or others of that layout; several are taken together.

    Finds prompts and entities in two parts, damaged and missing images, lines that are cut off or no JSON, ground truths that
    belong to another request, trajectories that break the rules, and more; each with its file and line. The exit code is 1 if
    anything was found.
    """
    from genevolve.app.data import check_data

    left = itertools.count(most, -1)

    def on_fault(found: "DatasetFault") -> None:
        if as_json or next(left) > 0:
            _say(found, as_json=as_json)

    checked = check_data(folders, on_fault=on_fault, **options)
    if as_json:
        return 1 if checked.faults else 0
    seen = checked.seen
    parts = ", ".join(f"{name} {count:,}" for name, count in seen.parts.items())
    judged = f", {seen.judged:,} judged ({seen.unjudged:,} could not be)" if options["judge"] else ""
    click.echo(f"{seen.rows:,} rows ({parts}), {seen.images:,} images{judged}")
    if not checked.faults:
        click.echo("nothing is wrong")
        return 0
    click.echo("found: " + ", ".join(f"{rule} {count:,}" for rule, count in checked.faults.most_common()))
    return 1


def _say(found: "DatasetFault", *, as_json: bool) -> None:
    from genevolve.cli.show import plain

    if as_json:
        click.echo(json.dumps({"place": found.place, "rule": found.rule, "detail": found.detail}, ensure_ascii=False))
    else:
        click.echo(f"{plain(found.place)}: {found.rule}: {plain(found.detail)[:300]}")


@data.command()
@click.argument("source", metavar="PATH", type=click.Path(path_type=Path))
def coverage(source: Path) -> int:
    """Show what PATH covers: a stage's file (recipes.jsonl, prompts.jsonl, …), or any data set's folder or file."""
    from genevolve.cli.data_show import show_coverage

    show_coverage(source)
    return 0
