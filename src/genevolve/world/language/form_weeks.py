"""Charts of a week: who does what on which day, lessons of each day, boxes to be filled in.

The days come from what is said ("Monday to Friday", "weekly"); what stands in the cells is never made up.
"""

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from genevolve.world.language.form_gaps import filled, titled
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, span_of
from genevolve.world.language.form_pieces import Piece, parted
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import FormKind, Gap, Span

_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}"
_FULL_DAY = "|".join(calendar.day_name)
_CHART = re.compile(
    r"\b(?:(?P<about>[\w'’-]+ )?(?:chart|rota|roster|planner|tracker|schedule|plan|grid)|time ?table)\b", re.IGNORECASE
)
_RANGE = re.compile(rf"\b(?P<first>{_DAY})\s?(?:to|[-–]|through|until|till)\s?(?P<last>{_DAY})\b", re.IGNORECASE)
_WEEKLY = re.compile(
    r"\b(?P<said>weekly|(?:for|of|over) (?:the|a|each|every) (?P<work>school |working )?week)\b", re.IGNORECASE
)
_DUTIES = re.compile(  # of a week, where nothing else is said
    r"\b(?:chores?|housework|cleaning|washing[- ]up|job|duty) (?:chart|rota|roster|planner|tracker|schedule)\b", re.IGNORECASE
)
_KIN = r"(?:me|mum|mom|dad|mummy|daddy|grandma|grandpa|granny|grandad)\b"
_NAME = rf"(?:(?!(?:{_FULL_DAY}|Mon|Tues?|Wed|Thu|Thurs|Fri|Sat|Sun)\b)[A-Z][\w'’-]*|{_KIN})"
_NAMES = re.compile(
    r"\b(?:for|with)(?: the names)?(?: (?:my |our |the )?(?:(?P<people>two|three|four|five|\d) )?(?:kids|children|boys|girls"
    r"|brothers|sisters|people|flatmates|housemates|roommates|students|pupils|friends)(?: called| named)?[,:]?)?"
    rf" (?P<names>{_NAME}(?:(?:, and |, | and | & ){_NAME})*)"
)
_PER_DAY = re.compile(
    r",?\s*(?:\b(?:and|with) )?\b(?P<count>\d{1,2}|two|three|four|five|six|seven|eight) (?P<what>lessons?|periods?"
    r"|classes|slots?|boxes|rows|meals|tasks|chores)"
    r"(?: (?:a|per|each|every|for each|on each|for every)(?: day)?)?\b",
    re.IGNORECASE,
)
_MEALS = re.compile(
    r"\bbreakfast\b[, ]+(?:and )?lunch\b[, ]+(?:and )?(?:dinner|tea|supper)\b(?:[, ]+(?:and )?snacks?)?", re.IGNORECASE
)
_DOWN = re.compile(
    r",?\s*(?:\b(?:and|with) )?(?:the )?(?P<what>chores|jobs|tasks|names|lessons|times|habits|activities|subjects|days) "
    r"(?:going |listed |written )?(?:down|along|on|across|at) (?:the )?(?:left |right )?(?:side|left|right|top|bottom)\b",
    re.IGNORECASE,
)
_LISTED_DOWN = re.compile(
    r"\b(?:and|with) (?:the )?(?P<items>(?:(?!\b(?:along|across|top)\b)[\w'’ ,-])+?) (?:going |listed |written )?"
    r"(?:down|along|on) the (?:left |right )?side\b",
    re.IGNORECASE,
)
_TICK_BOXES = re.compile(r",?\s*(?:\b(?:and|with) )?\b(?:(?:tick|check|empty|little) ?)+boxes\b", re.IGNORECASE)
_ALONG = re.compile(r"\s*\b(?:along|across|at|on) the top\b", re.IGNORECASE)
_ENTRY = re.compile(rf"\b(?P<day>{_FULL_DAY}|mon|tues?|wed|thurs?|thu|fri|sat|sun)\b\s*[:–—-]\s*", re.IGNORECASE)
_LED = re.compile(r"^(?:and|then)\s+", re.IGNORECASE)
_REWARDING = re.compile(r"\b(?:reward|sticker|star|stamp|progress|habit|behaviou?r)s? (?:chart|tracker)\b", re.IGNORECASE)
_CELLS = re.compile(
    r",?\s*(?:\b(?:with|and|for|of) )?\b(?P<count>\d{1,2}|ten|twelve|five|six|eight|twenty|fifteen) (?:empty |blank )?"
    r"(?:boxes|squares|spaces|stars|stickers|stamps|places)\b",
    re.IGNORECASE,
)
_MOST_CELLS = 25
_NOT_GIVEN = "what stands in the cells was not given: they are left empty"
_PEOPLE = (
    "two three four five my our kids children boys girls brothers sisters people flatmates housemates roommates students pupils"
    " friends called named"
)
_OTHERWISE = "as many have a row as are named"
_MOST = 8
_SAID = "chart rota roster planner tracker schedule plan grid weekly week timetable table day days each a per"


def weeks(text: str, plain: str) -> FormMatch | None:
    head = _CHART.search(plain)
    if head is None:
        return None
    return _lessons(text, plain, head) or _open_week(text, plain, head) or _rewards(text, plain, head)


def _entries(text: str, plain: str, head: re.Match[str]) -> list[tuple[Piece, list[Piece]]]:
    """ "Monday: maths, art, Tuesday: music"."""
    hits = list(_ENTRY.finditer(plain, head.end()))
    found = []
    for number, hit in enumerate(hits):
        stop = re.compile(r"[.\n](?=\s|$)").search(plain, hit.end())
        ends = [hits[number + 1].start() if number + 1 < len(hits) else len(plain), stop.start() if stop else len(plain)]
        found.append((Piece(words=hit["day"], start=hit.start("day")), list(_pieces(text, hit.end(), min(ends)))))
    return found


def _pieces(text: str, start: int, end: int) -> list[Piece]:
    found, here = [], start
    for cut in [*(hit.span() for hit in re.compile(r",(?!\d)|;|\n").finditer(text, start, end)), (end, end)]:
        said = text[here : cut[0]]
        words = _LED.sub("", said.strip(" .,;"))
        if words and words != "and":
            found.append(Piece(words=words, start=here + said.find(words)))
        here = cut[1]
    return parted(found)


def _lessons(text: str, plain: str, head: re.Match[str]) -> FormMatch | None:
    """Days over their lessons; where they have not as many, a row for each day."""
    entries = _entries(text, plain, head)
    if not 2 <= len(entries) <= 7 or not all(1 <= len(lessons) < _MOST for _, lessons in entries):
        return None
    counts = {len(lessons) for _, lessons in entries}
    if len(counts) == 1:
        table = [[day for day, _ in entries], *(list(row) for row in zip(*(lessons for _, lessons in entries), strict=True))]
    else:
        table = [[day, *lessons] for day, lessons in entries]
    rows = [_row([piece.line(piece.words) for piece in row]) for row in table]
    whole = Span(start=head.start(), end=entries[-1][1][-1].span.end)
    columns = max(len(row) for row in table)
    title = titled(text, 0, head.end())
    return filled(
        FormKind.TABLE, rows, f"{_SAID} {head[0]}", [whole, *_titles(title)], title=title, rows=len(rows), columns=columns
    )


def _row(lines: Sequence[FormLine], skip: int = 0) -> FormSlot:
    span = Span(start=min(line.span.start for line in lines), end=max(line.span.end for line in lines))
    return FormSlot(span=span, lines=tuple(lines), skip=skip)


# ---- a week to be filled in ------------------------------------------------------------------------------------------------


def _days(plain: str) -> tuple[Span, list[str]] | None:
    if (hit := _RANGE.search(plain)) is not None:
        first, last = (_number(hit[name]) for name in ("first", "last"))
        return (span_of(hit), list(calendar.day_name)[first : last + 1]) if first < last else None
    if (hit := _WEEKLY.search(plain)) is not None:
        return span_of(hit), list(calendar.day_name)[: 5 if hit["work"] else 7]
    duties = _DUTIES.search(plain)
    named = _NAMES.search(plain, duties.end()) if duties is not None else None
    if duties is None or named is None or ":" in plain[named.end() :]:  # the list says what is done
        return None
    return span_of(duties), list(calendar.day_name)


def _number(day: str) -> int:
    return next(n for n, name in enumerate(calendar.day_name) if name.lower().startswith(day[:3].lower()))


def _open_week(text: str, plain: str, head: re.Match[str]) -> FormMatch | None:
    """Days across; a row for each name, or for each lesson of a day."""
    days = _days(plain)
    if days is None:
        return None
    span, names = days
    labels, taken = _labels(text, plain, head)
    if len(labels) >= _MOST or (not labels and ":" in plain[head.end() :]):  # the list says what stands there
        return None
    short = len(names) > 4 and bool(labels)
    days_said = [FormLine(content=name[:3] if short else name, span=span) for name in names]
    said = plain[span.start : span.end]
    rows = [_row([label]) for label in labels] or [replace(_row([day]), said=said) for day in days_said]
    rows = [replace(_row(days_said, skip=1), said=said), *rows] if labels else rows
    gaps = [Gap(span=span_of(hit), why=_NOT_GIVEN) for mark in (_DOWN, _PER_DAY) for hit in mark.finditer(plain)]
    gaps += _otherwise_many(plain, len(labels))
    gaps = [gap for gap in gaps if not re.search(r"names|days|rows|boxes", plain[gap.span.start : gap.span.end], re.IGNORECASE)]
    weekly = [span_of(hit) for hit in _WEEKLY.finditer(plain)]
    start = titled(text, 0, head.end())
    title = start if start is not None and start.span.end - start.span.start < 40 else None
    extra = [span_of(hit) for mark in (_DOWN, _PER_DAY, _ALONG, _TICK_BOXES) for hit in mark.finditer(plain)]
    return filled(
        FormKind.TABLE, rows, f"{_SAID} {_PEOPLE} {head[0]} {said} side down rows boxes row box tick check empty names"
        f" along top across",
        [span_of(head), span, *taken, *weekly, *extra, *_titles(title)], title=title, gaps=gaps, rows=len(rows),
        columns=len(names) + 1 if labels else 2, worked_out=True,
    )  # fmt: skip


def _titles(title: FormLine | None) -> list[Span]:
    return [title.span] if title is not None else []


def _labels(text: str, plain: str, head: re.Match[str]) -> tuple[list[FormLine], list[Span]]:
    """What stands before each row: names, meals, or the numbers of lessons."""
    if (hit := _NAMES.search(plain)) is not None:
        pieces = _split(text, *hit.span("names"))
        return [piece.line(piece.words) for piece in pieces], [span_of(hit)]
    if (down := _LISTED_DOWN.search(plain)) is not None:
        return [piece.line(piece.words) for piece in _split(text, *down.span("items"))], [span_of(down)]
    if (meals := _MEALS.search(plain)) is not None:
        return [piece.line(piece.words) for piece in _split(text, *meals.span())], [span_of(meals)]
    if (told := _PER_DAY.search(plain)) is not None:
        count = lexicon().numbers.get(told["count"].lower()) or int(told["count"])
        return [FormLine(content=str(number), span=span_of(told)) for number in range(1, count + 1)], [span_of(told)]
    return [], []


def _otherwise_many(plain: str, count: int) -> list[Gap]:
    """ "for three kids, Ann and Bo": one of them has no name."""
    hit = _NAMES.search(plain)
    people = hit["people"] if hit is not None else None
    if hit is None or not people or (lexicon().numbers.get(people) or int(people)) == count:
        return []
    return [Gap(span=span_of(hit, "people"), why=_OTHERWISE)]


def _split(text: str, start: int, end: int) -> Iterator[Piece]:
    here = start
    for cut in [*(hit.span() for hit in re.compile(r", and |, | and | & ").finditer(text, start, end)), (end, end)]:
        if text[here : cut[0]].strip():
            yield Piece(words=text[here : cut[0]].strip(), start=here)
        here = cut[1]


def _rewards(text: str, plain: str, head: re.Match[str]) -> FormMatch | None:
    """ "a reward chart for Kai, 12 boxes": a numbered cell for each."""
    counted = _CELLS.search(plain)
    if counted is None or not _REWARDING.search(plain):
        return None
    count = lexicon().numbers.get(counted["count"].lower()) or int(counted["count"])
    rows = next((rows for rows in (1, 2, 3, 4, 5) if count % rows == 0 and count // rows <= 5), 0)
    if not 2 <= count <= _MOST_CELLS or not rows:
        return None
    whose = _NAMES.match(plain, head.end() + 1)
    title = titled(text, 0, whose.end() if whose is not None else head.end())
    span = span_of(counted)
    slots = [FormSlot(span=span, lines=(FormLine(content=str(n), span=span),), said=counted[0]) for n in range(1, count + 1)]
    return filled(
        FormKind.GRID, slots, f"{_SAID} {counted[0]}", [span_of(head), *_titles(title)], title=title, rows=rows,
        columns=count // rows, worked_out=True,
    )  # fmt: skip
