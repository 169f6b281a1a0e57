"""Things that are a sheet with an edge of its own, when they are the image itself: a stamp, a ticket, a tag, a round badge.

"A stamp with a whale" is drawn on such a sheet; "a stamp on a letter" and "a boy with a badge" are things of a picture. The
prompt says the sheet in fixed wording, which is read again here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language import colours
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.form_lines import FormLine, FormMatch, apart, span_of
from genevolve.world.language.form_pieces import QUOTES
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Cut, CutSheet, Form, FormKind, Scene, Span

_NOUNS: Mapping[Cut, str] = {
    Cut.PERFORATED: r"(?:(?:postage|postal|mail|holiday|christmas) )?stamp",
    Cut.NOTCHED: r"(?:(?:[a-z]+) )?ticket|(?:(?:discount|gift|money[- ]off|shop|store|sale) )?coupon|admit one",
    Cut.HOLED: r"(?:gift|price|luggage|swing|hang|sale|bag|clothes|clothing|present|key) tag|book ?mark|door ?hanger|door"
    r" knob hanger",
    Cut.ROUND: r"(?:(?:button|pin|merit|scout|club|school|police) )?badge|(?:pin[- ]back|lapel|pin) button|(?:beer "
    r"|drinks )?coaster"
    r"|(?P<round>(?:round|circular) (?:[a-z]+ )?(?:sticker|label|sign|logo|emblem|patch|seal|card|tag|plate))",
}
_LEAD = (
    r"^\s*(?:(?:please|can you|could you|would you|i|i'd|we|need|want|like|make|design|draw|create|give|show|me|us|for me)\s+)*"
    r"(?:(?:an?|the|my|our|one)\s+)?"
)
_LOOKS = r"(?P<looks>(?:(?!(?:of|on|in|with|and|for|that|says?|saying|from|to|at|by|name|the|an?)\b)[a-zé'’-]+,?\s+){0,3}?)"
_FOLLOWS = (
    r"(?=\s+(?:with|showing|of|that|which|featuring|for|saying|says|reading|about|depicting|worth|called|from)\b|\s*[:,;]"
    r"|\s+[\"“'])"
)
_HEADS = {cut: re.compile(f"{_LEAD}{_LOOKS}(?P<noun>{nouns}){_FOLLOWS}", re.IGNORECASE) for cut, nouns in _NOUNS.items()}
_ROUND_WORD = re.compile(r"\b(?:round|circular)\b,?\s*", re.IGNORECASE)
_OTHER_SHAPE = re.compile(r"\b(?:star|heart|square|oval|shield|triang\w+|hexagon\w*|diamond)\b(?:[- ]shaped)?", re.IGNORECASE)
_OF_INK = re.compile(r"\b(?:rubber|passport|ink|library|date|time|wax|food|approval)\b", re.IGNORECASE)
_EDGES: Mapping[Cut, str] = {
    Cut.PERFORATED: "with a perforated edge",
    Cut.NOTCHED: "with a notch in the middle of its left and of its right edge",
    Cut.HOLED: "with a hole at its top",
    Cut.ROUND: "that is round",
}
_SENTENCES = {
    cut: re.compile(rf"Everything is on one (?P<noun>[a-zA-Z' -]+), a (?:(?P<colour>[a-z ]+) )?sheet {re.escape(edge)}\.")
    for cut, edge in _EDGES.items()
}


_AMOUNT = r"(?:[$€£]\s?\d+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?\s?(?:[$€£¢]|c\b|ct\b|cents?\b|p\b|pence\b|euros?\b|dollars?\b))"
_VALUE = re.compile(
    rf"(?:,|\b(?:and|with|for|worth|at)\b)?\s*(?:(?:an? |the )?(?:price|value|cost|denomination)(?: tag)?(?: of)?:? )?"
    rf"(?<![\w.,])(?P<said>{_AMOUNT})(?!\w)|(?:\b(?:with|and|saying|says|of)\b\s*)?(?:\b(?:the )?(?:price|value|cost):? )?"
    r"(?<![\w.,$€£])(?P<bare>\d+[.,]\d\d)(?![\w.])",
    re.IGNORECASE,
)


_OF_PERSONS = re.compile(r"(?:(?:gift|present|luggage|bag) tag|.*badge)$", re.IGNORECASE)
_HONOUR = re.compile(r"(?:world['’]?s )?best \w+$", re.IGNORECASE)
_WHOSE = re.compile(
    r"\b(?:for|to) (?:my |our |the )?(?P<who>[A-Z][\w'’-]*(?: [A-Z][\w'’-]*){0,2}|(?:world['’]?s )?best [a-z]+"
    r"|(?:auntie |uncle )?[a-z]+)(?=\s*[,.;!]|\s*$|\s(?:with|and)\b)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSheet:
    """``masked``: the words that the rest of the reader passes over."""

    sheet: CutSheet
    masked: tuple[Span, ...]


def sheet_of(text: str) -> AskedSheet | None:
    """The sheet that ``text`` asks for, if it is one with an edge of its own."""
    return _told(text) or next((found for cut in Cut if (found := _asked(text[:4000], cut)) is not None), None)


def _told(text: str) -> AskedSheet | None:
    for cut, pattern in _SENTENCES.items():
        if (hit := pattern.search(text)) is not None:
            sheet = CutSheet(cut=cut, noun=hit["noun"], span=span_of(hit), colour=hit["colour"], words=(span_of(hit),))
            return AskedSheet(sheet=sheet, masked=(span_of(hit),))
    return None


def _asked(text: str, cut: Cut) -> AskedSheet | None:
    hit = _HEADS[cut].match(text)
    if hit is None or _OTHER_SHAPE.search(hit["looks"]) or (cut is Cut.PERFORATED and _OF_INK.search(hit["looks"])):
        return None
    noun = span_of(hit, "noun")
    words = [noun]
    if cut is Cut.ROUND and (said := _ROUND_WORD.search(text, hit.start("looks"), hit.end("looks"))) is not None:
        words.append(Span(start=said.start(), end=said.end() - len(said[0]) + len(said[0].rstrip(", "))))
    if (coloured := _coloured(text, hit)) is not None:
        words.append(coloured[1])
    said_noun = re.sub(r"^(?:round|circular) ", "", hit["noun"].lower())
    sheet = CutSheet(cut=cut, noun=said_noun, span=noun, colour=coloured[0] if coloured else None, words=tuple(words))
    return AskedSheet(sheet=sheet, masked=tuple(words))


def _coloured(text: str, hit: re.Match[str]) -> tuple[str, Span] | None:
    """The colour that is said right before the noun, of one or two words."""
    said = [*re.finditer(r"[^\s,]+", hit["looks"])]
    for count in (2, 1):
        for first in range(len(said) - count + 1):
            start, end = said[first].start(), said[first + count - 1].end()
            if (colour := colours.named(hit["looks"][start:end])) is not None:
                at = hit.start("looks")
                return colour, Span(start=at + start, end=at + end)
    return None


def on_sheet(found: FormMatch, cut: AskedSheet | None, text: str) -> FormMatch:
    """``found`` without the words for the sheet; its value is written on a stamp or a tag for which nothing else is told."""
    if cut is None:
        return found
    masked = (*found.masked, *cut.masked)
    found = _for_whom(found, cut, text)
    value = _VALUE.search(text, cut.sheet.span.end) if found.form is None else None
    quoted = [span_of(hit) for hit in QUOTES.finditer(text)]
    if value is None or not apart(span_of(value), [*masked, *quoted]):
        return replace(found, masked=masked)
    group = "said" if value["said"] else "bare"
    line = FormLine(content=value[group], span=span_of(value, group))
    words = frozenset(re.findall(r"[^\W\d_]+", value[0].lower()))
    return replace(found, form=Form(kind=FormKind.CARD, words=words), lines=(line,), masked=(*masked, span_of(value)))


def _for_whom(found: FormMatch, cut: AskedSheet, text: str) -> FormMatch:
    """ "a gift tag with a star for Grandpa": whom it is for is written on a tag that bears a name."""
    hit = _WHOSE.search(text, cut.sheet.span.end) if _OF_PERSONS.match(cut.sheet.noun) else None
    if hit is None or not _is_written(hit["who"]):
        return found
    taken = [line.span for line in (*found.lines, *(line for slot in found.slots for line in slot.lines))]
    if found.slots or not apart(span_of(hit, "who"), [*taken, *(span_of(quote) for quote in QUOTES.finditer(text))]):
        return found
    said = hit["who"]
    line = FormLine(content=said[:1].upper() + said[1:], span=span_of(hit, "who"))
    form = found.form or Form(kind=FormKind.CARD, words=frozenset({"for", "to"}))
    return replace(found, form=form, lines=(*found.lines, line), masked=(*found.masked, span_of(hit)))


def _is_written(who: str) -> bool:
    """A name, kin, or "best teacher"."""
    return who[:1].isupper() or who.split()[-1] in lexicon().words["kin"] or _HONOUR.match(who) is not None


def sheet_sentence(sheet: CutSheet | None) -> str:
    """The sheet as a sentence of a prompt, which ``sheet_of`` reads again."""
    if sheet is None:
        return ""
    coloured = f"{sheet.colour} " if sheet.colour else ""
    return f"Everything is on one {sheet.noun}, a {coloured}sheet {_EDGES[sheet.cut]}."


def edge_of(cut: Cut) -> str:
    return f"a sheet {_EDGES[cut]}"


def noun_of(cut: Cut, request: str) -> bool:
    """Whether the words of ``request`` name a thing with such an edge, wherever they stand."""
    return re.search(rf"\b(?:{_NOUNS[cut]})\b", request, re.IGNORECASE) is not None


def without_sentence(text: str) -> str:
    """``text`` with spaces in place of what a prompt says of the sheet: it is no card or ticket of its own."""
    for pattern in _SENTENCES.values():
        text = pattern.sub(lambda hit: " " * len(hit[0]), text)
    return text


# What stands in a picture is no kind of image: "a boy with a badge", "holding a bookmark".
_HELD = re.compile(
    r"\b(?:with|wearing|holding|has|having|and|on) (?:an?|the|his|her|their|my) (?:[a-z-]+ ){0,2}$", re.IGNORECASE
)
_PAPERS = word_set("badge stamp bookmark sticker label tag coaster coupon")


def held_paper(unit: Unit, scene: Scene) -> FateOfWords | None:
    """ "badge" of "a boy with a badge", where nothing was drawn for it."""
    if unit.text.lower() not in _PAPERS or _HELD.search(scene.text[: unit.start]) is None:
        return None
    return FateOfWords(Fate.NOT_POSSIBLE, "it is drawn here only where it is the image itself", "present")
