"""The engine of the local policy: replies of many episodes in one stream of ragged batches (continuous batching).

Rows keep their keys and values from turn to turn, so that only what is new is computed; a row that begins like another
(the system prompt, the request of a sibling rollout) copies that part, and a pass checks guesses of several tokens at once
(see ``drafts``). One worker thread owns the model.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from random import Random
from typing import Any

from genevolve.core.failure import Failure
from genevolve.policies.local.drafts import Draft
from genevolve.policies.local.ragged import Row, forward, ragged, share, supports
from genevolve.policies.local.sampling import Sampling, draw

_GATHER = 0.01  # seconds that the first job of a batch waits for others
_SHARED = 16  # tokens that a common beginning must have to be worth copying


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One reply. ``ids`` end with a stop token unless it was ``cut`` at the limit; ``logprobs`` go with them."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    cut: bool


@dataclass(slots=True, eq=False)
class _Job:
    key: str
    ids: tuple[int, ...]
    sampling: Sampling
    random: Random
    done: "Future[Sampled]"
    row: Row = field(default_factory=Row)
    pending: Sequence[int] = ()
    draft: Draft | None = None
    drawn: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)


class RaggedEngine:
    """``stops`` end a reply. ``pass_tokens`` bounds the new tokens of one pass, ``memory`` the bytes of kept rows.

    Without ``guesses`` a pass decodes one token for a row; the replies are the same.
    """

    def __init__(
        self, model: Any, stops: Sequence[int], *, pass_tokens: int = 2048, memory: int = 4 << 30, guesses: bool = True
    ) -> None:
        self._model = model
        self._stops = frozenset(stops)
        self._pass_tokens = pass_tokens
        self._memory = memory
        self._rows: dict[str, Row] = {}
        self._clock = 0
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._worker: threading.Thread | None = None
        self._guard = threading.Lock()
        self.computed = 0  # tokens that went through the model
        self.reused = 0  # tokens that did not have to, because a row held them
        self.passes = 0
        self._phrases = Draft.phrases() if guesses else None

    @staticmethod
    def fits(model: Any) -> bool:
        return supports(model)

    async def sample(self, key: str, ids: Sequence[int], sampling: Sampling, images: Sequence[str] = ()) -> Sampled:
        """A reply to ``ids``, the whole conversation so far; ``key`` names it. Models that fit here see no ``images``."""
        job = _Job(key=key, ids=tuple(ids), sampling=sampling, random=Random(sampling.seed), done=Future())
        self._jobs.put(job)
        self._wake()
        return await asyncio.wrap_future(job.done)

    def forget(self, key: str | None = None) -> None:
        """Drop what is kept of a conversation, or of all: after every change of the weights. Nothing may be in progress."""
        with self._guard:
            if key is None:
                self._rows.clear()
            else:
                self._rows.pop(key, None)

    async def renew(self) -> None:
        """The weights are those of this process: nothing kept may outlive them."""
        self.forget()

    def _wake(self) -> None:
        with self._guard:
            if self._worker is None or not self._worker.is_alive():
                self._worker = threading.Thread(target=self._work, name="genevolve-engine", daemon=True)
                self._worker.start()

    def _work(self) -> None:
        """Until nothing came for a while: take what waits, one pass, hand out what is finished."""
        import torch

        active: list[_Job] = []
        with torch.inference_mode():
            while True:
                arrived = self._arrived(wait=not active)
                if not active and not arrived:
                    with self._guard:
                        if self._jobs.empty():
                            self._worker = None
                            return
                    continue
                try:
                    active += [self._admit(job) for job in arrived if not job.done.cancelled()]
                    self._pass(active)
                except Exception as error:
                    self._fail([*active, *arrived], error)
                    active = []
                active = [job for job in active if not job.done.done()]

    def _fail(self, jobs: Sequence[_Job], error: Exception) -> None:
        """Every conversation that was under way failed; what was kept of them may be half written."""
        for job in jobs:
            with self._guard:
                self._rows.pop(job.key, None)
            if not job.done.done():
                job.done.set_exception(Failure(f"local model: {type(error).__name__}: {error}"))

    def _arrived(self, *, wait: bool) -> list[_Job]:
        jobs: list[_Job] = []
        try:
            if wait:
                jobs.append(self._jobs.get(timeout=0.2))
                time.sleep(_GATHER)
            while True:
                jobs.append(self._jobs.get_nowait())
        except queue.Empty:
            return jobs

    def _admit(self, job: _Job) -> _Job:
        """Find the row that holds most of the conversation already."""
        with self._guard:
            row = self._rows.pop(job.key, None) or Row()
            common = _common(row.ids, job.ids)
            if common < len(row.ids):
                row.ids = row.ids[:common]
            if common < _SHARED:
                row = self._borrowed(job) or row
            # the last token is computed anew where all are known: its logits were not kept
            row.ids = row.ids[: min(len(row.ids), len(job.ids) - 1)]
            self._rows[job.key] = row
        self.reused += len(row.ids)
        job.row, job.pending = row, job.ids[len(row.ids) :]
        job.draft = Draft(self._phrases, job.ids) if self._phrases is not None else None
        return job

    def _borrowed(self, job: _Job) -> Row | None:
        lengths = {key: _common(row.ids, job.ids) for key, row in self._rows.items()}
        best = max(lengths, key=lambda key: lengths[key], default=None)
        if best is None or lengths[best] < _SHARED:
            return None
        return share(self._rows[best], lengths[best], self._model)

    def _pass(self, active: Sequence[_Job]) -> None:
        """One forward pass: every row that is decoding, with guesses, and as many new tokens as there is room for."""
        room = self._pass_tokens
        chosen: list[tuple[_Job, Sequence[int], Sequence[int]]] = []
        for job in sorted(active, key=lambda job: len(job.pending)):
            if room <= 0:
                break
            new = job.pending[:room]
            guessed = self._guessed(job, room - len(new))
            chosen.append((job, new, guessed))
            room -= len(new) + len(guessed)
        self._clock += 1
        with ragged(self._model):
            logits = forward(self._model, [(job.row, [*new, *guessed], 1 + len(guessed)) for job, new, guessed in chosen])
        self.passes += 1
        for (job, new, guessed), row_logits in zip(chosen, logits, strict=True):
            job.row.used = self._clock
            job.pending = job.pending[len(new) :]
            self.computed += len(new) + len(guessed)
            if not job.pending:
                self._draw(job, row_logits, guessed)
        self._evict(keep={id(job.row) for job in active})

    def _guessed(self, job: _Job, room: int) -> Sequence[int]:
        """What a row that is decoding may say behind its next token."""
        if not job.drawn or job.draft is None:
            return ()
        return job.draft.guess(min(room, job.sampling.max_tokens - len(job.drawn) - 1))

    def _draw(self, job: _Job, logits: Any, guessed: Sequence[int]) -> None:
        """A token behind each id, as long as it is what was guessed; the row forgets the guesses from the first miss on."""
        before = len(job.drawn)
        for place, own in enumerate(logits):
            drawn = draw(own, job.sampling, job.random)
            job.drawn.append(drawn.token)
            job.logprobs.append(drawn.logprob)
            stopped = drawn.token in self._stops
            ended = stopped or len(job.drawn) >= job.sampling.max_tokens
            if ended or place == len(guessed) or drawn.token != guessed[place]:
                break
        del job.row.ids[len(job.row.ids) - len(guessed) + place :]
        if job.draft is not None:
            job.draft.drawn(job.drawn[before:], len(guessed))
        if ended:
            done = Sampled(ids=tuple(job.drawn), logprobs=tuple(job.logprobs), cut=not stopped)
            if not job.done.cancelled():
                job.done.set_result(done)
        else:
            job.pending = (job.drawn[-1],)

    def _evict(self, keep: set[int]) -> None:
        """Drop the rows that were used longest ago, so that kept rows stay within the memory."""
        with self._guard:
            sizes = {key: row.store.nbytes for key, row in self._rows.items() if row.store is not None}
            total = sum(sizes.values())
            for key in sorted(sizes, key=lambda key: self._rows[key].used):
                if total <= self._memory:
                    return
                if id(self._rows[key]) not in keep:
                    total -= sizes[key]
                    del self._rows[key]


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    """How many ids two rows begin with alike."""
    size = min(len(first), len(second))
    if tuple(first[:size]) == tuple(second[:size]):
        return size
    return next(place for place in range(size) if first[place] != second[place])
