"""Image results of a web search to stored pictures: the best ``top_k`` that can really be had, in the order of the search."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from genevolve.core.errors import ServiceError
from genevolve.core.event import TextHit
from genevolve.core.finding import Finding, ok, warning
from genevolve.core.picture import Picture
from genevolve.services.check import tried
from genevolve.tools.addresses import MAX_URL
from genevolve.tools.fetch import ImageFetcher

PATIENCE = 60.0  # seconds for all downloads of one search
_LONGEST_TEXT = 4000  # characters of a title or snippet: what is longer would fill the policy's context


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One image result. ``urls`` are tried in turn: the image itself, then its thumbnail."""

    title: str
    urls: tuple[str, ...]
    page_url: str = ""


async def pictures_of(
    candidates: Sequence[Candidate], fetcher: ImageFetcher, *, top_k: int, source: str, patience: float = PATIENCE
) -> tuple[Picture, ...]:
    """Download until ``top_k`` different images are stored; what cannot be fetched makes room for the next.

    Which pictures come back does not depend on which download is faster. No candidates are no pictures; candidates of
    which none can be fetched are a ``ServiceError``, because "nothing found" would not be true.
    """
    harvest = _Harvest(fetcher=fetcher, source=source)
    waiting = iter(enumerate(candidates))
    workers = [asyncio.create_task(harvest.work(waiting)) for _ in range(min(top_k, len(candidates)))]
    try:
        async with asyncio.timeout(patience):
            await asyncio.gather(*workers)
    except TimeoutError:
        harvest.problems.append(ServiceError(f"the downloads took longer than {patience:g} s", retryable=True))
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    if candidates and not harvest.found and top_k > 0:
        raise _all_failed(harvest.problems, len(candidates), source)
    return tuple(picture for _, picture in sorted(harvest.found.values(), key=lambda entry: entry[0]))


class _Harvest:
    """What the workers of one search share: each takes candidates until it has added a new image."""

    def __init__(self, *, fetcher: ImageFetcher, source: str) -> None:
        self._fetcher = fetcher
        self._source = source
        self.found: dict[str, tuple[int, Picture]] = {}  # digest → (rank, picture)
        self.problems: list[ServiceError] = []

    async def work(self, waiting: Iterator[tuple[int, Candidate]]) -> None:
        for rank, candidate in waiting:
            picture = await self._picture(candidate)
            if picture is not None and self._add(rank, picture):
                return

    def _add(self, rank: int, picture: Picture) -> bool:
        """Whether the image is new. Of two results that are the same image the better ranked one stays."""
        known = self.found.get(picture.digest)
        if known is None or rank < known[0]:
            self.found[picture.digest] = (rank, picture)
        return known is None

    async def _picture(self, candidate: Candidate) -> Picture | None:
        for url in candidate.urls:
            try:
                fetched = await self._fetcher.fetch(url)
            except ServiceError as problem:
                self.problems.append(problem)
                continue
            return Picture(
                title=candidate.title, digest=fetched.digest, source=self._source, url=url, page_url=candidate.page_url
            )
        return None


def _all_failed(problems: Sequence[ServiceError], count: int, source: str) -> ServiceError:
    """Retryable only if everything may pass (the network was away): asking again costs another search."""
    detail = f"; the first: {problems[0]}" if problems else ""
    return ServiceError(
        f"none of the {count} images that {source} found can be fetched{detail}",
        retryable=bool(problems) and all(problem.retryable for problem in problems),
    )


async def searched(search: Callable[[str, int], Awaitable[Sequence[object]]], kind: str) -> Finding:
    """One small search, for trying the service out."""
    found = await tried(search("red apple", 1), fix="see the message; the settings are in the profile", seconds=PATIENCE)
    if isinstance(found, Finding):
        return found
    return ok(f"one {kind} search gave {len(found)} results") if found else warning(f"one {kind} search found nothing")


def text_of(entry: object, *names: str) -> str:
    """The first of the fields ``names`` that is a non-empty string, in one line and cut where it is too long to be read;
    else an empty string. Half characters, which JSON can spell and no file can hold, are replaced."""
    text = _first(entry, names)
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def address_of(entry: object, *names: str) -> str:
    """``text_of`` for addresses: one that is too long is none, because a part of it is another address."""
    text = _first(entry, names)
    return text if len(text) <= MAX_URL else ""


def _first(entry: object, names: Sequence[str]) -> str:
    if not isinstance(entry, dict):
        return ""
    for name in names:
        value = entry.get(name)
        if isinstance(value, str) and value.strip():
            return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())
    return ""


def text_hits(
    entries: Sequence[object], top_k: int, *, address: str, snippet: str, source: str, who: str
) -> tuple[TextHit, ...]:
    """Entries of text results as hits; ``address`` and ``snippet`` are the names of their fields. Raises ``ServiceError`` where
    none of them can be used."""
    hits = (
        TextHit(
            title=text_of(entry, "title"), url=address_of(entry, address, "url"), snippet=text_of(entry, snippet), source=source
        )
        for entry in entries
    )
    usable = tuple(hit for hit in hits if hit.url and (hit.title or hit.snippet))
    if entries and not usable:
        raise ServiceError(f"{who} answered with results that have no title or address", retryable=True)
    return usable[:top_k]


def check_question(query: str, top_k: int) -> None:
    """Raise ``ServiceError`` for a question that no search engine can answer."""
    if not query.strip():
        raise ServiceError("the search query is empty")
    if top_k < 1:
        raise ServiceError(f"top_k is {top_k}; at least one result must be asked for")
