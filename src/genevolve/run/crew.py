"""Processes that work for one run, wherever they are placed: on this machine, or on those of a cluster.

A process is one end of a socket (``run.peer``). What it does is in ``run.row_workers``; where it runs is one of ``Machines``.
"""

import asyncio
import multiprocessing
import pickle
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from genevolve.core.errors import UsageError
from genevolve.run.peer import Peer, PeerLost

PATIENCE = 5.0  # seconds in which a worker process closes what it has open before it is ended
_SETTING = "--workers"


class Launched(Protocol):
    """A process that was started, as ``multiprocessing`` has it. ``exitcode`` is negative for the signal that killed it."""

    @property
    def exitcode(self) -> int | None: ...

    def join(self, timeout: float | None = None) -> None: ...

    def is_alive(self) -> bool: ...

    def kill(self) -> None: ...


class Machines(Protocol):
    """Where the processes of a crew are started."""

    async def launch(self, work: Callable[[socket.socket], None]) -> tuple[socket.socket, Launched]:
        """A process that does ``work``, a function of a module, with the other end of the socket. Waits until it is there."""


class ThisMachine:
    """Processes of this machine, which end with this one."""

    async def launch(self, work: Callable[[socket.socket], None]) -> tuple[socket.socket, Launched]:
        here, there = socket.socketpair()
        with there:
            process = multiprocessing.get_context("spawn").Process(target=work, args=(there,), name="genevolve row worker")
            process.start()
        return here, process


THIS_MACHINE = ThisMachine()


@dataclass(slots=True, kw_only=True)
class _Worker:
    process: Launched
    peer: Peer
    tasks: int = 0


class Crew:
    """At most ``number`` processes at ``place`` that do ``work``, started when there is something to do. Each is told
    ``plan`` first."""

    def __init__(
        self, number: int, *, work: Callable[[socket.socket], None], plan: object, place: Machines = THIS_MACHINE
    ) -> None:
        self._number = number
        self._work = work
        self._plan = sent(plan)
        self._place = place
        self._answers: Mapping[str, Callable[..., Any]] = {}
        self._starting = asyncio.Lock()
        self._workers: list[_Worker] = []

    def answer(self, answers: Mapping[str, Callable[..., Any]]) -> None:
        """What the processes may ask for."""
        self._answers = answers

    async def ask(self, name: str, *values: object) -> Any:
        """What ``name`` gives in the process with the fewest tasks. Raises ``UsageError`` where that process ends."""
        worker = await self._chosen()
        worker.tasks += 1
        try:
            return await worker.peer.ask(name, *values)
        except PeerLost:
            async with self._starting:  # one at a time: only one is told how a process ended
                why = await asyncio.to_thread(_why, worker.process)
            raise UsageError(why) from None
        finally:
            worker.tasks -= 1

    def tell(self, name: str, *values: object) -> None:
        for worker in self._workers:
            worker.peer.tell(name, *values)

    async def aclose(self) -> None:
        """End all processes."""
        await asyncio.gather(*(worker.peer.aclose() for worker in self._workers))
        await asyncio.to_thread(self._end)

    async def _chosen(self) -> _Worker:
        async with self._starting:
            if len(self._workers) < self._number and all(worker.tasks for worker in self._workers):
                await self._start()
        return min(self._workers, key=lambda worker: worker.tasks)

    async def _start(self) -> None:
        here, process = await self._place.launch(self._work)
        worker = _Worker(process=process, peer=Peer(self._answers))
        self._workers.append(worker)  # from here on it is ended with the others
        await worker.peer.over(here)
        worker.peer.tell("open", self._plan)

    def _end(self) -> None:
        for worker in self._workers:
            worker.process.join(PATIENCE)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()


def sent(plan: object) -> bytes:
    """``plan`` as it is sent to worker processes. Raises ``UsageError`` where that cannot be done."""
    try:
        return pickle.dumps(plan)
    except Exception as error:
        raise UsageError(
            f"{_SETTING}: what this run works with cannot be sent to other processes ({type(error).__name__}: {error}); "
            f"use {_SETTING} 1, or name members by module:Name instead of handing over instances"
        ) from None


def _why(process: Launched) -> str:
    process.join(PATIENCE)
    code = process.exitcode
    killed = f" (it was killed by signal {-code})" if code is not None and code < 0 else ""
    return (
        f"a worker process died{killed}: of too little memory (use fewer with {_SETTING}), or of a script whose own work is "
        'not under `if __name__ == "__main__":`; what is finished is kept, and the same command goes on from there'
    )
