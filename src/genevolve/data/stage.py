"""One stage of the pipeline on disk: every row that comes in leaves either in ``NAME.jsonl`` or in ``NAME.rejected.jsonl``.

Rows are taken in order and each writes exactly one line, so the number of lines is the place where a stopped stage goes on:
nothing is held in memory, nothing is lost and nothing is done twice. ``NAME.stage.json`` holds the settings that a stage was
begun with, ``NAME.funnel.json`` (written when it is through) what became of its rows.
"""

import asyncio
import contextlib
import hashlib
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from genevolve.core.errors import ServiceError, UsageError
from genevolve.data.records import Json, Prompt, StageRow, TrajectoryRow
from genevolve.run.folder import usable
from genevolve.services.secrets import recordable
from genevolve.store.images import write_atomically
from genevolve.store.journal import Journal, records
from genevolve.store.lock import HeldElsewhere, HeldFile
from genevolve.store.user_file import json_of_ours

R = TypeVar("R")
T = TypeVar("T")
Row = TypeVar("Row", bound=StageRow)
_SHOWN = ("id", "prompt", "prompt_id", "category", "eval_type", "view")


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
    digest: str = ""  # SHA-256 of the kept rows, by which the next stage sees that they changed

    def to_json(self) -> Json:
        return {"stage": self.stage, "in": self.taken, "kept": self.kept, "why_not": self.why, "sha256": self.digest}


class Stage:
    """The files of a stage, open for writing. ``settings`` must be the same whenever the stage is continued.

    What is not to be compared (where it runs, how fast) does not belong into them.
    """

    def __init__(self, path: Path, settings: Json) -> None:
        self.path = path
        self.name = path.stem
        self.rejects = rejects_of(path)
        self._lock = _hold(path)
        try:
            _settle(path.with_suffix(".stage.json"), settings)
            self._kept = Journal(path)
            self._rejected = Journal(self.rejects)
        except BaseException:
            self._lock.release()
            raise
        self.done = lines(path) + lines(self.rejects)
        if self.finished and (told := read_funnel(path)).taken != self.done:
            self.__exit__(None, None, None)
            raise UsageError(
                f"{path} was finished with {told.taken} rows and now holds {self.done}; remove {path.stem}.* to do this stage "
                "again, or restore the file"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._kept.close()
        self._rejected.close()
        self._lock.release()

    @property
    def finished(self) -> bool:
        """All rows were taken, now or earlier."""
        return funnel_of(self.path).exists()

    def finish(self) -> Funnel:
        """Say that all rows were taken; what became of them."""
        if self.finished:
            return read_funnel(self.path)
        found = funnel(self.path, self.name)
        write_funnel(self.path, found)
        return found

    def fresh(self, rows: Iterable[R]) -> Iterator[R]:
        """The rows that this stage has not taken yet."""
        return itertools.islice(rows, self.done, None)

    def put(self, row: StageRow, result: StageRow | Rejected) -> None:
        """Keep ``result``, or note why ``row`` was rejected (its hidden fields are not repeated)."""
        if isinstance(result, Rejected):
            told = row.to_json()
            shown = {key: told[key] for key in _SHOWN if key in told}
            self._rejected.append({**shown, "rule": result.rule, "detail": result.detail})
        else:
            self._kept.append(result.to_json())


def rejects_of(path: Path) -> Path:
    return path.with_suffix(".rejected.jsonl")


def funnel(path: Path, name: str) -> Funnel:
    """What became of the rows of the stage at ``path``."""
    why = Counter(str(row.get("rule")) for row in rows_of(rejects_of(path)))
    kept = lines(path)
    return Funnel(stage=name, taken=kept + why.total(), kept=kept, why=dict(why.most_common()), digest=digest_of(path))


def funnel_of(path: Path) -> Path:
    return path.with_suffix(".funnel.json")


def write_funnel(path: Path, found: Funnel) -> None:
    write_atomically(funnel_of(path), json.dumps(found.to_json(), indent=2, ensure_ascii=False).encode())


def read_funnel(path: Path) -> Funnel:
    """What became of the rows of the finished stage at ``path``. Raises ``UsageError``."""
    try:
        told = json_of_ours(funnel_of(path).read_bytes())
        return Funnel(
            stage=told["stage"], taken=told["in"], kept=told["kept"], why=dict(told["why_not"]), digest=told["sha256"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{funnel_of(path)} cannot be read ({error}); remove it and start this stage again") from None


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def rows_of(path: Path) -> Iterator[Json]:
    """The rows of a stage's file as JSON. Raises ``UsageError`` for a damaged line."""
    return records(path)


def source_rows(path: Path, command: str) -> Iterator[Json]:
    """Like ``rows_of``, for the file that a stage starts from. Raises ``UsageError`` when it is missing or not finished."""
    finished(path, command)
    return _identified(path)


def prompts_of(path: Path, command: str) -> Iterator[Prompt]:
    """``source_rows`` of a file of recipes or prompts."""
    return map(Prompt.from_json, source_rows(path, command))


def lessons_of(path: Path, command: str) -> Iterator[TrajectoryRow]:
    """``source_rows`` of a file of audited, rendered or split trajectories."""
    return map(TrajectoryRow.from_json, source_rows(path, command))


def finished(path: Path, command: str) -> Funnel:
    """The funnel of the stage that a stage starts from. Raises ``UsageError`` when it is missing or stopped half-way."""
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file; `genevolve data {command}` makes it")
    if not funnel_of(path).exists():
        raise UsageError(f"{path} is not finished; `genevolve data {command}` goes on with it")
    return read_funnel(path)


def _identified(path: Path) -> Iterator[Json]:
    for row in rows_of(path):
        if not isinstance(row.get("id"), str | int) or isinstance(row.get("id"), bool):
            raise UsageError(f"{path}: a row has no id; every row needs one that is text or a number")
        yield {**row, "id": str(row["id"])}


def lines(path: Path) -> int:
    """Whole lines in the file."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def run_stage(stage: Stage, rows: Iterable[Row], work: Callable[[Row], StageRow | Rejected], on_row: "OnRow") -> None:
    """Do ``work`` on each row that is left."""
    for row in stage.fresh(rows):
        stage.put(row, work(row))
        on_row(1)


async def in_order(rows: Iterable[R], work: Callable[[R], Awaitable[T]], concurrency: int) -> AsyncIterator[tuple[R, T]]:
    """(row, result) in the order of ``rows``, with at most ``concurrency`` in progress or waiting for their turn."""
    waiting: list[tuple[R, asyncio.Task[T]]] = []
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
    except (ServiceError, UsageError):  # it stops the stage; what is under way is paid for, and ends
        await asyncio.gather(*(task for _, task in waiting), return_exceptions=True)
        raise
    finally:
        for _, task in waiting:
            task.cancel()
        await asyncio.gather(*(task for _, task in waiting), return_exceptions=True)


OnRow = Callable[[int], None]


def unseen(count: int) -> None:
    """An ``OnRow`` that shows nothing."""


def _hold(path: Path) -> HeldFile:
    try:
        with usable(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            return HeldFile(path.with_suffix(".lock"))
    except HeldElsewhere:
        raise UsageError(f"{path}: another genevolve process is writing this file") from None


def _settle(path: Path, settings: Json) -> None:
    """Write the settings of a stage, or check that they are those it was begun with."""
    wanted = recordable(json.loads(json.dumps(settings)))
    if path.exists():
        earlier: object = None
        with contextlib.suppress(ValueError):
            earlier = recordable(json_of_ours(path.read_bytes()))
        if isinstance(earlier, dict):
            for key in sorted({*earlier, *wanted} - {"commit"}):
                if earlier.get(key) != wanted.get(key):
                    raise UsageError(
                        _changed(path.with_suffix("").with_suffix(".jsonl"), key, earlier.get(key), wanted.get(key))
                    )
            return
    write_atomically(path, json.dumps(wanted, indent=2, ensure_ascii=False).encode())


def _changed(path: Path, key: str, earlier: object, now: object) -> str:
    if key == "source":
        return (
            f"{path} was begun from rows that have changed since; remove {path.stem}.* to do this stage again (and what "
            "follows from it), or choose another --out"
        )
    return (
        f"{path} was begun with {key} = {json.dumps(earlier)}, now it is {json.dumps(now)}; continue with the same settings, "
        f"remove {path.stem}.* to do this stage again, or choose another --out"
    )
