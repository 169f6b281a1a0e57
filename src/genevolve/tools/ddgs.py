"""Web search without a key, through the ``ddgs`` package, which asks several public search engines.

The package says "no results" both when an engine found nothing and when it turned us away, so this is a failure here:
an empty answer would be invented.
"""

import asyncio
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import TextHit
from genevolve.core.finding import Finding, failed, ok
from genevolve.core.picture import Picture
from genevolve.tools.candidates import Candidate, address_of, check_question, pictures_of, searched, text_hits, text_of
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
        """The results of one question, at least one."""
        try:
            async with asyncio.timeout(_TOTAL):
                found = await asyncio.to_thread(self._ask, kind, query, count)
        except TimeoutError:
            raise ServiceError(f"the search engines did not answer in {_TOTAL:g} s", retryable=True) from None
        entries = [entry for entry in found if isinstance(entry, dict)]
        if not entries:
            raise ServiceError("the search engines answered in an unknown form", retryable=True)
        return entries

    async def check(self, kind: str) -> Finding:
        """Whether the package is there and has the engines that the settings name; it asks nobody."""
        if find_spec("ddgs") is None:
            return failed("the package 'ddgs' is not installed", "pip install 'genevolve[services]'")
        try:
            await asyncio.to_thread(self._check_backend, kind)
        except UsageError as problem:
            return failed(str(problem), "correct backend in the profile")
        return ok("the package ddgs is installed; no key is needed")

    def _check_backend(self, kind: str) -> None:
        """The package would quietly ask other engines than the unknown ones that were named."""
        from ddgs.engines import ENGINES

        known = {"auto", "all", *ENGINES[kind]}
        for name in self.settings["backend"].split(","):
            if name.strip() not in known:
                raise UsageError(
                    f"backend = {name.strip()!r}: ddgs has no such engine for {kind}; it has {', '.join(sorted(known))}"
                )

    def _ask(self, kind: str, query: str, count: int) -> Entries:
        from ddgs import DDGS
        from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

        self._check_backend(kind)
        try:
            question: Callable[..., Entries] = getattr(DDGS(timeout=_TIMEOUT), kind)
            return list(question(query, max_results=count, **self.settings))
        except RatelimitException as error:
            raise _failure("ask for fewer questions", error) from None
        except TimeoutException as error:
            raise _failure("took too long", error) from None
        except DDGSException as error:
            empty = str(error).startswith("No results found")
            raise _failure("found nothing or turned us away" if empty else "cannot be asked", error) from None
        except OSError:
            raise
        except Exception as error:  # engines are scraped: a changed page raises anything
            raise _failure("answered in a form that cannot be read", error) from None


def _failure(what: str, error: Exception) -> ServiceError:
    return ServiceError(f"the search engines {what} ({_short(error)})", retryable=True)


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

    async def check(self, *, call: bool) -> Sequence[Finding]:
        found = [await self._engines.check("text")]
        return [*found, await searched(self.search, "text")] if call else found

    async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
        check_question(query, top_k)
        entries = await self._engines.ask("text", query, top_k)
        return text_hits(entries, top_k, address="href", snippet="body", source=SOURCE, who="the search engines")


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

    async def check(self, *, call: bool) -> Sequence[Finding]:
        found = [await self._engines.check("images")]
        return [*found, await searched(self.search_images, "image")] if call else found

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]:
        check_question(query, top_k)
        entries = await self._engines.ask("images", query, 2 * top_k)
        candidates = [candidate for entry in entries if (candidate := _candidate(entry)).urls]
        if entries and not candidates:
            raise ServiceError("the search engines answered with images that have no address", retryable=True)
        return await pictures_of(candidates, self._fetcher, top_k=top_k, source=SOURCE)


def _candidate(entry: dict[str, Any]) -> Candidate:
    urls = (address_of(entry, "image"), address_of(entry, "thumbnail"))
    return Candidate(
        title=text_of(entry, "title"),
        urls=tuple(dict.fromkeys(url for url in urls if url)),
        page_url=address_of(entry, "url"),
    )
