"""A file of requests to a directory of results: streaming, concurrent, and resumable after a kill at any moment.

``journal.jsonl`` takes every event as it happens; ``results.jsonl`` one line for each finished row. A row with a result
is done; any other is rebuilt from its journal entries and carried on from there, so that no answer that arrived is asked
for again. Where an image that it rests on is gone, the row begins anew, with its request in the journal again; so does a row
that is tried again because a service was out when its policy asked. When all rows are done the results are put into the order
of the input.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genevolve.core.case import Case, Hidden
from genevolve.core.episode import Episode, Goal
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import Event, Rendered, images_of, payments
from genevolve.core.replay import resume
from genevolve.core.request import Request
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.folder import RunFolder
from genevolve.run.record import unfinished, unusable_row
from genevolve.run.rows import BadRow
from genevolve.store.journal import Journal, placed_records, records
from genevolve.store.wire import BadEntry, entry_from_json, entry_to_json, request_from_json, request_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCounts:
    """How a batch ended: rows with a result of this or an earlier call, rows that failed, rows that were skipped as done.

    ``degraded``: rows that answered without something that a service did not give them."""

    done: int = 0
    failed: int = 0
    earlier: int = 0
    degraded: int = 0


@dataclass(slots=True)
class _Past:
    """What a resumed run already has. ``results``: row key → byte offset of its line. ``entries``: of unfinished rows.

    ``degraded``: the keys of rows that are. Of those that are tried again the conversation is held anew."""

    results: dict[str, int] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    entries: dict[str, list[Event]] = field(default_factory=dict)
    failed: int = 0
    degraded: set[str] = field(default_factory=set)

    def mark(self, key: str, record: Mapping[str, object]) -> None:
        """Whether the newest result of the row is degraded."""
        (self.degraded.add if record.get("degraded") else self.degraded.discard)(key)


class _Stopped(Exception):
    """A row stops here, because another one met something that stops the run."""


@dataclass(slots=True)
class _Stop:
    """What stops the run, once there is something."""

    reason: UsageError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch over ``rows``. ``begin`` makes a row's trajectory as far as the input gives it (it may read files),
    ``hidden_of`` what its judge may see; both raise ``UsageError`` or ``ServiceError`` for a row that cannot be run. ``shape``
    makes the result row of a finished trajectory and the path of its image, ``refuse`` that of a row that cannot be run."""

    folder: RunFolder
    setup: Components
    begin: Callable[[Case], Awaitable[Episode]]
    shape: Callable[[Case, Episode, str | None], dict[str, Any]]
    hidden_of: Callable[[Case], Hidden] = lambda case: case.hidden
    refuse: Callable[[str, Mapping[str, object], str], dict[str, Any]] = unusable_row
    goal: Goal = Goal.SCORE
    concurrency: int = 4
    retry_failed: bool = False
    on_row: Callable[[dict[str, Any]], None] = lambda result: None

    async def run(self, rows: Iterator[Case | BadRow]) -> BatchCounts:
        """Run every row that is not done. Raises ``UsageError`` and ``OSError`` (a full disk) after stopping all rows."""
        past = self._past()
        earlier = len(past.results)
        with Journal(self.folder.journal) as journal, Journal(self.folder.results) as results:
            order: list[str] = []
            failed = await self._work(rows, past, journal, results, order)
        _put_in_order(self.folder.results, past.results, order)
        degraded = len(past.degraded & past.results.keys())
        return BatchCounts(done=len(past.results), failed=failed + past.failed, earlier=earlier, degraded=degraded)

    def _past(self) -> _Past:
        past = _Past()
        Journal(self.folder.results).close()  # drops a torn last line
        for offset, record in placed_records(self.folder.results):
            key = str(record.get("id"))
            past.results.pop(key, None)
            past.mark(key, record)
            if not (record.get("bad_input") or (self.retry_failed and unfinished(record))):
                past.results[key] = offset
                past.failed += bool(record.get("error"))
        Journal(self.folder.journal).close()
        for record in records(self.folder.journal):
            self._recall(past, record)
        return past

    def _recall(self, past: _Past, record: dict[str, Any]) -> None:
        """Keep what belongs to an unfinished row; charge what was paid for by any, so that budgets span restarts."""
        key = str(record.get("row"))
        try:
            if "request" in record:
                if key not in past.results:
                    past.requests[key] = request_from_json(record["request"])
                    past.entries.pop(key, None)
                return
            entry = entry_from_json(record.get("entry"))
            for paid in payments(entry):
                self.setup.charge(paid)
            if key not in past.results:
                past.entries.setdefault(key, []).append(entry)
        except BadEntry as problem:
            raise UsageError(f"{self.folder.journal}: row {key!r} cannot be continued: {problem}") from None

    async def _work(
        self, rows: Iterator[Case | BadRow], past: _Past, journal: Journal, results: Journal, order: list[str]
    ) -> int:
        """Workers that share one iterator, so that at most ``concurrency`` rows are in memory. The number of failed rows.

        A ``UsageError`` of one row stops all, each after the call that it has in flight: that is paid for, and is kept.
        """
        failed = 0
        stop = _Stop()

        async def worker() -> None:
            nonlocal failed
            for row in rows:
                if stop.reason is not None:
                    return
                order.append(row.id)
                if row.id in past.results:
                    continue
                try:
                    result = await self._row(row, past, journal, stop)
                except _Stopped:
                    return
                except UsageError as reason:
                    stop.reason = stop.reason or reason
                    return
                past.requests.pop(row.id, None)
                past.entries.pop(row.id, None)
                past.results[row.id] = results.append(result)
                failed += bool(result.get("error"))
                past.mark(row.id, result)
                self.on_row(result)

        workers = [asyncio.create_task(worker()) for _ in range(self.concurrency)]
        try:
            await asyncio.gather(*workers)
        finally:
            for task in workers:
                task.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        if stop.reason is not None:
            raise stop.reason
        return failed

    async def _row(self, row: Case | BadRow, past: _Past, journal: Journal, stop: "_Stop") -> dict[str, Any]:
        if isinstance(row, BadRow):
            return self.refuse(row.id, row.fields, row.reason)
        try:
            trajectory, hidden = await self._begin(row, past, journal), self.hidden_of(row)
        except (UsageError, ServiceError) as problem:
            return self.refuse(row.id, row.hidden.fields, str(problem))

        def keep(entry: Event) -> None:
            journal.append({"row": row.id, "at": round(time.time(), 3), "entry": entry_to_json(entry)})
            if stop.reason is not None:
                raise _Stopped

        ended = await drive(trajectory, self.setup, keep=keep, goal=self.goal, hidden=hidden)
        return self.shape(row, ended, self._show(row, ended))

    def _show(self, row: Case, trajectory: Episode) -> str | None:
        rendering = trajectory.rendering
        return self.folder.show_as(rendering.digest, row.id) if isinstance(rendering, Rendered) else None

    async def _begin(self, row: Case, past: _Past, journal: Journal) -> Episode:
        given = await self.begin(row)
        request = given.request
        if past.requests.get(row.id, request) != request:
            raise UsageError(
                f"row {row.id!r} was begun with another prompt, size, seed or reference; restore it, or give it a new id"
            )
        entries = past.entries.get(row.id, [])
        whole = all(self.setup.images.path(digest).is_file() for entry in entries for digest in images_of(entry))
        whole = whole and not (row.id in past.degraded and resume(given, entries, forget_failures=True).degraded)
        if row.id not in past.requests or not whole:
            journal.append({"row": row.id, "at": round(time.time(), 3), "request": request_to_json(request)})
        return resume(given, entries if whole else (), forget_failures=self.retry_failed)


def _put_in_order(path: Path, places: dict[str, int], order: list[str]) -> None:
    """Rewrite ``path`` with the rows of ``order`` in that order, others after them; superseded lines go."""
    wanted = dict.fromkeys([*(key for key in order if key in places), *places])
    offsets = [places[key] for key in wanted]
    with path.open("rb") as file:
        lines = sum(1 for _ in file)
    if offsets == sorted(offsets) and len(offsets) == lines:
        return
    temporary = path.with_suffix(".sorting")
    with path.open("rb") as source, temporary.open("wb") as target:
        for offset in offsets:
            source.seek(offset)
            target.write(source.readline())
    temporary.replace(path)
