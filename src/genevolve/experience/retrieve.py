"""The lesson for a request: the whole bundle of the single most similar one in the memory, if it is similar enough.

Or, with ``pooled``, what the bundles of the most similar ones agree on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING

from genevolve.core.errors import UsageError
from genevolve.core.request import Request
from genevolve.experience.bundle import Bundle
from genevolve.experience.embed import Embedder
from genevolve.experience.memory import Memory, MemoryEntry
from genevolve.experience.pooling import pooled as pooled_lesson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


class When(StrEnum):
    """``same_step``: a request may get a lesson of this step, even one of its own group; ``past_only``: of earlier ones."""

    SAME_STEP = "same_step"
    PAST_ONLY = "past_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """``request`` is the source request. ``mismatched``: a wrong bundle on purpose; ``similarity`` is that of the right one.

    A lesson that is ``pooled`` out of several has the source, gap and similarity of the nearest one.
    """

    bundle: Bundle
    similarity: float
    entry: int
    request: str
    step: int
    group: str
    gap: float
    mismatched: bool = False
    pooled: int = 1


@dataclass(slots=True)
class Hits:
    """Counts for the log, since the last ``taken``. ``own``: lessons that came from the request's own group."""

    asked: int = 0
    found: int = 0
    own: int = 0
    below_gate: int = 0
    nothing_there: int = 0
    similarities: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.found / self.asked if self.asked else 0.0

    def logged(self) -> dict[str, float]:
        """As numbers for a trainer's log; the mean similarity is that of the nearest source, used or not."""
        seen = self.similarities
        return {
            "experience/hit_rate": self.rate,
            "experience/own_group": self.own / self.found if self.found else 0.0,
            "experience/nearest_similarity": sum(seen) / len(seen) if seen else 0.0,
        }


class Retriever:
    """``gate`` None is the embedder's own. ``mismatch`` hands out, wherever a bundle would be found, a random one of
    another family instead (``seed`` decides, the same for the same request and step): does the guidance matter, or any?
    ``pooled`` > 1 hands out what the bundles of so many of the most similar requests agree on.
    """

    def __init__(
        self,
        memory: Memory,
        embedder: Embedder,
        gate: float | None = None,
        when: When | str = When.SAME_STEP,
        *,
        mismatch: bool = False,
        seed: int = 0,
        pooled: int = 1,
    ) -> None:
        if (embedder.name, embedder.dimension) != (memory.embedder, memory.dimension):
            raise UsageError(f"{memory.path} holds embeddings of {memory.embedder}, but the embedder is {embedder.name}")
        self.memory = memory
        self.embedder = embedder
        self.gate = embedder.gate if gate is None else gate
        if not -1 <= self.gate <= 1:
            raise UsageError(f"experience.gate is {self.gate}; a similarity is from -1 to 1")
        if when not in set(When):
            raise UsageError(f"experience.when is {when!r}; it is one of {', '.join(When)}")
        self.when = When(when)
        self.mismatch = mismatch
        if pooled < 1:
            raise UsageError(f"experience.pooled is {pooled}; a lesson is made of one bundle at least")
        self.seed = seed
        self.pooled = pooled
        self.hits = Hits()
        self._sentences: dict[str, Floats] = {}

    def find(
        self,
        requests: Sequence[Request | str],
        step: int,
        *,
        groups: Sequence[str] | None = None,
        families: Sequence[str] | None = None,
        embeddings: "Floats | None" = None,
    ) -> list[Retrieved | None]:
        """One answer for each request, in their order.

        ``groups`` are what their own bundles are (or will be) added under: with ``past_only`` an entry of the own group
        is never taken, and no entry of ``step`` or later. ``families`` help ``mismatch``. ``embeddings`` (n, d) saves
        embedding again.
        """
        texts = [request.text if isinstance(request, Request) else request for request in requests]
        own: Sequence[str | None] = groups if groups is not None else [None] * len(texts)
        kinds: Sequence[str] = families if families is not None else [""] * len(texts)
        if not len(own) == len(kinds) == len(texts):
            raise ValueError(f"{len(texts)} requests, {len(own)} groups and {len(kinds)} families do not belong together")
        if not texts:
            return []
        entries = self.memory.entries()
        similar = (self.embedder.embed(texts) if embeddings is None else embeddings) @ self.memory.embeddings(entries).T
        return [self._choose(similar[row], entries, step, own[row], kinds[row], texts[row]) for row in range(len(texts))]

    def _choose(
        self, similar: "Floats", entries: Sequence[MemoryEntry], step: int, own: str | None, kind: str, text: str
    ) -> Retrieved | None:
        """``similar`` holds the similarity of ``text`` to each entry."""
        self.hits.asked += 1
        allowed = [
            (entry, float(each)) for entry, each in zip(entries, similar, strict=True) if self._allowed(entry, step, own)
        ]
        if not allowed:
            self.hits.nothing_there += 1
            return None
        near = sorted(allowed, key=lambda pair: (round(pair[1], 5), pair[0].step, pair[0].gap, pair[0].id), reverse=True)
        nearest, similarity = near[0]
        self.hits.similarities.append(similarity)
        if similarity < self.gate:
            self.hits.below_gate += 1
            return None
        chosen = [entry for entry, value in near if value >= self.gate][: self.pooled]
        if self.mismatch:
            family = kind or nearest.family
            others = [entry for entry, value in allowed if self._other(entry, family, value)]
            chosen = Random(f"{self.seed} {step} {text}").sample(others, min(self.pooled, len(others)))
            if not chosen:
                self.hits.nothing_there += 1
                return None
        self.hits.found += 1
        self.hits.own += own is not None and any(_of_group(entry, own) for entry in chosen)
        return self._retrieved(chosen, similarity)

    def _allowed(self, entry: MemoryEntry, step: int, own: str | None) -> bool:
        if self.when is When.SAME_STEP:
            return entry.step <= step
        return entry.step < step and (own is None or not _of_group(entry, own))

    def _other(self, entry: MemoryEntry, family: str, similarity: float) -> bool:
        """By recipe family where both are known; else what is not similar enough counts as another."""
        return similarity < self.gate and not (family and entry.family == family)

    def _retrieved(self, chosen: Sequence[MemoryEntry], similarity: float) -> Retrieved:
        source = chosen[0]
        bundles = [(self.memory.bundle(entry), entry.gap) for entry in chosen]
        return Retrieved(
            bundle=pooled_lesson(bundles, self._embedded) if len(bundles) > 1 else bundles[0][0],
            similarity=similarity,
            entry=source.id,
            request=source.request,
            step=source.step,
            group=source.group,
            gap=source.gap,
            mismatched=self.mismatch,
            pooled=len(bundles),
        )

    def _embedded(self, sentences: Sequence[str]) -> "Floats":
        """(n, d), each sentence embedded once: lessons say the same ones again and again."""
        import numpy as np

        if new := [each for each in dict.fromkeys(sentences) if each not in self._sentences]:
            self._sentences.update(zip(new, self.embedder.embed(new), strict=True))
        return np.stack([self._sentences[each] for each in sentences])

    def taken(self) -> Hits:
        """The counts so far, which begin anew."""
        counted, self.hits = self.hits, Hits()
        return counted


def _of_group(entry: MemoryEntry, group: str) -> bool:
    """Whether ``entry`` came from ``group``; several of one group are told apart by a number behind its name."""
    return entry.group == group or entry.group.startswith(f"{group}.")
