"""Answers from documents that state properties one by one: "The capital of X is Y, the three-letter ISO code is Z."

The second way of reading results, for wordings that differ from the document's: a value is found by the property whose words
agree best with the question, a subject by the first document that holds every name, number and code of the description.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genevolve.core.event import TextHit
from genevolve.world.expert.words import fold, tokens
from genevolve.world.language.lexicon import word_set

_STATEMENT = re.compile(
    r"(?:^|[.;,] |\band )(?:the |its )?(?P<property>[a-z][\w' -]{2,50}?)(?: (?:of|in|for) (?:the )?[A-Z][^.;,]*?)?"
    r" (?:is|are|was) "
    r"(?:called |named |the )?(?P<value>\.\w+|[^.;,]+?(?:\.(?=[\w.])[^.;,]*)*)(?=[.;]|, (?:the|its|and) |$)",
    re.IGNORECASE,
)
_JOINT = re.compile(r" (?:of|in|for) ")
_SITE = re.compile(r"\s+[-–—|·]\s+.*$|\s*\([^)]*\)\s*$")
_CODE = re.compile(r"[+.]?[\w'’-]*[A-Z\d][\w'’-]*|(?<!\w)\.[a-z]{2,}\b")
_QUALIFIED = re.compile(r"\b(?:of|whose|with|that|which|who|where|in|on|at|from|for|to|you|near|by|having)\b")
_WORD = re.compile(r"[+.]?[\w'’-]*\w")
# Words that say in which form the value is wanted; they tell less than the words that say what is wanted.
_FORM = word_set(
    "name code letter one two three digit official full short abbreviation symbol number city top level english iso word"
)
_ALIKE = {
    "calling": "telephone", "dialling": "telephone", "dialing": "telephone", "phone": "telephone", "tld": "internet",
    "web": "internet", "money": "currency", "nation": "country", "state": "country", "land": "country",
}  # fmt: skip
_LEAST = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One property that a document gives its subject."""

    prop: tuple[str, ...]
    value: str


def stated_value(question: str, hits: Sequence[TextHit]) -> str | None:
    """The value that ``question`` ("the three-letter code of the currency of Senegal") asks for, from the entity's document."""
    for prop, entity in _splits(question):
        about = _about(entity, hits)
        if about is None:
            continue
        wanted = _keys(prop)
        best = max(_statements(about), key=lambda statement: _agreement(wanted, statement.prop), default=None)
        if best is not None and _agreement(wanted, best.prop) >= _LEAST:
            return best.value
    return None


def stated_subject(description: str, hits: Sequence[TextHit]) -> str | None:
    """The first document that holds every particular of ``description`` and is of the kind that it names."""
    given = set(tokens(description))
    particular = {fold(word) for word in _CODE.findall(description)}
    kinds = set(_keys(_QUALIFIED.split(description, maxsplit=1)[0]))
    for hit in hits:
        title = _title(hit)
        text = f"{hit.title} {hit.snippet}"
        if set(tokens(title)) <= given or kinds.isdisjoint(_keys(text)):
            continue
        if particular and particular <= {fold(word) for word in _WORD.findall(text)}:
            return title
    return None


def _splits(question: str) -> Iterator[tuple[str, str]]:
    """(property, entity) for every way to part the question, the shortest entity first."""
    owned = re.match(r"^(?P<entity>.+?)['’]s? (?P<prop>[a-z][\w -]*)$", question)
    if owned:
        yield owned["prop"], owned["entity"]
    for joint in reversed(list(_JOINT.finditer(question))):
        yield question[: joint.start()], question[joint.end() :]


def _about(entity: str, hits: Sequence[TextHit]) -> TextHit | None:
    """The document about ``entity``: its title says nothing else, and as much of it as any title does."""
    wanted = set(tokens(entity))
    fitting = [hit for hit in hits if (title := set(tokens(_title(hit)))) and title <= wanted]
    best = max(fitting, key=lambda hit: len(set(tokens(_title(hit)))), default=None)
    leading = tokens(entity)[:1]
    return best if best is not None and leading and leading[0] in tokens(_title(best)) else None


def _statements(hit: TextHit) -> list[Statement]:
    found = _STATEMENT.finditer(hit.snippet)
    return [Statement(prop=_keys(match["property"]), value=match["value"].strip()) for match in found]


def _agreement(asked: tuple[str, ...], stated: tuple[str, ...]) -> float:
    """In [0, 1]: the weight of the shared words over that of all."""
    shared = sum(map(_weight, set(asked) & set(stated)))
    union = sum(map(_weight, set(asked) | set(stated)))
    return shared / union if union else 0.0


def _weight(token: str) -> float:
    return 0.5 if token in _FORM else 1.0


def _keys(text: str) -> tuple[str, ...]:
    return tuple(map(_alike, tokens(text)))


def _alike(token: str) -> str:
    return _ALIKE.get(token, token)


def _title(hit: TextHit) -> str:
    return _SITE.sub("", hit.title).strip()
