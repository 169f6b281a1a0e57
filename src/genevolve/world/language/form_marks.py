"""Days of a calendar that bear a mark: "a heart on the 14th", "mark the 20th with a cake"."""

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from genevolve.world.language.form_gaps import things_in
from genevolve.world.language.form_lines import FormMatch, FormSlot, span_of
from genevolve.world.language.form_sentence import pictured
from genevolve.world.language.model import Gap, Span

MONTH = "|".join(name.lower() for name in calendar.month_name if name)
_ORDINAL = r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)\b"
_TAIL = rf"(?: (?:of )?(?:{MONTH})\b)?"
_THING = r"(?P<thing>(?:an? |the )?(?:\w+ )?(?:\w+ )?[a-z]\w+)"
_PATTERNS = (
    re.compile(
        rf"(?:,? ?(?:and|with|put|add|draw|place) )?\b{_THING} (?:drawn |marked |placed )?(?:on|for|at|over"
        rf"|in) {_ORDINAL}{_TAIL}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:,? ?(?:and|please) )?\b(?:mark|decorate|highlight)\w* {_ORDINAL}{_TAIL} (?:with|by|as) {_THING}", re.IGNORECASE
    ),
    re.compile(
        rf"(?:,? ?(?:and|with) )?{_ORDINAL}{_TAIL} (?:is |being )?(?:marked|decorated|highlighted) (?:with|by) {_THING}",
        re.IGNORECASE,
    ),
)
_UNSHOWN = re.compile(rf"[^,.;]*?\b{_ORDINAL}{_TAIL}[^,.;]*", re.IGNORECASE)
_WHY = "how this day is to be marked cannot be drawn here: name a thing that stands on it"
_NO_DAY = "the month has no such day"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    span: Span
    day: int
    picture: str
    colour: str | None
    said: str


def with_marks(found: FormMatch, plain: str) -> FormMatch:
    """The calendar ``found``, whose first row has the names of the days, with a picture in each cell that is to have one."""
    marks = list(_marks(plain))
    slots, gaps = list(found.slots), []
    for mark in marks:
        place = _cell(found.slots, mark.day)
        if place is None:
            gaps.append(Gap(span=mark.span, why=_NO_DAY))
            continue
        row, column = place
        slots.append(FormSlot(span=mark.span, picture=mark.picture, colour=mark.colour, said=mark.said, under=row, skip=column))
    taken = [mark.span for mark in marks]
    for hit in _UNSHOWN.finditer(plain):
        if not any(span.start < hit.end() and hit.start() < span.end for span in taken):
            gaps.append(Gap(span=span_of(hit), why=_WHY))
    masked = (*found.masked, *taken, *(gap.span for gap in gaps))
    words = frozenset({"mark", "marked", "put", "add", "on", "day", "date"})
    form = found.form and replace(found.form, gaps=(*found.form.gaps, *gaps), words=found.form.words | words)
    return replace(found, form=form, slots=tuple(slots), masked=masked)


def _marks(plain: str) -> Iterator[_Mark]:
    taken: list[Span] = []
    for pattern in _PATTERNS:
        for hit in pattern.finditer(plain):
            things = things_in(hit["thing"], hit.start("thing"))
            if not things or any(span.start < hit.end() and hit.start() < span.end for span in taken):
                continue
            thing, entry = things[-1]
            _, colour = pictured(hit["thing"])
            begin = hit.start() if hit.start("day") < thing.start else min(hit.start("thing"), thing.start)
            taken.append(Span(start=begin, end=hit.end()))
            said = plain[hit.start("day") : hit.end("day") + 2]
            yield _Mark(span=taken[-1], day=int(hit["day"]), picture=entry.noun, colour=colour, said=said)


def _cell(rows: Sequence[FormSlot], day: int) -> tuple[int, int] | None:
    """Row and column of the day in the table."""
    for number, row in enumerate(rows):
        for column, line in enumerate(row.lines, start=row.skip):
            if number and line.content == str(day):
                return number, column
    return None
