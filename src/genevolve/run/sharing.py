"""What the processes of one run share, so that there is one budget, one set of limits, one cache and one journal.

The main process has all of it. A worker process asks for it, and what it was let do it tells before it asks again.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from genevolve.core.errors import UsageError
from genevolve.core.protocols import ImageCase, PolicyCall, ProgramCase, Rendering, RenderOrder, Reply
from genevolve.core.score import ProgramScore, Score, Unscored
from genevolve.run.limits import Admission, RateLimiter, ServiceLimits, SharedLimits, billed_elsewhere
from genevolve.run.peer import Peer
from genevolve.tools.cache import no_turn


class Sharing(Protocol):
    """Where the limits of services are kept, and the turns of questions."""

    def limits(self, max_concurrency: int) -> SharedLimits: ...

    def limiter(self, name: str, limits: ServiceLimits, traffic: SharedLimits) -> RateLimiter: ...

    def turn(self, question: str) -> AbstractAsyncContextManager[bool]:
        """Held while ``question`` is asked; whether another process held it first."""


class OneProcess:
    """Everything is kept here."""

    def limits(self, max_concurrency: int) -> SharedLimits:
        return SharedLimits(max_concurrency=max_concurrency)

    def limiter(self, name: str, limits: ServiceLimits, traffic: SharedLimits) -> RateLimiter:
        return RateLimiter(name, limits, traffic)

    def turn(self, question: str) -> AbstractAsyncContextManager[bool]:
        return no_turn(question)


ONE_PROCESS = OneProcess()


class FromMainProcess:
    """In a worker process: everything is kept in the main process, to which ``peer`` leads."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._traffic: list[SharedLimits] = []

    def limits(self, max_concurrency: int) -> SharedLimits:
        traffic = SharedLimits(max_concurrency=max_concurrency)
        traffic.on_stop = lambda reason: self._peer.tell("stop", reason)
        self._traffic.append(traffic)
        return traffic

    def limiter(self, name: str, limits: ServiceLimits, traffic: SharedLimits) -> RateLimiter:
        return RateLimiter(name, limits, traffic, admission=_FarAdmission(name, limits, traffic, self._peer))

    @asynccontextmanager
    async def turn(self, question: str) -> AsyncIterator[bool]:
        waited: bool = await self._peer.ask("turn", question)
        try:
            yield waited
        finally:
            self._peer.tell("turned", question)

    def stop(self, reason: UsageError) -> None:
        """The run is stopped elsewhere."""
        for traffic in self._traffic:
            traffic.stop(reason)


class _FarAdmission(Admission):
    """That of the main process."""

    def __init__(self, name: str, limits: ServiceLimits, traffic: SharedLimits, peer: Peer) -> None:
        super().__init__(name, limits, traffic)
        self._peer = peer

    async def enter(self) -> bool:
        metered: bool = await self._peer.ask("enter", self.name)
        return metered

    def leave(self, paid: float, silence: float = 0.0) -> None:
        self._peer.tell("leave", self.name, paid, silence)


class Colleague(Protocol):
    """Who can be asked for what members of another process give: a ``Peer`` or a ``Crew``."""

    async def ask(self, name: str, *values: object) -> Any: ...


class FarMember:
    """A member of another process: of the main one, where all rows share it, or of one with a GPU. ``field`` is its place in
    ``Components``."""

    def __init__(self, peer: Colleague, field: str) -> None:
        self._peer = peer
        self._field = field

    async def _ask(self, method: str, *values: object) -> Any:
        found, paid = await self._peer.ask("member", self._field, method, values)
        billed_elsewhere(paid)
        return found

    async def reply(self, call: PolicyCall) -> Reply:
        found: Reply = await self._ask("reply", call)
        return found

    async def search(self, query: str, top_k: int) -> Any:
        return await self._ask("search", query, top_k)

    async def search_images(self, query: str, top_k: int) -> Any:
        return await self._ask("search_images", query, top_k)

    async def generate(self, order: RenderOrder) -> Rendering:
        found: Rendering = await self._ask("generate", order)
        return found

    async def judge_image(self, case: ImageCase) -> Score | Unscored:
        found: Score | Unscored = await self._ask("judge_image", case)
        return found

    async def judge_program(self, case: ProgramCase) -> ProgramScore | Unscored:
        found: ProgramScore | Unscored = await self._ask("judge_program", case)
        return found


class Turns:
    """In the main process: which question is being asked, and which processes wait until it is answered."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def begin(self, question: str) -> bool:
        if question not in self._waiting:
            self._waiting[question] = deque()
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[question].append(turn)
        await turn
        return True

    def end(self, question: str) -> None:
        line = self._waiting[question]
        while line:
            if not (turn := line.popleft()).done():
                turn.set_result(None)
                return
        del self._waiting[question]
