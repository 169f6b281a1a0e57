"""Single facts of general knowledge, from ``known.toml``: what cider is made from, the calf of a cow, who invented what, when
a ship sank, how many days a week has. The thing that is asked about may itself be described: ``resolve`` says what it is.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from genevolve.world.atlas.entities import table
from genevolve.world.atlas.text import fold, singular, words
from genevolve.world.language.lexicon import word_set

Resolve = Callable[[str], str]  # a description → the name of what is meant; empty: not known
_Key = tuple[str, ...]

_NAMED = {
    "<land>": "(?:country|nation|land|state|kingdom|homeland)",
    "<that>": "(?:that |which |who |where |in which |from which |(?=with |has |having ))",
    "<is>": "(?:is|are|was|were|gets?|got)",
    "<x>": "(?:an? |the )?(?P<x>[^,;:!?]{1,60}?)",
    "<y>": "(?:an? |the )?(?P<y>[^,;:!?]{1,60}?)",
    "<z>": r"(?P<z>\d{4})",
    "<most>": "(?:(?:(?:most|very|world|well|best)[ -]?)?(?:famous|known|iconic|renowned|celebrated) )",
    "<plain>": "(?:big|great|tall|old|ancient|historic) ",
}
_ARTICLES = word_set("a an the of in on")
_ARTICLE = re.compile(r"^(?:the|an?) ")
_YEAR = re.compile(
    r"(?:the |in )?(?:(?:what|which) )?year (?:of |that |when |in which |during which )?(?P<rest>.+)"
    r"|when (?:did |was |were |is )?(?P<when>.+)"
)
_HOW_MANY = re.compile(r"(?:the )?(?:(?:exact |correct |total |right )?number of|how many) (?P<rest>.+)")
_BETWEEN = word_set(
    """
    in a an the there is are on of has have having does do one single make makes up you get got per inside fit fits it go
    goes to
    """
)
_TOLD = word_set("a an the of in on at to was were did is it that when which year has had been do does happened happen by for")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """``kind``: the noun by which the answer is drawn, "country" for one, "" where it is only written."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relation:
    """``held``: the right side by each left side. ``meant``: the left sides by the right one, the one that is meant first."""

    kind: str
    asks: tuple[re.Pattern[str], ...]
    held: Mapping[_Key, str]
    back_kind: str
    back: tuple[re.Pattern[str], ...]
    definite: bool  # "the tower in Pisa" is the one that is known; "a tower in Pisa" is any
    meant: Mapping[_Key, tuple[str, ...]] = field(default_factory=dict)


def known(question: str, resolve: Resolve) -> Known | None:
    """The one answer to the whole of ``question``; None where it is none of these, or not known."""
    asked = " ".join(fold(question).split()).strip(' .,;:!?"')
    if not 3 < len(asked) <= 200:
        return None
    if (number := _number(asked) or _year(asked)) is not None:
        return Known(text=number)
    return _related(_ARTICLE.sub("", asked), resolve, definite=not asked.startswith(("a ", "an ")))


def _related(asked: str, resolve: Resolve, *, definite: bool) -> Known | None:
    for relation in (one for one in _relations() if definite or not one.definite):
        for pattern in relation.asks:
            if (found := pattern.fullmatch(asked)) and (row := _row_of(relation.held, _slot(found, "x"), asked, resolve)):
                return Known(text=relation.held[row], kind=relation.kind)
        for pattern in relation.back:
            if (found := pattern.fullmatch(asked)) and (row := _row_of(relation.meant, _slot(found, "y"), asked, resolve)):
                names = relation.meant[row]
                return Known(text=names[0], kind=relation.back_kind) if len(names) == 1 else None
    return None


def _slot(found: re.Match[str], name: str) -> str:
    """What stands for the left side; a year may stand in two places."""
    held = found.groupdict()
    return str(held.get(name) or held.get("z") or "")


def _key(text: str) -> _Key:
    """The words that tell, in their order; "tacos" and "taco" alike."""
    return tuple(singular(word).rstrip("s") for word in words(text) if word not in _ARTICLES)


def _row_of(rows: Collection[_Key], said: str, whole: str, resolve: Resolve) -> _Key | None:
    """The row that ``said`` names; where it describes something, and is not the ``whole`` question,
    that of what it describes.
    """
    named = _key(said)
    if named in rows or len(said.split()) < 3 or said == whole:
        return named if named in rows else None
    meant = _key(resolve(said))
    return meant if meant in rows else None


# ---- years and numbers --------------------------------------------------------------------------------------------------


def _year(asked: str) -> str | None:
    """The year of the one event that has every word of the question."""
    found = _YEAR.fullmatch(_WORLD_WAR.sub(_ordinal, asked))
    if found is None:
        return None
    said = {singular(word) for word in words(found["rest"] or found["when"]) if word not in _TOLD}
    years = {year for subject, verbs, may, year in _events() if _happened(said, subject, verbs, may)}
    return years.pop() if len(years) == 1 else None


_WORLD_WAR = re.compile(r"\b(?:world war|ww) ?(?P<one>one|1|ii?|two|2)\b")


def _ordinal(found: re.Match[str]) -> str:
    return "first world war" if found["one"] in {"one", "1", "i"} else "second world war"


def _happened(said: set[str], subject: frozenset[str], verbs: frozenset[str], may: frozenset[str]) -> bool:
    rest = said - subject
    return subject <= said and rest <= verbs | may and ("-" in verbs or not rest.isdisjoint(verbs))


def _number(asked: str) -> str | None:
    """How many of them are in it: the row whose words are said, those counted first, and no others."""
    found = _HOW_MANY.fullmatch(asked)
    if found is None:
        return None
    said = [singular(word) for word in words(found["rest"]) if word not in _BETWEEN]
    numbers = {
        number
        for counted, owner, may, number in _counts()
        if said[:1] == [counted] and owner <= set(said[1:]) <= owner | may and said[1:]
    }
    return numbers.pop() if len(numbers) == 1 else None


# ---- tables -------------------------------------------------------------------------------------------------------------


def _lines(rows: str) -> Iterator[list[str]]:
    for line in rows.strip().splitlines():
        yield [part.strip() for part in line.split("|")]


_OPTIONAL = re.compile(r"\(([^)]*)\)")


def _stems(text: str) -> frozenset[str]:
    return frozenset(word if word == "-" else singular(word) for word in fold(text).replace("'s", "").split())


def _optional(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of ``text`` without those in brackets, and those."""
    return _stems(_OPTIONAL.sub(" ", text)), frozenset().union(*(_stems(part) for part in _OPTIONAL.findall(text)))


@cache
def _events() -> tuple[tuple[frozenset[str], frozenset[str], frozenset[str], str], ...]:
    """(what it happened to, words of which one is said, further words, year)."""
    held = table("known.toml")
    found = []
    for block in held["event"]:
        found += [(_stems(what), *_optional(verbs), year) for what, verbs, year in _lines(block["happened"])]
    for block in held["person"]:
        for name, born, died in _lines(block["lives"]):
            names = name.removeprefix("*").split()
            subject, may = (names, []) if name.startswith("*") else (names[-1:], names[:-1])
            for verbs, year in (("born birth", born), ("died death dead", died)):
                found.append((frozenset(subject), _stems(verbs), frozenset(may), year))
    return tuple(found)


@cache
def _counts() -> tuple[tuple[str, frozenset[str], frozenset[str], str], ...]:
    """(what is counted, words of what it is in, further words, number)."""
    rows = [row for block in table("known.toml")["count"] for row in _lines(block["numbers"])]
    return tuple((singular(counted), *_optional(owner), number) for counted, owner, number in rows)


@cache
def _relations() -> tuple[_Relation, ...]:
    return tuple(map(_relation, table("known.toml")["relation"]))


def _relation(row: Mapping[str, Any]) -> _Relation:
    held: dict[_Key, str] = {}
    meant: dict[_Key, list[str]] = {}
    for line in row["rows"].strip().splitlines():
        left, _, right = line.rpartition(" = ")
        names = [name.strip() for name in left.split(";")]
        held.update({_key(name.removeprefix("*")): right for name in names})
        meant.setdefault(_key(right), []).extend(names)
    for country, names in table("everyday.toml")[row["also"]].items() if "also" in row else ():
        held.update({_key(name): country for name in names})
    return _Relation(
        kind=row["kind"],
        asks=tuple(_pattern(wording.replace("<n>", row.get("nouns", ""))) for wording in _wordings(row["asks"])),
        held=held,
        back_kind=row.get("back_kind", ""),
        definite=isinstance(row["asks"], str),
        back=tuple(map(_pattern, row.get("back", ()))),
        meant={right: _first(names) for right, names in meant.items()},
    )


def _first(names: list[str]) -> tuple[str, ...]:
    """The one with an asterisk, else all of them."""
    return tuple(name.removeprefix("*") for name in names if name.startswith("*")) or tuple(names)


def _wordings(asks: str | list[str]) -> list[str]:
    """Those of the relation itself, or the shared ones of this name."""
    return list(table("known.toml")["wordings"][asks]) if isinstance(asks, str) else asks


def _pattern(text: str) -> re.Pattern[str]:
    for name, stands_for in _NAMED.items():
        text = text.replace(name, stands_for)
    return re.compile(text)
