"""What a sheet is to leave blank or to have torn off, and the steps and pictures of a recipe that nobody told.

"with tear-off phone numbers at the bottom", "empty boxes for the names", "and three steps": none of it is written as a text or
drawn as a thing; the words are named as not possible. Tables and lists of boxes to tick draw their empty cells themselves.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from genevolve.world.language.form_lines import FormMatch, apart, span_of
from genevolve.world.language.form_pieces import QUOTES
from genevolve.world.language.forms import forms
from genevolve.world.language.model import FormKind, Gap, Span

_WHERE = r"(?:at|on|along|in|under|below|beside|next to) (?:the |each |every |all |both )?"
_PLACE = rf"(?:,? {_WHERE}(?:bottom|top|sides?|edges?|it|them|name))?"
_COUNT = r"two|three|four|five|six|seven|eight|\d+"
_LEAD = (
    r",?\s*\b(?:(?:and|with|plus|or|leave|leaving|has|have|having|add)\s+)*"
    rf"(?:(?:an?|some|the|their|its|{_COUNT})\s+)?"
)
_NOUN = r"(?:lines?|boxe?s?|spaces?|fields?|labels?|areas?|frames?|circles?|rows?|places?|spots?|bubbles?)"
_BLANK = re.compile(
    rf"{_LEAD}(?:(?:blank|empty|dotted|fill-in|unfilled) (?:[a-z]+ ){{0,2}}?{_NOUN}\b(?! (?:to|for) (?:tick|check|cross))"
    r"(?: (?:for|to|where) [^,.;:\x00]{2,36}?(?=$|[,.;:\x00]| with\b| and\b))?"
    r"|(?:space|room|spaces|lines?|boxe?s?|places?) (?:for|to) (?:(?:the|an?|your|his|her|their|my|our|each) )?"
    r"(?:names?|signatures?|sign|date|write|stamp|address|notes|fill)\b(?: (?:in|it|down|on|them|your [a-z]+|the [a-z]+))*"
    r"|(?:[a-z]+ )?(?:strips?|tabs?|slips?|numbers?) (?:to|you can|for) tear(?:ing)? off"
    r"|tear[- ]?offs? (?:[a-z]+ ){0,2}?(?:strips?|tabs?|numbers?|slips?|tags?|labels?|parts?|pieces|coupons?|flaps?))"
    rf"{_PLACE}",
    re.IGNORECASE,
)
_UNTOLD = re.compile(
    rf",?\s(?:and|with|plus)\s(?:(?:an?|the|{_COUNT}|some|few|numbered|short|easy|simple|little|quick)\s)*"
    r"(?:steps?|instructions?|directions|method)\b(?!\s*[:–—-]| (?:of|to|by)\b)"
    r"(?: (?:below|underneath|under it|at the bottom))?",
    re.IGNORECASE,
)
_PICTURED = re.compile(
    r",?\s(?:and|with|plus)\s(?:(?:an?|some|little|small|cute|simple|nice)\s)*(?:pictures?|photos?|drawings?|illustrations?)"
    r"(?=\s*(?:$|[,.;:]))",
    re.IGNORECASE,
)
_RECIPE = re.compile(r"\brecipe\b", re.IGNORECASE)
_SHEETS = frozenset({FormKind.CARD, FormKind.FRAMED, FormKind.LIST, FormKind.TREE, FormKind.DIAGRAM})
_WHY_BLANK = "a part that is left blank, or torn off, cannot be drawn here"
_WHY_UNTOLD = "what the steps are was not given"
_WHY_PICTURED = "what the picture shows was not given"


def with_blanks(text: str, facts: Sequence[Span] = ()) -> FormMatch:
    """The form that ``text`` asks for; on a sheet, what it is to leave blank and what was not told are gaps of it."""
    gaps = tuple(_gaps(text))
    if not gaps:
        return forms(text, facts)
    kept = text
    for gap in gaps:
        kept = kept[: gap.span.start] + " " * (gap.span.end - gap.span.start) + kept[gap.span.end :]
    found = forms(kept.rstrip(), facts)
    if found.form is None or found.form.kind not in _SHEETS:
        return forms(text, facts)
    form = replace(found.form, gaps=(*found.form.gaps, *gaps))
    return replace(found, form=form, masked=(*found.masked, *(gap.span for gap in gaps)))


def _gaps(text: str) -> Iterator[Gap]:
    quotes = [span_of(hit) for hit in QUOTES.finditer(text)]
    told: tuple[tuple[re.Pattern[str], str], ...] = ((_BLANK, _WHY_BLANK),)
    if _RECIPE.search(text):
        told = (*told, (_UNTOLD, _WHY_UNTOLD), (_PICTURED, _WHY_PICTURED))
    for what, why in told:
        for hit in what.finditer(text):
            if apart(span_of(hit), quotes):
                yield Gap(span=span_of(hit), why=why)
