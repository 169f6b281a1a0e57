"""Members that compute on this machine, moved into worker processes so that all cores work.

The episode loop, the journal and whatever waits for a network stay in the main process: one run directory, one journal,
written by one process, and resumable as any batch is.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from genevolve.core.errors import UsageError
from genevolve.core.protocols import ImageCase, PolicyCall, Rendering, RenderOrder, Reply
from genevolve.core.score import Score, Unscored
from genevolve.run.components import Components
from genevolve.store.images import ImageStore

T = TypeVar("T")
Opener = Callable[
    [ImageStore], AbstractAsyncContextManager[Components]
]  # sent to the workers: a function of a module, or a partial

_state: dict[str, Any] = {}  # of a worker process: its setup and its event loop


class Workers:
    """``number`` processes, each with a setup of its own from ``open_setup`` around the same image store."""

    def __init__(self, number: int, open_setup: Opener, images: Path) -> None:
        self._pool = ProcessPoolExecutor(
            number, mp_context=multiprocessing.get_context("spawn"), initializer=_prepare, initargs=(open_setup, str(images))
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def around(self, setup: Components, roles: Collection[str]) -> Components:
        """``setup`` with the members of ``roles`` (policy, generator, image_judge) in the workers."""
        return replace(
            setup,
            policy=ElsewherePolicy(self) if "policy" in roles else setup.policy,
            generator=ElsewhereGenerator(self) if "generator" in roles else setup.generator,
            image_judge=ElsewhereJudge(self) if "image_judge" in roles else setup.image_judge,
        )

    async def run(self, work: Callable[[Any], T], value: object) -> T:
        """``work(value)`` in a worker. Raises ``UsageError`` when a worker died: every further call would fail alike."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, value)
        except BrokenProcessPool:
            raise UsageError(
                "a worker process died: of too little memory (use fewer with --workers), or of a script whose own work is not "
                'under `if __name__ == "__main__":`; what is finished is kept, and the same command goes on from there'
            ) from None


class ElsewherePolicy:
    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    async def reply(self, call: PolicyCall) -> Reply:
        return await self._workers.run(_reply, call)


class ElsewhereGenerator:
    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    async def generate(self, order: RenderOrder) -> Rendering:
        return await self._workers.run(_generate, order)

    async def vector(self, order: RenderOrder) -> str:
        return await self._workers.run(_vector, order)


class ElsewhereJudge:
    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    async def judge_image(self, case: ImageCase) -> Score | Unscored:
        return await self._workers.run(_judge, case)


# ---- in the worker ----------------------------------------------------------------------------------------------------


def prepared() -> None:
    """What every worker process does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process, which ends the workers
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    _one_thread()


def _prepare(open_setup: Opener, images: str) -> None:
    prepared()
    runner, stack = asyncio.Runner(), AsyncExitStack()
    _state["runner"], _state["stack"] = runner, stack
    _state["setup"] = runner.run(stack.enter_async_context(open_setup(ImageStore(Path(images)))))


def _end_with_parent() -> None:
    """A worker whose main process was killed would wait without end: its own end of the pipe keeps the pipe open."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _one_thread() -> None:
    """One process for each core is the parallelism; threads of OpenCV beside it only get in each other's way."""
    try:
        import cv2
    except ModuleNotFoundError:
        return
    cv2.setNumThreads(1)


def in_worker(result: Callable[[Components], Awaitable[T]]) -> T:
    """For work of one's own in a worker: what ``result`` gives, awaited with the worker's setup."""

    async def awaited() -> T:
        return await result(_state["setup"])

    found: T = _state["runner"].run(awaited())
    return found


def _reply(call: PolicyCall) -> Reply:
    return in_worker(lambda setup: setup.policy.reply(call))


def _generate(order: RenderOrder) -> Rendering:
    return in_worker(lambda setup: setup.generator.generate(order))


def _vector(order: RenderOrder) -> str:
    drawn: str = in_worker(lambda setup: setup.generator.vector(order))  # type: ignore[attr-defined]
    return drawn


def _judge(case: ImageCase) -> Score | Unscored:
    return in_worker(lambda setup: setup.image_judge.judge_image(case))
