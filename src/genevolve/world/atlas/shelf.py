"""Everything that can be found offline, behind two questions: which facts, and which pictures."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genevolve.world.atlas.index import open_index
from genevolve.world.atlas.library import Libraries
from genevolve.world.atlas.pictograms import LICENCE, SOURCE
from genevolve.world.atlas.raster import reference_png
from genevolve.world.atlas.search import AtlasMatch, Searcher
from genevolve.world.atlas.text import name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPicture:
    """A picture that can be loaded: ``load(size)`` gives an image file, pictograms drawn with ``size`` pixels."""

    title: str
    source: str
    url: str
    page_url: str
    licence: str
    load: Callable[[int], bytes]


# How well a hit of each tier matches, for comparing captions with titles.
_CAPTION_LEVELS = (0, 0, 0, 2)
_TITLE_LEVELS = (0, 0, 1, 2)


class Shelf:
    """The index of facts and pictograms in ``home`` together with the user's libraries there."""

    def __init__(self, home: Path, libraries: Sequence[str] | None = None) -> None:
        self._database = open_index(home)
        self._facts = Searcher(self._database, "facts")
        self._pictures = Searcher(self._database, "pictures")
        self._library = Libraries(home)
        self._library.checked(libraries)
        self._libraries = libraries  # read at every search: it may be one that changes

    def close(self) -> None:
        self._database.close()
        self._library.close()

    def facts(self, query: str, limit: int) -> list[AtlasMatch]:
        return self._facts.find(query, limit)

    def pictures(self, query: str, limit: int) -> list[FoundPicture]:
        """Best matches first; a library's picture stands before a pictogram that matches as well.

        A caption is a sentence and hardly ever equals a query: one that holds every word of it matches as well as a
        pictogram that is called so.
        """
        own = [(_CAPTION_LEVELS[hit.tier], -hit.covered, 0, hit) for hit in self._library.find(query, limit, self._libraries)]
        drawn = [(_TITLE_LEVELS[hit.tier], -hit.covered, 1, hit) for hit in self._pictures.find(query, limit)]
        ranked = sorted([*own, *drawn], key=lambda entry: entry[:3])
        return [_pictogram(hit) if kind else self._own(hit, query) for _, _, kind, hit in ranked[:limit]]

    def _own(self, hit: AtlasMatch, query: str) -> FoundPicture:
        return FoundPicture(
            title=in_one_language(hit.title, query),
            source=hit.page_url,
            url=hit.url,
            page_url="",
            licence=hit.snippet,
            load=lambda _: self._library.load(hit.look),
        )


def in_one_language(caption: str, query: str) -> str:
    """The part of a caption in several languages ("Lampe / lamp / lampe") that says most of the query, else the first."""
    parts = [part.strip() for part in re.split(r" [/|] ", caption) if part.strip()]
    asked = set(name_key(query).split())
    return max(parts, key=lambda part: len(asked & set(name_key(part).split())), default=caption)


def _pictogram(hit: AtlasMatch) -> FoundPicture:
    return FoundPicture(
        title=hit.title,
        source=SOURCE,
        url=hit.url,
        page_url=hit.page_url,
        licence=LICENCE,
        load=lambda size: reference_png(hit.look, size),
    )
