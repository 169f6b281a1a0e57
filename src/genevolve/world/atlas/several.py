"""One value of several places or elements: "the currency signs of the UK, the US and India", "the capitals of Peru and Chile"."""

import re
from collections.abc import Iterator

from genevolve.world.atlas.answers import answer
from genevolve.world.language.model import AskedFact, Span

_VALUES = (
    r"(?:currency|money|chemical|element|international|country|phone|telephone|dialling|dialing|calling|internet|web|top-level|atomic)"
)
_VALUE = (
    rf"(?P<value>(?:{_VALUES} )*(?:symbols?|signs?|codes?|domains?|numbers?|prefixes)|capitals?|capital cities|currencies|populations?"
    r"|official languages?|highest (?:mountains?|peaks?)|chemical formulas?)"
)
_ONE = r"(?:(?:the )?[A-Z][\w'’-]*(?: (?:of |and the )?[A-Z][\w'’-]*)*|[a-z]{3,12})"
_SEVERAL = re.compile(
    rf"(?:\b[Tt]he )?\b{_VALUE} (?:of|for|in) (?P<names>{_ONE}(?:, (?!and\b){_ONE})*,? and {_ONE})"
    r"(?=\s*(?:$|[.,;:!?]|\b(?:in|on|next|side|one|as|below|under|above|with|beside|at|each|stacked|written|arranged|all|and)\b))"
)
_CUT = re.compile(r",? and |, ")
_PLURAL = {"capital cities": "capital", "currencies": "currency", "prefixes": "prefix"}
_MOST = 6


def several_in(text: str) -> Iterator[AskedFact]:
    """A fact of each; one that is not known is asked for all the same where another is."""
    for found in _SEVERAL.finditer(text):
        value, at = _single(found["value"]), found.start("names")
        asked: list[AskedFact] = []
        for name in _CUT.split(found["names"]):
            start = text.index(name, at)
            at = start + len(name)
            asked.append(AskedFact(span=Span(start=start, end=at), question=f"the {value} of {name}"))
        known = [answer(one.question) is not None for one in asked]
        named = all(one.question.rpartition(" of ")[2].removeprefix("the ")[:1].isupper() for one in asked)
        if len(asked) <= _MOST and (all(known) or (any(known) and named and value != found["value"])):
            first = Span(start=found.start(), end=asked[0].span.end)
            yield AskedFact(span=first, question=asked[0].question)
            yield from asked[1:]


def _single(value: str) -> str:
    *before, last = value.split(" ")
    whole = _PLURAL.get(value) or _PLURAL.get(last)
    return whole if whole and value in _PLURAL else " ".join([*before, whole or last.removesuffix("s")])
