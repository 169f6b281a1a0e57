"""Requests for a form whose slots are filled from a list: bars, points in time, steps, cells of a grid, columns.

Found by the name of the form and by the form of the list behind it, before the rest is read. A form whose list is not
understood is not claimed: its name is left to the ledger, which says that it cannot be drawn.
"""

import calendar
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from genevolve.world.language.form_around import unknown_cycle
from genevolve.world.language.form_figures import FIGURE_HEADS, figure
from genevolve.world.language.form_gaps import for_whom
from genevolve.world.language.form_known import Step, known_cycle
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot
from genevolve.world.language.form_often import MADE_OFTEN
from genevolve.world.language.form_pieces import (
    ARROW,
    BEFORE,
    COLON,
    HEADING,
    MOST_SLOTS,
    QUOTES,
    VALUED,
    ListRequest,
    Piece,
    as_match,
    lists,
    opens,
    pieces_of,
    value_list,
    with_pictures,
)
from genevolve.world.language.form_sentence import pictured
from genevolve.world.language.form_sets import food_chain, open_timeline
from genevolve.world.language.form_sides import alike, owed
from genevolve.world.language.form_tables import TABLE_HEADS, table
from genevolve.world.language.inventory import lookup, of_group
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import FormKind, Span
from genevolve.world.language.vocabulary import Vocabulary

_HEADS: Mapping[FormKind, re.Pattern[str]] = {
    FormKind.BARS: re.compile(
        r"\b(?:bar|column)[ -]?(?:charts?|graphs?|diagrams?)\b|\bhistogram\b|\b(?:chart|graph) (?:with|of|in|made of) bars\b"
        r"|\b(?:chart|graph|plot|show|draw) "
        r"(?P<subject>(?!(?:an? |the )?(?:\w+ )?(?:chart|graph|plot)\b)[^:.,;\x00\d]{2,40}?) (?:as|in|with) (?:\w+ )?bars\b",
        re.IGNORECASE,
    ),
    FormKind.TIMELINE: re.compile(r"\btime ?line\b", re.IGNORECASE),
    FormKind.CYCLE: re.compile(
        r"\bin an? (?:circle|ring) with arrows\b|\b(?:(?:life|water|rock|carbon|nitrogen|moon) ?)?cycle(?: diagram)?\b",
        re.IGNORECASE,
    ),
    FormKind.STEPS: re.compile(
        r"\bflow ?(?:charts?|diagrams?)\b|\bfood chain\b|\bprocess (?:charts?|diagrams?)\b|\bstep[- ]by[- ]step\b|\bsteps\b",
        re.IGNORECASE,
    ),
    FormKind.GRID: re.compile(
        r"\b(?P<rows>\d|two|three|four)\s?(?:x|×|by)\s?(?P<columns>\d|two|three|four)[ -](?:grid|panels?|table)\b"
        r"|\bgrid,? (?:(?:of|with|in) )?(?P<rows2>\d|two|three|four) rows? (?:and|by|of)"
        r" (?P<columns2>\d|two|three|four) columns?\b,?"
        r"|\bgrid,? (?:(?:of|with|in) )?(?P<rows3>\d|two|three|four)"
        r"(?: (?:rows?,? (?:of|and|by)?|by|x|×) ?|[x×])(?P<columns3>\d|two|three|four)\b(?: columns?)?"
        r"|\b(?P<cells>\d|four|six|nine) (?:panels|cells|tiles|squares|frames|boxes|pictures) in an? (?:square|grid)\b",
        re.IGNORECASE,
    ),
    FormKind.COMPARISON: re.compile(
        r"\bcomparison\b|\bcompar(?:e|ing)\b|\bversus\b|\bvs\.?(?= )|\bpros and cons\b|\btwo[- ]columns?\b|\bscore ?board\b",
        re.IGNORECASE,
    ),
}
_CHOICE = re.compile(r"\b(?:yes|no|if)\b\s*(?:→|->|=>|[:,])|\?\s", re.IGNORECASE)
_SIDE_NOTE = re.compile(
    r"^(?:and )?(?:title[d]?|called|headed|heading|headline|with|on an?|please|all|each|background|arrows?)\b", re.IGNORECASE
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_WHEN = (
    rf"(?:\d{{1,2}}(?:[:.]\d\d)\s?(?:am|pm)?|\d{{1,2}}\s?(?:am|pm)|{_DAY}|noon|midnight"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}(?: \d{{4}})?|{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?\b)?(?: ?\d{{4}})?"
    r"|(?:week|day|year|month|step|age|stage|q)\s?\d+|\d{1,4}s?(?: (?:bc|ad|bce|ce))?)"
)
_DATED = re.compile(rf"^(?:in |at |from )?(?P<when>{_WHEN})(?:\s*[:=–—-]\s*|\s+)(?P<what>(?=\D).+)$", re.IGNORECASE)
_DATED_LAST = re.compile(rf"^(?P<what>.+?)(?:\s*[,:–—-]\s*|\s+)\(?(?:in |at |from )?(?P<when>{_WHEN})\)?$", re.IGNORECASE)
_TEAM = r"[A-Z][\w'’.]*(?: [A-Z][\w'’.]*){0,2}"
_SCORE = re.compile(rf"(?P<label>{_TEAM}):? (?P<said>\d{{1,3}})(?!\w)")
_SCORE_LINE = re.compile(rf"(?P<one>{_TEAM}),? (?P<first>\d{{1,3}})\s?[-–:]\s?(?P<second>\d{{1,3}}),? (?P<other>{_TEAM})")
_BETWEEN_SCORES = re.compile(r"[\s,;–-]*(?:(?:and|vs\.?|to)\s)?")
_NOUN = r"[^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*){0,2}"
_PAIR = re.compile(rf"(?P<one>{_NOUN}) (?:and|vs\.?|versus|with|to) (?P<other>{_NOUN})", re.IGNORECASE)
_SOME_OF_A_KIND = re.compile(
    r"\b(?:(?:\d{1,2}|two|three|four|five|six|eight|nine|ten|twelve) )?(?:(?:different|various|assorted)"
    r"(?: kinds? of| types? of)?|(?:different )?kinds of|types of) (?P<kind>(?:farm |wild |sea |musical )?[a-z]+)\b",
    re.IGNORECASE,
)
_OF_A_KIND = re.compile(
    r"\b(?:of|with|showing) (?:(?:\d{1,2}|two|three|four|five|six|eight|nine|ten|twelve) )?(?:(?:\w+ )?(?:emojis?|icons"
    r"|pictures"
    r"|drawings) of )?(?:(?:\d{1,2}|four|six|nine|twelve) )?(?P<kind>(?:farm |wild |sea |musical )?[a-z]+)"
    r"(?: (?:emojis?|icons|pictures|drawings))?\b",
    re.IGNORECASE,
)
_NAMES_UNDER = re.compile(
    r",?\s(?:and|with) (?:their|the) names?(?: (?:under|below|of) (?:each|them|it))?\b"
    r"|,? each (?:one )?(?:is )?(?:labell?ed|named)\b"
)
_STAGES = re.compile(
    r",? (?:with|showing|and) (?:the |its )?(?:labels?|stages|steps|phases|parts)(?: for| of| called| named)?:? (?=[a-z])",
    re.IGNORECASE,
)  # of a cycle: "with labels igneous, sedimentary, metamorphic"
_SETS: Mapping[str, tuple[str, ...]] = {
    "season": ("Spring", "Summer", "Autumn", "Winter"),
    "day": tuple(calendar.day_name),
    "month": tuple(calendar.month_name[1:]),
}
_OF_SET = re.compile(
    r"\b(?:the |all )?(?:four |seven |twelve |\d{1,2} )?(?:(?P<set>season)s|(?P<days>day)s of the week|(?P<months>month)s)\b"
)
_SAID_OF_CYCLES = "diagram labels label labelled labeled steps stages phases arrows pictures four three drawn circle ring round"
_NAMED = re.compile(r"\bnames?\b|\blabel|\bcaption|\bwritten\b|\bcalled\b", re.IGNORECASE)
_PICTURED = re.compile(
    r"\bpictures?\b|\bdrawings?\b|\bicons?\b|\billustrat|\bimages? of\b|\bfood chain\b|\bcycle\b", re.IGNORECASE
)


def slotted(text: str) -> FormMatch | None:
    """The form with slots that ``text`` asks for, filled; None where it asks for none or does not say what fills it."""
    plain = QUOTES.sub(lambda quote: "\x00" * len(quote[0]), text)
    found = next((found for reading in MADE_OFTEN if (found := reading(text, plain)) is not None), None)
    asked = _Masked(text, plain)
    found = (
        found
        or asked.by(TABLE_HEADS, table)
        or asked.by(FIGURE_HEADS, figure)
        or _chain(text, plain)
        or asked.by(_HEADS, _listed)
    )
    return found and for_whom(found, plain)


Filler = Callable[[ListRequest], FormMatch | None]


class _Masked(NamedTuple):
    """A request with its quotations masked."""

    text: str
    plain: str

    def by(self, heads: Mapping[FormKind, re.Pattern[str]], filled: Filler) -> FormMatch | None:
        """The first form by its name whose list is understood."""
        for kind, pattern in heads.items():
            head = pattern.search(self.plain)
            asked = ListRequest(text=self.text, plain=self.plain, kind=kind, head=head) if head is not None else None
            if asked is not None and (found := filled(asked)) is not None:
                return found
        return None


def _listed(request: ListRequest) -> FormMatch | None:
    return _FILLED[request.kind](request)


# ---- what fills each form --------------------------------------------------------------------------------------------------


def _bars(request: ListRequest) -> FormMatch | None:
    found = value_list(request)
    return as_match(request, found.slots, title=found.title) if found is not None else None


def _timeline(request: ListRequest) -> FormMatch | None:
    for pieces in lists(request):
        dated = [(piece, _DATED.match(piece.words) or _DATED_LAST.match(piece.words)) for piece in pieces]
        dated = dated[1:] if len(dated) > 2 and dated[0][1] is None else dated  # "of my week, Monday gym, …"
        slots = [
            FormSlot(span=piece.span, lines=(piece.line(found["when"]), piece.line(found["what"])))
            for piece, found in dated
            if found is not None
        ]
        if len(slots) == len(dated) and 2 <= len(slots) <= MOST_SLOTS:
            return as_match(request, with_pictures(slots, 1, bool(_PICTURED.search(request.plain))))
    return open_timeline(request.text, request.plain)


def _steps(request: ListRequest) -> FormMatch | None:
    if _CHOICE.search(request.plain):  # a chart that branches has no template
        return None
    named = _STAGES.search(request.plain, request.head.end()) if known_cycle(request.plain) is None else None
    for start in (*opens(request), *([named.end()] if named is not None else [])):
        pieces = pieces_of(request.text, request.plain, start, orders=_SIDE_NOTE)
        slots = [FormSlot(span=piece.span, lines=(piece.line(piece.words),)) for piece in pieces]
        if 3 <= len(slots) <= 8:
            found = as_match(request, with_pictures(slots, 0, bool(_PICTURED.search(request.plain))))
            masked = (*found.masked, *([Span(start=named.start(), end=named.end())] if named is not None else ()))
            return replace(found, masked=masked)
    return _known_set(request) or food_chain(request.plain)


def _known_set(request: ListRequest) -> FormMatch | None:
    """ "the four seasons in a circle with arrows"."""
    if (cycle := known_cycle(request.plain)) is not None:
        return _of_steps(request, *cycle)
    said = _OF_SET.search(request.plain)
    if said is None:
        return unknown_cycle(request.plain) if request.kind is FormKind.CYCLE else None
    span = Span(start=said.start(), end=said.end())
    names = _SETS[next(name for name in said.groups() if name)]
    found = as_match(request, [FormSlot(span=span, lines=(FormLine(content=name, span=span),)) for name in names])
    words = frozenset(re.findall(r"[^\W_]+", said[0].lower()))
    return replace(found, form=found.form and replace(found.form, worked_out=True, words=found.form.words | words), lines=())


def _of_steps(request: ListRequest, at: tuple[int, int], steps: Sequence[Step]) -> FormMatch:
    """ "the life cycle of a butterfly", "a diagram of the water cycle with labels for …"."""
    span = Span(start=at[0], end=at[1])
    slots = [FormSlot(span=span, picture=noun, lines=(FormLine(content=name, span=span),)) for name, noun in steps]
    found = as_match(request, slots)
    names = " ".join(name for name, _ in steps)
    words = frozenset(re.findall(r"[^\W_]+", f"{request.plain[at[0] : at[1]]} {names} {_SAID_OF_CYCLES}".lower()))
    rest = Span(start=at[1], end=len(request.plain))
    asked = re.compile(
        rf"(?:,? (?:{_SAID_OF_CYCLES.replace(' ', '|')}|{names.replace(' ', '|')}|and|for|with|in|of|its|the|an?))+", re.I
    )
    extra = asked.match(request.plain, rest.start)
    masked = (*found.masked, *((Span(start=extra.start(), end=extra.end()),) if extra is not None else ()))
    return replace(
        found, form=found.form and replace(found.form, worked_out=True, words=found.form.words | words), lines=(), masked=masked
    )


def _chain(text: str, plain: str) -> FormMatch | None:
    """ "grass → frog → snake", whatever it is called."""
    arrows = list(ARROW.finditer(plain))
    if len(arrows) < 2 or _CHOICE.search(plain):
        return None
    before = plain[: arrows[0].start()]
    opened = max(
        (found.end() for found in re.finditer(r"[:.](?!\d)|\b(?:showing|of|from|with|like|chain|chart)\b", before)), default=0
    )
    if opened == 0 and (lead := BEFORE.match(plain)) is not None:
        opened = lead.end()
    pieces = pieces_of(text, plain, opened, ARROW, _SIDE_NOTE)
    if not 3 <= len(pieces) <= 8:
        return None
    kind = FormKind.CYCLE if _HEADS[FormKind.CYCLE].search(before) else FormKind.STEPS
    head = _HEADS[kind].search(before) or re.compile("").match(before, opened)
    if head is None:
        return None
    slots = [FormSlot(span=piece.span, lines=(piece.line(piece.words),)) for piece in pieces]
    wanted = bool(_PICTURED.search(plain)) or not re.search(r"flow|process|step", before, re.IGNORECASE)
    return as_match(ListRequest(text=text, plain=plain, kind=kind, head=head), with_pictures(slots, 0, wanted))


def _grid(request: ListRequest) -> FormMatch | None:
    said = request.head
    size = _grid_size(said)
    if size is None:
        return None
    for start in opens(request, loosely=True):
        pieces = pieces_of(request.text, request.plain, start)
        if len(pieces) != size[0] * size[1] or len(pieces) < 2:
            continue
        slots = with_pictures([FormSlot(span=piece.span, lines=(piece.line(piece.words),)) for piece in pieces], 0, True)
        if not all(slot.picture for slot in slots):
            if not any(slot.picture for slot in slots):
                slots = [replace(slot, colour=None) for slot in slots]
        elif not _NAMED.search(request.plain):
            slots = [replace(slot, lines=()) for slot in slots]
        return as_match(request, slots, rows=size[0], columns=size[1])
    return _chosen(request, size)


def _chosen(request: ListRequest, size: tuple[int, int]) -> FormMatch | None:
    """ "with nine different fruits and their names": the first of the kind that can be drawn."""
    begins = request.head.end() - 4
    every = [*_SOME_OF_A_KIND.finditer(request.plain), *_OF_A_KIND.finditer(request.plain, begins)]
    asked = next((hit for hit in every if of_group(hit["kind"])), None)
    nouns = of_group(asked["kind"]) if asked is not None else ()
    nouns = tuple(noun for noun in nouns if asked is None or not asked["kind"].lower().startswith(noun))
    count = size[0] * size[1]
    if asked is None or not 2 <= count <= len(nouns):
        return None
    span, named = Span(start=asked.start(), end=asked.end()), _NAMED.search(request.plain) is not None
    slots = [
        FormSlot(span=span, picture=noun, lines=(FormLine(content=noun.capitalize(), span=span),) if named else ())
        for noun in nouns[:count]
    ]
    found = as_match(request, slots, rows=size[0], columns=size[1])
    words = frozenset(
        re.findall(
            r"[^\W_]+",
            f"{asked[0]} emojis emoji icons pictures drawings different kinds of their names name each one labelled"
            f" labeled labels".lower(),
        )
    )
    extra = _NAMES_UNDER.search(request.plain)
    masked = (*found.masked, *((Span(start=extra.start(), end=extra.end()),) if extra is not None else ()))
    form = found.form and replace(found.form, worked_out=True, words=found.form.words | words)
    return replace(found, form=form, masked=masked)


def _grid_size(said: re.Match[str]) -> tuple[int, int] | None:
    """Rows and columns: "2 by 3", "two rows of three", "six panels in a grid"."""
    if said["cells"]:
        cells = _figure(said["cells"])
        high = math.isqrt(cells) if math.isqrt(cells) ** 2 == cells else 2
        return (high, cells // high) if high * (cells // high) == cells else None
    rows, columns = (
        next(said[f"{name}{end}"] for end in ("", "2", "3") if said[f"{name}{end}"]) for name in ("rows", "columns")
    )
    return _figure(rows), _figure(columns)


def _figure(number: str) -> int:
    return lexicon().numbers.get(number.lower()) or int(number)


def _comparison(request: ListRequest) -> FormMatch | None:
    if scores := _scores(request):
        return _with_notes(request, as_match(request, scores)) if len(scores) <= 4 else None
    slots = list(_columns(request)) or _point_by_point(request)
    opposed = [] if slots else _opposed(request)
    if not 2 <= len(slots or opposed) <= 4:
        return None
    found = as_match(request, with_pictures(slots, 0, True) if slots else [_with_its_picture(slot) for slot in opposed])
    return alike(owed(found, request.plain))


def _with_its_picture(slot: FormSlot) -> FormSlot:
    """Its name is what is drawn; without one where no picture of it is known."""
    noun, colour = pictured(slot.lines[0].content)
    entry = lookup(noun, Vocabulary.ICONS)
    return slot if entry is None else replace(slot, picture=entry.noun, colour=colour)


def _with_notes(request: ListRequest, found: FormMatch) -> FormMatch:
    """What a scoreboard shows behind the scores: "second half, 78:15"."""
    end = found.slots[-1].span.end
    pieces = pieces_of(request.text, request.plain, end) if request.plain[end : end + 1] in {",", ";"} else []
    lines = tuple(piece.line(piece.words) for piece in pieces)
    return replace(found, lines=(*found.lines, *lines), masked=(*found.masked, *(line.span for line in lines)))


def _scores(request: ListRequest) -> list[FormSlot]:
    """ "scoreboard: Lions 3, Tigers 2"."""
    if not re.match(r"score", request.head[0], re.IGNORECASE):
        return []
    for start in opens(request, loosely=True):
        joint = re.compile(r",|;|\s+(?:vs\.?|versus|against|and|to)\s+|\s[–—:-]\s")
        pieces = pieces_of(request.text, request.plain, start, joint)
        slots = [(piece, VALUED.match(piece.words)) for piece in pieces]
        slots = list(itertools.takewhile(lambda pair: pair[1] and re.fullmatch(r"\D*[^\W\d]\D*", pair[1]["label"]), slots))
        found = [
            FormSlot(span=piece.span, lines=(piece.line(hit["label"]), piece.line(hit["said"]))) for piece, hit in slots if hit
        ]
        if len(found) == len(slots) > 1:
            return found
    return _score_line(request)


def _score_line(request: ListRequest) -> list[FormSlot]:
    """ "scoreboard Wolves 4 Bears 1", "scoreboard: Wolves 4 - 1 Bears"."""
    if (hit := _SCORE_LINE.search(request.plain, request.head.end())) is not None:
        pairs = [("one", "first"), ("other", "second")]
        begin, sides = hit.start(), [[Piece(words=hit[name], start=hit.start(name)) for name in pair] for pair in pairs]
        spans = [Span(start=begin, end=hit.end("first")), Span(start=hit.start("second"), end=hit.end())]
    else:
        hits = list(_SCORE.finditer(request.plain, request.head.end()))
        gaps = [request.plain[one.end() : other.start()] for one, other in itertools.pairwise(hits)]
        if len(hits) < 2 or not all(_BETWEEN_SCORES.fullmatch(gap) for gap in gaps):
            return []
        sides = [[Piece(words=one[name], start=one.start(name)) for name in ("label", "said")] for one in hits]
        spans = [Span(start=one.start(), end=one.end()) for one in hits]
    return [
        FormSlot(span=span, lines=tuple(piece.line(piece.words) for piece in side))
        for span, side in zip(spans, sides, strict=True)
    ]


def _columns(request: ListRequest) -> Iterator[FormSlot]:
    """ "Cats: quiet, clean; Dogs: loyal, playful"."""
    plain, begin = request.plain, request.head.end()
    first = COLON.search(plain, begin)
    begin = first.start() if first is not None and len(HEADING.findall(plain[first.end() :])) > 1 else begin
    found = list(HEADING.finditer(plain, begin))
    if len(found) < 2:
        return
    for one, following in zip(found, [*found[1:], None], strict=True):
        stop = following.start() if following is not None else len(plain)
        points = pieces_of(request.text[:stop], plain[:stop], one.end())
        if not points:
            return
        heading = Piece(words=one["name"], start=one.start("name"))
        lines = (heading.line(one["name"]), *(point.line(point.words) for point in points))
        yield FormSlot(span=Span(start=heading.start, end=points[-1].span.end), lines=lines)


def _point_by_point(request: ListRequest) -> list[FormSlot]:
    """ "tea and coffee: mild vs strong, leaves vs beans": a column for each, in this order."""
    pair = _PAIR.search(request.plain, request.head.end())
    colon = COLON.search(request.plain, request.head.end())
    if pair is None or colon is None or pair.end() > colon.start():
        return []
    points = pieces_of(request.text, request.plain, colon.end())
    opposed = [re.fullmatch(r"(?P<one>.+?) (?:vs\.?|versus|against|and|or) (?P<other>.+)", piece.words) for piece in points]
    if not 2 <= len(points) <= 5 or not all(opposed):
        return []
    slots = []
    for name in ("one", "other"):
        words = re.sub(r"^(?:(?:of|between|an?|the|in|two|three|columns?)\s+)+", "", pair[name], flags=re.IGNORECASE)
        words = re.sub(r" (?:in|on|as|with|by)\b.*$", "", words, flags=re.IGNORECASE)
        head = Piece(words=words, start=pair.start(name) + pair[name].find(words))
        said = [(piece, hit[name]) for piece, hit in zip(points, opposed, strict=True) if hit is not None]
        lines = (head.line(words), *(piece.line(point) for piece, point in said))
        slots.append(FormSlot(span=Span(start=pair.start(), end=points[-1].span.end), lines=lines))
    return slots


def _opposed(request: ListRequest) -> list[FormSlot]:
    """ "a comparison of a cat and a dog", "cats vs dogs": headings over pictures, where one of them can be drawn."""
    pair = next(iter(_PAIR.finditer(request.plain, max(0, request.head.start() - 40))), None)
    pairs = [hit for hit in _PAIR.finditer(request.plain) if hit.end() > request.head.start()]
    pair = pairs[0] if pairs else pair
    if pair is None:
        return []
    slots, known = [], 0
    for name in ("one", "other"):
        words = BEFORE.sub("", pair[name])
        words = re.sub(
            r"^(?:(?:of|between|comparison|compare|comparing|differences?|infographic|chart|poster|table|an?|the)\s+)+",
            "",
            words,
            flags=re.IGNORECASE,
        )
        words = re.sub(r" (?:in|on|as|with|by|side|comparison|chart|poster|infographic)\b.*$", "", words, flags=re.IGNORECASE)
        start = pair.start(name) + pair[name].find(words)
        if not words or re.search(r"\b(?:or|and|my|your)\b", words):
            return []
        known += lookup(pictured(words)[0], Vocabulary.ICONS) is not None
        slots.append(
            FormSlot(span=Span(start=start, end=start + len(words)), lines=(Piece(words=words, start=start).line(words),))
        )
    return slots if known else []


_FILLED: Mapping[FormKind, Callable[[ListRequest], FormMatch | None]] = {
    FormKind.BARS: _bars,
    FormKind.TIMELINE: _timeline,
    FormKind.CYCLE: _steps,
    FormKind.STEPS: _steps,
    FormKind.GRID: _grid,
    FormKind.COMPARISON: _comparison,
}
