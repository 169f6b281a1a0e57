"""A real server in a thread of the test: uvicorn on a free port of 127.0.0.1, around members that compute their answers."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genevolve.app.profile import Profile, load_profile
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.server.app import prepared
from genevolve.store.images import ImageStore
from tests.conftest import FakeWorld, Scripted, plain_script

PATIENCE = 30  # seconds for anything that a test waits for


def profile_of(out: Path, **members: Any) -> tuple[Profile, FakeWorld]:
    """A profile of fakes around one world that remembers what it was asked; ``members`` take the place of single ones."""
    world = FakeWorld(images=ImageStore(out / "images"))
    roles = ("search", "image_search", "skills", "generator", "image_judge", "program_judge")
    chosen = {"policy": Scripted(plain_script), **dict.fromkeys(roles, world), **members}
    return load_profile("offline", chosen), world


class Held(FakeWorld):
    """A generator that has begun, and waits until it is let go."""

    def hold(self) -> None:
        self.go = threading.Event()

    async def generate(self, order: RenderOrder) -> Rendering:
        while not self.go.is_set():
            await asyncio.sleep(0.01)
        return await super().generate(order)


@contextlib.contextmanager
def running(out: Path, profile: Profile, **settings: Any) -> Iterator[str]:
    """Serve ``profile`` over directory ``out``; the address of the server."""
    started = threading.Event()
    told: dict[str, Any] = {}
    failures: list[BaseException] = []

    async def serve() -> None:
        async with prepared({"fake": profile}, out=out, **settings) as (server, listener, address):
            told.update(server=server, address=address)
            started.set()
            await server.serve(sockets=[listener])

    def work() -> None:
        try:
            asyncio.run(serve())
        except BaseException as problem:
            failures.append(problem)
            started.set()

    thread = threading.Thread(target=work, name="serve")
    thread.start()
    assert started.wait(PATIENCE)
    try:
        if failures:
            raise failures[0]
        yield told["address"]
    finally:
        if "server" in told:
            told["server"].should_exit = True
        thread.join(PATIENCE)
    assert not thread.is_alive()
    assert not failures
