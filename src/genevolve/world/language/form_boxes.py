"""Lists to tick: a box before each entry, and a tick in the box of what is done."""

import re
from collections.abc import Sequence
from dataclasses import replace

from genevolve.world.language.form_gaps import filled, titled
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, span_of
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import FormKind, Gap, Span

_TO_TICK = re.compile(r"\b(?:to[- ]?do|packing|check|tick) ?lists?\b|\bto[- ]do(?= ?:)", re.IGNORECASE)
_ASKS_BOXES = re.compile(
    r",?\s*(?:\b(?:with|and|having) )?(?:an? )?(?:\b(?:little|small|empty|tick|check|square) ?)*\bboxes\b(?: (?:to tick"
    r"|for each|next to each|beside each)(?: (?:one|item))?)?|\b(?:tick|check)[- ]?box(?:es)?\b",
    re.IGNORECASE,
)
_TICKED = re.compile(
    r",?\s*(?:\b(?:and|with) )?(?:\bthe )?(?P<what>[^,.;:]+?) (?:is |are |being )?(?:already )?(?:ticked|checked"
    r"|crossed|marked)(?: off| as done)?\b"
    r"|,?\s*(?:\b(?:and|with) )?\b(?:tick|check|cross)(?: off)? (?:the )?(?P<what2>(?!box|list)[^,.;:]+)",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"(?:,? ?(?:with|of|for) )?\b(?P<count>\d{1,2}|two|three|four|five|six|seven|eight|nine|ten) (?:(?:empty|blank|tick"
    r"|check) )*(?:boxes|lines|items|tasks|rows|check ?boxes|things)\b",
    re.IGNORECASE,
)
_FIRST = re.compile(r"^(?P<end>first|last) (?P<count>one|two|three|four|five|\d)?", re.IGNORECASE)
_NOT_LISTED = "no entry of the list is called so: nothing is ticked"
_NOT_GIVEN = "what is on the list was not given: its lines are left empty"
_MOST = 10
_SAID = "list to do todo check packing checklist box boxes tick empty small little with"


def ticked(plain: str, at_least: int) -> re.Match[str] | None:
    """Where it is said what is done already."""
    return _TICKED.search(plain, at_least)


def boxed(found: FormMatch, plain: str) -> FormMatch:
    """The list ``found`` with boxes where it is one to tick, and ticks in those that are said to be done."""
    said = _ASKS_BOXES.search(plain)
    if found.form is None or not found.slots or not (_TO_TICK.search(plain) or said is not None):
        return found
    done = ticked(plain, found.slots[0].span.start)
    slots = list(found.slots)
    gaps = []
    if done is not None:
        slots = [slot for slot in slots if slot.span.end <= done.start() + 1 or slot.span.start >= done.end()]
        chosen = _chosen(slots, (done["what"] or done["what2"]).strip())
        slots = [replace(slot, picture="check mark") if number in chosen else slot for number, slot in enumerate(slots)]
        gaps = [] if chosen else [Gap(span=span_of(done), why=_NOT_LISTED)]
    words = found.form.words | {
        "box",
        "boxes",
        "tick",
        "empty",
        "small",
        "little",
        "ticked",
        "checked",
        "off",
        "already",
        "done",
    }
    words |= frozenset(re.findall(r"[^\W_]+", done[0].lower())) if done is not None else frozenset()
    form = replace(found.form, kind=FormKind.CHECKS, words=words, gaps=tuple(gaps))
    masked = (*found.masked, *(span_of(hit) for hit in (said, done) if hit is not None))
    slots = [replace(slot, lines=slot.lines[:1]) if len(slot.lines) == 1 else slot for slot in slots]
    if any(len(slot.lines) > 1 for slot in slots):  # with prices: as they are
        return found
    return replace(found, form=form, slots=tuple(slots), masked=masked)


def _chosen(slots: Sequence[FormSlot], what: str) -> set[int]:
    """The numbers of the entries that ``what`` names: "the tent", "first two", "all of them"."""
    plain = re.sub(r"^(?:the|all|both) (?=\S)", "", what.lower())
    if what.lower() in {"all", "all of them", "everything", "them all"}:
        return set(range(len(slots)))
    if (counted := _FIRST.match(plain)) is not None:
        count = lexicon().numbers.get(counted["count"] or "one") or int(counted["count"] or 1)
        numbers = list(range(len(slots)))
        return set(numbers[:count] if counted["end"].lower() == "first" else numbers[-count:])
    names = [re.sub(r"^the ", "", name.strip()) for name in re.split(r",| and ", plain)]
    return {
        number for number, slot in enumerate(slots) if any(name and name in slot.lines[0].content.lower() for name in names)
    }


def empty_boxes(text: str, plain: str) -> FormMatch | None:
    """ "a to do list with three empty boxes": lines with a number and a box."""
    head, counted = _TO_TICK.search(plain), _OPEN.search(plain)
    if head is None or counted is None or ":" in plain[head.end() :]:
        return None
    count = lexicon().numbers.get(counted["count"].lower()) or int(counted["count"])
    if not 2 <= count <= _MOST:
        return None
    span = span_of(counted)
    slots = [FormSlot(span=span, lines=(FormLine(content=str(number), span=span),)) for number in range(1, count + 1)]
    title = titled(text, 0, head.end())
    masked = [Span(start=head.start(), end=head.end()), *([title.span] if title is not None else [])]
    return filled(FormKind.CHECKS, slots, _SAID, masked, title=title, gaps=[Gap(span=span, why=_NOT_GIVEN)], worked_out=True)
