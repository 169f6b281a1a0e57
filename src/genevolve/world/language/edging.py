"""A border of one colour all around a sheet: "a sign with a red border", "poster of a fox, thick black border".

The prompt says it in fixed wording, which is read again here.
"""

import re
from dataclasses import replace

from genevolve.world.language import colours
from genevolve.world.language.form_lines import FormMatch, span_of
from genevolve.world.language.form_pieces import QUOTES
from genevolve.world.language.model import Edging

_BORDER = re.compile(
    r"(?P<all>(?:,\s*|\b(?:with|and|in|has|having)\s+)(?:an? |the )?(?:(?P<width>thick|thin) )?"
    r"(?P<colour>[a-z]+(?: [a-z]+)?) border)\b(?! (?:collie|guard|town|crossing|of|terrier|police|wall|control))"
    r"(?P<where>(?: all)? (?:around|round) (?:it|the (?:edges?|outside|card|sign|poster|page|picture|image|sheet)))?",
    re.IGNORECASE,
)
_SHEETS = re.compile(
    r"\b(?:posters?|cards?|postcard|flyer|flier|invitation|invite|certificate|diploma|menu|cover|picture|photo|image|painting|drawing"
    r"|illustration|print|notice|placard|banner|label|sticker|page|worksheet|chart|timeline|list)\b",
    re.IGNORECASE,
)
_BORDERED = re.compile(  # what has a border of its own
    r"\b(?:rug|plate|flag|carpet|towel|dress|scarf|shawl|sari|cloth|tablecloth|blanket|quilt|curtain|garden|bed|window|mirror|stamp"
    r"|tile|handkerchief|cushion|bowl|cup|saucer|mat|kite|frame|shield|badge|napkin)s?\s+$",
    re.IGNORECASE,
)
_SIGN = re.compile(r"\bsign\b", re.IGNORECASE)
_SENTENCE = re.compile(r"A (?:(?P<width>thick|thin) )?(?P<colour>[a-z ]+?) border runs all around the edge of the image\.")


def edging_of(text: str, found: FormMatch) -> Edging | None:
    """The border that ``text`` asks for around all of it. That of a thing in the picture is none; a sign is the image itself
    where it was ``found`` to be a form."""
    if (told := _SENTENCE.search(text)) is not None:
        return Edging(colour=told["colour"], width=told["width"] or "", span=span_of(told))
    hit = _asked(text, sign=found.form is not None)
    colour = colours.named(hit["colour"].lower()) if hit is not None else None
    if hit is None or colour is None:
        return None
    return Edging(colour=colour, width=(hit["width"] or "").lower(), span=span_of(hit))


def _asked(text: str, *, sign: bool) -> re.Match[str] | None:
    """The first border that is of the sheet; ``sign``: a sign is one."""
    plain = QUOTES.sub(lambda quote: "\x00" * len(quote[0]), text)
    sheet = _SHEETS.search(plain) or (_SIGN.search(plain) if sign else None)
    for hit in _BORDER.finditer(plain) if sheet is not None else ():
        if colours.named(hit["colour"].lower()) is not None and _BORDERED.search(plain[: hit.start()]) is None:
            return hit
    return None


def on_edged(found: FormMatch, edging: Edging | None) -> FormMatch:
    """``found`` without the words for the border."""
    return found if edging is None else replace(found, masked=(*found.masked, edging.span))


def edging_sentence(edging: Edging | None) -> str:
    return "" if edging is None else f"A {told_of(edging)} runs all around the edge of the image."


def told_of(edging: Edging) -> str:
    """ "thick red border"."""
    return " ".join(filter(None, (edging.width, edging.colour, "border")))


def without_edging(text: str) -> str:
    """``text`` with spaces in place of what a request or a prompt says of the border: it is no entry of a list."""
    text = _SENTENCE.sub(lambda hit: " " * len(hit[0]), text)
    hit = _asked(text, sign=True)
    return text if hit is None else text[: hit.start()] + " " * len(hit[0]) + text[hit.end() :]


def names_border(request: str) -> bool:
    """Whether the words of ``request`` name a border, wherever they stand."""
    return re.search(r"\bborder\b", request, re.IGNORECASE) is not None
