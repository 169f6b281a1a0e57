"""The JSON API of the page at ``/``: ask, list, follow, look at the files. ``docs/serve.md`` describes it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from genevolve import __version__
from genevolve.server.bodies import sent
from genevolve.server.guard import Access
from genevolve.server.job import Job, Submission
from genevolve.server.show import SHAPES, SIDES, brief, file_of, path_of, whole
from genevolve.server.steps import Steps
from genevolve.server.studio import MOST_AT_ONCE, Studio
from genevolve.server.trouble import NotServed

_MOST_LISTED = 100
PING = 15  # seconds between signs of life of a stream
# A page of a generation is its own world: nothing in it runs, loads or is sent.
_PAGE_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The routes below ``/api``."""

    studio: Studio
    access: Access

    def routes(self) -> list[Route]:
        generation = "/api/generations/{name}"
        return [
            Route("/api/health", self.health),
            Route("/api/generations", self.submit, methods=["POST"]),
            Route("/api/generations", self.listing),
            Route(generation, self.cancel, methods=["DELETE"]),
            Route(generation, self.one),
            Route(f"{generation}/events", self.events),
            Route(f"{generation}/files/{{file}}", self.file),
        ]

    async def health(self, request: Request) -> Response:
        """What the server is, and whether it works."""
        state = {"version": __version__, "profiles": list(self.studio.profiles), "stopped": self.studio.stopped}
        return JSONResponse({**state, "most_pictures": MOST_AT_ONCE})

    async def submit(self, request: Request) -> Response:
        """Queue a request, from JSON or a form with files ``reference``."""
        body = await sent(request, form=True)
        asked = Submission(
            text=body.values.get("request"),
            references=body.files_of("reference"),
            size=body.text("size"),
            after=body.text("after"),
            seed=body.number("seed", None),
            number=body.number("n", 1),
            profile=body.text("profile"),
            rounds=body.number("rounds", None),
            takes=body.number("takes", None),
            until=body.text("until"),
            via="api",
            key=request.headers.get("idempotency-key"),
        )
        made = await self.studio.submit(asked)
        shown = [brief(self.studio, each, self.access.signed) for each in made]
        return JSONResponse({"generations": shown}, status_code=202)

    async def listing(self, request: Request) -> Response:
        """The newest generations whose request holds all words of ``q``; ``before`` is the id that the last page ended with."""
        asked = request.query_params
        limit = asked.get("limit", "30")
        if not limit.isdecimal() or not 1 <= int(limit[:6]) <= _MOST_LISTED:
            raise NotServed(f"limit is {limit[:20]!r}; it is 1 to {_MOST_LISTED}", param="limit")
        found = self.studio.archive.newest(asked.get("q", ""), before=asked.get("before"))
        page = [each for each, _ in zip(found, range(int(limit)), strict=False)]
        shown = [brief(self.studio, self.studio.find(each.id), self.access.signed) for each in page]
        more = len(page) == int(limit)
        return JSONResponse({"generations": shown, "next": page[-1].id if more else None})

    async def one(self, request: Request) -> Response:
        """A generation with its result and its steps."""
        return JSONResponse(whole(self.studio, request.path_params["name"], self.access.signed))

    async def cancel(self, request: Request) -> Response:
        """End it before its end; what it has come to is kept."""
        name = request.path_params["name"]
        self.studio.cancel(name)
        return JSONResponse(brief(self.studio, self.studio.find(name), self.access.signed), status_code=202)

    async def events(self, request: Request) -> Response:
        """Its steps as server-sent events, from the first one (or after ``Last-Event-ID``) to its end, live."""
        name = request.path_params["name"]
        self.studio.find(name)
        last = request.headers.get("last-event-id", "")
        seen = int(last[:9]) if last.isdecimal() else 0
        return EventSourceResponse(self._steps(name, seen), ping=PING, headers={"cache-control": "no-store"})

    async def _steps(self, name: str, seen: int) -> AsyncIterator[dict[str, str]]:
        steps = Steps(self.studio.request(name), lambda file: self.access.signed(path_of(name, file)))
        number = 0
        async for event in _events(self.studio, name):
            step = steps.of(event)
            number += 1
            if number > seen:
                yield {"id": str(number), "event": "step", "data": json.dumps(step, ensure_ascii=False)}
        shown = whole(self.studio, name, self.access.signed)
        yield {"id": str(number), "event": "end", "data": json.dumps(shown, ensure_ascii=False)}

    async def file(self, request: Request) -> Response:
        """A picture of a generation, ``?side=`` shrunk, or its page."""
        side = request.query_params.get("side")
        if side is not None and side not in map(str, SIDES):
            raise NotServed(f"side is {side[:20]!r}; it is one of {', '.join(map(str, SIDES))}", param="side")
        data, kind = await file_of(
            self.studio, request.path_params["name"], request.path_params["file"], int(side) if side else None
        )
        headers: dict[str, str] = {"cache-control": "private, max-age=31536000, immutable"}
        if kind in SHAPES.values():
            headers = {**headers, "content-security-policy": _PAGE_POLICY}
        if kind.startswith("text/html"):
            headers = {"cache-control": "no-store", "content-security-policy": _PAGE_POLICY}
        return Response(data, media_type=kind, headers=headers)


async def _events(studio: Studio, name: str) -> AsyncIterator[Any]:
    """The events of a generation, live where it is under way."""
    found = studio.find(name)
    if isinstance(found, Job):
        async for event in found.follow():
            yield event
        return
    for event in studio.events(name):
        yield event
