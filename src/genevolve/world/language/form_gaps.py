"""A form that leaves something open: what nobody said is not made up, and the words that ask for it are named."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, apart, span_of
from genevolve.world.language.inventory import InventoryEntry, lookup
from genevolve.world.language.model import Form, FormKind, Gap, Span, TextRole
from genevolve.world.language.vocabulary import Vocabulary

_LED = re.compile(
    r"(?:please|can|could|you|make|draw|create|design|give|show|me|us|to(?![ -]do)|an?|the|our|my)\s+", re.IGNORECASE
)
_FOR_WHOM = re.compile(
    r"\bfor (?:my|our|the|a|his|her) (?:[\w'’-]+ ){0,3}?(?:class|classroom|kids?|children|school|pupils|students"
    r"|homework|lesson|son"
    r"|daughter|niece|nephew|grandson|granddaughter|mum|mom|dad|team|fridge|wall|kitchen|office)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_LONGEST_NAME = 3  # words of a thing's name


def filled(
    kind: FormKind,
    slots: Sequence[FormSlot],
    words: str,
    masked: Iterable[Span],
    *,
    title: FormLine | None = None,
    gaps: Sequence[Gap] = (),
    rows: int = 0,
    columns: int = 0,
    worked_out: bool = False,
) -> FormMatch:
    """The form with its ``slots`` and ``gaps``; the words at ``masked`` are read by nobody else."""
    form = Form(
        kind=kind, words=frozenset(re.findall(r"[^\W_]+", words.lower())), rows=rows, columns=columns, gaps=tuple(gaps),
        worked_out=worked_out,
    )  # fmt: skip
    taken = (*masked, *(slot.span for slot in slots), *(gap.span for gap in gaps))
    return FormMatch(form=form, lines=(title,) if title is not None else (), slots=tuple(slots), masked=taken)


def titled(text: str, start: int, end: int) -> FormLine | None:
    """What stands at [start, end) as a title, without the words that only ask for it."""
    while (led := _LED.match(text, start, end)) is not None:
        start = led.end()
    said = text[start:end].rstrip(" ,:;–—-")
    if not said:
        return None
    shown = said[:1].upper() + said[1:]
    return FormLine(content=shown, span=Span(start=start, end=start + len(said)), role=TextRole.TITLE)


def for_whom(found: FormMatch, plain: str) -> FormMatch:
    """ "for my year 4 class": whom a layout is for is no part of it, unless it is written."""
    written = [*(line.span for line in found.lines), *(slot.span for slot in found.slots)]
    asides = [span for hit in _FOR_WHOM.finditer(plain) if apart(span := span_of(hit), written)]
    return replace(found, masked=(*found.masked, *asides), asides=(*found.asides, *asides))


def things_in(words: str, start: int = 0) -> list[tuple[Span, InventoryEntry]]:
    """The names of things that can be drawn in ``words``, which begin at ``start``; the longest at each word."""
    said, found, here = list(_WORD.finditer(words)), [], 0
    while here < len(said):
        step = 1
        for length in range(min(_LONGEST_NAME, len(said) - here), 0, -1):
            begin, end = said[here].start(), said[here + length - 1].end()
            entry = lookup(words[begin:end], Vocabulary.ICONS)
            if entry is not None and not entry.kind:
                found.append((Span(start=start + begin, end=start + end), entry))
                step = length
                break
        here += step
    return found
