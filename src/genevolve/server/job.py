"""A generation in the queue, what it was asked by, and how it is made."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genevolve.core.episode import Goal
from genevolve.core.event import Event
from genevolve.core.picture import Picture
from genevolve.core.request import Request
from genevolve.server.trouble import NotServed

PROGRAM = "program"


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a generation is made: ``profile`` by its name, 1 or more ``rounds`` and ``takes`` where they are not the profile's.

    ``via`` is the surface it came by, ``key`` the digest of what its client calls the request. ``until`` "program": no picture
    is drawn of its program.
    """

    profile: str
    rounds: int | None = None
    takes: int | None = None
    via: str = ""
    key: str = ""
    until: str = ""

    @property
    def goal(self) -> Goal | None:
        """How far it goes; None: to the verdict."""
        return Goal.PROGRAM if self.until == PROGRAM else None

    @classmethod
    def of(cls, about: Mapping[str, Any], default: str) -> "Making":
        """From the journal; directories of ``generate`` say nothing of it."""
        known = {name: about[name] for name in cls.__dataclass_fields__ if name in about}
        return cls(**{"profile": default, **known})


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a client asks for. ``references`` are (file name, bytes), ``found`` pictures that are in the store already.

    ``after``: the generation in whose picture ``text`` changes something. ``size`` is as ``--size``, None as without it. A
    ``seed`` of None is that of the generation that is changed, else one is drawn, as for -1.
    ``key``: the client's own name of the request; a second request of that name is answered with the first one's pictures.
    ``until`` "program" ends with the program, for who draws it elsewhere.
    """

    text: object
    references: Sequence[tuple[str, bytes]] = ()
    found: Sequence[Picture] = ()
    after: str | None = None
    size: str | None = None
    seed: int | None = None
    number: int = 1
    profile: str | None = None
    rounds: int | None = None
    takes: int | None = None
    via: str = ""
    key: str | None = None
    until: str | None = None
    called: str = "request"  # what the client's own surface calls the text


@dataclass(slots=True, eq=False)
class Job:
    """A generation that is queued or under way. Its ``events`` are those of the journal; ``result`` is its row at the end.

    ``problem`` says why it stands still, where the server had to stop; a restart goes on with it.
    """

    request: Request
    making: Making
    at: float
    events: list[Event] = field(default_factory=list)
    started: bool = False
    cancelled: bool = False
    result: dict[str, Any] | None = None
    problem: str = ""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def id(self) -> str:
        return self.request.id

    @property
    def over(self) -> bool:
        return self.result is not None or bool(self.problem)

    def changed(self) -> None:
        """Wake all who follow."""
        self._news.set()
        self._news = asyncio.Event()

    async def follow(self) -> AsyncIterator[Event]:
        """Every event from the first one on, as it comes, until it is over."""
        seen = 0
        while True:
            news = self._news
            while seen < len(self.events):
                yield self.events[seen]
                seen += 1
            if self.over:
                return
            await news.wait()

    async def ended(self) -> dict[str, Any]:
        """Its result row. Raises ``NotServed`` where the server stopped before there was one."""
        while not self.over:
            await self._news.wait()
        if self.result is None:
            raise NotServed(f"generation {self.id} stands still: {self.problem}", status=503, code="stopped")
        return self.result
