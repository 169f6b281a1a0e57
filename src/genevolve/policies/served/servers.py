"""Several servers of one model: a conversation stays where its keys and values are, and moves on when its server is gone."""

import asyncio
import time
import warnings
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from genevolve.core.errors import Notice, ServiceError
from genevolve.policies.served.server import Server, StaleWeights

T = TypeVar("T")
_SIBLINGS = 4  # conversations that a server may have more than another for the sake of a beginning that it knows
_STALE = 5  # times in a row that a server may speak with other weights than it was given


class ServerPool:
    """``patience``: seconds in which a reply is waited for while no server answers. ``first``: where to begin, so that the
    processes of one training do not all begin with the same one.
    """

    def __init__(self, servers: Sequence[Server], *, patience: float, first: int = 0) -> None:
        turned = first % len(servers)
        self.all = (*servers[turned:], *servers[:turned])
        self._patience = patience
        self._place: dict[str, Server] = {}
        self._known: dict[int, Server] = {}

    def forget(self, key: str | None = None) -> None:
        """The conversation ``key`` is over; None: all are."""
        gone = list(self._place) if key is None else [key]
        for one in gone:
            if (server := self._place.pop(one, None)) is not None:
                server.conversations -= 1
        if key is None:
            self._known.clear()

    async def ask(self, key: str, ids: Sequence[int], question: Callable[[Server], Awaitable[T]]) -> T:
        """What a server answers to ``question`` in the conversation ``key``, whose ``ids`` are known so far.

        A server that fails in a way that may pass is left for another; where none is left, they are waited for. Raises
        ``ServiceError`` after the patience, or at once for what would fail again.
        """
        began, stale = time.monotonic(), 0
        while True:
            server = self._chosen(key, ids)
            await asyncio.sleep(server.rests)
            try:
                found = await question(server)
            except StaleWeights:
                server.has = None
                stale += 1
                if stale == _STALE:
                    raise
            except ServiceError as failure:
                if not failure.retryable:
                    raise
                self._left(server, failure)
                waited = time.monotonic() - began
                if waited >= self._patience and all(one.rests for one in self.all):
                    raise ServiceError(f"{failure}; no server answered for {waited:.0f} seconds", retryable=True) from None
            else:
                if server.answered():
                    warnings.warn(f"{server.service.name} answers again", Notice, stacklevel=2)
                return found

    def _chosen(self, key: str, ids: Sequence[int]) -> Server:
        """Where the conversation is, or where it goes on: to the least busy server that is well, rather to one that knows its
        beginning.
        """
        well = [one for one in self.all if not one.rests]
        now = self._place.get(key)
        if now is not None and (now in well or not well):
            return now
        opening = hash(tuple(ids))
        familiar = self._known.get(opening)
        choice = min(well, key=lambda one: one.conversations - _SIBLINGS * (one is familiar)) if well else self._soonest()
        self.forget(key)
        self._place[key] = self._known[opening] = choice
        choice.conversations += 1
        return choice

    def _soonest(self) -> Server:
        return min(self.all, key=lambda one: one.rests)

    def _left(self, server: Server, failure: ServiceError) -> None:
        if not server.failed():
            return
        others = sum(not one.rests for one in self.all)
        then = f"{others} other servers go on with its conversations" if others else "no other is left: waiting for it"
        warnings.warn(f"{failure}; {then}", Notice, stacklevel=3)
