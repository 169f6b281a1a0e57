"""Ground truth: the best program of each prompt, rendered by the strong generator and looked at once more.

Rows for imitation pass through: they need no image. Of every other prompt only the best lesson goes on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from genevolve.core.episode import Episode, Goal
from genevolve.core.event import NotRendered, Rendered
from genevolve.core.request import DEFAULT_SIZE, Request
from genevolve.core.score import Unscored
from genevolve.data.hidden import claims_from_json
from genevolve.data.stage import OnRow, Record, Rejected, Stage, run_stage
from genevolve.data.views import View
from genevolve.run.batch import Batch, BatchCounts
from genevolve.run.components import Components
from genevolve.run.drive import Truth
from genevolve.run.folder import RunFolder
from genevolve.run.result import judgement
from genevolve.run.rows import BadRow, Row
from genevolve.run.starting_points import given_program


@dataclass(frozen=True, slots=True, kw_only=True)
class VisualBar:
    """What the judge of images has to find in a ground truth, from 0 to 1 in each dimension."""

    faithfulness: float = 1.0  # everything that is asked for is there
    visual_correctness: float = 1.0  # what was referred to is what is shown
    text_accuracy: float = 1.0
    aesthetics: float = 0.5


def below(levels: Mapping[str, Any], bar: VisualBar) -> list[str]:
    """The dimensions in which an image is not good enough; what was not asked for cannot be wrong."""
    return [name for name in VisualBar.__dataclass_fields__ if levels[name] is not None and levels[name] < getattr(bar, name)]


def needs_truth(row: Record) -> bool:
    return row.get("view") != View.SFT


def best(lessons: Iterable[Record]) -> Iterator[tuple[Record, bool]]:
    """Each lesson, and whether it is the best of its prompt: by its marks, then by the fewest calls. They come grouped."""
    for _, group in groupby(lessons, key=lambda row: row["prompt_id"]):
        own = list(group)
        winner = min(own, key=lambda row: (-row["audit"]["total"], row["tool_calls"], row["id"]))
        yield from ((row, row is winner) for row in own)


async def render_truths(
    lessons: Iterable[Record],
    references: Path,
    folder: RunFolder,
    setup: Components,
    *,
    size: tuple[int, int] = DEFAULT_SIZE,
    concurrency: int = 4,
    retry_failed: bool = False,
    on_row: Any = lambda row: None,
) -> BatchCounts:
    """Render and judge what needs a ground truth. ``references`` is the folder that the lessons' images lie in."""

    async def begin(row: Row) -> Episode:
        request = Request(id=row.key, text=row.text, size=size, seed=row.fields["seed"])
        return await given_program(row, request, references, setup.images, setup.fetch)

    batch = Batch(
        folder=folder,
        setup=setup,
        begin=begin,
        shape=lambda row, trajectory, image: _result(row, trajectory, image),
        truth_of=lambda row: Truth(claims=claims_from_json(row.fields["claims"]) if row.fields["claims"] else None),
        goal=Goal.SCORE,
        concurrency=concurrency,
        retry_failed=retry_failed,
        on_row=on_row,
    )
    return await batch.run(_tasks(lessons))


def _tasks(lessons: Iterable[Record]) -> Iterator[Row | BadRow]:
    for row, winner in best(lessons):
        if winner and needs_truth(row):
            fields = {
                "gen_prompt": row["program"]["gen_prompt"],
                "reference_images": row["references"],
                "seed": row["seed"],
                "claims": (row.get("hidden") or {}).get("claims"),
            }
            yield Row(key=row["prompt_id"], text=row["prompt"], fields=fields)


def _result(row: Row, trajectory: Episode, image: str | None) -> Record:
    rendering, score = trajectory.rendering, trajectory.verdict
    error = rendering.reason if isinstance(rendering, NotRendered) else None
    return {
        "id": row.key,
        "image_path": image,
        "digest": rendering.digest if isinstance(rendering, Rendered) else None,
        "notes": list(rendering.notes) if isinstance(rendering, Rendered) else [],
        "error": error or (score.reason if isinstance(score, Unscored) else None),
        **judgement(score),
    }


def second_filter(stage: Stage, lessons: Iterable[Record], results: Iterable[Record], bar: VisualBar, on_row: OnRow) -> None:
    """Put into ``stage`` what passes; ``results`` are those of ``render_truths``, in the same order."""
    waiting = iter(results)
    winners: dict[str, bool] = {}
    found: dict[str, Record] = {}

    def ordered() -> Iterator[Record]:
        for row, winner in best(lessons):
            winners.clear()
            winners[row["id"]] = winner
            if winner and needs_truth(row) and (result := next(waiting, None)) is not None:
                found.clear()
                found[str(result["id"])] = result
            yield row

    def work(row: Record) -> Record | Rejected:
        if not needs_truth(row):
            return row
        if not winners[row["id"]]:
            return Rejected(rule="not_the_best_trajectory", detail="another lesson of this prompt is better")
        return _judged(row, found.get(row["prompt_id"]), bar)

    run_stage(stage, ordered(), work, on_row)


def _judged(row: Record, result: Record | None, bar: VisualBar) -> Record | Rejected:
    if result is None or not result.get("image_path"):
        return Rejected(rule="not_rendered", detail=str(result and result.get("error"))[:400])
    score = result.get("score")
    if not isinstance(score, dict):
        return Rejected(rule="unscored", detail=str(result.get("error"))[:400])
    if low := below(score, bar):
        failed = [f"{d['requirement']} ({d['detail']})" for d in score["diagnostics"] if not d["passed"]]
        return Rejected(rule=f"low_{low[0]}", detail="; ".join(failed)[:600] or score["rationale"][:600])
    kept = {key: score[key] for key in ("kscore", "judge")}
    return {**row, "truth": {"image_path": result["image_path"], "digest": result["digest"], **kept}}
