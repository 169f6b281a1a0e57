"""Facts from search results: which thing a description means, read out of titles and snippets.

Two shapes of question cover what requests leave to be looked up: *which one* ("the country whose capital is X": the subject
of the document that says so) and *what value* ("the capital of X": what stands at that property in the document about X).
A description inside another one is answered first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genevolve.core.event import TextHit
from genevolve.policies.expert.words import fold, names, tokens
from genevolve.scene.lexicon import word_set

_RELATIVE = r"(?:whose|which|that|where|who|in which|of which|with|using|having|bordering|known|named after|called)"
_DESCRIBED = re.compile(
    rf"\b(?:whose|which|that|where|who|born|known|bordering|using|having)\b|^the [a-z]+(?: [a-z]+)* {_RELATIVE}\b"
)
_INNER = re.compile(rf"\bthe (?:[a-z]+ ){{1,3}}{_RELATIVE}\b.*$")
_NAMING = re.compile(
    r"^(?:the )?(?:(?:official|full|short|proper|exact|correct|english) )*(?:name|names|word|title) (?:of|for) ", re.IGNORECASE
)
# What follows belongs to the scene, not to the description: "the symbol of gold next to a coin".
_BESIDE = re.compile(
    r",? (?:next to|beside|above|below|under|underneath|over|behind|in front of|surrounded by|in \w+ letters|together with)\b.*$"
)
_VALUE_OF = re.compile(r"^(?:[Tt]he )?(?P<property>[a-z][a-z' -]*?) (?:of|used in|spoken in|in|for) (?P<entity>.+)$")
_OWNED = re.compile(r"^(?P<entity>.+?)['’]s? (?P<property>[a-z][a-z -]*)$")
_CLAUSE_END = r"(?=\s*(?:[.;(]|,\s*(?:and|which|its|the|with|whose|a|an|in|on)\b|\band (?:its|the|it)\b|$))"
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[^\sa-z])")
_SITE = re.compile(r"\s+[-–—|·]\s+.*$|\s*\([^)]*\)\s*$")
_PROPER = re.compile(r"\b[A-Z][\w’'.-]*(?:(?:\s+(?:of|the|and|de|da|do|du|la|le|el|al|&))*\s+[A-Z][\w’'.-]*)*", re.UNICODE)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b|\b(?P<month2>{_MONTH}) (?P<day2>\d{{1,2}})\b",
    re.IGNORECASE,
)
_EMPTY_VERBS = word_set("use used using lie located situated found has have had call called named someone person people")
_MIN_COVERAGE = 0.6
_OBJECT_DISCOUNT = 0.05
_MOST_EQUAL = 2  # more candidates that fit alike mean that the description does not tell which one
_CALLED = re.compile(
    r"\b(?:called|known|named|names?|formerly|also|officially|adjective|people|citizens?|inhabitants?)\b", re.I
)
_NAME_WEIGHT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """``text`` with every answered description replaced; ``pending`` is the innermost one that has no answer yet."""

    text: str
    pending: str = ""


def is_description(text: str) -> bool:
    """``text`` says which one in words, so that it has to be looked up, and does not simply name it."""
    said = text.strip()
    if _DESCRIBED.search(said):
        return True
    return _OWNED.match(said) is not None or (_VALUE_OF.match(said) is not None and said[:1].islower())


def resolve(description: str, hits: Sequence[TextHit]) -> Resolution:
    """Answer ``description`` as far as ``hits`` allow, from the inside out."""
    text = description.strip().rstrip(".")
    for _ in range(4):
        inner = _innermost(text)
        found = answer(inner, hits)
        if found is None:
            return Resolution(text=text, pending=inner)
        if inner == text:
            return Resolution(text=found)
        text = text.removesuffix(inner) + found
        if not is_description(text):
            break
    return Resolution(text=text)


def queries(description: str) -> tuple[str, ...]:
    """Wordings to search for ``description``: as it stands, and by its telling words alone."""
    plain = re.sub(r"^the ", "", _BESIDE.sub("", _NAMING.sub("", description.strip())), flags=re.IGNORECASE)
    telling = " ".join(dict.fromkeys((*names(plain), *tokens(plain))))
    return tuple(dict.fromkeys(query for query in (plain, telling) if query))


def rewordings(description: str) -> tuple[str, ...]:
    """What to try when ``queries`` found nothing that answers: only the names, then only the longest words."""
    particular = " ".join(names(description))
    longest = " ".join(sorted(tokens(description), key=len, reverse=True)[:2])
    return tuple(dict.fromkeys(query for query in (particular, longest) if query))


def answer(description: str, hits: Sequence[TextHit]) -> str | None:
    """What ``description`` means according to ``hits``; None when no document really says so."""
    wanted = _NAMING.sub("", description.strip())
    return _answer(wanted, hits) or (_answer(shorter, hits) if (shorter := _BESIDE.sub("", wanted)) != wanted else None)


def _answer(wanted: str, hits: Sequence[TextHit]) -> str | None:
    if asked := _value_question(wanted):
        value = _value(asked, hits)
        if value or any(tokens(plain_title(hit)) == tokens(asked.entity) for hit in hits):
            return value
    return _subject(wanted, hits)


def aliases(name: str, hits: Sequence[TextHit]) -> tuple[str, ...]:
    """Titles of documents that say they are called ``name``: a second wording when a picture is not found by ``name``."""
    wanted = set(tokens(name))
    found = (
        plain_title(hit)
        for hit in hits
        for sentence in _sentences(hit)
        if wanted and wanted <= set(tokens(sentence)) and _CALLED.search(sentence)
    )
    return tuple(dict.fromkeys(title for title in found if fold(title) != fold(name)))[:2]


# ---- which one: the subject of a document ---------------------------------------------------------------------------


def _subject(wanted: str, hits: Sequence[TextHit]) -> str | None:
    """The subject of the document that covers the description best; every name in it must be covered."""
    telling = frozenset(token for token in tokens(wanted) if token not in _EMPTY_VERBS)
    particular = frozenset(names(wanted)) & telling
    kind = next((token for token in tokens(wanted) if token not in particular), "")
    scores: dict[str, float] = {}
    for hit in hits:
        for sentence in _sentences(hit):
            candidate, discount = _subject_of(sentence, hit, telling, particular, kind)
            if candidate:
                score = _agreement(wanted, telling, particular, sentence, hit) - discount
                scores[candidate] = max(score, scores.get(candidate, 0.0))
    best = max(scores.values(), default=0.0)
    leading = [candidate for candidate, score in scores.items() if score > best - 1e-9]
    return leading[0] if best >= _MIN_COVERAGE and len(leading) <= _MOST_EQUAL else None


def _agreement(wanted: str, telling: frozenset[str], particular: frozenset[str], sentence: str, hit: TextHit) -> float:
    """In [0, 1]: how much of the description the sentence says, and to a lesser part the document; 0 when a name is missing."""
    said = set(tokens(sentence)) | set(tokens(hit.title))
    if _within_range(wanted, sentence):
        said |= set(tokens(" ".join(match[0] for match in _DATE.finditer(wanted)))) | {"birthday", "date"}
    document = said | set(tokens(hit.snippet))
    if not telling or not particular <= document:
        return 0.0
    weight = {token: _NAME_WEIGHT if token in particular else 1 for token in telling}
    near, far = (sum(weight[token] for token in telling & covered) / sum(weight.values()) for covered in (said, document))
    return 0.6 * near + 0.4 * far


def _subject_of(
    sentence: str, hit: TextHit, telling: frozenset[str], particular: frozenset[str], kind: str
) -> tuple[str, float]:
    """The document's title without what was given; else, at a discount, the name that the sentence puts the given one in."""
    title = ", ".join(part for part in plain_title(hit).split(", ") if not set(tokens(part)) <= telling)
    if title:
        return title, 0.0
    if telling - particular - {kind} - set(tokens(sentence)):  # the sentence is about something else than what was asked
        return "", 0.0
    for match in _PROPER.finditer(sentence):
        name = match[0].rstrip(".,")
        if tokens(name) and not set(tokens(name)) & telling and re.search(rf"\bin (?:the )?{re.escape(name)}", sentence):
            return name, _OBJECT_DISCOUNT
    return "", 0.0


def _within_range(wanted: str, sentence: str) -> bool:
    """The day in ``wanted`` lies in the range "from 20 April to 20 May" of ``sentence``."""
    asked, limits = _days(wanted), _days(sentence)
    if len(asked) != 1 or len(limits) != 2:
        return False
    first, last = limits
    return first <= asked[0] <= last if first <= last else asked[0] >= first or asked[0] <= last


def _days(text: str) -> list[tuple[int, int]]:
    """(month, day) of every date in ``text``."""
    found = []
    for match in _DATE.finditer(text):
        day, month = (match["day"], match["month"]) if match["day"] else (match["day2"], match["month2"])
        found.append((_MONTHS.index(month[:3].lower()) + 1, int(day)))
    return found


# ---- what value: a property of the document about an entity ---------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _ValueQuestion:
    prop: str
    entity: str


def _value_question(wanted: str) -> _ValueQuestion | None:
    shape = _OWNED.match(wanted) or _VALUE_OF.match(wanted)
    if shape is None or re.search(rf"\b{_RELATIVE}\b", shape["property"]):
        return None
    prop = re.sub(
        r"^(?:(?:national|official|main|local|current|modern) )+|(?<=\w) (?:city|name)$", "", shape["property"].strip()
    )
    return _ValueQuestion(prop=prop, entity=re.sub(r"^the ", "", shape["entity"]))


def _value(asked: _ValueQuestion, hits: Sequence[TextHit]) -> str | None:
    entity, prop = set(tokens(asked.entity)), tokens(asked.prop)
    if not entity or not prop:
        return None
    about = sorted(hits, key=lambda hit: tokens(hit.title) != tokens(asked.entity))
    for hit in about:
        for sentence in _sentences(hit):
            if entity <= set(tokens(f"{hit.title} {sentence}")) and set(prop) <= set(tokens(sentence)):
                for value in _values(prop, sentence):
                    named = tokens(value) and not re.match(r"(?:an?|one) ", value)
                    if named and not set(tokens(value)) <= entity | set(prop):
                        return value
    return None


def _values(prop: tuple[str, ...], sentence: str) -> Iterator[str]:
    """Readings of "PROPERTY (of X) is VALUE", "PROPERTY: VALUE" and "VALUE is the PROPERTY"."""
    head = rf"\b{re.escape(prop[-1])}\w*\b"
    patterns = (
        rf"{head}(?: city)?(?: \([^)]*\))?(?: (?:of|in|for) [^.;:]*?)?\s*(?:\bis\b|\bare\b|\bwas\b|:)\s*"
        rf"(?:called |named |the )?(?P<value>[^.;]+?|\.\w+){_CLAUSE_END}",
        rf"(?:^|[,;] )(?:the )?(?P<value>[^,;]+?) (?:is|are|was) (?:the|its|also the)\b[^.;]*?{head}",
        rf"{head} (?P<value>[A-Z][\w’' -]*){_CLAUSE_END}",
    )
    for pattern in patterns:
        if found := re.search(pattern, sentence, re.IGNORECASE if "A-Z" not in pattern else 0):
            yield found["value"].strip(' ,"“”')


# ---- sentences ------------------------------------------------------------------------------------------------------


def _sentences(hit: TextHit) -> tuple[str, ...]:
    return tuple(sentence for sentence in _SENTENCE.split(hit.snippet) if sentence)


def plain_title(hit: TextHit) -> str:
    """The title without the name of the site or a trailing bracket."""
    return _SITE.sub("", hit.title).strip()


def _innermost(text: str) -> str:
    """The last description that stands inside ``text``, else all of it."""
    inner = text
    for start in (match.start() for match in re.finditer(r"\bthe ", text)):
        if start and _INNER.match(text[start:]):
            inner = text[start:]
    return inner
