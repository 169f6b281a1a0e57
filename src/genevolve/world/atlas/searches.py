"""Search without a network: facts and pictograms of the atlas, and the user's own libraries of images."""

import asyncio
import hashlib
import re
import threading
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import TextHit
from genevolve.core.finding import Finding, failed, ok
from genevolve.core.picture import Picture
from genevolve.store.images import ImageStore

if TYPE_CHECKING:
    from genevolve.world.atlas.shelf import FoundPicture, Shelf

REFERENCE_SIZE = 512  # pixels on the longer side of a found pictogram


class AtlasSearch:
    """Facts from installed packages. ``home`` is where the index lies; it is built at the first query."""

    def __init__(self, home: Path) -> None:
        self._shelf = _LazyShelf(home, None)

    def close(self) -> None:
        self._shelf.close()

    async def check(self, *, call: bool) -> Sequence[Finding]:
        return [await _opened(self.search("capital", 1), "facts")]

    async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
        return await asyncio.to_thread(self._search, query, top_k)

    def _search(self, query: str, top_k: int) -> list[TextHit]:
        with self._shelf.used() as shelf:
            found = shelf.facts(query, top_k)
        hits = [TextHit(title=hit.title, url=hit.url, snippet=hit.snippet, source="atlas") for hit in found]
        return [*_answer_box(query, hits), *hits][:top_k]


# A country told by what is said of it: where no reading understands that, a document that shares words with it is no answer.
_WHICH = re.compile(
    r"(?:the )?(?:[\w-]+ )?(?:country|nation|kingdom|republic) (?:that|which|whose|where|with|in which|you)\b", re.IGNORECASE
)


# A bag of telling words ("lima country capital") asks nothing in particular.
_SENTENCE = re.compile(r"\b(?:the|an?|of|in|that|which|whose|where|who|with|by|on|from|how|when|is|are)\b", re.IGNORECASE)

# "the country that uses the domain .az for the community centre": the end belongs to the request, not to the description.
_PURPOSE = re.compile(r"\b(?:for|as) (?:the|my|our|an?)\b", re.IGNORECASE)


def _uncertain(query: str) -> TextHit:
    return TextHit(
        title="No certain answer", url="atlas:answer", snippet=f"Answer to “{query}”: “”. It is not found.", source="atlas"
    )


def _answer_box(query: str, hits: Sequence[TextHit]) -> list[TextHit]:
    """A question in free wording that the tables answer, answered in a sentence of its own, as web searches do.

    What the strict reading understands is found by its documents, unless it is put as a question; results whose first is the
    right one stay.
    """
    from genevolve.world.atlas.answers import answer
    from genevolve.world.atlas.descriptions import fitting
    from genevolve.world.atlas.knowledge import exact_wording
    from genevolve.world.atlas.text import fold

    text = " ".join(query.split())
    question = text.endswith("?")
    if len(text) > 400 or not (question or _SENTENCE.search(text)):
        return []
    known = () if question else fitting(text)
    if not question and not known and exact_wording(text):
        return []
    if known and (len(known) > 1 or not hits or fold(hits[0].title).startswith(fold(known[0].name))):
        return []
    if (found := answer(text)) is None:
        return [_uncertain(text)] if _WHICH.match(text) and not _PURPOSE.search(text) else []
    more = f" {found.entity.text}" if found.entity is not None else ""
    return [TextHit(title=found.text, url="atlas:answer", snippet=f"Answer to “{text}”: “{found.text}”.{more}", source="atlas")]


class AtlasImageSearch:
    """Pictograms and the user's libraries, ranked together. ``libraries``: only these, None means all of them.

    ``order`` "fit" names the best match first. "mixed" names the same pictures in an order that has nothing to do with the
    query, always the same for the same pictures: as on the web, where what is popular comes before what fits, whoever takes
    the first picture without reading its title is often wrong.
    """

    def __init__(
        self, home: Path, images: ImageStore, libraries: Sequence[str] | None = None, order: Literal["fit", "mixed"] = "fit"
    ) -> None:
        self._images = images
        self._order = order
        self._shelf = _LazyShelf(home, libraries)

    def close(self) -> None:
        self._shelf.close()

    async def check(self, *, call: bool) -> Sequence[Finding]:
        return [await _opened(self.search_images("apple", 1), "pictograms")]

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]:
        """Every picture that is named lies in the image store. Raises ``ServiceError`` when a library's file is gone."""
        return await asyncio.to_thread(self._search_images, query, top_k)

    def _search_images(self, query: str, top_k: int) -> list[Picture]:
        with self._shelf.used() as shelf:
            return [
                Picture(
                    title=hit.title,
                    digest=self._images.put(hit.load(REFERENCE_SIZE)),
                    source=hit.source,
                    url=hit.url,
                    page_url=hit.page_url,
                    licence=hit.licence,
                )
                for hit in self._ordered(shelf.pictures(query, top_k))
            ]

    def _ordered(self, found: "list[FoundPicture]") -> "list[FoundPicture]":
        if self._order == "fit":
            return found
        return sorted(found, key=lambda hit: hashlib.sha256(f"{hit.url} {hit.title}".encode("utf-8", "replace")).digest())


async def _opened(search: Awaitable[Sequence[object]], what: str) -> Finding:
    """Whether the index opens and holds something; it is built if it is not there yet."""
    try:
        found = await search
    except (ServiceError, UsageError, OSError, ImportError) as problem:
        return failed(
            f"the index of {what} cannot be used: {problem}", "pip install 'genevolve[offline]', or see GENEVOLVE_HOME"
        )
    return (
        ok(f"the index of {what} answers") if found else failed(f"the index of {what} is empty", "delete it in GENEVOLVE_HOME")
    )


class _LazyShelf:
    """Opens the index when it is first needed, once, whichever thread comes first, and closes it when no thread works with it:
    a search that is no longer waited for goes on in its thread, and a database that is closed under it ends the process.
    """

    def __init__(self, home: Path, libraries: Sequence[str] | None) -> None:
        self._home = home
        self._libraries = libraries
        self._changed = threading.Condition()
        self._shelf: Shelf | None = None
        self._users = 0

    @contextmanager
    def used(self) -> "Iterator[Shelf]":
        from genevolve.world.atlas.shelf import Shelf

        with self._changed:
            if self._shelf is None:
                self._shelf = Shelf(self._home, self._libraries)
            shelf = self._shelf
            self._users += 1
        try:
            yield shelf
        finally:
            with self._changed:
                self._users -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Waits for the searches that have begun."""
        with self._changed:
            self._changed.wait_for(lambda: not self._users)
            if self._shelf is not None:
                self._shelf.close()
            self._shelf = None
