"""One stage of the pipeline on disk: every row that comes in leaves either in ``NAME.jsonl`` or in ``NAME.rejected.jsonl``.

Rows are taken in order and each writes exactly one line, so the number of lines is the place where a stopped stage goes on:
nothing is held in memory, nothing is lost and nothing is done twice.
"""

import asyncio
import contextlib
import fcntl
import itertools
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from genevolve.core.failure import Misuse
from genevolve.store.images import write_atomically
from genevolve.store.journal import Journal, records

T = TypeVar("T")
Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that goes no further. ``rule`` names why in one word, for counting; ``detail`` says it for people."""

    rule: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """What became of the rows of a stage; ``why`` counts the rejected by rule."""

    stage: str
    taken: int
    kept: int
    why: dict[str, int]

    def to_json(self) -> Record:
        return {"stage": self.stage, "in": self.taken, "kept": self.kept, "why_not": self.why}


_SHOWN = ("id", "prompt", "prompt_id", "category", "eval_type", "view")


class Stage:
    """The files of a stage, open for writing. ``settings`` must be the same whenever the stage is continued."""

    def __init__(self, path: Path, settings: Record) -> None:
        self.path = path
        self.rejects = rejects_of(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _hold(path)
        try:
            _settle(path.with_suffix(".stage.json"), settings)
            self._kept = Journal(path)
            self._rejected = Journal(self.rejects)
        except BaseException:
            os.close(self._lock)
            raise
        self.done = lines(path) + lines(self.rejects)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._kept.close()
        self._rejected.close()
        os.close(self._lock)

    def fresh(self, rows: Iterable[Record]) -> Iterator[Record]:
        """The rows that this stage has not taken yet."""
        return itertools.islice(rows, self.done, None)

    def put(self, row: Record, result: Record | Rejected) -> None:
        """Keep ``result``, or note why ``row`` was rejected (its hidden fields are not repeated)."""
        if isinstance(result, Rejected):
            shown: dict[str, object] = {key: row[key] for key in _SHOWN if key in row}
            self._rejected.append({**shown, "rule": result.rule, "detail": result.detail})
        else:
            self._kept.append(result)


def rejects_of(path: Path) -> Path:
    return path.with_suffix(".rejected.jsonl")


def funnel(path: Path, name: str) -> Funnel:
    """What became of the rows of the stage at ``path``."""
    why = Counter(str(row.get("rule")) for row in rows_of(rejects_of(path)))
    kept = lines(path)
    return Funnel(stage=name, taken=kept + why.total(), kept=kept, why=dict(why.most_common()))


def rows_of(path: Path) -> Iterator[Record]:
    """The rows of a stage's file. Raises ``Misuse`` for a damaged line."""
    return (row for _, row in records(path))


def source_rows(path: Path, command: str) -> Iterator[Record]:
    """Like ``rows_of``, for the file that a stage starts from. Raises ``Misuse`` when it is missing or not from a stage."""
    if not path.is_file():
        raise Misuse(f"{path}: there is no such file; `genevolve data {command}` makes it")
    for row in rows_of(path):
        if not isinstance(row.get("id"), str | int) or isinstance(row.get("id"), bool):
            raise Misuse(f"{path}: a row has no id; every row needs one that is text or a number")
        yield {**row, "id": str(row["id"])}


def lines(path: Path) -> int:
    """Whole lines in the file."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def run_stage(stage: Stage, rows: Iterable[Record], work: Callable[[Record], Record | Rejected], on_row: "OnRow") -> None:
    """Do ``work`` on each row that is left."""
    for row in stage.fresh(rows):
        stage.put(row, work(row))
        on_row(1)


async def run_stage_async(
    stage: Stage,
    rows: Iterable[Record],
    work: Callable[[Record], Awaitable[Record | Rejected]],
    on_row: "OnRow",
    concurrency: int,
) -> None:
    """Do ``work`` on ``concurrency`` rows at a time; results are written in the order of the rows."""
    async for row, result in in_order(stage.fresh(rows), work, concurrency):
        stage.put(row, result)
        on_row(1)


async def in_order(
    rows: Iterable[Record], work: Callable[[Record], Awaitable[T]], concurrency: int
) -> AsyncIterator[tuple[Record, T]]:
    """(row, result) in the order of ``rows``, with at most ``concurrency`` in progress or waiting for their turn."""
    waiting: list[tuple[Record, asyncio.Task[T]]] = []
    left = iter(rows)
    try:
        while True:
            waiting += [(row, asyncio.ensure_future(work(row))) for row in itertools.islice(left, concurrency - len(waiting))]
            if not waiting:
                return
            row, task = waiting[0]
            result = await task
            waiting.pop(0)
            yield row, result
    finally:
        for _, task in waiting:
            task.cancel()
        await asyncio.gather(*(task for _, task in waiting), return_exceptions=True)


OnRow = Callable[[int], None]


def unseen(count: int) -> None:
    """An ``OnRow`` that shows nothing."""


def _hold(path: Path) -> int:
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Misuse(f"{path}: another genevolve process is writing this file") from None
    return lock


def _settle(path: Path, settings: Record) -> None:
    """Write the settings of a stage, or check that they are those it was begun with."""
    wanted = json.loads(json.dumps(settings))
    if path.exists():
        with contextlib.suppress(ValueError):
            earlier = json.loads(path.read_text(encoding="utf-8"))
            for key in sorted({*earlier, *wanted} - {"commit"}):
                if earlier.get(key) != wanted.get(key):
                    raise Misuse(
                        f"{path.with_suffix('').with_suffix('.jsonl')} was begun with {key} = {json.dumps(earlier.get(key))}, "
                        f"now it is {json.dumps(wanted.get(key))}; continue with the same settings, or choose another --out"
                    )
            return
    write_atomically(path, json.dumps(wanted, indent=2, ensure_ascii=False).encode())
