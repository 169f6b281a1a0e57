"""Teaching: any policy through the same batch, attempt and drive as everything else. Its results are lessons.

A lesson is one trajectory of one prompt, kept whole: the conversation with the images that it showed, and the program.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from genevolve.core.episode import Episode, Goal
from genevolve.core.errors import UsageError
from genevolve.core.request import DEFAULT_SIZE, Request
from genevolve.data.stage import Record
from genevolve.protocol.detail import Detail
from genevolve.protocol.render import messages
from genevolve.run.batch import Batch, BatchCounts
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.run.result import program, references, usage
from genevolve.run.rows import BadRow, Row


async def teach(
    rows: Iterable[Record],
    folder: RunFolder,
    setup: Components,
    *,
    trajectories: int = 1,
    made_by: Record | None = None,
    concurrency: int = 4,
    retry_failed: bool = False,
    on_row: Any = lambda row: None,
) -> BatchCounts:
    """``trajectories`` lessons for each of ``rows``, in ``folder``; goes on where it stopped. Raises ``UsageError``.

    ``made_by`` (teacher, profile, commit) becomes part of each lesson's provenance.
    """

    async def begin(row: Row) -> Episode:
        return setup.begin(_request(row))

    batch = Batch(
        folder=folder,
        setup=setup,
        begin=begin,
        shape=lambda row, trajectory, image: lesson(row, trajectory, setup.system, setup.detail, made_by=made_by),
        goal=Goal.PROGRAM,
        concurrency=concurrency,
        retry_failed=retry_failed,
        on_row=on_row,
    )
    return await batch.run(tasks(rows, trajectories))


def tasks(rows: Iterable[Record], trajectories: int) -> Iterator[Row | BadRow]:
    """One task for each trajectory; a task holds nothing of the recipe."""
    for row in rows:
        for number in range(trajectories):
            fields = {"prompt_id": row["id"], "seed": (int(row.get("seed", 0)) + number) % 2**31}
            yield Row(key=lesson_id(row["id"], number), text=row["prompt"], fields=fields)


def lesson_id(prompt_id: str, number: int) -> str:
    return f"{prompt_id}.{number}"


def _request(row: Row) -> Request:
    return Request(id=row.key, text=row.text, size=DEFAULT_SIZE, seed=row.fields["seed"])


def lesson(
    row: Row, trajectory: Episode, system: str, detail: Detail = Detail.FULL, *, made_by: Record | None = None
) -> Record:
    """What is kept of a finished trajectory. ``error`` is set when the teacher or its endpoint failed."""
    outcome = trajectory.outcome
    assert outcome is not None
    spoken = [
        {"role": str(message.role), "content": message.text, "images": list(message.images)}
        for message in messages(trajectory, system=system, detail=detail)
    ]
    return {
        "id": row.key,
        "prompt_id": row.fields["prompt_id"],
        "seed": row.fields["seed"],
        "termination": str(outcome.termination),
        "error": outcome.error or None,
        "rounds": len(trajectory.turns),
        "tool_calls": trajectory.tool_calls,
        "messages": spoken,
        "program": program(trajectory),
        "references": references(trajectory),
        "usage": usage(trajectory),
        "taught": made_by or {},
    }


def lessons_of(rows: Iterable[Record], lessons: Iterable[Record]) -> Iterator[Record]:
    """Each lesson with the fields of its prompt; both come in the order of the prompts. Raises ``UsageError`` if they do
    not.
    """
    waiting = iter(rows)
    row: Record = {"id": None}
    for lesson in lessons:
        while row["id"] != lesson.get("prompt_id"):
            following = next(waiting, None)
            if following is None:
                raise UsageError(
                    f"the lesson {lesson.get('id')!r} belongs to none of the prompts, or they are in another order"
                )
            row = following
        own = {key: value for key, value in row.items() if key not in ("id", "seed", "provenance")}
        made = {key: value for key, value in lesson.items() if key != "taught"}
        yield {**own, **made, "provenance": {**(row.get("provenance") or {}), **(lesson.get("taught") or {})}}
