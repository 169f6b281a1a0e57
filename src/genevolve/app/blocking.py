"""Coroutines for programs that do not await: with no event loop of their own, or inside one that runs, as notebooks do."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from contextlib import suppress
from contextvars import copy_context
from functools import wraps
from threading import Thread
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def blocking(make: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """``NAME_async`` as ``NAME``: the same arguments and the same result, in an event loop that ends with the call."""

    @wraps(make)
    def run(*args: P.args, **named: P.kwargs) -> T:
        return waited_for(make(*args, **named))

    run.__name__ = run.__qualname__ = make.__name__.removesuffix("_async")
    return run


def waited_for(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` comes to. Where a loop runs in this thread already, it gets one of its own in another thread; the running
    one stands still meanwhile."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    return _apart(work)


def _apart(work: Coroutine[Any, Any, T]) -> T:
    """``work`` in a thread. What interrupts the waiting (Ctrl-C, a notebook's stop) cancels it and waits for its end."""
    context = copy_context()
    ended: Future[T] = Future()
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = Future()

    async def watched() -> T:
        begun.set_result((asyncio.get_running_loop(), asyncio.current_task()))
        return await work

    def cancel(known: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]]) -> None:
        loop, task = known.result()
        if task is not None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(task.cancel)

    def body() -> None:
        try:
            ended.set_result(context.run(asyncio.run, watched()))
        except BaseException as error:
            ended.set_exception(error)

    try:
        Thread(target=body, name="genevolve").start()
        return ended.result()
    except KeyboardInterrupt:
        begun.add_done_callback(cancel)  # now, or as soon as it has begun
        wait([ended])
        raise
