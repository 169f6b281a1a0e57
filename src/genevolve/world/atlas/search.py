"""Queries on an index: any text is safe, what is called just so comes first, then what fits most of the words."""

import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genevolve.core.errors import ServiceError
from genevolve.world.atlas.text import content_words, name_key, singular, words

# bm25 weights of the columns title, names, body, keys, near.
_WEIGHTS = (10.0, 6.0, 1.0, 3.0, 0.2)
# "country bordering Lesotho" asks for the other country: the one whose neighbours include Lesotho.
_NEAR = re.compile(
    r"\b(?:border(?:s|ing)|neighbou?r(?:s|ing)(?! of| (?:countr|state|nation)\w+ of)|adjacent to|adjoining"
    r"|(?:countries|nations|states)(?: that| which)? border"
    r"|(?:shar\w+|has) (?:a |its )?(?:land )?border)(?P<others>(?: (?:on|with|only|both|just))*\s+\w.*)",
    re.IGNORECASE,
)
_NEAR_FILLERS = {"both", "only", "just", "country", "countries", "border", "capital", "flag", "alone", "land", "state"}
_CANDIDATES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AtlasMatch:
    """A document that was found.

    ``tier`` 0: its title is what was asked for, 1: a further name is, or it lies beside what was named, 2: all words
    fit, 3: some do, the share ``covered``. ``score`` orders a tier, lowest first. ``page_url`` of a library's image is
    its source.
    """

    title: str
    url: str
    page_url: str
    snippet: str
    look: str
    tier: int
    score: float
    covered: float = 1.0


@dataclass(frozen=True, slots=True)
class _Match:
    """One reason why document ``number`` fits; compared in this order."""

    tier: int
    score: float
    number: int
    covered: float = 1.0

    @property
    def order(self) -> tuple[int, float, int]:
        return self.tier, self.score, self.number


class Searcher:
    """Searches one table of documents in an open database; ``library`` limits it to rows of these libraries."""

    def __init__(self, database: sqlite3.Connection, table: str, *, library: Sequence[str] | None = None) -> None:
        self._database = database
        self._table = table
        self._library = tuple(library) if library is not None else None
        self._lock = threading.Lock()

    def find(self, query: str, limit: int) -> list[AtlasMatch]:
        """At most ``limit`` documents, best first. No match is an empty list; nothing in ``query`` is ever syntax."""
        asked = content_words(query) or words(query[:4000])[:64]
        if not asked or limit < 1:
            return []
        best: dict[int, _Match] = {}
        try:
            with self._lock:
                for match in sorted(self._matches(query, asked), key=lambda match: match.order):
                    best.setdefault(match.number, match)
                return [self._found(match) for match in list(best.values())[:limit]]
        except sqlite3.Error as error:
            raise ServiceError(
                f"the index of {self._table} cannot be searched ({error}); delete it, and it is made again"
            ) from None

    def _matches(self, query: str, asked: list[str]) -> Iterator[_Match]:
        plain = [word.split("|")[0] for word in asked]
        for key in dict.fromkeys((name_key(query), name_key(" ".join(plain)), "".join(plain))):
            yield from self._called(key)
        if others := _others(query):
            for number, score in self._ranked("near : (" + " AND ".join(map(_term, others)) + ")"):
                yield _Match(1, score, number)
        everything = self._ranked(" AND ".join(map(_term, asked)))
        yield from (_Match(2, score * self._whole_title(number, asked), number) for number, score in everything)
        if len(asked) > 1:
            yield from self._partial(asked)

    def _partial(self, asked: list[str]) -> Iterator[_Match]:
        """Documents with some of the words: relevance counts as far as the words are covered."""
        candidates = dict(self._ranked(" OR ".join(map(_term, asked))))
        covered = dict.fromkeys(candidates, 0)
        numbers = ",".join(map(str, candidates))
        for word in asked:
            rows = self._database.execute(
                f"SELECT rowid FROM {self._table}_words WHERE {self._table}_words MATCH ? AND rowid IN ({numbers})",
                (_term(word),),
            )
            for (number,) in rows:
                covered[number] += 1
        for number, score in candidates.items():
            share = covered[number] / len(asked)
            yield _Match(3, score * share * self._whole_title(number, asked), number, share)

    def _whole_title(self, number: int, asked: list[str]) -> float:
        """More than 1 where every word of the title was asked for: "a cat on a chair" means "cat", not "weary cat"."""
        (title,) = self._database.execute(f"SELECT title FROM {self._table} WHERE id = ?", (number,)).fetchone()
        return 1.6 if set(name_key(title).split()) <= {singular(word) for word in asked} else 1.0

    def _called(self, key: str) -> Iterator[_Match]:
        condition, values = self._filter()
        rows = self._database.execute(
            f"SELECT {self._table}.id, further, prior FROM {self._table}_names JOIN {self._table} "
            f"ON {self._table}.id = {self._table}_names.id WHERE key = ? {condition} LIMIT ?",
            (key, *values, _CANDIDATES),
        )
        for number, further, prior in rows:
            yield _Match(further if prior >= 0.5 else 1, -prior, number)

    def _ranked(self, expression: str) -> list[tuple[int, float]]:
        condition, values = self._filter()
        ranks = ", ".join(map(str, _WEIGHTS))
        rows = self._database.execute(
            f"SELECT {self._table}.id, bm25({self._table}_words, {ranks}) * prior AS relevance FROM {self._table}_words "
            f"JOIN {self._table} ON {self._table}.id = {self._table}_words.rowid WHERE {self._table}_words MATCH ? "
            f"{condition} ORDER BY relevance, {self._table}.id LIMIT ?",
            (expression, *values, _CANDIDATES),
        )
        return [(number, relevance) for number, relevance in rows]

    def _filter(self) -> tuple[str, tuple[str, ...]]:
        if self._library is None:
            return "", ()
        marks = ", ".join("?" for _ in self._library)
        return f"AND {self._table}.library IN ({marks})", self._library

    def _found(self, match: _Match) -> AtlasMatch:
        title, url, page_url, snippet, look = self._database.execute(
            f"SELECT title, url, page_url, snippet, look FROM {self._table} WHERE id = ?", (match.number,)
        ).fetchone()
        return AtlasMatch(
            title=title,
            url=url,
            page_url=page_url,
            snippet=snippet,
            look=look,
            tier=match.tier,
            score=match.score,
            covered=match.covered,
        )


def _others(query: str) -> list[str]:
    """The words that name whose neighbour is asked for."""
    match = _NEAR.search(query[:4000])
    return [word.split("|")[0] for word in content_words(match["others"]) if word not in _NEAR_FILLERS] if match else []


def _term(word: str) -> str:
    """A word as an FTS5 expression. ``word`` holds letters, digits and "|" between two readings, so no quote can end it."""
    return "(" + " OR ".join(f'"{reading}"' for reading in word.split("|")) + ")"
