"""``genevolve data``: recipes to a finished data set, stage by stage or all at once."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genevolve.cli.data_check import check
from genevolve.cli.data_tables import coverage
from genevolve.cli.options import F, positive

if TYPE_CHECKING:
    from genevolve.cli.data_stages import Work

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


def _work(out: Path, plan: Path | None, changes: Mapping[str, Mapping[str, Any]]) -> "Work":
    from genevolve.cli.data_stages import Work

    given = {part: {key: value for key, value in values.items() if value is not None} for part, values in changes.items()}
    return Work.prepare(out, plan, {part: values for part, values in given.items() if values})


@data.command()
@stage_options
@number("--count", help="Recipes to draw.")
@click.option("--seed", type=click.IntRange(min=0), help="Same seed and version: same recipes.")
@click.option("--knowledge", type=float, metavar="SHARE", help="Share of the knowledge track, from 0 to 1.")
def recipes(out: Path, plan: Path | None, count: int | None, seed: int | None, knowledge: float | None) -> int:
    """Draw recipes: task family, factual gap, visual anchor, requirements, difficulty. Prints what they cover.

    Recipes steer coverage and splits; no agent is ever shown one.
    """
    _work(out, plan, {"": {"seed": seed}, "recipes": {"count": count, "knowledge": knowledge}}).recipes()
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
    asyncio.run(_work(out, plan, changes).prompts())
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
@number("--workers", help="Processes for policies that compute here. [default: the cores, at most 4]")
@_retry
def teach(
    out: Path, plan: Path | None, views: tuple[str, ...], system_prompt: Path | None, retry_failed: bool, **options: Any
) -> int:
    """Let a policy work on the prompts: any member, through the loop that everything else uses."""
    prompt = str(system_prompt.absolute()) if system_prompt else None
    changes = {"teach": {**options, "system_prompt": prompt, "views": list(views) or None}}
    return asyncio.run(_work(out, plan, changes).teach(retry_failed=retry_failed))


@data.command()
@stage_options
@click.option("--judge", type=click.Choice(["rules", "vlm"]), help="Who judges the six qualities.")
@number("--concurrency", help="Lessons that a paid judge reads at once.")
def audit(out: Path, plan: Path | None, judge: str | None, concurrency: int | None) -> int:
    """Check the trajectories, then judge them on six qualities. Reasons of everything rejected are kept and counted."""
    asyncio.run(_work(out, plan, {"audit": {"judge": judge, "concurrency": concurrency}}).audit())
    return 0


@data.command()
@stage_options
@member_options("generator", "image_judge")
@click.option("--size", metavar="WxH", help="Size of the ground truths.")
@number("--concurrency", help="Images in progress at once.")
@number("--workers", help="Processes for generators and judges that compute here. [default: the cores, at most 4]")
@_retry
@_without
def render(out: Path, plan: Path | None, retry_failed: bool, without_failed: bool, **options: Any) -> int:
    """Render the best program of each prompt that needs a ground truth, and look at the image once more."""
    asyncio.run(_work(out, plan, {"render": options}).render(retry_failed=retry_failed, without_failed=without_failed))
    return 0


@data.command()
@stage_options
def split(out: Path, plan: Path | None) -> int:
    """Give every row the part that its entities belong to; no prompt and no entity is in two parts."""
    _work(out, plan, {}).split()
    return 0


@data.command()
@stage_options
@click.option(
    "--images", type=click.Choice(["auto", "found", "none"]),
    help="Pictures in trajectories: as the teacher saw them (auto), all that were found, or none.",
)  # fmt: skip
@click.option("--parquet/--no-parquet", default=None, help="Also write Parquet files.")
def export(out: Path, plan: Path | None, images: str | None, parquet: bool | None) -> int:
    """Write DIR/dataset: JSON lines in the public layout, Parquet, images, dataset_info.json and the data card."""
    _work(out, plan, {"export": {"images": images, "parquet": parquet}}).export()
    return 0


@data.command()
@click.argument("plan", metavar="RECIPE.toml", type=click.Path(path_type=Path))
@_out
@number("--count", help="Recipes to draw, instead of the plan's number.")
@_retry
@_without
@click.option("--dry-run", is_flag=True, help="Print the whole plan with all defaults, and stop.")
def build(plan: Path, out: Path, count: int | None, retry_failed: bool, without_failed: bool, dry_run: bool) -> int:
    """Do all stages of RECIPE.toml in DIR. Started again with the same folder, it goes on."""
    work = _work(out, plan, {"recipes": {"count": count}})
    if dry_run:
        click.echo(json.dumps(work.plan.model_dump(mode="json"), indent=2))
        return 0
    asyncio.run(work.build(retry_failed=retry_failed, without_failed=without_failed))
    return 0


data.add_command(check)
data.add_command(coverage)
