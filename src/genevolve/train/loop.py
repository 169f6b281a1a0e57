"""The event loop of a run's connections: one thread runs it at a time, this one or another while this one trains."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class SharedLoop:
    """``run`` works here, ``begin`` in a thread of its own; what is begun is over before anything else runs."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="rollout")
        self._begun: Future[Any] | None = None
        self._task: asyncio.Task[Any] | None = None
        self._stopping = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        self._threads.shutdown()
        self._runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` gives, once everything that was begun is over."""
        self._settle()
        return self._runner.run(work)

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """``work`` goes on while this thread does other things. What it raises is told by the future."""
        self._settle()
        self._begun = self._threads.submit(self._runner.run, self._stoppable(work))
        return self._begun

    def end(self, work: Coroutine[Any, Any, T]) -> T:
        """``run`` without waiting for what was begun: it is stopped."""
        self.stop()
        return self.run(work)

    def stop(self) -> None:
        """End what was begun, and wait until it has ended."""
        if self._begun is not None and not self._begun.done():
            self._stopping = True
            self._runner.get_loop().call_soon_threadsafe(self._cancel)
        self._settle()

    def _settle(self) -> None:
        if self._begun is not None:
            wait([self._begun])
            self._begun = None

    async def _stoppable(self, work: Coroutine[Any, Any, T]) -> T:
        self._task = asyncio.current_task()
        if self._stopping:
            work.close()
            raise asyncio.CancelledError
        return await work

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
