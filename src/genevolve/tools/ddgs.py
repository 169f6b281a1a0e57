"""Web search without a key, through the ``ddgs`` package, which asks several public search engines."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from genevolve.core.event import TextHit
from genevolve.core.failure import Failure
from genevolve.core.picture import Picture
from genevolve.tools.candidates import Candidate, check_question, pictures_of, text_of
from genevolve.tools.fetch import ImageFetcher

SOURCE = "ddgs"
_TIMEOUT = 20  # seconds for each engine
_TOTAL = 60.0

Entries = list[dict[str, Any]]


class _Engines:
    """The package's client, made anew for each question because it is not made for several threads."""

    def __init__(self, *, region: str, safesearch: str, backend: str) -> None:
        self.settings = {"region": region, "safesearch": safesearch, "backend": backend}

    async def ask(self, kind: str, query: str, count: int) -> Entries:
        """The results of one question; none when the engines answered and found nothing."""
        try:
            async with asyncio.timeout(_TOTAL):
                found = await asyncio.to_thread(self._ask, kind, query, count)
        except TimeoutError:
            raise Failure(f"the search engines did not answer in {_TOTAL:g} s", retryable=True) from None
        entries = [entry for entry in found if isinstance(entry, dict)]
        if found and not entries:
            raise Failure("the search engines answered in an unknown form", retryable=True)
        return entries

    def _ask(self, kind: str, query: str, count: int) -> Entries:
        from ddgs import DDGS
        from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

        try:
            question: Callable[..., Entries] = getattr(DDGS(timeout=_TIMEOUT), kind)
            return list(question(query, max_results=count, **self.settings))
        except RatelimitException as error:
            raise Failure(f"the search engines ask for fewer questions ({_short(error)})", retryable=True) from None
        except TimeoutException as error:
            raise Failure(f"the search engines took too long ({_short(error)})", retryable=True) from None
        except DDGSException as error:
            if str(error).startswith("No results found"):  # the package's word for an empty answer
                return []
            raise Failure(f"the search engines cannot be asked ({_short(error)})", retryable=True) from None
        except OSError:
            raise
        except Exception as error:  # engines are scraped: a changed page raises anything
            raise Failure(f"the search engines' answer cannot be read ({_short(error)})", retryable=True) from None


def _short(error: Exception) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= 200 else text[:199] + "…"


class DdgsSearch:
    """Text search. ``backend`` names engines, comma-separated, or ``auto``; no time limit is put on the results."""

    def __init__(self, *, region: str = "us-en", safesearch: str = "moderate", backend: str = "auto") -> None:
        self._engines = _Engines(region=region, safesearch=safesearch, backend=backend)

    @property
    def identity(self) -> dict[str, Any]:
        return {"provider": SOURCE, **self._engines.settings}

    async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
        check_question(query, top_k)
        entries = await self._engines.ask("text", query, top_k)
        hits = [
            TextHit(
                title=text_of(entry, "title"), url=text_of(entry, "href", "url"), snippet=text_of(entry, "body"), source=SOURCE
            )
            for entry in entries
        ]
        usable = [hit for hit in hits if hit.url and (hit.title or hit.snippet)]
        if entries and not usable:
            raise Failure("the search engines answered with results that have no title or address", retryable=True)
        return tuple(usable[:top_k])


class DdgsImageSearch:
    """Image search; asks for twice as many candidates as pictures are wanted, since many image addresses are dead."""

    def __init__(
        self, *, fetcher: ImageFetcher, region: str = "us-en", safesearch: str = "moderate", backend: str = "auto"
    ) -> None:
        self._engines = _Engines(region=region, safesearch=safesearch, backend=backend)
        self._fetcher = fetcher

    @property
    def identity(self) -> dict[str, Any]:
        return {"provider": SOURCE, **self._engines.settings, **self._fetcher.identity}

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]:
        check_question(query, top_k)
        entries = await self._engines.ask("images", query, 2 * top_k)
        candidates = [candidate for entry in entries if (candidate := _candidate(entry)).urls]
        if entries and not candidates:
            raise Failure("the search engines answered with images that have no address", retryable=True)
        return await pictures_of(candidates, self._fetcher, top_k=top_k, source=SOURCE)


def _candidate(entry: dict[str, Any]) -> Candidate:
    urls = (text_of(entry, "image"), text_of(entry, "thumbnail"))
    return Candidate(
        title=text_of(entry, "title"),
        urls=tuple(dict.fromkeys(url for url in urls if url)),
        page_url=text_of(entry, "url"),
    )
