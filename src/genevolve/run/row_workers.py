"""Processes that run whole rows, so that all cores work, also where members only wait for services.

The main process keeps what there is one of: journal, results, limits, budgets, turns, and the members that must not be there
twice. A worker process gets rows, asks for each call to a service, and tells each event before it asks for the next call; so
whatever is killed, the journal holds the same as that of a run in one process.
"""

import asyncio
import pickle
import socket
import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from genevolve.core.case import Case
from genevolve.core.errors import Notice, UsageError
from genevolve.run.components import Components
from genevolve.run.crew import THIS_MACHINE, Crew, Machines
from genevolve.run.limits import RateLimiter, billed
from genevolve.run.peer import Peer
from genevolve.run.row import Job, RowKeeper, RowPast, RowWork, run_row
from genevolve.run.sharing import FarMember, FromMainProcess, Turns
from genevolve.run.workers import prepared
from genevolve.store.images import ImageStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a worker process works with: ``sharing`` leads to the main process, ``far`` makes a member that stays there."""

    images: ImageStore
    sharing: FromMainProcess
    far: Callable[[str], FarMember]


Opener = Callable[[Opened], AbstractAsyncContextManager[Components]]


class RowWorkers:
    """At most ``number`` processes at ``place``, started when there are rows for them. ``opener`` makes the setup of each, and
    ``job`` what is done with rows; ``setup`` is that of this process, whose limits and members they use. Raises ``UsageError``
    where one of them cannot be sent to another process.
    """

    def __init__(self, number: int, *, opener: Opener, job: Job, setup: Components, place: Machines = THIS_MACHINE) -> None:
        self._crew = Crew(number, work=work, plan=(opener, job, str(setup.images.folder.absolute())), place=place)
        self._setup = setup
        self._gates: Mapping[str, RateLimiter] = {
            gate.name: gate for gate in (*setup.crossings.values(), *setup.searches.values()) if isinstance(gate, RateLimiter)
        }
        self._turns = Turns()

    async def __aenter__(self) -> Self:
        for gate in self._gates.values():
            gate.traffic.on_stop = lambda reason: self._crew.tell("stop", reason)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._crew.aclose()

    def begin(self, keeper: RowKeeper) -> None:
        self._crew.answer(self._answers(keeper))

    async def row(self, case: Case, past: RowPast) -> dict[str, Any]:
        """As ``run_row``, in the process with the fewest rows. Raises ``UsageError`` where that process ends."""
        found: dict[str, Any] = await self._crew.ask("row", case, past)
        return found

    def halt(self) -> None:
        self._crew.tell("halt")

    # ---- what worker processes ask for

    def _answers(self, keeper: RowKeeper) -> dict[str, Callable[..., Any]]:
        return {
            "record": keeper.record,
            "show": keeper.show,
            "enter": lambda name: self._gates[name].admission.enter(),
            "leave": lambda name, paid, silence: self._gates[name].admission.leave(paid, silence),
            "stop": self._stopped,
            "turn": self._turns.begin,
            "turned": self._turns.end,
            "member": partial(called, self._setup),
            "warn": noticed,
        }

    def _stopped(self, reason: UsageError) -> None:
        for gate in self._gates.values():
            gate.traffic.stop(reason)


def noticed(said: str) -> None:
    """What a worker process has to say to the user."""
    warnings.warn(said, Notice, stacklevel=1)


async def called(setup: Components, field: str, method: str, values: tuple[object, ...]) -> tuple[Any, object]:
    """What a method of a member gives, and what was paid for it, for a process that has no such member of its own."""
    with billed() as bill:
        found = await getattr(getattr(setup, field), method)(*values)
    return found, bill.payments


# ---- in the worker process ------------------------------------------------------------------------------------------------


def work(sock: socket.socket) -> None:
    """The whole life of a worker process: it runs rows, or calls its members for others."""
    prepared()
    asyncio.run(_serve(sock))


async def _serve(sock: socket.socket) -> None:
    worker = _ThisWorker()
    await worker.peer.over(sock)
    plan = await worker.plan
    try:
        opener, job, images = pickle.loads(plan)
        async with opener(Opened(images=ImageStore(Path(images)), sharing=worker.sharing, far=worker.far)) as setup:
            worker.ready.set_result((setup, job(setup) if job is not None else None))
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
        self.ready: asyncio.Future[tuple[Components, RowWork | None]] = loop.create_future()
        self.halted = False
        answers: dict[str, Callable[..., Any]] = {
            "open": self.plan.set_result,
            "row": self._row,
            "member": self._member,
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
        assert work is not None
        return await run_row(case, past, setup, work, self)

    async def _member(self, field: str, method: str, values: tuple[object, ...]) -> tuple[Any, object]:
        setup, _ = await asyncio.shield(self.ready)
        return await called(setup, field, method, values)

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
