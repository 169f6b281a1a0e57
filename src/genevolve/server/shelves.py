"""What lies in the folders that the server may look into: libraries of pictures, training runs, memories of experience."""

import asyncio
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from genevolve.app.library import add_library, list_libraries, remove_library
from genevolve.core.errors import UsageError
from genevolve.experience.bundle import bullets
from genevolve.experience.memory import Memory
from genevolve.server.bodies import sent
from genevolve.server.trouble import NotServed
from genevolve.store.journal import records

LOG, MEMORY = "log.jsonl", "experience.sqlite"
_DEPTH = 2  # folders below an allowed one that are looked into
_MOST_RUNS, _MOST_POINTS, _MOST_ENTRIES = 200, 400, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """The routes of libraries and runs. ``allowed``: the folders of this machine that clients may name things in."""

    allowed: Sequence[Path]

    def routes(self) -> list[Route]:
        return [
            Route("/api/libraries", self.libraries),
            Route("/api/libraries", self.add, methods=["POST"]),
            Route("/api/libraries/{name}", self.remove, methods=["DELETE"]),
            Route("/api/runs", self.runs),
            Route("/api/runs/log", self.log),
            Route("/api/runs/memory", self.memory),
        ]

    async def libraries(self, request: Request) -> Response:
        """Every library of the user; ``changeable`` where its folder is an allowed one."""
        found = await asyncio.to_thread(list_libraries)
        shown = [
            {"name": each.name, "folder": str(each.folder), "images": each.images, "changeable": self._allows(each.folder)}
            for each in found
        ]
        return JSONResponse({"libraries": shown, "allowed": [str(folder) for folder in self.allowed]})

    async def add(self, request: Request) -> Response:
        """Index a folder, or bring its library up to date."""
        body = await sent(request, form=False)
        folder = Path(body.text("folder") or "")
        if not self._allows(folder):
            raise NotServed("this folder is not allowed; start the server with --allow DIR", status=403, param="folder")
        try:
            done = await asyncio.to_thread(add_library, folder, body.text("name"))
        except UsageError as problem:
            raise NotServed(str(problem), param="folder") from None
        refused = [{"file": each.path.name, "reason": each.reason} for each in done.refused]
        return JSONResponse({"name": done.name, "added": done.added, "unchanged": done.unchanged, "refused": refused})

    async def remove(self, request: Request) -> Response:
        """Forget a library; the user's files stay."""
        name = request.path_params["name"]
        found = next((each for each in await asyncio.to_thread(list_libraries) if each.name == name), None)
        if found is None:
            raise NotServed("there is no library of this name", status=404, code="not_found")
        if not self._allows(found.folder):
            raise NotServed("the folder of this library is not allowed; start the server with --allow DIR", status=403)
        await asyncio.to_thread(remove_library, name)
        return JSONResponse({"removed": name})

    def _allows(self, folder: Path) -> bool:
        """Whether ``folder`` lies in an allowed one, wherever links lead."""
        try:
            real = folder.resolve()
            return folder.is_absolute() and any(real.is_relative_to(each.resolve()) for each in self.allowed)
        except (OSError, ValueError, RuntimeError):
            return False

    async def runs(self, request: Request) -> Response:
        """Folders with the log of a training or a memory of experience, the one that changed last first."""
        return JSONResponse({"runs": await asyncio.to_thread(self._listed), "allowed": [str(each) for each in self.allowed]})

    def _listed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for name, folder in self._runs():
            kept = {kind: folder / file for kind, file in (("log", LOG), ("memory", MEMORY)) if (folder / file).is_file()}
            changed = max((path.stat().st_mtime for path in kept.values()), default=0.0)
            found.append({"name": name, "changed": changed, "log": "log" in kept, "memory": "memory" in kept})
        return sorted(found, key=lambda each: each["changed"], reverse=True)[:_MOST_RUNS]

    def _runs(self) -> Iterator[tuple[str, Path]]:
        """(name, folder) of each run."""
        for place in self.allowed:
            below = [sorted(place.glob("/".join("*" * depth))) for depth in range(1, _DEPTH + 1)]
            for folder in (place, *chain.from_iterable(below)):
                kept = [folder / LOG, folder / MEMORY]
                if self._allows(folder.absolute()) and any(path.is_file() for path in kept):
                    yield str(folder), folder

    async def _run(self, request: Request) -> Path:
        """The run that ``name`` names; no path is made of it. Raises ``NotServed`` (404)."""
        known = dict(await asyncio.to_thread(lambda: list(self._runs())))
        if (folder := known.get(request.query_params.get("name", ""))) is None:
            raise NotServed("there is no run of this name", status=404, code="not_found")
        return folder

    async def log(self, request: Request) -> Response:
        """The curves of a training: ``{"curves": {name: [[step, value], …]}}``, thinned where they are long."""
        path = await self._run(request) / LOG
        return JSONResponse({"curves": await asyncio.to_thread(curves, path)})

    async def memory(self, request: Request) -> Response:
        """The newest entries of a memory, each with its lessons."""
        path = await self._run(request) / MEMORY
        try:
            entries, whole = await asyncio.to_thread(_remembered, path)
        except UsageError as problem:
            raise NotServed(str(problem), status=404, code="not_found") from None
        return JSONResponse({"entries": entries, "whole": whole})


def curves(path: Path) -> dict[str, list[tuple[float, float]]]:
    """(step, value) of each number in a log with a line for each step; empty where there is none yet."""
    found: dict[str, list[tuple[float, float]]] = {}
    for record in records(path) if path.is_file() else ():
        numbers = {name: value for name, value in record.items() if _is_number(value)}
        for name in numbers.keys() - {"step", "time", "epoch"} if "step" in numbers else ():
            found.setdefault(name, []).append((numbers["step"], numbers[name]))
    return {name: _thinned(points) for name, points in sorted(found.items()) if len(points) > 1}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most ``_MOST_POINTS`` of them, the first and the last among them."""
    if len(points) <= _MOST_POINTS:
        return points
    return [points[round(place * (len(points) - 1) / (_MOST_POINTS - 1))] for place in range(_MOST_POINTS)]


def _remembered(path: Path) -> tuple[list[dict[str, Any]], int]:
    """(the newest entries, how many there are). Raises ``UsageError``."""
    with Memory(path) as memory:
        entries = memory.entries()
        shown = [
            {
                **{name: getattr(entry, name) for name in ("id", "request", "step", "family", "gap", "judge")},
                "lessons": [
                    {"part": part.replace("_", " "), "text": bullet.text, "standard": bullet.standard}
                    for part, bullet in bullets(memory.bundle(entry))
                ],
            }
            for entry in reversed(entries[-_MOST_ENTRIES:])
        ]
        return shown, len(entries)
