"""Certificates, tickets, vouchers and price tags: the texts of a card on a sheet with a frame."""

import re
from dataclasses import replace

from genevolve.world.language import colours
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot
from genevolve.world.language.form_pieces import QUOTES
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import Form, FormKind, Span, TextRole

_FRAMED = re.compile(
    r"\b(?:(?:price|sale|discount) (?:tag|label|sticker)|certificate|diploma|ticket|voucher|coupon|boarding pass)\b",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"\b(?:with|showing|holding|holds|has|and) (?:an?|the|his|her|their) (?:\w+ )?$", re.IGNORECASE)
# "gift voucher", "train ticket"
_KIND = re.compile(r"\b(?P<kind>(?!(?:an?|the|draw|make|create|design|my|our|this|that)\b)[\w'’-]+) $", re.IGNORECASE)
_NO_TITLE = frozenset({"price", "event ticket", "event"})
_MOST = 8


def framed(text: str, plain: str, found: FormMatch) -> FormMatch:
    """``found`` as a framed sheet, where one is asked for and says something; else as it is.

    ``plain``: the text with quotations (and facts, which stay where the rest of the reader puts them) masked.
    """
    head = _FRAMED.search(plain)
    quotes = [_quoted(hit) for hit in QUOTES.finditer(text)]
    masked_quotes = sum(quote.span.end - quote.span.start for quote in quotes)
    if head is None or _SHOWN.search(plain[: head.start()]) or plain.count("\x00") > masked_quotes:
        return found
    lines = sorted([*found.lines, *quotes], key=lambda line: line.span.start)
    titles = [_whole_title(text, line, head) for line in lines if line.role is TextRole.TITLE]
    titles = [line for line in titles if _without_looks(line.content) not in _NO_TITLE]
    rest = [line for line in lines if line.role is not TextRole.TITLE]
    kind = _KIND.search(text[: head.start()])
    if not titles and kind is not None and " " not in head[0]:
        span = Span(start=kind.start("kind"), end=kind.end("kind"))
        line = FormLine(content="", span=span, role=TextRole.TITLE)
        titles = [line for line in [_whole_title(text, line, head)] if line.content.lower() not in _NO_TITLE]
    said = [*titles, *rest]
    if not said or len(said) > _MOST:
        return found
    words = frozenset(re.findall(r"[^\W_]+", f"{head[0]} event concert admission".lower()))
    slots = tuple(FormSlot(span=line.span, lines=(line,)) for line in said)
    masked = (*found.masked, Span(start=head.start(), end=head.end()), *(line.span for line in said))
    return replace(found, form=Form(kind=FormKind.FRAMED, words=words), lines=(), slots=slots, masked=masked)


def _without_looks(title: str) -> str:
    """ "yellow price" of "a yellow price tag" is no title."""
    words = title.lower().split()
    while len(words) > 1 and (colours.named(words[0]) is not None or words[0] in lexicon().words["adjectives"]):
        words = words[1:]
    return " ".join(words)


def _quoted(hit: re.Match[str]) -> FormLine:
    return FormLine(content=hit[0][1:-1], span=Span(start=hit.start(), end=hit.end()), quoted=True)


def _whole_title(text: str, line: FormLine, head: re.Match[str]) -> FormLine:
    """ "train ticket", where "train" was found; a price tag is none."""
    if line.span.end + 1 != head.start() or " " in head[0]:
        return line
    span = Span(start=line.span.start, end=head.end())
    said = text[span.start : span.end]
    return replace(line, content=said[:1].upper() + said[1:], span=span)
