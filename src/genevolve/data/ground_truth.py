"""Ground truth: the best program of each prompt, rendered by the strong generator and looked at once more.

Rows for imitation pass through: they need no image. Of every other prompt only the best lesson goes on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import groupby
from pathlib import Path

from genevolve.core.case import Case, Hidden
from genevolve.core.episode import Episode
from genevolve.core.event import NotRendered, Rendered
from genevolve.core.request import DEFAULT_SIZE
from genevolve.core.score import Score, Unscored
from genevolve.data.claims_json import claims_from_json
from genevolve.data.collect import Working
from genevolve.data.records import Json, RenderedTruth, TrajectoryRow, json_object, objects, text, whole
from genevolve.data.splits import Split
from genevolve.data.stage import OnRow, Rejected, Stage, run_stage
from genevolve.run.batch import Batch, BatchCounts, RowRunners
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.run.result import judgement
from genevolve.run.row import RowWork
from genevolve.run.starting_points import given_program


@dataclass(frozen=True, slots=True, kw_only=True)
class VisualBar:
    """What the judge of images has to find in a ground truth, from 0 to 1 in each dimension."""

    faithfulness: float = 1.0  # everything that is asked for is there
    visual_correctness: float = 1.0  # what was referred to is what is shown
    text_accuracy: float = 1.0
    aesthetics: float = 0.5

    def to_json(self) -> dict[str, float]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def missed(self, levels: Mapping[str, object]) -> list[str]:
        """The dimensions in which an image is not good enough; what was not asked for cannot be wrong."""
        found = ((name, levels[name], least) for name, least in self.to_json().items())
        return [name for name, level, least in found if isinstance(level, int | float) and level < least]

    def missed_by(self, score: Score) -> list[str]:
        return self.missed({name: getattr(score, name) for name in self.to_json()})


def needs_truth(row: TrajectoryRow) -> bool:
    return row.prompt.split is not Split.SFT


def best(lessons: Iterable[TrajectoryRow]) -> Iterator[tuple[TrajectoryRow, bool]]:
    """Each lesson, and whether it is the best of its prompt: by its marks, then by the fewest calls. They come grouped."""
    for _, group in groupby(lessons, key=lambda row: row.prompt_id):
        own = list(group)
        winner = min(own, key=lambda row: (-row.marks, row.collected.tool_calls, row.id))
        yield from ((row, row is winner) for row in own)


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthRendering:
    """Ground truths in ``folder``. ``references`` is the folder that the lessons' images lie in."""

    folder: RunFolder
    references: Path
    size: tuple[int, int] = DEFAULT_SIZE
    working: Working = field(default_factory=Working)

    @property
    def job(self) -> "TruthJob":
        return TruthJob(references=self.references, size=self.size)

    async def run(self, lessons: Iterable[TrajectoryRow], setup: Components, runners: RowRunners | None = None) -> BatchCounts:
        """Render and judge what needs a ground truth."""
        batch = Batch(
            folder=self.folder,
            setup=setup,
            work=self.job(setup),
            runners=runners,
            concurrency=self.working.concurrency,
            retry_failed=self.working.retry_failed,
            on_row=self.working.on_row,
        )
        return await batch.run(_tasks(lessons))


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthJob:
    """What is done with each task of a ``TruthRendering``."""

    references: Path
    size: tuple[int, int]

    def __call__(self, setup: Components) -> RowWork:
        return RowWork(begin=partial(self._begin, setup=setup), shape=_result)

    async def _begin(self, case: Case, setup: Components) -> Episode:
        request = case.request(seed=whole(case.hidden.fields["seed"]), size=self.size)
        return await given_program(case, request, self.references, setup.images, setup.fetch)


def _tasks(lessons: Iterable[TrajectoryRow]) -> Iterator[Case]:
    for row, winner in best(lessons):
        if winner and needs_truth(row):
            told = {
                "gen_prompt": (row.collected.program or {}).get("gen_prompt"),
                "reference_images": list(row.collected.references),
                "seed": row.collected.seed,
                "claims": row.prompt.hidden.claims,
            }
            claims = claims_from_json(told["claims"]) if told["claims"] else None
            yield Case(id=row.prompt_id, text=row.prompt.prompt, hidden=Hidden(claims=claims, fields=told))


def _result(case: Case, trajectory: Episode, image: str | None) -> Json:
    rendering, score = trajectory.rendering, trajectory.verdict
    error = rendering.reason if isinstance(rendering, NotRendered) else None
    return {
        "id": case.id,
        "image_path": image,
        "digest": rendering.digest if isinstance(rendering, Rendered) else None,
        "notes": list(rendering.notes) if isinstance(rendering, Rendered) else [],
        "error": error or (score.reason if isinstance(score, Unscored) else None),
        **judgement(score),
    }


def second_filter(
    stage: Stage, lessons: Iterable[TrajectoryRow], results: Iterable[Mapping[str, object]], bar: VisualBar, on_row: OnRow
) -> None:
    """Put into ``stage`` what passes; ``results`` are those of ``TruthRendering``, in the same order."""
    run_stage(stage, _with_results(lessons, results), lambda row: row.passed(bar), on_row)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """A lesson with what its ground truth came to. ``best``: of its prompt."""

    lesson: TrajectoryRow
    best: bool
    result: Mapping[str, object] | None

    def to_json(self) -> Json:
        return self.lesson.to_json()

    def passed(self, bar: VisualBar) -> TrajectoryRow | Rejected:
        if not needs_truth(self.lesson):
            return self.lesson
        if not self.best:
            return Rejected(rule="not_the_best_trajectory", detail="another lesson of this prompt is better")
        return _judged(self.lesson, self.result, bar)


def _with_results(lessons: Iterable[TrajectoryRow], results: Iterable[Mapping[str, object]]) -> Iterator[_Looked]:
    waiting = iter(results)
    for row, winner in best(lessons):
        result = next(waiting, None) if winner and needs_truth(row) else None
        own = result if result is not None and text(result["id"]) == row.prompt_id else None
        yield _Looked(lesson=row, best=winner, result=own)


def _judged(row: TrajectoryRow, result: Mapping[str, object] | None, bar: VisualBar) -> TrajectoryRow | Rejected:
    if result is None or not result.get("image_path"):
        return Rejected(rule="not_rendered", detail=str(result and result.get("error"))[:400])
    score = result.get("score")
    if not isinstance(score, dict):
        return Rejected(rule="unscored", detail=str(result.get("error"))[:400])
    if low := bar.missed(score):
        failed = [f"{d['requirement']} ({d['detail']})" for d in objects(score["diagnostics"]) if not d["passed"]]
        return Rejected(rule=f"low_{low[0]}", detail="; ".join(failed)[:600] or text(score["rationale"])[:600])
    told = {**json_object(score), "image_path": result["image_path"], "digest": result["digest"]}
    return replace(row, truth=RenderedTruth.from_json(told))
