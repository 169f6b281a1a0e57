"""The stages of a data set in a folder, each from the file of the one before, whichever of them were begun or finished.

Members of roles come from outside (``BuildComponents``): this part of the project knows no profiles.
"""

import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from genevolve.core.errors import ServiceError, UsageError
from genevolve.data.audit import NOT_TAUGHT, Auditor, Thresholds, audit
from genevolve.data.audit_rules import audit_by_rules
from genevolve.data.card import DatasetCard, write_card
from genevolve.data.export import FOUND, TEXT_ONLY, ExportedImage, ExportSource, export
from genevolve.data.export_parquet import drop_parquet, write_parquet
from genevolve.data.folder import DataFolder
from genevolve.data.own_prompts import given_prompts
from genevolve.data.plan import BuildPlan
from genevolve.data.pool import PromptFilter, fill_pool, sample
from genevolve.data.prompts import make_recipes, realised
from genevolve.data.split import split
from genevolve.data.stage import (
    Funnel,
    OnRow,
    Record,
    Stage,
    digest_of,
    finished,
    funnel_of,
    read_funnel,
    run_stage,
    source_rows,
    write_funnel,
)
from genevolve.data.teach import lessons_of, teach
from genevolve.data.truth import VisualBar, needs_truth, render_truths, second_filter
from genevolve.data.views import View
from genevolve.run.batch import BatchCounts, load_results
from genevolve.run.components import Components
from genevolve.run.rows import image_size
from genevolve.run.workers import Workers
from genevolve.store.images import ImageStore

TEACHING = ("policy", "search", "image_search", "skills")
RENDERING = ("generator", "image_judge")
FAILED = "start again with --retry-failed to try once more, or with --without-failed to go on without them"
OnResult = Callable[[Record], None]
Worder = Callable[[Stage, Iterator[Record], OnRow], Awaitable[None]]  # words recipes; ``data.realise_llm`` makes one


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildComponents:
    """A profile, ready to be opened with ``open(images, roles=…)`` here or in a worker process.

    ``about`` describes it for the run directory; ``teacher`` and ``profile`` name policy and profile in each row;
    ``movable`` are the roles whose members may work in processes of their own.
    """

    open: Callable[..., AbstractAsyncContextManager[Components]]
    about: Record
    teacher: str
    profile: str
    movable: frozenset[str] = frozenset()

    @property
    def made_by(self) -> Record:
        about = self.about
        return {
            "teacher": self.teacher,
            "profile": self.profile,
            "commit": about.get("commit"),
            "genevolve": about.get("genevolve"),
        }


@asynccontextmanager
async def opened(
    system: BuildComponents, images: ImageStore, roles: Collection[str], workers: int
) -> AsyncIterator[Components]:
    """The members of ``roles``; with more than one worker those that compute here do it in processes of their own."""
    moved = tuple(role for role in roles if role in system.movable) if workers > 1 else ()
    pool = Workers(workers, partial(system.open, roles=moved), images.folder) if moved else None
    here = tuple(role for role in roles if role not in moved or role == "policy")  # it decides how much is told to it
    async with system.open(images, roles=here) as setup:
        with pool or nullcontext():
            yield pool.around(setup, moved) if pool is not None else setup


# ---- recipes and prompts ------------------------------------------------------------------------------------------------


def recipes_stage(folder: DataFolder, plan: BuildPlan, about: Record, on_row: OnRow) -> Funnel:
    chosen = plan.recipes
    shares = {View(name): share for name, share in chosen.shares.items() if share}
    settings = {"stage": "recipes", "seed": plan.seed, **chosen.model_dump(mode="json")}
    with Stage(folder.recipes, settings) as stage:
        if not stage.finished:
            made_by = {"commit": about.get("commit"), "genevolve": about.get("genevolve")}
            make_recipes(
                stage,
                count=chosen.count,
                seed=plan.seed,
                knowledge=chosen.knowledge,
                shares=shares,
                provenance=made_by,
                on_row=on_row,
            )
        return stage.finish()


async def prompts_stage(folder: DataFolder, plan: BuildPlan, worder: Worder | None, realiser: str, on_row: OnRow) -> Funnel:
    """Wording (or requests of one's own), the pool, and a sample where one is asked for."""
    await _word(folder, plan, worder, realiser, on_row)
    chosen = plan.prompts
    fence = PromptFilter(min_words=chosen.min_words, max_words=chosen.max_words, near_duplicates=chosen.near_duplicates)
    limits = {"min_words": fence.min_words, "max_words": fence.max_words, "near_duplicates": fence.near_duplicates}
    source = finished(folder.worded, "prompts")
    target = folder.prompts if chosen.sample is None else folder.pool
    with Stage(target, {"stage": "pool", "source": source.digest, **limits}) as stage:
        if not stage.finished:
            fill_pool(stage, source_rows(folder.worded, "prompts"), fence, scratch=folder.scratch, on_row=on_row)
        found = stage.finish()
    if chosen.sample is None:
        return found
    settings = {"stage": "sample", "source": found.digest, "sample": chosen.sample, "seed": plan.seed}
    with Stage(folder.prompts, settings) as stage:
        if not stage.finished:
            sample(stage, folder.pool, chosen.sample, plan.seed, on_row)
        return stage.finish()


async def _word(folder: DataFolder, plan: BuildPlan, worder: Worder | None, realiser: str, on_row: OnRow) -> None:
    if plan.prompts.input is not None:
        given = Path(plan.prompts.input)
        if not given.is_file():
            raise UsageError(f"prompts.input {given}: there is no such file")
        with Stage(folder.worded, {"stage": "given", "source": digest_of(given)}) as stage:
            if not stage.finished:
                run_stage(stage, given_prompts(given), lambda row: row["given"], on_row)
                stage.finish()
        return
    source = finished(folder.recipes, "recipes")
    with Stage(folder.worded, {"stage": "worded", "source": source.digest, "realiser": realiser}) as stage:
        if not stage.finished:
            rows = source_rows(folder.recipes, "recipes")
            if worder is None:
                run_stage(stage, rows, realised, on_row)
            else:
                await worder(stage, rows, on_row)
            stage.finish()


# ---- trajectories -------------------------------------------------------------------------------------------------------


def chosen_prompts(folder: DataFolder, plan: BuildPlan) -> Iterator[Record]:
    """The prompts that are taught: those of some views, and of these the first."""
    rows = source_rows(folder.prompts, "prompts")
    wanted = (row for row in rows if row.get("view") in plan.teach.views)
    return itertools.islice(wanted, plan.teach.rows)


def count_lessons(folder: DataFolder, plan: BuildPlan) -> int:
    return sum(1 for _ in chosen_prompts(folder, plan)) * plan.teach.trajectories


async def teach_stage(
    folder: DataFolder, plan: BuildPlan, system: BuildComponents, *, workers: int, retry_failed: bool = False, on_row: OnResult
) -> BatchCounts:
    """Trajectories by the system's policy. With ``retry_failed`` those are tried again whose failure may have passed."""
    chosen = plan.teach
    source = finished(folder.prompts, "prompts")
    what = {"prompts": source.digest, "trajectories": chosen.trajectories, "views": chosen.views, "rows": chosen.rows}
    with folder.lessons.held():
        folder.lessons.describe({**system.about, "input": what, "until": "program"})
        if funnel_of(folder.taught).exists() and not retry_failed:
            told = read_funnel(folder.taught)
            return BatchCounts(done=told.taken, failed=told.why.get(NOT_TAUGHT, 0), earlier=told.taken)
        async with opened(system, folder.lessons.images, TEACHING, workers) as setup:
            tally = await teach(
                chosen_prompts(folder, plan),
                folder.lessons,
                setup,
                trajectories=chosen.trajectories,
                made_by=system.made_by,
                concurrency=chosen.concurrency,
                retry_failed=retry_failed,
                on_row=on_row,
            )
        write_funnel(folder.taught, _taught(folder))
    return tally


def _taught(folder: DataFolder) -> Funnel:
    ended = Counter(str(row.get("termination")) for row in load_results(folder.lessons.results))
    kept = ended.pop("answer", 0)
    why = {NOT_TAUGHT if how == "error" else how: count for how, count in ended.most_common()}
    return Funnel(stage="lessons", taken=kept + ended.total(), kept=kept, why=why, digest=digest_of(folder.lessons.results))


def taught(folder: DataFolder) -> Funnel:
    """The funnel of teaching. Raises ``UsageError`` when it is not through."""
    if not funnel_of(folder.taught).exists():
        raise UsageError(f"{folder.lessons.path}: teaching is not finished; `genevolve data teach` goes on with it")
    return read_funnel(folder.taught)


async def audit_stage(folder: DataFolder, plan: BuildPlan, auditor: Auditor | None, judge: str, on_row: OnRow) -> Funnel:
    """``auditor`` None is the offline judge; any other is taken to cost something."""
    chosen = plan.audit
    lessons = taught(folder)
    bar = Thresholds(each=chosen.each, total=chosen.total, max_references=chosen.max_references)
    settings = {"stage": "audited", "source": lessons.digest, "judge": judge}
    limits = {"each": bar.each, "total": bar.total, "max_references": bar.max_references}
    with Stage(folder.audited, {**settings, **limits}) as stage:
        if not stage.finished:
            rows = lessons_of(source_rows(folder.prompts, "prompts"), load_results(folder.lessons.results))
            await audit(
                stage,
                rows,
                auditor or audit_by_rules,
                bar,
                on_row=on_row,
                concurrency=chosen.concurrency,
                paid=auditor is not None,
            )
        return stage.finish()


# ---- ground truth, split ------------------------------------------------------------------------------------------------


def count_truths(folder: DataFolder) -> int:
    """Prompts that need a ground truth."""
    rows = source_rows(folder.audited, "audit")
    return len({row["prompt_id"] for row in rows if needs_truth(row)})


async def render_stage(
    folder: DataFolder,
    plan: BuildPlan,
    system: BuildComponents,
    *,
    workers: int,
    retry_failed: bool = False,
    without_failed: bool = False,
    on_row: OnResult,
) -> Funnel:
    """Ground truths by the system's generator, and the second visual filter by its judge of images.

    Raises ``ServiceError`` where some could not be rendered or judged, unless the data set is to do without them.
    """
    chosen = plan.render
    source = finished(folder.audited, "audit")
    size = image_size(chosen.size, setting="render.size")
    with folder.truths.held():
        what = {"audited": source.digest, "size": list(size)}
        folder.truths.describe({**system.about, "input": what, "until": "score"})
        if not funnel_of(folder.rendered).exists() or retry_failed:
            async with opened(system, folder.truths.images, RENDERING, workers) as setup:
                tally = await render_truths(
                    source_rows(folder.audited, "audit"),
                    folder.lessons.path,
                    folder.truths,
                    setup,
                    size=size,
                    concurrency=chosen.concurrency,
                    retry_failed=retry_failed,
                    on_row=on_row,
                )
            if tally.failed and not without_failed:
                raise ServiceError(f"{tally.failed} ground truths could not be rendered or judged; {FAILED}")
        bar = {name: getattr(chosen, name) for name in VisualBar.__dataclass_fields__}
        made = digest_of(folder.truths.results)
        with Stage(folder.rendered, {"stage": "rendered", "source": [source.digest, made], **bar}) as stage:
            if not stage.finished:
                results = load_results(folder.truths.results)
                rows = source_rows(folder.audited, "audit")
                second_filter(stage, rows, results, VisualBar(**bar), on_row=lambda count: None)
            return stage.finish()


def split_stage(folder: DataFolder, plan: BuildPlan, on_row: OnRow) -> Funnel:
    source = finished(folder.rendered, "render")
    near = plan.split.near_duplicates
    with Stage(folder.split, {"stage": "split", "source": source.digest, "near_duplicates": near}) as stage:
        if not stage.finished:
            split(stage, source_rows(folder.rendered, "render"), scratch=folder.scratch, near=near, on_row=on_row)
        return stage.finish()


# ---- the finished data set ----------------------------------------------------------------------------------------------


def export_stage(folder: DataFolder, plan: BuildPlan, on_row: OnRow) -> dict[str, int]:
    """The data set in ``dataset/``, with its card; made anew each time, since it costs nothing. Rows of each file."""
    finished(folder.split, "split")
    source = ExportSource(lessons=folder.lessons.path, truths=folder.truths.path)
    taught_by, rendered_by = _about(folder.lessons.about), _about(folder.truths.about)
    rows = source_rows(folder.split, "split")
    counts = export(rows, source, folder.dataset, shown=shown_images(plan, taught_by), on_row=on_row)
    if plan.export.parquet:
        write_parquet(folder.dataset)
    else:
        drop_parquet(folder.dataset)
    funnels = list(folder.funnels())
    made = _made_by(plan, taught_by, rendered_by, json.loads(folder.audited.with_suffix(".stage.json").read_text()))
    write_card(folder.dataset, DatasetCard(name=plan.name, licence=plan.licence, counts=counts, funnels=funnels, made=made))
    return counts


def shown_images(plan: BuildPlan, taught_by: Record) -> ExportedImage:
    """As the plan wants it; ``auto`` is what the teacher itself was shown."""
    if plan.export.images != "auto":
        return FOUND if plan.export.images == "found" else TEXT_ONLY
    policy = (taught_by.get("profile") or {}).get("policy") or {}
    if policy.get("observe") != "images":
        return TEXT_ONLY
    return ExportedImage(each=int(policy.get("max_images", FOUND.each)), total=int(policy.get("max_total_images", FOUND.total)))


def _about(path: Path) -> Record:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}); it says what made these rows") from None
    return value if isinstance(value, dict) else {}


def _made_by(plan: BuildPlan, taught_by: Record, rendered_by: Record, audited: Record) -> Record:
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
