"""Processes that run whole rows, so that all cores work, also where members only wait for services.

The main process keeps what there is one of: journal, results, limits, budgets, turns, and the members that must not be there
twice. A worker process gets rows, asks for each call to a service, and tells each event before it asks for the next call; so
whatever is killed, the journal holds the same as that of a run in one process.
"""

import asyncio
import multiprocessing
import pickle
import socket
import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from genevolve.core.case import Case
from genevolve.core.errors import Notice, UsageError
from genevolve.run.components import Components
from genevolve.run.limits import RateLimiter, billed
from genevolve.run.peer import Peer, PeerLost
from genevolve.run.row import Job, RowKeeper, RowPast, RowWork, run_row
from genevolve.run.sharing import FarMember, FromMainProcess, Turns
from genevolve.run.workers import prepared
from genevolve.store.images import ImageStore

PATIENCE = 5.0  # seconds in which a worker process closes what it has open before it is ended
_SETTING = "--workers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a worker process works with: ``sharing`` leads to the main process, ``far`` makes a member that stays there."""

    images: ImageStore
    sharing: FromMainProcess
    far: Callable[[str], FarMember]


Opener = Callable[[Opened], AbstractAsyncContextManager[Components]]


@dataclass(slots=True, kw_only=True)
class _Worker:
    process: BaseProcess
    peer: Peer
    rows: int = 0


class RowWorkers:
    """At most ``number`` processes, started when there are rows for them. ``opener`` makes the setup of each, and ``job`` what
    is done with rows; ``setup`` is that of this process, whose limits and members they use. Raises ``UsageError`` where one of
    them cannot be sent to another process.
    """

    def __init__(self, number: int, *, opener: Opener, job: Job, setup: Components) -> None:
        self._number = number
        self._plan = sent((opener, job, str(setup.images.folder)))
        self._setup = setup
        self._gates: Mapping[str, RateLimiter] = {
            gate.name: gate for gate in (*setup.crossings.values(), *setup.searches.values()) if isinstance(gate, RateLimiter)
        }
        self._turns = Turns()
        self._starting = asyncio.Lock()
        self._workers: list[_Worker] = []
        self._keeper: RowKeeper | None = None

    async def __aenter__(self) -> Self:
        for gate in self._gates.values():
            gate.traffic.on_stop = self._stop
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(worker.peer.aclose() for worker in self._workers))
        await asyncio.to_thread(self._end)

    def begin(self, keeper: RowKeeper) -> None:
        self._keeper = keeper

    async def row(self, case: Case, past: RowPast) -> dict[str, Any]:
        """As ``run_row``, in the process with the fewest rows. Raises ``UsageError`` where that process ends."""
        worker = await self._chosen()
        worker.rows += 1
        try:
            found: dict[str, Any] = await worker.peer.ask("row", case, past)
            return found
        except PeerLost:
            async with self._starting:  # one at a time: only one is told how a process ended
                why = await asyncio.to_thread(_why, worker.process)
            raise UsageError(why) from None
        finally:
            worker.rows -= 1

    def halt(self) -> None:
        for worker in self._workers:
            worker.peer.tell("halt")

    async def _chosen(self) -> _Worker:
        async with self._starting:
            if len(self._workers) < self._number and all(worker.rows for worker in self._workers):
                await self._start()
        return min(self._workers, key=lambda worker: worker.rows)

    async def _start(self) -> None:
        here, there = socket.socketpair()
        with there:
            process = self._launched(there)
        worker = _Worker(process=process, peer=Peer(self._answers()))
        self._workers.append(worker)  # from here on it is ended with the others
        await worker.peer.over(here)
        worker.peer.tell("open", self._plan)

    def _launched(self, there: socket.socket) -> BaseProcess:
        process = multiprocessing.get_context("spawn").Process(target=work, args=(there,), name="genevolve row worker")
        process.start()
        return process

    def _end(self) -> None:
        for worker in self._workers:
            worker.process.join(PATIENCE)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    # ---- what worker processes ask for

    def _answers(self) -> dict[str, Callable[..., Any]]:
        keeper = self._keeper
        assert keeper is not None
        return {
            "record": keeper.record,
            "show": keeper.show,
            "enter": lambda name: self._gates[name].admission.enter(),
            "leave": lambda name, paid, silence: self._gates[name].admission.leave(paid, silence),
            "stop": self._stopped,
            "turn": self._turns.begin,
            "turned": self._turns.end,
            "member": self._member,
            "warn": lambda said: warnings.warn(said, Notice, stacklevel=1),
        }

    async def _member(self, field: str, method: str, values: tuple[object, ...]) -> tuple[Any, object]:
        with billed() as bill:
            found = await getattr(getattr(self._setup, field), method)(*values)
        return found, bill.payments

    def _stopped(self, reason: UsageError) -> None:
        for gate in self._gates.values():
            gate.traffic.stop(reason)

    def _stop(self, reason: UsageError) -> None:
        for worker in self._workers:
            worker.peer.tell("stop", reason)


def sent(plan: object) -> bytes:
    """``plan`` as it is sent to worker processes. Raises ``UsageError`` where that cannot be done."""
    try:
        return pickle.dumps(plan)
    except Exception as error:
        raise UsageError(
            f"{_SETTING}: what this run works with cannot be sent to other processes ({type(error).__name__}: {error}); "
            f"use {_SETTING} 1, or name members by module:Name instead of handing over instances"
        ) from None


def _why(process: BaseProcess) -> str:
    process.join(PATIENCE)
    code = process.exitcode
    killed = f" (it was killed by signal {-code})" if code is not None and code < 0 else ""
    return (
        f"a worker process died{killed}: of too little memory (use fewer with {_SETTING}), or of a script whose own work is "
        'not under `if __name__ == "__main__":`; what is finished is kept, and the same command goes on from there'
    )


# ---- in the worker process ------------------------------------------------------------------------------------------------


def work(sock: socket.socket) -> None:
    """The whole life of a worker process."""
    prepared()
    asyncio.run(_serve(sock))


async def _serve(sock: socket.socket) -> None:
    worker = _ThisWorker()
    await worker.peer.over(sock)
    plan = await worker.plan
    try:
        opener, job, images = pickle.loads(plan)
        async with opener(Opened(images=ImageStore(Path(images)), sharing=worker.sharing, far=worker.far)) as setup:
            worker.ready.set_result((setup, job(setup)))
            try:
                await worker.peer.lost
            finally:
                await worker.peer.aclose()
    except Exception as error:
        if worker.ready.done():
            raise
        worker.ready.set_exception(error)
        await worker.peer.lost


class _ThisWorker:
    """This process, as the main process speaks to it; the keeper of its rows, too."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.plan: asyncio.Future[bytes] = loop.create_future()
        self.ready: asyncio.Future[tuple[Components, RowWork]] = loop.create_future()
        self.halted = False
        answers: dict[str, Callable[..., Any]] = {
            "open": self.plan.set_result,
            "row": self._row,
            "halt": self._halt,
            "stop": self._stop,
        }
        self.peer = Peer(answers)
        self.sharing = FromMainProcess(self.peer)
        self._shown = warnings.showwarning
        warnings.showwarning = self._warn

    def far(self, field: str) -> FarMember:
        return FarMember(self.peer, field)

    def record(self, line: bytes) -> None:
        self.peer.tell("record", line)

    async def show(self, digest: str, key: str, texts: Mapping[str, str]) -> str:
        path: str = await self.peer.ask("show", digest, key, texts)
        return path

    async def _row(self, case: Case, past: RowPast) -> dict[str, Any]:
        setup, work = await asyncio.shield(self.ready)
        return await run_row(case, past, setup, work, self)

    def _halt(self) -> None:
        self.halted = True

    def _stop(self, reason: UsageError) -> None:
        self.sharing.stop(reason)

    def _warn(self, message: Warning | str, category: type[Warning], *more: Any, **named: Any) -> None:
        """Notices are said once, by the main process."""
        if issubclass(category, Notice):
            self.peer.tell("warn", str(message))
        else:
            self._shown(message, category, *more, **named)
