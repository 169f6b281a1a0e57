"""Answers that were paid for, kept from the moment they arrive until their row is written.

A stage writes its rows in order; an answer that is early waits here, on disk, so that a kill loses none. Opening the file
drops what has become part of the stage since: it never holds much more than the rows of one session.
"""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

from genevolve.data.records import Json, StageRow, json_object
from genevolve.data.stage import OnRow, Rejected, Stage, in_order
from genevolve.store.images import write_atomically
from genevolve.store.journal import Journal, records

Row = TypeVar("Row", bound=StageRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid(Generic[Row]):
    """How a stage works that has to ask somebody: ``ask`` costs, ``decide`` does not and may be repeated."""

    ask: Callable[[Row], Awaitable[Json]]
    decide: Callable[[Row, Json], StageRow | Rejected]


class Answers:
    """``NAME.answers.jsonl`` beside a stage's file. ``waiting``: place of the row in the input → answer."""

    def __init__(self, stage: Stage) -> None:
        path = stage.path.with_suffix(".answers.jsonl")
        Journal(path).close()  # drops a torn last line
        self.waiting = {
            int(record["place"]): json_object(record["answer"]) for record in records(path) if record["place"] >= stage.done
        }
        kept = (json.dumps({"place": place, "answer": answer}, ensure_ascii=False) for place, answer in self.waiting.items())
        write_atomically(path, "".join(f"{line}\n" for line in kept).encode("utf-8"))
        self._journal = Journal(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._journal.close()

    def keep(self, place: int, answer: Json) -> None:
        self._journal.append({"place": place, "answer": answer})


async def run_paid_stage(stage: Stage, rows: Iterable[Row], paid: Paid[Row], on_row: OnRow, concurrency: int) -> None:
    """Ask for ``concurrency`` rows at a time; no answer that arrived is asked for again, whenever the process ends."""
    with Answers(stage) as answers:

        async def answered(placed: tuple[int, Row]) -> Json:
            place, row = placed
            if (earlier := answers.waiting.pop(place, None)) is not None:
                return earlier
            answer = await paid.ask(row)
            answers.keep(place, answer)
            return answer

        async for (_, row), answer in in_order(enumerate(stage.fresh(rows), start=stage.done), answered, concurrency):
            stage.put(row, paid.decide(row, answer))
            on_row(1)
