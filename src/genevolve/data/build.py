"""The stages of a data set in a folder, each from the file of the one before, whichever of them were begun or finished.

Members of roles and the source of requests come from outside: this part of the project knows no profiles and no world.
"""

import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from genevolve.core.errors import ServiceError, UsageError
from genevolve.data.audit import NOT_COLLECTED, Auditor, Thresholds, audit
from genevolve.data.card import DatasetCard, write_card
from genevolve.data.collect import Collection as Collecting
from genevolve.data.collect import Working, lessons
from genevolve.data.divide import divide
from genevolve.data.export import FOUND, TEXT_ONLY, ExportedImage, ExportSource, export
from genevolve.data.export_parquet import drop_parquet, write_parquet
from genevolve.data.folder import DataFolder
from genevolve.data.ground_truth import TruthRendering, VisualBar, needs_truth, second_filter
from genevolve.data.plan import BuildPlan
from genevolve.data.pool import PromptFilter, fill_pool, sample
from genevolve.data.prompts import make_recipes, wording_by
from genevolve.data.records import Json, Prompt, json_object, whole
from genevolve.data.requests import RequestSource
from genevolve.data.splits import Split
from genevolve.data.stage import (
    Funnel,
    OnRow,
    Stage,
    digest_of,
    finished,
    funnel_of,
    lessons_of,
    prompts_of,
    read_funnel,
    run_stage,
    write_funnel,
)
from genevolve.data.user_prompts import user_prompts
from genevolve.run.batch import BatchCounts, RowRunners
from genevolve.run.components import Components
from genevolve.run.limits import RateLimiter
from genevolve.run.row import Job
from genevolve.run.rows import image_size
from genevolve.store.journal import records
from genevolve.store.user_file import json_of_ours
from genevolve.tools.standard import STANDARD

COLLECTING = ("policy", "search", "image_search", "skills")
RENDERING = ("generator", "image_judge")
FAILED = "start again with --retry-failed to try once more, or with --without-failed to go on without them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worder:
    """Who words recipes: ``word`` does the stage, ``label`` names them in each row."""

    word: Callable[[Stage, Iterator[Prompt], OnRow], Awaitable[None]]
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenAuditor:
    """Who judges lessons. Answers of one behind a ``gate`` are kept from the moment they arrive."""

    judge: Auditor
    label: str
    gate: RateLimiter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildComponents:
    """A profile, ready to be opened with ``open(images, roles=…)``. ``apart`` opens the processes that run its rows, if any.

    ``about`` describes it for the run directory; ``teacher`` and ``profile`` name policy and profile in each row. ``revises``:
    its policy works in several rounds, for which pictures are drawn and judged.
    """

    open: Callable[..., AbstractAsyncContextManager[Components]]
    about: Json
    teacher: str
    profile: str
    apart: "Apart" = lambda setup, job, *, roles: nullcontext()
    revises: bool = False

    @property
    def made_by(self) -> Json:
        about = self.about
        return {
            "teacher": self.teacher,
            "profile": self.profile,
            "commit": about.get("commit"),
            "genevolve": about.get("genevolve"),
        }


class Apart(Protocol):
    def __call__(
        self, setup: Components, job: Job, *, roles: Collection[str]
    ) -> AbstractAsyncContextManager[RowRunners | None]: ...


# ---- recipes and prompts ------------------------------------------------------------------------------------------------


def recipes_stage(folder: DataFolder, plan: BuildPlan, source: RequestSource, about: Json, on_row: OnRow) -> Funnel:
    chosen = plan.recipes
    shares = {Split(name): share for name, share in chosen.shares.items() if share}
    settings: Json = {"stage": "recipes", "seed": plan.seed, **chosen.model_dump(mode="json")}
    with Stage(folder.recipes, settings) as stage:
        if not stage.finished:
            made_by: Json = {"commit": about.get("commit"), "genevolve": about.get("genevolve")}
            make_recipes(
                stage,
                source,
                count=chosen.count,
                seed=plan.seed,
                knowledge=chosen.knowledge,
                shares=shares,
                provenance=made_by,
                on_row=on_row,
            )
        return stage.finish()


async def wording_stage(folder: DataFolder, worder: Worder, on_row: OnRow) -> Funnel:
    source = finished(folder.recipes, "recipes")
    with Stage(folder.worded, {"stage": "worded", "source": source.digest, "realiser": worder.label}) as stage:
        if not stage.finished:
            await worder.word(stage, prompts_of(folder.recipes, "recipes"), on_row)
        return stage.finish()


def own_worder(source: RequestSource) -> Worder:
    """The source puts its recipes into words itself."""

    async def word(stage: Stage, rows: Iterator[Prompt], on_row: OnRow) -> None:
        run_stage(stage, rows, wording_by(source), on_row)

    return Worder(word=word, label=source.realiser)


def user_prompts_stage(folder: DataFolder, given: Path, on_row: OnRow) -> Funnel:
    """Requests of the user's own in the place of worded recipes."""
    if not given.is_file():
        raise UsageError(f"prompts.input {given}: there is no such file")
    with Stage(folder.worded, {"stage": "given", "source": digest_of(given)}) as stage:
        if not stage.finished:
            run_stage(stage, user_prompts(given), lambda row: row.found, on_row)
        return stage.finish()


def pool_stage(folder: DataFolder, plan: BuildPlan, private: Collection[str], on_row: OnRow) -> Funnel:
    """The pool, and a sample where one is asked for. ``private`` are words that only recipes know."""
    chosen = plan.prompts
    wanted = PromptFilter(min_words=chosen.min_words, max_words=chosen.max_words, near_duplicates=chosen.near_duplicates)
    limits = {"min_words": wanted.min_words, "max_words": wanted.max_words, "near_duplicates": wanted.near_duplicates}
    source = finished(folder.worded, "prompts")
    target = folder.prompts if chosen.sample is None else folder.pool
    with Stage(target, {"stage": "pool", "source": source.digest, **limits}) as stage:
        if not stage.finished:
            rows = prompts_of(folder.worded, "prompts")
            fill_pool(stage, rows, wanted, private=private, scratch=folder.scratch, on_row=on_row)
        found = stage.finish()
    if chosen.sample is None:
        return found
    settings: Json = {"stage": "sample", "source": found.digest, "sample": chosen.sample, "seed": plan.seed}
    with Stage(folder.prompts, settings) as stage:
        if not stage.finished:
            sample(stage, folder.pool, chosen.sample, plan.seed, on_row)
        return stage.finish()


# ---- trajectories -------------------------------------------------------------------------------------------------------


def chosen_prompts(folder: DataFolder, plan: BuildPlan) -> Iterator[Prompt]:
    """The prompts that a policy works on: those of some splits, and of these the first."""
    rows = prompts_of(folder.prompts, "prompts")
    wanted = (row for row in rows if row.split in plan.teach.views)
    return itertools.islice(wanted, plan.teach.rows)


def count_lessons(folder: DataFolder, plan: BuildPlan) -> int:
    return sum(1 for _ in chosen_prompts(folder, plan)) * plan.teach.trajectories


async def collect_stage(folder: DataFolder, plan: BuildPlan, system: BuildComponents, working: Working) -> BatchCounts:
    """Trajectories by the system's policy; those whose failure may have passed are tried again where ``working`` says so."""
    chosen = plan.teach
    source = finished(folder.prompts, "prompts")
    what = {"prompts": source.digest, "trajectories": chosen.trajectories, "views": chosen.views, "rows": chosen.rows}
    with folder.lessons.held():
        folder.lessons.describe({**system.about, "input": what, "until": "score" if system.revises else "program"})
        if funnel_of(folder.collected).exists() and not working.retry_failed:
            told = read_funnel(folder.collected)
            return BatchCounts(done=told.taken, failed=told.why.get(NOT_COLLECTED, 0), earlier=told.taken)
        collecting = Collecting(
            folder=folder.lessons, trajectories=chosen.trajectories, made_by=system.made_by, working=working
        )
        roles = (*COLLECTING, *RENDERING) if system.revises else COLLECTING
        async with (
            system.open(folder.lessons.images, roles=roles) as setup,
            system.apart(setup, collecting.job, roles=roles) as runners,
        ):
            tally = await collecting.run(chosen_prompts(folder, plan), setup, runners)
        write_funnel(folder.collected, _collected(folder))
    return tally


def _collected(folder: DataFolder) -> Funnel:
    ended = Counter(str(row.get("termination")) for row in records(folder.lessons.results))
    kept = ended.pop("answer", 0)
    why = {NOT_COLLECTED if how == "error" else how: count for how, count in ended.most_common()}
    return Funnel(stage="lessons", taken=kept + ended.total(), kept=kept, why=why, digest=digest_of(folder.lessons.results))


def collected(folder: DataFolder) -> Funnel:
    """The funnel of collecting. Raises ``UsageError`` when it is not through."""
    if not funnel_of(folder.collected).exists():
        raise UsageError(f"{folder.lessons.path}: teaching is not finished; `genevolve data teach` goes on with it")
    return read_funnel(folder.collected)


async def audit_stage(folder: DataFolder, plan: BuildPlan, auditor: ChosenAuditor, on_row: OnRow) -> Funnel:
    chosen = plan.audit
    bar = Thresholds(each=chosen.each, total=chosen.total, max_references=chosen.max_references)
    settings: Json = {"stage": "audited", "source": collected(folder).digest, "judge": auditor.label}
    limits = {"each": bar.each, "total": bar.total, "max_references": bar.max_references}
    with Stage(folder.audited, {**settings, **limits}) as stage:
        if not stage.finished:
            rows = lessons(prompts_of(folder.prompts, "prompts"), records(folder.lessons.results))
            await audit(stage, rows, auditor.judge, bar, on_row=on_row, concurrency=chosen.concurrency, gate=auditor.gate)
        return stage.finish()


# ---- ground truth, split ------------------------------------------------------------------------------------------------


def count_truths(folder: DataFolder) -> int:
    """Prompts that need a ground truth."""
    return len({row.prompt_id for row in lessons_of(folder.audited, "audit") if needs_truth(row)})


async def render_stage(
    folder: DataFolder, plan: BuildPlan, system: BuildComponents, working: Working, *, without_failed: bool = False
) -> Funnel:
    """Ground truths by the system's generator, and the second visual filter by its judge of images.

    Raises ``ServiceError`` where some could not be rendered or judged, unless the data set is to do without them.
    """
    source = finished(folder.audited, "audit")
    size = image_size(plan.render.size, setting="render.size")
    with folder.truths.held():
        folder.truths.describe({**system.about, "input": {"audited": source.digest, "size": list(size)}, "until": "score"})
        if not funnel_of(folder.rendered).exists() or working.retry_failed:
            rendering = TruthRendering(folder=folder.truths, references=folder.lessons.path, size=size, working=working)
            async with (
                system.open(folder.truths.images, roles=RENDERING) as setup,
                system.apart(setup, rendering.job, roles=RENDERING) as runners,
            ):
                tally = await rendering.run(lessons_of(folder.audited, "audit"), setup, runners)
            if tally.failed and not without_failed:
                raise ServiceError(f"{tally.failed} ground truths could not be rendered or judged; {FAILED}")
        return _filtered(folder, plan, source)


def _filtered(folder: DataFolder, plan: BuildPlan, source: Funnel) -> Funnel:
    bar = VisualBar(**{name: getattr(plan.render, name) for name in VisualBar().to_json()})
    made = digest_of(folder.truths.results)
    with Stage(folder.rendered, {"stage": "rendered", "source": [source.digest, made], **bar.to_json()}) as stage:
        if not stage.finished:
            rows = lessons_of(folder.audited, "audit")
            second_filter(stage, rows, records(folder.truths.results), bar, on_row=lambda count: None)
        return stage.finish()


def split_stage(folder: DataFolder, plan: BuildPlan, on_row: OnRow) -> Funnel:
    source = finished(folder.rendered, "render")
    near = plan.split.near_duplicates
    with Stage(folder.split, {"stage": "split", "source": source.digest, "near_duplicates": near}) as stage:
        if not stage.finished:
            divide(stage, lessons_of(folder.rendered, "render"), scratch=folder.scratch, near=near, on_row=on_row)
        return stage.finish()


# ---- the finished data set ----------------------------------------------------------------------------------------------


def export_stage(folder: DataFolder, plan: BuildPlan, on_row: OnRow) -> dict[str, int]:
    """The data set in ``dataset/``, with its card; made anew each time, since it costs nothing. Rows of each file."""
    finished(folder.split, "split")
    source = ExportSource(lessons=folder.lessons.path, truths=folder.truths.path)
    taught_by, rendered_by = _about(folder.lessons.about), _about(folder.truths.about)
    rows = lessons_of(folder.split, "split")
    counts = export(
        rows,
        source,
        folder.dataset,
        shown=shown_images(plan, taught_by),
        chat=[tool.schema for tool in STANDARD] if plan.export.chat else None,
        on_row=on_row,
    )
    if plan.export.parquet:
        write_parquet(folder.dataset)
    else:
        drop_parquet(folder.dataset)
    funnels = list(folder.funnels())
    made = _made_by(plan, taught_by, rendered_by, _about(folder.audited.with_suffix(".stage.json")))
    write_card(folder.dataset, DatasetCard(name=plan.name, licence=plan.licence, counts=counts, funnels=funnels, made=made))
    return counts


def shown_images(plan: BuildPlan, taught_by: Json) -> ExportedImage:
    """As the plan wants it; ``auto`` is what the teacher itself was shown."""
    if plan.export.images != "auto":
        return FOUND if plan.export.images == "found" else TEXT_ONLY
    policy = json_object(json_object(taught_by.get("profile")).get("policy"))
    if policy.get("observe") != "images":
        return TEXT_ONLY
    most, total = policy.get("max_images", FOUND.each), policy.get("max_total_images", FOUND.total)
    return ExportedImage(each=whole(most), total=whole(total))


def _about(path: Path) -> Json:
    try:
        value = json_of_ours(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}); it says what made these rows") from None
    return json_object(value)


def _made_by(plan: BuildPlan, taught_by: Json, rendered_by: Json, audited: Json) -> Json:
    return {
        "plan": plan.name,
        "teacher": str(taught_by.get("teacher")),
        "audit": str(audited.get("judge")),
        "generator": str(rendered_by.get("generator")),
        "judge of ground truths": str(rendered_by.get("judge")),
        "commit": str(taught_by.get("commit")),
        "genevolve": str(taught_by.get("genevolve")),
        "settings": plan.model_dump(mode="json"),
        "taught_by": taught_by,
        "rendered_by": rendered_by,
    }
