"""Answers that were paid for, kept from the moment they arrive until their row is written.

A stage writes its rows in order; an answer that is early waits here, on disk, so that a kill loses none. Opening the file
drops what has become part of the stage since: it never holds much more than the rows of one session.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

from genevolve.core.errors import ServiceError
from genevolve.data.records import Json, StageRow, json_object, number, whole
from genevolve.data.stage import OnRow, Rejected, Stage, in_order
from genevolve.run.limits import RateLimiter
from genevolve.store.images import write_atomically
from genevolve.store.journal import Journal, json_line, records

Row = TypeVar("Row", bound=StageRow)
_NO_ROW = -1  # the place of a line that says only what was used


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid(Generic[Row]):
    """How a stage works that has to ask somebody through ``gate``: ``ask`` costs, ``decide`` does not and may be repeated."""

    ask: Callable[[Row], Awaitable[Json]]
    decide: Callable[[Row, Json], StageRow | Rejected]
    gate: RateLimiter


class Answers:
    """``NAME.answers.jsonl`` beside a stage's file. ``waiting``: place of the row in the input → answer.

    Each line also says what ``gate`` had used by then, which is charged to it when the stage goes on.
    """

    def __init__(self, stage: Stage, gate: RateLimiter) -> None:
        path = stage.path.with_suffix(".answers.jsonl")
        Journal(path).close()  # drops a torn last line
        self._gate = gate
        self.waiting: dict[int, Json] = {}
        for record in records(path):
            if record["place"] >= stage.done:
                self.waiting[int(record["place"])] = json_object(record["answer"])
            gate.charge(calls=whole(record.get("calls", 0)) - gate.calls, money=number(record.get("spent", 0.0)) - gate.spent)
        kept = [self._line(_NO_ROW, {}), *(self._line(place, answer) for place, answer in self.waiting.items())]
        write_atomically(path, b"".join(map(json_line, kept)))
        self._journal = Journal(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._journal.close()

    def keep(self, place: int, answer: Json) -> None:
        self._journal.append(self._line(place, answer))

    def keep_cost(self) -> None:
        """Note what an attempt without an answer has used."""
        self.keep(_NO_ROW, {})

    def _line(self, place: int, answer: Json) -> Json:
        return {"place": place, "answer": answer, "calls": self._gate.calls, "spent": self._gate.spent}


async def run_paid_stage(stage: Stage, rows: Iterable[Row], paid: Paid[Row], on_row: OnRow, concurrency: int) -> None:
    """Ask for ``concurrency`` rows at a time; no answer that arrived is asked for again, whenever the process ends."""
    with Answers(stage, paid.gate) as answers:

        async def answered(placed: tuple[int, Row]) -> Json:
            place, row = placed
            if (earlier := answers.waiting.pop(place, None)) is not None:
                return earlier
            try:
                answer = await paid.ask(row)
            except ServiceError:
                answers.keep_cost()
                raise
            answers.keep(place, answer)
            return answer

        async for (_, row), answer in in_order(enumerate(stage.fresh(rows), start=stage.done), answered, concurrency):
            stage.put(row, paid.decide(row, answer))
            on_row(1)
