"""Pictures that tell: before and after, and strips of panels, each with its words and the thing that it names.

What somebody does in a panel is written, not drawn, and the ledger says so.
"""

import math
import re
from collections.abc import Iterator, Sequence

from genevolve.world.language import colours
from genevolve.world.language.form_gaps import filled, things_in, titled
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, capital, span_of
from genevolve.world.language.form_pieces import Piece, parted
from genevolve.world.language.inventory import InventoryEntry
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import FormKind, Gap, Span

_WHAT = r"(?:(?:pictures?|pics?|photos?|images?|drawings?|shots?|comparison|poster|panels?|illustration|scenes?))?"
_BEFORE_AFTER = re.compile(
    rf"\bbefore(?:[ -]and[ -]|[ -]?&[ -]?| ?/ ?|[ -]to[ -]|[ -])after\b ?{_WHAT}\s*(?:of|showing|with|:)\s+"
    r"(?P<one>[^:;,.\n\x00]{2,40}?)(?:,? (?:and(?: then)?|then|to|versus|vs\.?|becoming)|[,;/]) (?P<other>[^:;,.\n\x00]{2,40}?)"
    r"(?=\s*[:;,.\n]|\s*$|\s(?:side by side|in two|as two|with (?:an? |the )?(?:labels?|words?|line|arrow|captions?"
    r"|headings?)))",
    re.IGNORECASE,
)
_BEFORE_AFTER_OF = re.compile(
    rf"\bbefore(?:[ -]and[ -]|[ -]?&[ -]?| ?/ ?|[ -])after\b ?{_WHAT}\s*(?:of|showing|for|:)\s+"
    r"(?P<what>[^:;,.\n\x00]{2,40}?)(?=\s*[:;,.\n]|\s*$)",
    re.IGNORECASE,
)
_CHANGE = "how it looks then was not given: the same picture stands for both"
_BESIDE = re.compile(
    r",?\s*\b(?:side by side|(?:in|as|on) two (?:panels|boxes|columns|halves|pictures|frames)"
    r"|with (?:the )?(?:labels?|captions?|headings?)(?: (?:before|after|on|for|under|above)[^,.;]*)?)",
    re.IGNORECASE,
)
_LED = re.compile(r"^(?:an?|the|my|our|your|one|some|of) (?=\S)", re.IGNORECASE)
_AS_IT_IS = "how it is then is written, not drawn"
_OF_BOTH = (
    "before after picture pictures photo image drawing comparison poster panel panels scene scenes side by two boxes columns"
    " halves frames labels label captions headings then"
)


def before_after(text: str, plain: str) -> FormMatch | None:
    """ "before and after picture of a muddy dog and a clean dog": two columns, each with what was said of it."""
    head = _BEFORE_AFTER.search(plain)
    if head is None:
        return _of_one(text, plain)
    slots, gaps = [], []
    for name, heading in (("one", "Before"), ("other", "After")):
        said = _undetermined(Piece(words=text[slice(*head.span(name))], start=head.start(name)))
        things = things_in(said.words, said.start)
        span = said.span
        lines = (FormLine(content=heading, span=span), FormLine(content=capital(said.words), span=span))
        slots.append(FormSlot(span=span, lines=lines, picture=things[-1][1].noun if things else ""))
        gaps += [Gap(span=one, why=_AS_IT_IS) for one in _undrawn(said, things)]
    masked = [span_of(head), *(span_of(hit) for hit in _BESIDE.finditer(plain, head.end()))]
    return filled(FormKind.COMPARISON, slots, _OF_BOTH, masked, gaps=gaps, worked_out=True)


def _of_one(text: str, plain: str) -> FormMatch | None:
    """ "before and after photos of a garden makeover": the same thing twice, and what changes is open."""
    head = _BEFORE_AFTER_OF.search(plain)
    said = _undetermined(Piece(words=text[slice(*head.span("what"))], start=head.start("what"))) if head is not None else None
    things = things_in(said.words, said.start)[:1] if said is not None else []
    if head is None or said is None or not things:
        return None
    name = things[0][0]
    slots = [
        FormSlot(span=name, lines=(FormLine(content=heading, span=name),), picture=things[0][1].noun)
        for heading in ("Before", "After")
    ]
    gaps = [Gap(span=one, why=_AS_IT_IS) for one in _undrawn(said, things)]
    after = re.compile("after", re.IGNORECASE).search(plain, head.start())
    gaps += [Gap(span=span_of(after), why=_CHANGE)] if after is not None else []
    return filled(FormKind.COMPARISON, slots, _OF_BOTH, [span_of(head)], gaps=gaps, worked_out=True)


def _undetermined(piece: Piece) -> Piece:
    cut = _LED.match(piece.words)
    return piece if cut is None else _undetermined(Piece(words=piece.words[cut.end() :], start=piece.start + cut.end()))


def _undrawn(said: Piece, things: Sequence[tuple[Span, InventoryEntry]]) -> Iterator[Span]:
    """What of it is no part of the picture's name: "muddy" of "muddy dog", all of "messy room" where none is known."""
    if not things:
        yield said.span
        return
    named = things[-1][0]
    for start, end in ((said.start, named.start), (named.end, said.span.end)):
        words = said.words[start - said.start : end - said.start]
        lead = len(words) - len(words.lstrip())
        if words.strip():
            yield Span(start=start + lead, end=start + lead + len(words.strip()))


# ---- strips ----------------------------------------------------------------------------------------------------------------

_COUNT = r"\d|two|three|four|five|six|eight|nine"
_STRIP = re.compile(
    rf"\b(?P<kind>(?:comic|cartoon)(?: strip| page)?|story ?board|picture story|photo story)\b(?: (?:in|of|with) "
    rf"(?P<count>{_COUNT}) (?:panels?|pictures?|frames?|boxes|parts|scenes))?"
    rf"|\b(?P<count2>{_COUNT})[ -](?:panels?|frames?) (?P<kind2>(?:comic|cartoon)(?: strip)?|story(?:board)?|strip)\b"
    rf"|\b(?:in|with|as) (?P<count3>{_COUNT}) (?:panels?|frames?)\b",
    re.IGNORECASE,
)
_TOLD = re.compile(r"\s*(?:(?:about|of|for|on) (?P<about>[^:;,.\n\x00]{2,40}?))?\s*(?::|\s[–—-]\s)\s*", re.IGNORECASE)
_ENDS = re.compile(r"[.!?](?=\s|$)(?!\s*(?:panel|frame)\b)|\n\n", re.IGNORECASE)
_JOINT = re.compile(r"[,;\n](?!\d)\s*(?:and )?(?:then )?|\s+(?:and )?then\s+|\s*[→>]\s*", re.IGNORECASE)
_NUMBERED = re.compile(
    r"^(?:(?:panel|frame|picture|scene) )?\d[.):]?\s+|^(?:first|second|third|next|finally|lastly),?\s+", re.IGNORECASE
)
_SAID_OF_SHEET = re.compile(r"^(?:in|with|on an?|using|please|no|title[d]?|style)\b", re.IGNORECASE)
_DOES = re.compile(r"\b(?:it|he|she|they|we|you|i|who|that) $", re.IGNORECASE)  # "it flies off"
_IN_WORDS = "what happens in its panels is written under the things of it, not drawn"
_STRIP_SAID = (
    "panel panels picture pictures frame frames boxes parts scenes in of with then first second third next finally lastly"
)
_LONGEST, _MOST = 60, 9


def strip(text: str, plain: str) -> FormMatch | None:
    """ "a comic strip in three panels: a cat sees a fish, takes it, sleeps": a panel for each."""
    head = _STRIP.search(plain)
    told = _TOLD.match(plain, head.end()) if head is not None else None
    if head is None or told is None:
        return None
    stop = _ENDS.search(plain, told.end())
    pieces = list(_pieces(text, plain, told.end(), stop.start() if stop is not None else len(plain)))
    counted = head["count"] or head["count2"] or head["count3"]
    count = _number(counted) if counted else len(pieces)
    if not 2 <= len(pieces) <= _MOST or len(pieces) != count or any(len(piece.words) > _LONGEST for piece in pieces):
        return None
    slots = []
    for piece in pieces:
        things = [found for found in things_in(piece.words, piece.start) if not _DOES.search(plain[: found[0].start])]
        noun = things[0][1].noun if things else ""
        colour = (
            colours.named(plain[max(0, things[0][0].start - 20) : things[0][0].start].rstrip().rpartition(" ")[2])
            if things
            else None
        )
        slots.append(FormSlot(span=piece.span, lines=(piece.line(piece.words),), picture=noun, colour=colour))
    columns = count if count <= 3 else math.ceil(count / 2) if count % 2 == 0 else math.ceil(math.sqrt(count))
    masked = [Span(start=head.start(), end=pieces[-1].span.end)]
    title = titled(text, *told.span("about")) if told["about"] else None
    gaps = [Gap(span=_kind_of(head), why=_IN_WORDS)]
    return filled(
        FormKind.GRID, slots, f"{_STRIP_SAID} {counted or ''}", masked, title=title, gaps=gaps,
        rows=math.ceil(count / columns), columns=columns,
    )  # fmt: skip


def _kind_of(head: re.Match[str]) -> Span:
    return next((span_of(head, name) for name in ("kind", "kind2") if head[name]), span_of(head))


def _number(word: str) -> int:
    return int(word) if word.isdigit() else lexicon().numbers[word.lower()]


def _pieces(text: str, plain: str, start: int, end: int) -> Iterator[Piece]:
    found: list[Piece] = []
    here = start
    for cut in [*(hit.span() for hit in _JOINT.finditer(plain, start, end)), (end, end)]:
        said = text[here : cut[0]]
        lead = len(said) - len(said.lstrip())
        words = said.strip(" .")
        led = _NUMBERED.match(words)
        lead, words = (lead + led.end(), words[led.end() :]) if led is not None else (lead, words)
        if _SAID_OF_SHEET.match(words):
            break
        if words:
            found.append(Piece(words=words, start=here + lead))
        here = cut[1]
    yield from parted(found)
