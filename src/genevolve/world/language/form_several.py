"""One value of several, laid out in so many words: "the currency signs of Peru and Japan side by side".

Each stands in a cell of its own of one row, or of one column; what it is, is found out later, or not.
"""

import re

from genevolve.world.language.form_gaps import filled
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, span_of
from genevolve.world.language.model import FormKind, Span

_KINDS = (
    "(?:currency|money|chemical|element|international|country|phone|telephone|dialling|dialing|calling"
    "|internet|web|top-level|atomic)"
)
VALUE = (
    rf"(?P<value>(?:{_KINDS} )+(?:symbols?|signs?|codes?|domains?|numbers?|prefixes)|capitals?|capital cities|currencies"
    r"|populations?|official languages?|highest (?:mountains?|peaks?)|chemical formulas?)"
)
_ONE = r"(?:(?:the )?[A-Z][\w'’-]*(?: (?:of |and the )?[A-Z][\w'’-]*)*|[a-z]{3,12})"
SEVERAL = re.compile(
    rf"(?:\b[Tt]he )?\b{VALUE} (?:of|for|in) (?P<names>{_ONE}(?:, (?!and\b){_ONE})*,? and {_ONE})"
    r"(?=\s*(?:$|[.,;:!?]|\b(?:in|on|next|side|one|as|below|under|above|with|beside|at|each|stacked|written|arranged|all|and)\b))"
)
_ACROSS = re.compile(
    r",? (?:all )?(?:(?:written|arranged|shown) )?(?:next to|beside) (?:each|one an) ?other\b|,? side by side\b"
    r"|,? in (?:a|one) (?:row|line)\b"
)
_DOWN = re.compile(
    r",? (?:written |arranged |stacked )?(?:(?:one|each) )?(?:below|under|above|on top of) (?:the|each|one an) ?other\b"
    r"|,? in (?:a|one) column\b|,? stacked\b"
)
_OF_SUBSTANCES = re.compile(r"chemical|atomic|element")  # these are not written with a capital
_CUT = re.compile(r",? and |, ")
_PLURAL = {"capital cities": "capital", "currencies": "currency", "prefixes": "prefix"}
_MOST = 6
_SAID = "the of for in and next to each other side by row line column one below under above stacked written"


def asked_of_each(found: re.Match[str]) -> list[tuple[Span, str]]:
    """Where each name of a match of ``SEVERAL`` stands, and what is asked of it."""
    at, asked = found.start("names"), []
    for name in _CUT.split(found["names"]):
        start = found.string.index(name, at)
        at = start + len(name)
        asked.append((Span(start=start, end=at), f"the {single(found['value'])} of {name}"))
    named = all(name.removeprefix("the ")[:1].isupper() for name in _CUT.split(found["names"]))
    return asked if len(asked) <= _MOST and (named or _OF_SUBSTANCES.match(found["value"])) else []


def single(value: str) -> str:
    """One of what ``value`` names: "phone code" of "phone codes"."""
    *before, last = value.split(" ")
    return _PLURAL.get(value) or " ".join([*before, _PLURAL.get(last) or last.removesuffix("s")])


def laid_out(text: str) -> FormMatch | None:
    """A row or a column of them, where the request says so right behind them."""
    for found in SEVERAL.finditer(text):
        across, down = _ACROSS.match(text, found.end()), _DOWN.match(text, found.end())
        asked, how = asked_of_each(found), across or down
        if how is None or len(asked) < 2 or single(found["value"]) == found["value"]:
            continue
        lines = [FormLine(content="", describes=question, span=span) for span, question in asked]
        rows = (
            [FormSlot(span=_over(lines), lines=tuple(lines))]
            if across
            else [FormSlot(span=one.span, lines=(one,)) for one in lines]
        )
        columns = len(lines) if across else 1
        masked = [span_of(found), span_of(how)]
        return filled(FormKind.TABLE, rows, _SAID, masked, rows=len(rows), columns=columns, worked_out=True)
    return None


def _over(lines: list[FormLine]) -> Span:
    return Span(start=lines[0].span.start, end=lines[-1].span.end)
