"""Searches behind a gate of their own, so that what a cache answers costs no place, no rate and no budget.

Keys are taken out of what they find before a cache keeps it.
"""

from collections.abc import Callable, Sequence

from genevolve.core.event import TextHit
from genevolve.core.picture import Picture
from genevolve.core.protocols import ImageSearch, TextSearch
from genevolve.run.limits import RateLimiter
from genevolve.services.secrets import cleaned


class GatedTextSearch:
    def __init__(self, inner: TextSearch, gate: RateLimiter, redact: Callable[[str], str] = str) -> None:
        self._inner = inner
        self._gate = gate
        self._redact = redact

    def _price(self, found: object) -> float:
        """What an answer has cost: a search has one price, which is known before."""
        return self._gate.known_price

    async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
        return cleaned(await self._gate.call(lambda: self._inner.search(query, top_k), cost=self._price), self._redact)


class GatedImageSearch:
    def __init__(self, inner: ImageSearch, gate: RateLimiter, redact: Callable[[str], str] = str) -> None:
        self._inner = inner
        self._gate = gate
        self._redact = redact

    def _price(self, found: object) -> float:
        """What an answer has cost: a search has one price, which is known before."""
        return self._gate.known_price

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]:
        return cleaned(await self._gate.call(lambda: self._inner.search_images(query, top_k), cost=self._price), self._redact)
