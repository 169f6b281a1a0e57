"""What value: a property of the document about an entity ("the capital of X", "the three-letter code of its currency")."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genevolve.core.event import TextHit
from genevolve.world.expert.documents import plain_title, sentences
from genevolve.world.expert.words import tokens

_RELATIVE = re.compile(r"\b(?:whose|which|that|where|who|having|bordering|known|called)\b")
_VALUE_OF = re.compile(r"^(?:[Tt]he )?(?P<property>[a-z][a-z' -]*?) (?:of|used in|spoken in|in|for) (?P<entity>.+)$")
_USED_FOR = re.compile(r"^(?:[Tt]he )?(?P<property>[a-z][a-z' -]*?) (?:that|which) [a-z ]+? (?:for|of|in) (?P<entity>.+)$")
_OWNED = re.compile(r"^(?P<entity>.+?)['’]s? (?P<property>[a-z][a-z -]*)$")
_IDLE = re.compile(r"^(?:(?:national|official|main|local|current|modern|exact|correct) )+|(?<=\w) (?:city|name)$")
_END = r"(?=\s*(?:[.;(]|,\s*(?:and|which|its|the|with|whose|a|an|in|on)\b|\band (?:its|the|it)\b|$))"
_VALUE = r"(?P<value>\.\w+|(?:(?:[A-Z]\.){2,}|[^.;])+?)"
# "The capital (and largest city) of Mali is Bamako", "…, the currency code is XOF", "Currency: Franc"
_STATED = re.compile(
    rf"(?:^|[,;]\s*|\band )(?:[Tt]he |[Ii]ts )?(?P<property>[\w][^,;:]*?)"
    rf"\s*(?:\b(?:is|are|was)\b|:)\s*(?:called |named |the )?{_VALUE}{_END}"
)
_ANSWERED = re.compile(
    r"(?:^|[,;]\s*)(?:[Tt]he )?(?P<value>[^,;]+?) (?:is|are|was) (?:also )?(?:the|its) (?P<property>[^.;,]+)"
)
_ALIKE = {"iso": "country", "calling": "telephone", "dialling": "telephone", "dialing": "telephone", "phone": "telephone"}
_APPOSED = r"{head} (?P<value>[A-Z][\w’' -]*)" + _END


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueQuestion:
    """``prop`` of the ``entity``; of "the code of the currency of X" the inner property tells more and is kept apart."""

    prop: tuple[str, ...]
    entity: str
    inner: tuple[str, ...] = ()


def value_question(wanted: str) -> ValueQuestion | None:
    shapes = (pattern.match(wanted) for pattern in (_OWNED, _VALUE_OF, _USED_FOR))
    shape = next((found for found in shapes if found and not _RELATIVE.search(found["property"])), None)
    if shape is None:
        return None
    prop, entity = tokens(_IDLE.sub("", shape["property"].strip())), re.sub(r"^the ", "", shape["entity"])
    if not prop or not tokens(entity):
        return None
    if (within := value_question(shape["entity"])) and not within.inner and shape["entity"].startswith("the "):
        return ValueQuestion(prop=prop, entity=within.entity, inner=within.prop)
    return ValueQuestion(prop=prop, entity=entity)


def value(asked: ValueQuestion, hits: Sequence[TextHit]) -> str | None:
    """The value in the clause whose property agrees best; the document about the entity is read first."""
    entity = set(tokens(asked.entity))
    known = entity | set(asked.prop) | set(asked.inner)
    for hit in sorted(hits, key=lambda hit: tokens(plain_title(hit)) != tokens(asked.entity)):
        found: list[tuple[float, str]] = []
        for sentence in sentences(hit):
            if not entity <= set(tokens(f"{hit.title} {sentence}")):
                continue
            for prop, stated in _statements(sentence, asked):
                agreement = _agreement(asked, prop)
                if agreement and _is_name(stated, known):
                    found.append((agreement, stated))
        if found:
            return max(found, key=lambda pair: pair[0])[1]
    return None


def _statements(sentence: str, asked: ValueQuestion) -> Iterator[tuple[str, str]]:
    """(property, value) pairs that a sentence states."""
    for pattern in (_STATED, _ANSWERED):
        for found in pattern.finditer(sentence):
            yield found["property"], found["value"].strip(' ,"“”')
    head = (asked.inner or asked.prop)[-1]
    for found in re.finditer(_APPOSED.format(head=rf"\b{re.escape(head)}\w*\b"), sentence):
        yield head, found["value"].strip()


def _agreement(asked: ValueQuestion, stated: str) -> float:
    """How much of the asked property a clause's property says; 0 unless their head words and one further word agree."""
    said = set(_common(tokens(stated)))
    prop, inner = _common(asked.prop), _common(asked.inner)
    if not {prop[-1], *inner[-1:]} <= said or (len(prop) > 1 and not inner and said.isdisjoint(prop[:-1])):
        return 0.0
    wanted = {**dict.fromkeys(prop, 1.0), **dict.fromkeys(inner, 3.0)}
    return sum(weight for token, weight in wanted.items() if token in said) / sum(wanted.values()) + 0.01 / (1 + len(said))


def _common(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_ALIKE.get(word, word) for word in words)


def _is_name(stated: str, known: set[str]) -> bool:
    """A value, and neither a description ("a country in …") nor a repetition of the question."""
    return bool(tokens(stated)) and not re.match(r"(?:an?|one) ", stated) and not set(tokens(stated)) <= known
