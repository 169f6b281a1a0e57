"""Servers beside the test, in a thread with an event loop of its own: for tests that start other processes."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from tests.services.wire import Handler, Reply, Server


@contextlib.contextmanager
def serving(*handlers: Handler) -> Iterator[list[Server]]:
    """One running server for each handler. Their lists of requests may be read at any time."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="servers", daemon=True)
    thread.start()
    servers = [Server(handler) for handler in handlers]
    try:
        for server in servers:
            asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
        yield servers
    finally:
        for server in servers:
            asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def closed_port() -> int:
    """A port on which nothing answers."""
    with serving(lambda request: Reply()) as (server,):
        return server.port
