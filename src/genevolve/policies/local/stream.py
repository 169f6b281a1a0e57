"""What the engines of this process share: jobs that join and leave a stream of passes (continuous batching).

A conversation keeps a row with its keys and values from turn to turn, so that only what is new is computed. A row that begins
like another (the system prompt, the request of a sibling rollout) copies that part; where the other is still being computed,
it waits for it. One worker thread owns the model.
"""

import asyncio
import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from random import Random
from typing import Any, Generic, Protocol, TypeVar

from genevolve.core.errors import ServiceError
from genevolve.policies.local.sampling import Drawn, Sampling

_GATHER = 0.01  # seconds that the first job of a batch waits for others
_SHARED = 16  # tokens that a common beginning must have to be worth copying


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One reply. ``ids`` end with a stop token unless it was ``cut`` at the limit; ``logprobs`` go with them."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    cut: bool


class KeptRow(Protocol):
    """``ids`` whose keys and values are kept; ``used`` is the number of the last pass that worked on them."""

    ids: list[int]
    used: int


R = TypeVar("R", bound=KeptRow)


@dataclass(slots=True, eq=False)
class SamplingJob(Generic[R]):
    """A reply in the making. ``pending`` are ids that did not go through the model yet; ``row`` is there once it was begun."""

    key: str
    ids: tuple[int, ...]
    sampling: Sampling
    random: Random
    done: "Future[Sampled]"
    row: R | None = None
    pending: Sequence[int] = ()
    drawn: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)

    def take(self, drawn: Drawn, stops: frozenset[int]) -> bool:
        """One more token; whether it ends the reply."""
        self.drawn.append(drawn.token)
        self.logprobs.append(drawn.logprob)
        return drawn.token in stops or len(self.drawn) >= self.sampling.max_tokens

    def go_on(self, ended: bool, stops: frozenset[int]) -> None:
        """Hand out what is finished, or compute the last token next."""
        if not ended:
            self.pending = (self.drawn[-1],)
        elif not self.done.cancelled():
            cut = self.drawn[-1] not in stops
            self.done.set_result(Sampled(ids=tuple(self.drawn), logprobs=tuple(self.logprobs), cut=cut))


class StreamEngine(ABC, Generic[R]):
    """``stops`` end a reply. ``pass_tokens`` bounds the new tokens of one pass."""

    def __init__(self, model: Any, stops: Sequence[int], *, pass_tokens: int) -> None:
        self._model = model
        self._stops = frozenset(stops)
        self._pass_tokens = pass_tokens
        self._rows: dict[str, R] = {}
        self._jobs: queue.SimpleQueue[SamplingJob[R]] = queue.SimpleQueue()
        self._worker: threading.Thread | None = None
        self._guard = threading.Lock()
        self._open: list[SamplingJob[R]] = []  # what the worker has taken and not finished
        self.computed = 0  # tokens that went through the model
        self.passes = 0

    async def sample(self, key: str, ids: Sequence[int], sampling: Sampling, images: Sequence[str] = ()) -> Sampled:
        """A reply to ``ids``, the whole conversation so far; ``key`` names it. Models that fit here see no ``images``."""
        job = SamplingJob[R](key=key, ids=tuple(ids), sampling=sampling, random=Random(sampling.seed), done=Future())
        self._jobs.put(job)
        self._wake()
        return await asyncio.wrap_future(job.done)

    def forget(self, key: str | None = None) -> None:
        """Drop what is kept of a conversation, or of all: after every change of the weights. Nothing may be in progress."""
        with self._guard:
            for name in list(self._rows) if key is None else [key] if key in self._rows else []:
                self._drop(self._rows.pop(name))

    async def reload_weights(self) -> None:
        """The weights are those of this process: nothing kept may outlive them."""
        self.forget()

    @abstractmethod
    def _pass(self, active: Sequence[SamplingJob[R]]) -> None:
        """Work on the jobs that have begun; each reply that is finished is handed out."""

    @abstractmethod
    def _new_row(self) -> R | None:
        """An empty row; None while there is no room for one."""

    @abstractmethod
    def _copy(self, source: R, row: R, tokens: int) -> None:
        """Make ``row`` begin with the first ``tokens`` ids of ``source``."""

    def _drop(self, row: R) -> None:
        """``row`` is kept no longer."""

    def _wake(self) -> None:
        with self._guard:
            if self._worker is None or not self._worker.is_alive():
                self._worker = threading.Thread(target=self._work, name="genevolve-engine", daemon=True)
                self._worker.start()

    def _work(self) -> None:
        """Until nothing came for a while: take what waits, one pass, hand out what is finished."""
        import torch

        with torch.inference_mode():
            while True:
                self._open += self._arrived(wait=not self._open)
                if not self._open:
                    with self._guard:
                        if self._jobs.empty():
                            self._worker = None
                            return
                    continue
                try:
                    self._open = [job for job in self._open if not job.done.cancelled()]
                    self._begin(self._open)
                    if active := [job for job in self._open if job.row is not None]:
                        self._pass(active)
                        self.passes += 1
                except Exception as error:
                    self._fail(self._open, error)
                self._open = [job for job in self._open if not job.done.done()]

    def _fail(self, jobs: Sequence[SamplingJob[R]], error: Exception) -> None:
        """Every conversation that was under way failed; what was kept of them may be half written."""
        for job in jobs:
            self.forget(job.key)
            if not job.done.done():
                job.done.set_exception(ServiceError(f"local model: {type(error).__name__}: {error}"))

    def _arrived(self, *, wait: bool) -> list[SamplingJob[R]]:
        jobs: list[SamplingJob[R]] = []
        try:
            if wait:
                jobs.append(self._jobs.get(timeout=0.2))
                time.sleep(_GATHER)
            while True:
                jobs.append(self._jobs.get_nowait())
        except queue.Empty:
            return jobs

    def _begin(self, jobs: Sequence[SamplingJob[R]]) -> None:
        """Give a row to each job that has none, unless one that is being computed will soon hold more of its beginning."""
        growing = [job for job in jobs if job.row is not None and not job.drawn]
        for job in jobs:
            if job.row is None and not job.done.done() and self._admit(job, growing):
                growing.append(job)

    def _admit(self, job: SamplingJob[R], growing: Sequence[SamplingJob[R]]) -> bool:
        """Find the row that holds most of the conversation already. False while it is better to wait."""
        with self._guard:
            own = self._rows.get(job.key)
            held = _common(own.ids, job.ids) if own is not None else 0
            source, best = (own, held) if held >= _SHARED else self._nearest(job)
            if any(_common(other.ids, job.ids) >= best + _SHARED for other in growing):
                return False
            row = own if own is not None else self._new_row()
            if row is None:
                return False
            self._rows[job.key] = row
            if source is not None and source is not row:
                self._copy(source, row, best)
            # the last token is computed anew where all are known: its logits were not kept
            row.ids = row.ids[: min(_common(row.ids, job.ids), len(job.ids) - 1)]
        job.row, job.pending = row, job.ids[len(row.ids) :]
        return True

    def _nearest(self, job: SamplingJob[R]) -> tuple[R | None, int]:
        """The row that begins most like a job, and by how many ids; None where too few are worth copying."""
        alike = ((row, _common(row.ids, job.ids)) for row in self._rows.values())
        row, ids = max(alike, key=lambda pair: pair[1], default=(None, 0))
        return (row, ids) if ids >= _SHARED else (None, 0)


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    """How many ids two rows begin with alike, by bisection: slices compare fast."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if tuple(first[low:middle]) == tuple(second[low:middle]):
            low = middle
        else:
            high = middle - 1
    return low
