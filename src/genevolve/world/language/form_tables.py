"""Requests for a ruled table: columns and rows that are said, a timetable, duties, opening hours, a calendar, sums.

What a calendar or a times table holds is worked out. Rows are slots; a row that begins with empty cells says how many.
"""

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot
from genevolve.world.language.form_marks import MONTH, with_marks
from genevolve.world.language.form_pieces import MOST_SLOTS, ListRequest, Piece, as_match
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import FormKind, Gap, Span, TextRole

MOST_COLUMNS = 8
_MONTHS = [name.lower() for name in calendar.month_name]
_DAYS = list(calendar.day_name)
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?"
_NUM = r"(?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|twelve)"
TABLE_HEADS: Mapping[FormKind, re.Pattern[str]] = {
    FormKind.TABLE: re.compile(
        r"\bcalend[ae]r\b|\b(?P<sum>multiplication|times|addition)[ -](?:table|square|chart|grid)s?\b"
        r"|\b(?:chores?|jobs?|duty|duties|cleaning|reward|star) (?:chart|table|plan|list|rota)\b"
        r"|\b(?:time ?table|class schedule|(?:meal|week(?:ly)?|training|lesson|workout) (?:plan|planner|schedule))\b"
        r"|\b(?:opening )?hours (?:table|sign)\b|\btable(?= (?:of|with|showing|for|listing|comparing)\b|:|,)",
        re.IGNORECASE,
    )
}
_MONTH_AND_YEAR = re.compile(rf"\b(?P<month>{MONTH})[ ,]+(?P<year>\d{{4}})\b", re.IGNORECASE)
_MONTH_ALONE = re.compile(rf"\b(?:for|of|showing) (?P<month>{MONTH})\b|\b(?P<month2>{MONTH})(?= calend)", re.IGNORECASE)
_LEAP_YEAR = 2000
_NO_YEAR = "no year was given: the days stand without their weekdays"
_DATE = re.compile(
    rf"\b(?P<day>{_DAY}),? (?:the )?(?P<number>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{MONTH})(?: (?P<year>\d{{4}}))?\b"
    rf"|\b(?P<day2>{_DAY}),? (?P<month2>{MONTH}) (?P<number2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<year2>\d{{4}}))?",
    re.IGNORECASE,
)
_UP_TO = re.compile(
    rf"(?:(?:from|of|for)? ?(?P<first>\d{{1,2}}) ?(?:to|-|–|until|through) ?(?P<last>{_NUM})"
    rf"|(?:up )?to (?P<upto>{_NUM})(?: ?(?:x|×|by|times) ?{_NUM})?|\b(?P<size>\d{{1,2}}) ?(?:x|×|by) ?\d{{1,2}}"
    rf"|(?:of|for)(?: the)?(?: numbers?)? (?P<one>{_NUM}))(?![\w%])",
    re.IGNORECASE,
)
_COLUMNS = re.compile(
    r"\b(?:columns?|headings?|headers?)(?: are| called| named)?:? (?P<names>[^:;.\n\x00]+?),? (?:and|with)?"
    r"(?: (?:the|these|two|three))* ?rows?(?: are)?:? (?P<rows>[^.\n\x00]+)",
    re.IGNORECASE,
)
_RANGE = re.compile(rf"\b(?P<first>{_DAY})(?: ?[-–] ?| to | through | until )(?P<last>{_DAY})\b", re.IGNORECASE)
_DAY_ENTRY = re.compile(
    rf"^(?P<key>{_DAY}(?:(?: ?[-–] ?| to | through | and | & |/){_DAY})?|weekdays?|weekends?|daily|holidays?)"
    r"(?:\s*[:=–—-]\s*|\s+)(?P<said>\S.*)$",
    re.IGNORECASE,
)
_FOR_NAMES = re.compile(r" for (?P<names>[A-Z][\w'’-]*(?:(?:, | and | & |, and )[A-Z][\w'’-]*)*)")
_SAID_OF_ALL = re.compile(
    r",?\s+(?:one for (?:each|every) day|one (?:for |on )?each(?: day)?|each day|(?:with|and) (?:a )?check ?box(?:es)?[^,.]*"
    r"|(?:with|and) boxes[^,.]*)(?=[,.]|$)",
    re.IGNORECASE,
)


def table(request: ListRequest) -> FormMatch | None:
    """The table that the request asks for, filled."""
    return next((found for reading in _READINGS if (found := reading(request)) is not None), None)


def _line(text: str, span: Span) -> FormLine:
    return FormLine(content=text, span=span)


def _row(cells: Sequence[str], span: Span, skip: int = 0) -> FormSlot:
    return FormSlot(span=span, lines=tuple(_line(cell, span) for cell in cells), skip=skip)


def _of_pieces(cells: Sequence[Piece], skip: int = 0) -> FormSlot:
    span = Span(start=cells[0].start, end=cells[-1].span.end)
    return FormSlot(span=span, lines=tuple(cell.line(cell.words) for cell in cells), skip=skip)


def _worked_out(request: ListRequest, rows: list[FormSlot], columns: int, words: str, title: FormLine | None) -> FormMatch:
    found = as_match(request, rows, rows=len(rows), columns=columns)
    form = found.form and replace(
        found.form, worked_out=True, words=found.form.words | frozenset(re.findall(r"[^\W_]+", words.lower()))
    )
    return replace(found, form=form, lines=(title,) if title is not None else ())


# ---- what is worked out ---------------------------------------------------------------------------------------------------


def _calendar(request: ListRequest) -> FormMatch | None:
    said = _MONTH_AND_YEAR.search(request.plain) if "calend" in request.head[0].lower() else None
    if said is None and "calend" in request.head[0].lower() and not _DATE.search(request.plain):
        return _of_any_year(request)
    if said is None or not 1583 <= int(said["year"]) <= 9999:
        return None
    span = Span(start=said.start(), end=said.end())
    month = _MONTHS.index(said["month"].lower())
    rows = [_row([day[:2] for day in _DAYS], span)]
    for week in calendar.Calendar().monthdayscalendar(int(said["year"]), month):
        days = [str(day) for day in week if day]
        rows.append(_row(days, span, skip=week.index(int(days[0]))))
    title = FormLine(content=f"{calendar.month_name[month]} {said['year']}", span=span, role=TextRole.TITLE)
    found = _worked_out(request, rows, 7, f"{request.head[0]} {said[0]} page sheet month wall", title)
    return with_marks(found, request.plain)


def _of_any_year(request: ListRequest) -> FormMatch | None:
    """ "a calendar page for March": its days in rows of seven, which no weekday stands over."""
    said = _MONTH_ALONE.search(request.plain)
    if said is None or re.search(r"\d", request.plain):
        return None
    group = "month" if said["month"] else "month2"
    span, month = Span(start=said.start(group), end=said.end(group)), _MONTHS.index(said[group].lower())
    days = calendar.monthrange(_LEAP_YEAR + 1, month)[1]
    rows = [_row([str(day) for day in range(first, min(first + 7, days + 1))], span) for first in range(1, days + 1, 7)]
    title = FormLine(content=calendar.month_name[month], span=span, role=TextRole.TITLE)
    found = _worked_out(request, rows, 7, f"{said[0]} page sheet month wall for of", title)
    head = Span(start=request.head.start(), end=request.head.end())
    return replace(found, form=found.form and replace(found.form, gaps=(Gap(span=head, why=_NO_YEAR),)))


def _day_sheet(request: ListRequest) -> FormMatch | None:
    """ "a calendar sheet showing Friday 13 November": one day, its number the largest."""
    said = _DATE.search(request.plain) if "calend" in request.head[0].lower() else None
    if said is None:
        return None
    span = Span(start=said.start(), end=said.end())
    weekday = next(day for day in _DAYS if day.lower().startswith((said["day"] or said["day2"])[:3].lower()))
    month = (said["month"] or said["month2"]).capitalize()
    year = said["year"] or said["year2"]
    texts = (weekday, said["number"] or said["number2"], f"{month} {year}" if year else month)
    found = as_match(replace(request, kind=FormKind.TILE), [_row(texts, span)])
    words = found.form.words | {"page", "sheet", "tear", "off", "leaf"} if found.form is not None else frozenset()
    return replace(found, form=found.form and replace(found.form, words=words, worked_out=True), lines=())


def _sums(request: ListRequest) -> FormMatch | None:
    """ "multiplication table from 1 to 5", "the times table of 7"."""
    kind = request.head["sum"]
    said = _UP_TO.search(request.plain, request.head.end()) if kind else None
    if kind is None or said is None:
        return None
    numbers = {name: _number(word) for name, word in said.groupdict().items() if word}
    plus, sign = kind.lower() == "addition", "+" if kind.lower() == "addition" else "×"
    span = Span(start=said.start(), end=said.end())
    title = FormLine(
        content=f"{kind} table".capitalize(), span=Span(start=request.head.start(), end=request.head.end()), role=TextRole.TITLE
    )
    if (one := numbers.get("one")) is not None:
        rows = [_row((f"{n} {sign} {one}", str(n + one if plus else n * one)), span) for n in range(1, 11)]
        return _worked_out(request, rows, 2, f"{request.head[0]} {said[0]}", title)
    first = numbers.get("first") or 1
    last = numbers.get("last") or numbers.get("upto") or numbers.get("size") or 0
    if not 2 <= last - first + 1 <= MOST_COLUMNS + 2:
        return None
    across = range(first, last + 1)
    rows = [_row((sign, *map(str, across)), span)]
    rows += [_row([str(n), *(str(n + m if plus else n * m) for m in across)], span) for n in across]
    return _worked_out(request, rows, len(across) + 1, f"{request.head[0]} {said[0]} numbers", title)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else lexicon().numbers.get(word.lower()) or 0


# ---- what is said ---------------------------------------------------------------------------------------------------------


def _split(text: str, start: int, joint: str = r",(?!\d)| and ") -> list[Piece]:
    found, at = [], 0
    for cut in [*(hit.span() for hit in re.finditer(joint, text)), (len(text), len(text))]:
        words = text[at : cut[0]].strip(" ,;:.|")
        words = re.sub(r"^(?:and|then) ", "", words)
        if words:
            found.append(Piece(words=words, start=start + at + text[at : cut[0]].find(words)))
        at = cut[1]
    return found


def _said(request: ListRequest) -> FormMatch | None:
    """ "columns Name, Age and rows Ann, 34; Ben, 27", or rows behind a colon, all of one length."""
    plain = request.plain
    hit = _COLUMNS.search(plain, request.head.end())
    if hit is not None:
        parts = [(hit["names"], hit.start("names"))]
        parts += [(part[0], hit.start("rows") + part.start()) for part in re.finditer(r"[^;]+", hit["rows"])]
        rows = [_split(request.text[start : start + len(part)], start) for part, start in parts]
    else:
        colon = re.compile(r":(?!\d)\s*").search(plain, request.head.end())
        if colon is None:
            return None
        lines = list(re.finditer(r"[^;\n]+", plain[colon.end() :]))
        joint = r"\|" if "|" in plain[colon.end() :] else r",(?!\d)"
        rows = [_split(request.text[colon.end() :][slice(*part.span())], colon.end() + part.start(), joint) for part in lines]
    return _as_table(request, [row for row in rows if row])


def _as_table(request: ListRequest, rows: list[list[Piece]]) -> FormMatch | None:
    width = len(rows[0]) if rows else 0
    if not (2 <= width <= MOST_COLUMNS and 2 <= len(rows) <= MOST_SLOTS) or any(len(row) != width for row in rows):
        return None
    return as_match(request, [_of_pieces(row) for row in rows], rows=len(rows), columns=width)


def _list_of(request: ListRequest) -> Piece | None:
    """What is listed behind the colon, to the end of its sentence."""
    colon = re.compile(r":(?!\d)\s*").search(request.plain, request.head.end())
    if colon is None:
        return None
    stop = re.compile(r"\.(?=\s|$)|\n\n").search(request.plain, colon.end())
    end = stop.start() if stop is not None else len(request.plain)
    if (aside := _SAID_OF_ALL.search(request.plain, colon.end(), end)) is not None:
        end = aside.start()
    return Piece(words=request.text[colon.end() : end], start=colon.end())


def _days(first: str, last: str) -> list[str]:
    numbers = [next(n for n, day in enumerate(_DAYS) if day.lower().startswith(said[:3].lower())) for said in (first, last)]
    return _DAYS[numbers[0] : numbers[1] + 1] if numbers[0] < numbers[1] else []


def _timetable(request: ListRequest) -> FormMatch | None:
    """ "Monday to Friday: maths, art, …": one under each day."""
    listed = _list_of(request)
    hit = _RANGE.search(request.plain, request.head.end())
    if listed is None or hit is None or hit.start() > listed.start:
        return None
    days, items = _days(hit["first"], hit["last"]), _split(listed.words, listed.start)
    if len(days) != len(items) or len(days) < 2:
        return None
    span = Span(start=hit.start(), end=hit.end())
    found = as_match(request, [_row(days, span), _of_pieces(items)], rows=2, columns=len(days))
    return replace(found, form=found.form and replace(found.form, worked_out=True))


def _by_day(request: ListRequest) -> FormMatch | None:
    """ "Monday to Friday 9-5, Saturday 10-2": a row for each."""
    listed = _list_of(request)
    pieces = _split(listed.words, listed.start, r",(?!\d)|;|\n") if listed is not None else []
    entries = [(piece, _DAY_ENTRY.match(piece.words)) for piece in pieces]
    if not 2 <= len(entries) <= MOST_SLOTS or not all(hit for _, hit in entries):
        return None
    rows = [FormSlot(span=piece.span, lines=(piece.line(hit["key"]), piece.line(hit["said"]))) for piece, hit in entries if hit]
    return as_match(request, rows, rows=len(rows), columns=2)


def _duties(request: ListRequest) -> FormMatch | None:
    """ "chore chart for Sam and Zoe: dishes, laundry": a row for each duty, an empty cell for each who has it."""
    listed, hit = _list_of(request), _FOR_NAMES.match(request.plain, request.head.end())
    if listed is None or hit is None:
        return None
    names = _split(hit["names"], hit.start("names"), r", and |,| and | & ")
    duties = _split(listed.words, listed.start)
    if not (1 <= len(names) < MOST_COLUMNS and 2 <= len(duties) < MOST_SLOTS):
        return None
    rows = [_of_pieces(names, skip=1), *(_of_pieces([duty]) for duty in duties)]
    return as_match(request, rows, rows=len(rows), columns=len(names) + 1)


_READINGS: tuple[Callable[[ListRequest], FormMatch | None], ...] = (
    _calendar, _day_sheet, _sums, _timetable, _by_day, _duties, _said,
)  # fmt: skip
