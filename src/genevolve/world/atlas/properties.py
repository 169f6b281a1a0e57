"""Which value a question asks for, and of what: "how do people pay in Hungary" → (currency, "Hungary").

No wording is written down here. A question asks for a fact when it has the telling words of that fact (``questions.toml``),
and when every other word is one that goes with it, one that says nothing, or part of the owner. Whether there is such an
owner, the caller finds out; without one there is no reading. So a word that is not understood is never passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from genevolve.world.atlas.entities import table
from genevolve.world.atlas.text import words
from genevolve.world.language.lexicon import word_set

_IDLE = word_set(
    """
    the a an of is are was were be been being has have had having it its their his her as in on at to from by with for and
    or that which this these those i you one they we people person someone folk folks locals citizens inhabitants what whats
    do does did can will would must just official officially currently current today today's modern own local known called
    named name exact correct full tell show give find write print word words please pls plz thanks hi hey mind mean now
    nowadays presently any more my your our me get got whole entire so
    """
)
_ASKED_BY = word_set("who whom why when where how many not no")  # each tells something: only where a fact names it
_WORD = re.compile(r"\S+")
_EDGE = "\"'“”‘’.,;:!?()"
_MEASURED = frozenset(("largest", "biggest", "most", "greatest", "highest", "smallest", "least", "fewest", "lowest", "longest"))
_KINDS = word_set("country nation state element metal gas planet")
# "which element has 79 protons", "the smallest country by population": what is asked for is the thing, and no value of it.
_THING = re.compile(
    r"(?:(?:what|which|the|what's|is|one)\s+)*(?:(?!of\b|in\b|for\b)[^\s']+\s+){0,3}?(?:country|nation|state|element|metal|planet)\b"
    r"(?!'s|\s+(?:codes?|number|calling|dialling|domain|does|capital|bird|animal|flower|tree|symbol|emblem|language|anthem)\b)",
    re.IGNORECASE,
)
_SINCE_WHOM = re.compile(r"\b(independen(?:t|ce)) from (?:the )?[\w ]+$", re.IGNORECASE)
_WIDER = ((0, 0), (0, 1), (1, 0), (2, 0), (1, 1))  # words that an owner may have beside those that nothing else explains


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyQuestion:
    """``owner``: the words of the question that name or describe whose fact it is."""

    fact: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Property:
    fact: str
    ways: tuple[tuple[frozenset[str], ...], ...]
    explained: frozenset[str]


@cache
def _properties() -> tuple[_Property, ...]:
    return tuple(_property(row["fact"], row["ways"], row["may"]) for row in table("questions.toml")["property"])


def _property(fact: str, ways: list[list[str]], may: str) -> _Property:
    groups = tuple(tuple(frozenset(group.split()) for group in way) for way in ways)
    telling = frozenset(word for way in groups for group in way for word in group)
    return _Property(fact=fact, ways=groups, explained=(_IDLE - _ASKED_BY) | telling | frozenset(may.split()))


@cache
def telling() -> frozenset[str]:
    """Words without one of which no question asks for a fact or for what it describes."""
    groups = (group for wanted in _properties() for way in wanted.ways for group in way)
    return frozenset(word for group in groups for word in group).union(_MEASURED, _KINDS)


def readings(question: str) -> Iterator[PropertyQuestion]:
    """Every (fact, owner) that ``question`` may ask for, the more special facts and the narrower owners first."""
    thing = _THING.match(question) is not None
    plain = _SINCE_WHOM.sub(r"\1", question)
    tokens = [(match.start(), match.end(), words(match[0])) for match in _WORD.finditer(plain)]
    tokens = [token for token in tokens if token[2]]
    for wanted in _properties():
        strange = [n for n, (_, _, said) in enumerate(tokens) if not wanted.explained.issuperset(said)]
        if not strange or (thing and wanted.fact != "country"):
            continue
        for before, after in _WIDER:
            first, last = strange[0] - before, strange[-1] + after
            if first < 0 or last >= len(tokens) or not _MEASURED.isdisjoint(tokens[last][2]):
                continue  # "the country with the smallest area" asks for the country
            beside = {word for *_, said in (*tokens[:first], *tokens[last + 1 :]) for word in said}
            if any(all(not group.isdisjoint(beside) for group in way) for way in wanted.ways):
                yield PropertyQuestion(fact=wanted.fact, owner=_owner(plain[tokens[first][0] : tokens[last][1]]))


def _owner(text: str) -> str:
    return re.sub(r"(?:'s|(?<=s)')$", "", text.strip(_EDGE)).strip(_EDGE)
