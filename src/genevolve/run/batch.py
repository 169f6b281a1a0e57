"""A file of requests to a directory of results: streaming, concurrent, and resumable after a kill at any moment.

``journal.jsonl`` takes every event as it happens; ``results.jsonl`` one line for each finished row. A row with a result
is done; any other is rebuilt from its journal entries and carried on from there, so that no answer that arrived is asked
for again. Where an image that it rests on is gone, the row begins anew, with its request in the journal again; so does a row
that is tried again because a service was out when its policy asked. When all rows are done the results are put into the order
of the input.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from genevolve.core.case import Case
from genevolve.core.errors import UsageError
from genevolve.core.event import Event, payments
from genevolve.core.request import Request
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.run.record import unfinished
from genevolve.run.row import Halted, RowKeeper, RowPast, RowWork, run_row
from genevolve.run.rows import BadRow
from genevolve.store.journal import Journal, placed_records, records
from genevolve.store.wire import BadEntry, entry_from_json, request_from_json


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

    def of(self, key: str, *, retry_failed: bool) -> RowPast:
        return RowPast(
            request=self.requests.get(key),
            entries=tuple(self.entries.get(key, ())),
            degraded=key in self.degraded,
            retry_failed=retry_failed,
        )

    def finished(self, key: str, offset: int) -> None:
        self.requests.pop(key, None)
        self.entries.pop(key, None)
        self.results[key] = offset


class RowRunners(Protocol):
    """Who runs rows in the place of this process (``run.row_workers.RowWorkers``)."""

    def begin(self, keeper: RowKeeper) -> None:
        """Record at ``keeper`` from now on."""

    async def row(self, case: Case, past: RowPast) -> dict[str, Any]:
        """As ``run_row``."""

    def halt(self) -> None:
        """Rows are to stop after what they have in flight."""


@dataclass(slots=True, kw_only=True)
class _OwnKeeper:
    """``reason`` is why the run stops, once there is something."""

    journal: Journal
    folder: RunFolder
    reason: UsageError | None = None

    @property
    def halted(self) -> bool:
        return self.reason is not None

    def record(self, line: bytes) -> None:
        self.journal.append_line(line)

    async def show(self, digest: str, key: str, texts: Mapping[str, str]) -> str:
        return self.folder.show_as(digest, key, texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch over rows: ``work`` says what is done with each, by the members of ``setup``, here or by ``runners``."""

    folder: RunFolder
    setup: Components
    work: RowWork
    concurrency: int = 4
    retry_failed: bool = False
    on_row: Callable[[dict[str, Any]], None] = lambda result: None
    runners: RowRunners | None = None

    async def run(self, rows: Iterator[Case | BadRow]) -> BatchCounts:
        """Run every row that is not done. Raises ``UsageError`` and ``OSError`` (a full disk) after stopping all rows."""
        past = self._past()
        earlier = len(past.results)
        with Journal(self.folder.journal) as journal, Journal(self.folder.results) as results:
            order: list[str] = []
            failed = await self._work(rows, past, _OwnKeeper(journal=journal, folder=self.folder), results, order)
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
        self, rows: Iterator[Case | BadRow], past: _Past, keeper: _OwnKeeper, results: Journal, order: list[str]
    ) -> int:
        """Tasks that share one iterator, so that at most ``concurrency`` rows are in memory. The number of failed rows.

        A ``UsageError`` of one row stops all, each after the call that it has in flight: that is paid for, and is kept.
        """
        failed = 0
        if self.runners is not None:
            self.runners.begin(keeper)

        async def work_through() -> None:
            nonlocal failed
            for row in rows:
                if keeper.halted:
                    return
                order.append(row.id)
                if row.id in past.results:
                    continue
                try:
                    result = await self._row(row, past, keeper)
                except Halted:
                    return
                except UsageError as reason:
                    self._halt(keeper, reason)
                    return
                past.finished(row.id, results.append(result))
                failed += bool(result.get("error"))
                past.mark(row.id, result)
                self.on_row(result)

        tasks = [asyncio.create_task(work_through()) for _ in range(self.concurrency)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if keeper.reason is not None:
            raise keeper.reason
        return failed

    async def _row(self, row: Case | BadRow, past: _Past, keeper: RowKeeper) -> dict[str, Any]:
        if isinstance(row, BadRow):
            return self.work.refuse(row.id, row.fields, row.reason)
        own = past.of(row.id, retry_failed=self.retry_failed)
        if self.runners is not None:
            return await self.runners.row(row, own)
        return await run_row(row, own, self.setup, self.work, keeper)

    def _halt(self, keeper: _OwnKeeper, reason: UsageError) -> None:
        keeper.reason = keeper.reason or reason
        if self.runners is not None:
            self.runners.halt()


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
