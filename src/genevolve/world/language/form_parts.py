"""A labelled diagram of one thing: "labelled diagram of a flower - petal, stem, leaf".

The labels stand beside the thing, each with a line to it. Where its parts are is not known here, and the ledger says so.
"""

import re

from genevolve.world.language.form_gaps import filled, things_in, titled
from genevolve.world.language.form_lines import FormMatch, FormSlot, span_of
from genevolve.world.language.form_pieces import Piece, parted
from genevolve.world.language.model import FormKind, Gap, Span

_SHEET = r"(?:diagram|drawing|picture|sketch|poster|illustration)"
_OF = r"(?P<thing>(?:an? |the |my )?[a-z][\w -]{2,30}?)"
_ENDS = r"(?=\s*[:,;.]|\s[–—-]\s|\s(?:with|showing|and (?:its|the) parts|and label|labell?ed|where|that)\b|\s*$)"
_HEADS = (
    re.compile(rf"\blabell?ed (?:\w+ )?{_SHEET} (?:of|showing) (?:the )?(?:(?:main )?parts of )?{_OF}{_ENDS}", re.IGNORECASE),
    re.compile(rf"\b(?:draw and )?label (?:the )?(?:main )?parts of {_OF}{_ENDS}", re.IGNORECASE),
    re.compile(rf"\b{_SHEET} (?:of|showing) (?:the )?(?:main )?parts of {_OF}{_ENDS}", re.IGNORECASE),
    re.compile(rf"\bdiagram of {_OF}{_ENDS}(?=[^.]*\blabel)", re.IGNORECASE),
    re.compile(rf"\b{_SHEET} of {_OF}(?= with (?:the )?labels? (?:for|on|of)\b)", re.IGNORECASE),
    re.compile(rf"^(?:please |can you )?label (?!the (?:main )?parts){_OF}(?=\s*:|\s[–—-]\s)", re.IGNORECASE),
    re.compile(rf"\bparts of {_OF} {_SHEET}\b", re.IGNORECASE),
)
_LIST = re.compile(
    r"\s*(?:,? ?\b(?:with|and|showing)\b )?(?:(?:arrows|lines) )?(?:(?:the |its |these )*(?:labell?ed|labell?ing"
    r"|labels?|parts)\b(?: labell?ed)?(?: for"
    r"| on| of)?)?\s*"
    r"(?:[:,;]|\s[–—-]\s|\b(?:with|showing|for|where|that says?|saying)\b)?\s*(?:\blabels? (?:for|on|of) )?(?:the |its )?",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"[.!?](?=\s|$)|\n\n|,?\s(?:on|in|with|using|against) (?:an?|bright|bold|clear|lines?|arrows?|neat|the style)\b",
    re.IGNORECASE,
)
_LABELLED = re.compile(r",?\s*\b(?:all |each |clearly )*(?:labell?ed|label them|named)\b.*$", re.IGNORECASE)
_LEADERS = re.compile(
    r",?\s*(?:\b(?:with|and|using) )?\b(?:leader |pointing )?(?:lines?|arrows?)(?: to (?:each(?: part| one)?|them"
    r"|the parts?))?\b",
    re.IGNORECASE,
)
_NO_PARTS = "which parts are to be named was not given"
_MOST = 10
_SAID = (
    "labelled labeled label labels diagram drawing picture sketch poster illustration parts part of the main with"
    " line lines arrow arrows leader leaders"
)


def parts(text: str, plain: str) -> FormMatch | None:
    head = next((hit for pattern in _HEADS if (hit := pattern.search(plain)) is not None), None)
    if head is None or re.search(r"\bcycles?\b|\bvenn\b", plain, re.IGNORECASE):
        return None
    things = things_in(head["thing"], head.start("thing"))
    if not things:
        return None
    _, entry = things[-1]
    names = _names(text, plain, head.end())
    lines = [piece.line(piece.words) for piece in names]
    shown = FormSlot(span=span_of(head, "thing"), picture=entry.noun)
    slots = [shown, *(FormSlot(span=line.span, lines=(line,)) for line in lines)]
    title = titled(text, *head.span("thing"))
    gaps = [] if names else [Gap(span=_asks_labels(head), why=_NO_PARTS)]
    masked = [span_of(head), *(span_of(hit) for hit in _LEADERS.finditer(plain, head.end()))]
    masked += [Span(start=head.start(), end=names[-1].span.end)] if names else []
    masked += [span_of(hit) for hit in _LABELLED.finditer(plain, masked[-1].end)]
    return filled(FormKind.DIAGRAM, slots, _SAID, masked, title=title, gaps=gaps)


def _asks_labels(head: re.Match[str]) -> Span:
    hit = re.compile(r"labell?\w*|parts", re.IGNORECASE).search(head.string, head.start())
    return span_of(hit) if hit is not None else span_of(head)


def _names(text: str, plain: str, start: int) -> list[Piece]:
    """The parts that are named behind the thing."""
    lead = _LIST.match(plain, start)
    begin = lead.end() if lead is not None else start
    stop = min(
        (hit.start() for mark in (_STOP, _LABELLED) if (hit := mark.search(plain, begin)) is not None), default=len(plain)
    )
    if (extra := _LEADERS.search(plain, begin, stop)) is not None:
        stop = extra.start()
    found, here = [], begin
    for cut in [*(hit.span() for hit in re.compile(r",(?: and)?|;|\n").finditer(plain, begin, stop)), (stop, stop)]:
        said = text[here : cut[0]]
        lead = re.match(r"[\s–—-]*(?:and )?(?:its |the |an? )?", said)
        words = said[lead.end() if lead else 0 :].rstrip(" .")
        if words:
            found.append(Piece(words=words, start=here + (lead.end() if lead else 0)))
        here = cut[1]
    split = [_undetermined(piece) for piece in parted(found)]
    return split if 2 <= len(split) <= _MOST and all(len(piece.words) < 30 for piece in split) else []


def _undetermined(piece: Piece) -> Piece:
    cut = re.match(r"(?:the|an?|its) (?=\S)", piece.words, re.IGNORECASE)
    return piece if cut is None else Piece(words=piece.words[cut.end() :], start=piece.start + cut.end())
