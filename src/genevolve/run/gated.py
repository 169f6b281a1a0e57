"""Searches behind a gate of their own, so that what a cache answers costs no place, no rate and no budget."""

from collections.abc import Sequence

from genevolve.core.event import TextHit
from genevolve.core.picture import Picture
from genevolve.core.protocols import ImageSearch, TextSearch
from genevolve.run.limits import RateLimiter


class GatedTextSearch:
    def __init__(self, inner: TextSearch, gate: RateLimiter) -> None:
        self._inner = inner
        self._gate = gate

    async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
        return await self._gate.call(lambda: self._inner.search(query, top_k))


class GatedImageSearch:
    def __init__(self, inner: ImageSearch, gate: RateLimiter) -> None:
        self._inner = inner
        self._gate = gate

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]:
        return await self._gate.call(lambda: self._inner.search_images(query, top_k))
