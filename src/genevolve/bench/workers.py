"""Generators and judges that compute on this machine, moved into worker processes so that all cores work.

The episode loop, the journal and whatever waits for a network stay in the main process: there is one run directory with one
journal, written by one process, and a benchmark resumes as any batch does.
"""

import asyncio
import multiprocessing
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from genevolve.core.failure import Misuse
from genevolve.core.protocols import ImageCase, Rendering, RenderOrder
from genevolve.core.score import Score, Unscored
from genevolve.data.case import Case, render_ground_truth
from genevolve.run.setup import Setup
from genevolve.store.images import ImageStore

T = TypeVar("T")
Opener = Callable[[ImageStore], AbstractAsyncContextManager[Setup]]  # sent to the workers: a function of a module, or a partial

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

    def around(self, setup: Setup, *, generator: bool, judge: bool) -> Setup:
        """``setup`` with its generator and judge in the workers, where asked for."""
        return replace(
            setup,
            generator=ElsewhereGenerator(self) if generator else setup.generator,
            image_judge=ElsewhereJudge(self) if judge else setup.image_judge,
        )

    async def ground_truth(self, case: Case) -> bytes:
        """The ground-truth image of ``case`` as a PNG file."""
        return await self.run(_draw_truth, case)

    async def run(self, work: Callable[[Any], T], value: object) -> T:
        """``work(value)`` in a worker. Raises ``Misuse`` when a worker died: every further call would fail alike."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, value)
        except BrokenProcessPool:
            raise Misuse(
                "a worker process died (out of memory?): use fewer with --workers; what is finished is kept, and the same "
                "command goes on from there"
            ) from None


class ElsewhereGenerator:
    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    async def generate(self, order: RenderOrder) -> Rendering:
        return await self._workers.run(_generate, order)


class ElsewhereJudge:
    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    async def judge_image(self, case: ImageCase) -> Score | Unscored:
        return await self._workers.run(_judge, case)


# ---- in the worker ----------------------------------------------------------------------------------------------------


def _prepare(open_setup: Opener, images: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process, which ends the workers
    _one_thread()
    runner, stack = asyncio.Runner(), AsyncExitStack()
    _state["runner"], _state["stack"] = runner, stack
    _state["setup"] = runner.run(stack.enter_async_context(open_setup(ImageStore(Path(images)))))


def _one_thread() -> None:
    """One process for each core is the parallelism; threads of OpenCV beside it only get in each other's way."""
    try:
        import cv2
    except ModuleNotFoundError:
        return
    cv2.setNumThreads(1)


def _await(result: Awaitable[T]) -> T:
    async def awaited() -> T:
        return await result

    found: T = _state["runner"].run(awaited())
    return found


def _generate(order: RenderOrder) -> Rendering:
    setup: Setup = _state["setup"]
    return _await(setup.generator.generate(order))


def _judge(case: ImageCase) -> Score | Unscored:
    setup: Setup = _state["setup"]
    return _await(setup.image_judge.judge_image(case))


def _draw_truth(case: Case) -> bytes:
    return _await(render_ground_truth(case))
