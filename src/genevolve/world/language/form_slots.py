"""Requests for a form whose slots are filled from a list: bars, points in time, steps, cells of a grid, columns.

Found by the name of the form and by the form of the list behind it, before the rest is read. A form whose list is not
understood is not claimed: its name is left to the ledger, which says that it cannot be drawn.
"""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot
from genevolve.world.language.form_sentence import pictured
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import Form, FormKind, Span, TextRole
from genevolve.world.language.vocabulary import Vocabulary

MOST_SLOTS = 12
_LONGEST = 60  # characters of an entry
_MOSTLY = 2 / 3  # of the slots that name what can be drawn: then these have pictures
_QUOTES = re.compile(r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|„[^“”\n]{1,200}[“”]|«[^»\n]{1,200}»|(?<!\w)'[^'\n]{1,200}'(?!\w)")
_HEADS: Mapping[FormKind, re.Pattern[str]] = {
    FormKind.BARS: re.compile(
        r"\b(?:bar|column)[ -]?(?:charts?|graphs?|diagrams?)\b|\bhistogram\b|\b(?:chart|graph) (?:with|of|in|made of) bars\b"
        r"|\b(?:chart|graph|plot|show|draw) "
        r"(?P<subject>(?!(?:an? |the )?(?:\w+ )?(?:chart|graph|plot)\b)[^:.,;\x00\d]{2,40}?) (?:as|in|with) (?:\w+ )?bars\b",
        re.IGNORECASE,
    ),
    FormKind.TIMELINE: re.compile(r"\btime ?line\b", re.IGNORECASE),
    FormKind.CYCLE: re.compile(r"\b(?:(?:life|water|rock|carbon|nitrogen|moon) ?)?cycle(?: diagram)?\b", re.IGNORECASE),
    FormKind.STEPS: re.compile(
        r"\bflow ?(?:charts?|diagrams?)\b|\bfood chain\b|\bprocess (?:charts?|diagrams?)\b|\bstep[- ]by[- ]step\b|\bsteps\b",
        re.IGNORECASE,
    ),
    FormKind.GRID: re.compile(
        r"\b(?P<rows>\d|two|three|four)\s?(?:x|×|by)\s?(?P<columns>\d|two|three|four)[ -]grid\b"
        r"|\bgrid,? (?:(?:of|with|in) )?(?P<rows2>\d|two|three|four) rows? (?:and|by|of)"
        r" (?P<columns2>\d|two|three|four) columns?\b,?",
        re.IGNORECASE,
    ),
    FormKind.COMPARISON: re.compile(
        r"\bcomparison\b|\bcompar(?:e|ing)\b|\bversus\b|\bvs\.?(?= )|\bpros and cons\b|\btwo[- ]columns?\b|\bscore ?board\b",
        re.IGNORECASE,
    ),
}
_ARROW = re.compile(r"\s*(?:→|⟶|➜|➔|⇒|->|-->|=>)\s*")
_CHOICE = re.compile(r"\b(?:yes|no|if)\b\s*(?:→|->|=>|[:,])|\?\s", re.IGNORECASE)
_COLON = re.compile(r":(?!\d)|\s[–—-]\s")
_LIST_OPENS = re.compile(r"\b(?:with|showing|shows|reading|for|from|where|comparing|has)\b", re.IGNORECASE)
_END = re.compile(
    r"[.!?](?=\s|$)|\n\n|,?\s(?:with|on|over|against) (?:an?|two|three|four|some|the|pictures|icons|names?|labels?)\b"
    r"|,?\s(?:in|using) (?:\w+ ){1,3}(?:style|colou?rs|ink|letters)\b|,\s*(?:on|in) \w+(?: \w+)? (?:background|paper)\b",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"^(?:and |then )?(?:titled?|called|head(?:ed|ing|line)|with|in the|at the|on|put|add|draw|use|make|show|please|all|each"
    r"|background|no|written|include|under|plus|arrows?|names?|label(?:l?ed)?)\b",
    re.IGNORECASE,
)
_SIDE_NOTE = re.compile(
    r"^(?:and )?(?:title[d]?|called|headed|heading|headline|with|on an?|please|all|each|background|arrows?)\b", re.IGNORECASE
)
_BEFORE = re.compile(
    r"^(?:(?:please|can|could|would|you|i|i'd|we|we'd|need|like|want|make|draw|create|design|give|show|us|me|to|have|an?|the"
    r"|our|my|simple|nice|clear|clean|neat|colou?rful|little|small|big|large|vertical|horizontal|basic|plain|poster|of)\s+)*",
    re.IGNORECASE,
)
_DETERMINER = re.compile(r"^(?:the|an?|our|my) ", re.IGNORECASE)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_WHEN = (
    rf"(?:\d{{1,2}}(?:[:.]\d\d)\s?(?:am|pm)?|\d{{1,2}}\s?(?:am|pm)|{_DAY}|noon|midnight"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}(?: \d{{4}})?|{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?\b)?(?: ?\d{{4}})?"
    r"|(?:week|day|year|month|step|age|stage|q)\s?\d+|\d{1,4}s?(?: (?:bc|ad|bce|ce))?)"
)
_DATED = re.compile(rf"^(?:in |at |from )?(?P<when>{_WHEN})(?:\s*[:=–—-]\s*|\s+)(?P<what>(?=\D).+)$", re.IGNORECASE)
_DATED_LAST = re.compile(rf"^(?P<what>.+?)(?:\s*[,:–—-]\s*|\s+)\(?(?:in |at |from )?(?P<when>{_WHEN})\)?$", re.IGNORECASE)
_NUMBER = r"(?:\d{1,3}(?:[,  ]\d{3})+|\d+(?:\.\d+)?)"
_UNIT = r"(?:\s?(?:%|°[CF]?|[€£$]|[a-zA-Z]{1,4}\b|million|billion|hours?|minutes?|points?|goals?|votes?|books?|people))?"
_VALUED = re.compile(rf"^(?P<label>.*?[^\s:=(–—-])\s*[:=(–—-]*\s*(?P<said>[€£$]?(?P<number>{_NUMBER}){_UNIT})\)?$")
_VALUE_FIRST = re.compile(
    rf"^(?P<said>[€£$]?(?P<number>{_NUMBER}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s?%?)"
    r"\s*(?:of |for |x |× )?(?P<label>[^\W\d].*)$",
    re.IGNORECASE,
)
_AS_FORM = re.compile(r"\s*(?:,|\s[–—-]|\b(?:as|in|on))?\s+(?:an? )?(?:\w+ )?$", re.IGNORECASE)  # "…, plums 15 as a bar chart"
_TEAM = r"[A-Z][\w'’.]*(?: [A-Z][\w'’.]*){0,2}"
_SCORE = re.compile(rf"(?P<label>{_TEAM}):? (?P<said>\d{{1,3}})(?!\w)")
_SCORE_LINE = re.compile(rf"(?P<one>{_TEAM}),? (?P<first>\d{{1,3}})\s?[-–:]\s?(?P<second>\d{{1,3}}),? (?P<other>{_TEAM})")
_BETWEEN_SCORES = re.compile(r"[\s,;–-]*(?:(?:and|vs\.?|to)\s)?")
_HEADING = re.compile(r"(?:^|[:;,.\n(]|\band\b|\bcolumn\b|\bside\b)\s*(?P<name>[^\W\d_][\w'’ &/-]{0,28}?)\s*:", re.IGNORECASE)
_NOUN = r"[^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*){0,2}"
_PAIR = re.compile(rf"(?P<one>{_NOUN}) (?:and|vs\.?|versus|with|to) (?P<other>{_NOUN})", re.IGNORECASE)
_COLUMN_WORDS = re.compile(
    r"\b(?:in |with )?(?:two|three|2|3) columns?\b|\b(?:\w+ ){0,2}points?(?: each)?\b|\bside by side\b", re.IGNORECASE
)
_EXTRAS = re.compile(
    r",?\s(?:with|and|using|in) (?:(?:the|their|its|small|little|simple|cute|matching) )*"
    r"(?:pictures?|icons?|drawings?|illustrations?|names?|labels?|arrows?)"
    r"(?: (?:of|under|below|between|for|beside|next to) (?:each|every|them|it)(?: (?:one|step|cell|of them))?)?\b",
    re.IGNORECASE,
)
_TITLED = re.compile(
    r"(?:\s+(?:of|about|on|showing|for(?! (?:my|our|an?|the)\b))|,)\s+(?P<title>[^:.;\x00]{2,48}?)"
    r"\s*(?:[:,]|\s[–—-]\s|\s(?:with|showing|using|in (?:an? |the )?(?:circle|ring|row|line|grid|column|two|three))\b)"
)
_NAMED = re.compile(r"\bnames?\b|\blabel|\bcaption|\bwritten\b|\bcalled\b", re.IGNORECASE)
_PICTURED = re.compile(
    r"\bpictures?\b|\bdrawings?\b|\bicons?\b|\billustrat|\bimages? of\b|\bfood chain\b|\bcycle\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """An entry of a list as it was written."""

    words: str
    start: int

    @property
    def span(self) -> Span:
        return Span(start=self.start, end=self.start + len(self.words))

    def line(self, words: str, *, capital: bool = True) -> FormLine:
        """``words`` of it as a text, without quotation marks."""
        begin = self.start + max(0, self.words.find(words))
        plain = words.strip(" \"“”„«»'()")
        shown = plain[:1].upper() + plain[1:] if capital and words.strip()[:1] not in "\"“„«'" else plain
        return FormLine(content=shown, span=Span(start=begin, end=begin + len(words)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    text: str
    plain: str  # the same with "\\x00" for what is quoted
    kind: FormKind
    head: re.Match[str]


def slotted(text: str) -> FormMatch | None:
    """The form with slots that ``text`` asks for, filled; None where it asks for none or does not say what fills it."""
    plain = _QUOTES.sub(lambda quote: "\x00" * len(quote[0]), text)
    if (chain := _chain(text, plain)) is not None:
        return chain
    for kind, pattern in _HEADS.items():
        head = pattern.search(plain)
        if head is not None and (found := _FILLED[kind](_Request(text=text, plain=plain, kind=kind, head=head))) is not None:
            return found
    return None


# ---- the list behind the name ------------------------------------------------------------------------------------------


def _opens(request: _Request, *, loosely: bool = False) -> Iterator[int]:
    """Where the list may begin: behind a colon, or (``loosely``) behind "with", "showing", "of"."""
    at = request.head.end()
    if (colon := _COLON.search(request.plain, at)) is not None:
        further = re.compile(r"[^:.,;\x00]{3,40}:(?= )").match(request.plain, colon.end())
        yield further.end() if further is not None and request.kind in _LINKED else colon.end()
    if loosely:
        behind = re.compile(r" of (?=\S)").match(request.plain, at)
        yield from reversed(
            [*([behind.end()] if behind else []), *(hit.end() for hit in _LIST_OPENS.finditer(request.plain, at))]
        )


def _pieces(
    text: str, plain: str, start: int, joint: re.Pattern[str] | None = None, orders: re.Pattern[str] = _ORDERS
) -> list[_Piece]:
    """The entries from ``start`` to the end of their sentence, or to what is said of the image."""
    stop = min((hit.start() for mark in (_END, _EXTRAS) if (hit := mark.search(plain, start))), default=len(plain))
    sharp = (
        ";"
        if plain[start:stop].count(";") > ("," in plain[start:stop])
        else "\n"
        if plain[start:stop].count("\n") > 1
        else None
    )
    joint = joint or re.compile(re.escape(sharp) if sharp else r",(?!\d{3}\b)|\n|;")
    found: list[_Piece] = []
    at = start
    for cut in [*(hit.span() for hit in joint.finditer(plain, start, stop)), (stop, stop)]:
        said = text[at : cut[0]]
        lead = re.match(r"\s*(?:and (?=\S)|then |[-*•]\s*|\d{1,2}[.)]\s+)?", said)
        begin = at + (lead.end() if lead else 0)
        words = text[begin : cut[0]].rstrip(" ,")
        at = cut[1]
        if not words:
            continue
        if orders.match(words) or len(words) > _LONGEST:
            break
        found.append(_Piece(words=words, start=begin))
    return _parted(found) if joint.pattern != _ARROW.pattern else found


def _parted(pieces: list[_Piece]) -> list[_Piece]:
    """The last entry of "a, b and c" as two, where both are alike in having a number."""
    if not pieces:
        return pieces
    last = pieces[-1]
    before, joint, after = last.words.rpartition(" and ")
    if not joint or (bool(re.search(r"\d", before)) != bool(re.search(r"\d", after))):
        return pieces
    second = last.start + len(last.words) - len(after)
    return [*pieces[:-1], replace(last, words=before.rstrip(" ,")), _Piece(words=after, start=second)]


def _filled(request: _Request, slots: Sequence[FormSlot], *, rows: int = 0, columns: int = 0) -> FormMatch:
    title = _title(request, slots[0].span.start)
    head = Span(start=request.head.start(), end=request.head.end())
    asked = f"{request.head[0]} {'arrow arrows step steps stage stages circle circles' if request.kind in _LINKED else ''}"
    words = frozenset(re.findall(r"[^\W_]+", asked.lower()))
    words |= {name for name, number in lexicon().numbers.items() if number == len(slots)} | {str(len(slots))}
    if all(slot.picture for slot in slots):
        words |= {"picture", "pictures", "drawing", "drawings", "icon", "icons", "illustrated"}
    if request.kind is FormKind.GRID:
        words |= {"name", "names", "under", f"{rows}x", "x", "by", "rows", "row", "columns", "column", str(rows), str(columns)}
    if request.kind is FormKind.TIMELINE:
        words |= {"axis", "line", "dates"}
    if request.kind is FormKind.COMPARISON:
        words |= {"comparison", "compare", "vs", "versus", "column", "columns", "heading", "headings", "left", "right", "side"}
    if title is not None and any(title.span.start < slot.span.end and slot.span.start < title.span.end for slot in slots):
        title = None
    between = Span(start=head.start, end=slots[-1].span.end if request.kind in _TOGETHER else head.end)
    columns_of = _COLUMN_WORDS.finditer(request.plain) if request.kind is FormKind.COMPARISON else ()
    sided = [Span(start=hit.start(), end=hit.end()) for hit in columns_of]
    sided += [Span(start=hit.start(), end=hit.end()) for hit in _HEADS[request.kind].finditer(request.plain)]
    sided += [Span(start=hit.start(), end=hit.end()) for hit in _EXTRAS.finditer(request.plain)]
    masked = (*sided, between, Span(start=slots[0].span.start, end=slots[-1].span.end), *((title.span,) if title else ()))
    form = Form(kind=request.kind, words=words, rows=rows, columns=columns)
    return FormMatch(form=form, lines=(title,) if title else (), slots=tuple(slots), masked=masked)


_LINKED = (FormKind.STEPS, FormKind.CYCLE)
_TOGETHER = (*_LINKED, FormKind.TIMELINE, FormKind.COMPARISON)  # nothing between name and list is a thing to draw


def _title_words(request: _Request, until: int) -> tuple[str, int]:
    """ "of favourite pets" behind the name, or "fruit sales" before it, and where these words begin."""
    head, plain = request.head, request.plain
    subject = head.groupdict().get("subject")
    behind = _TITLED.match(plain, head.end())
    listed = until < head.start()  # the list comes first: what stands before it
    before = plain[:until].rstrip(" :") if listed else plain[: head.start()]
    lead = _BEFORE.match(before)
    ahead = before[lead.end() if lead else 0 :]
    as_form = re.search(r"\s+(?:as|in|on) (?:an? )?(?:\w+ )?$", ahead)
    ahead = ahead[: as_form.start()] if as_form else ahead.rstrip()
    said, start = ("", 0)
    if subject:
        return subject, head.start("subject")
    if (
        behind is not None
        and (listed or behind.end() <= until + 1)
        and not re.search(r"\b(?:stages|steps|rows|columns)\b", behind["title"])
    ):
        said, start = behind["title"], behind.start("title")
    elif (
        request.kind not in (FormKind.COMPARISON, FormKind.GRID)
        and ahead
        and "\x00" not in ahead
        and len(ahead.split()) <= 6
        and not re.search(r"[.:;]|\b(?:with|and then)\b", ahead)
    ):
        said, start = ahead, lead.end() if lead else 0
        if request.kind in (FormKind.TIMELINE, FormKind.CYCLE) and as_form is None:
            said = plain[start : head.end()]
    return said, start


def _title(request: _Request, until: int) -> FormLine | None:
    """What the request calls the whole; a quoted title is read with the rest."""
    head, plain = request.head, request.plain
    said, start = _title_words(request, until)
    cut = _DETERMINER.match(said)
    said, start = (said[cut.end() :].rstrip(" ,"), start + cut.end()) if cut else (said.rstrip(" ,"), start)
    if not said:
        return None
    named = request.kind is FormKind.TIMELINE or head[0].lower().startswith(("life", "water"))
    if named and start > head.end() and plain[head.end() : start].strip().startswith("of"):
        said, start = plain[head.start() : start + len(said)], head.start()
    return FormLine(content=said[:1].upper() + said[1:], span=Span(start=start, end=start + len(said)), role=TextRole.TITLE)


# ---- what fills each form --------------------------------------------------------------------------------------------------


def _lists(request: _Request) -> Iterator[list[_Piece]]:
    """The entries behind the name of the form, or before it: "apples 12, pears 7 as a bar chart"."""
    for start in _opens(request, loosely=True):
        yield _pieces(request.text, request.plain, start)
    before = request.plain[: request.head.start()]
    named, lead = _AS_FORM.search(before), _BEFORE.match(before)
    if named is not None and lead is not None:
        colon = before.rfind(":") + 1
        yield _pieces(request.text[: named.start()], before[: named.start()], max(lead.end(), colon))


def _bars(request: _Request) -> FormMatch | None:
    for pieces in _lists(request):
        slots = []
        for piece in pieces:
            if (slot := _valued(piece)) is None:
                break
            slots.append(slot)
        if 2 <= len(slots) <= MOST_SLOTS:
            return _filled(request, slots)
    return None


def _valued(piece: _Piece) -> FormSlot | None:
    found = _VALUED.match(piece.words) or _VALUE_FIRST.match(piece.words)
    if found is None:
        return None
    number = found["number"].lower()
    value = lexicon().numbers.get(number)
    exact = float(value) if value is not None else float(re.sub(r"[,\s]", "", number))
    if not math.isfinite(exact):
        return None
    return FormSlot(span=piece.span, lines=(piece.line(found["label"]),), value=exact, said=found["said"].strip())


def _timeline(request: _Request) -> FormMatch | None:
    for pieces in _lists(request):
        dated = [(piece, _DATED.match(piece.words) or _DATED_LAST.match(piece.words)) for piece in pieces]
        slots = [
            FormSlot(span=piece.span, lines=(piece.line(found["when"]), piece.line(found["what"])))
            for piece, found in dated
            if found is not None
        ]
        if len(slots) == len(dated) and 2 <= len(slots) <= MOST_SLOTS:
            return _filled(request, _with_pictures(slots, 1, bool(_PICTURED.search(request.plain))))
    return None


def _steps(request: _Request) -> FormMatch | None:
    if _CHOICE.search(request.plain):  # a chart that branches has no template
        return None
    for start in _opens(request):
        pieces = _pieces(request.text, request.plain, start, orders=_SIDE_NOTE)
        slots = [FormSlot(span=piece.span, lines=(piece.line(piece.words),)) for piece in pieces]
        if 3 <= len(slots) <= 8:
            return _filled(request, _with_pictures(slots, 0, bool(_PICTURED.search(request.plain))))
    return None


def _chain(text: str, plain: str) -> FormMatch | None:
    """ "grass → frog → snake", whatever it is called."""
    arrows = list(_ARROW.finditer(plain))
    if len(arrows) < 2 or _CHOICE.search(plain):
        return None
    before = plain[: arrows[0].start()]
    opened = max(
        (found.end() for found in re.finditer(r"[:.](?!\d)|\b(?:showing|of|from|with|like|chain|chart)\b", before)), default=0
    )
    if opened == 0 and (lead := _BEFORE.match(plain)) is not None:
        opened = lead.end()
    pieces = _pieces(text, plain, opened, _ARROW, _SIDE_NOTE)
    if not 3 <= len(pieces) <= 8:
        return None
    kind = FormKind.CYCLE if _HEADS[FormKind.CYCLE].search(before) else FormKind.STEPS
    head = _HEADS[kind].search(before) or re.compile("").match(before, opened)
    if head is None:
        return None
    slots = [FormSlot(span=piece.span, lines=(piece.line(piece.words),)) for piece in pieces]
    wanted = bool(_PICTURED.search(plain)) or not re.search(r"flow|process|step", before, re.IGNORECASE)
    return _filled(_Request(text=text, plain=plain, kind=kind, head=head), _with_pictures(slots, 0, wanted))


def _grid(request: _Request) -> FormMatch | None:
    said = request.head
    rows, columns = (said[name] or said[f"{name}2"] for name in ("rows", "columns"))
    size = [lexicon().numbers.get(number.lower()) or int(number) for number in (rows, columns)]
    for start in _opens(request, loosely=True):
        pieces = _pieces(request.text, request.plain, start)
        if len(pieces) != size[0] * size[1] or len(pieces) < 2:
            continue
        slots = _with_pictures([FormSlot(span=piece.span, lines=(piece.line(piece.words),)) for piece in pieces], 0, True)
        if not all(slot.picture for slot in slots):
            slots = [replace(slot, picture="", colour=None) for slot in slots]
        elif not _NAMED.search(request.plain):
            slots = [replace(slot, lines=()) for slot in slots]
        return _filled(request, slots, rows=size[0], columns=size[1])
    return None


def _comparison(request: _Request) -> FormMatch | None:
    if scores := _scores(request):
        return _filled(request, scores) if len(scores) <= 4 else None
    slots = list(_columns(request)) or _opposed(request)
    return _filled(request, _with_pictures(slots, 0, True)) if 2 <= len(slots) <= 4 else None


def _scores(request: _Request) -> list[FormSlot]:
    """ "scoreboard: Lions 3, Tigers 2"."""
    if not re.match(r"score", request.head[0], re.IGNORECASE):
        return []
    for start in _opens(request, loosely=True):
        joint = re.compile(r",|;|\s+(?:vs\.?|versus|against|and|to)\s+|\s[–—:-]\s")
        slots = [(piece, _VALUED.match(piece.words)) for piece in _pieces(request.text, request.plain, start, joint)]
        found = [
            FormSlot(span=piece.span, lines=(piece.line(hit["label"]), piece.line(hit["said"]))) for piece, hit in slots if hit
        ]
        if len(found) == len(slots) > 1:
            return found
    return _score_line(request)


def _score_line(request: _Request) -> list[FormSlot]:
    """ "scoreboard Wolves 4 Bears 1", "scoreboard: Wolves 4 - 1 Bears"."""
    if (hit := _SCORE_LINE.search(request.plain, request.head.end())) is not None:
        pairs = [("one", "first"), ("other", "second")]
        begin, sides = hit.start(), [[_Piece(words=hit[name], start=hit.start(name)) for name in pair] for pair in pairs]
        spans = [Span(start=begin, end=hit.end("first")), Span(start=hit.start("second"), end=hit.end())]
    else:
        hits = list(_SCORE.finditer(request.plain, request.head.end()))
        gaps = [request.plain[one.end() : other.start()] for one, other in itertools.pairwise(hits)]
        if len(hits) < 2 or not all(_BETWEEN_SCORES.fullmatch(gap) for gap in gaps):
            return []
        sides = [[_Piece(words=one[name], start=one.start(name)) for name in ("label", "said")] for one in hits]
        spans = [Span(start=one.start(), end=one.end()) for one in hits]
    return [
        FormSlot(span=span, lines=tuple(piece.line(piece.words) for piece in side))
        for span, side in zip(spans, sides, strict=True)
    ]


def _columns(request: _Request) -> Iterator[FormSlot]:
    """ "Cats: quiet, clean; Dogs: loyal, playful"."""
    plain, begin = request.plain, request.head.end()
    first = _COLON.search(plain, begin)
    begin = first.start() if first is not None and len(_HEADING.findall(plain[first.end() :])) > 1 else begin
    found = list(_HEADING.finditer(plain, begin))
    if len(found) < 2:
        return
    for one, following in zip(found, [*found[1:], None], strict=True):
        stop = following.start() if following is not None else len(plain)
        points = _pieces(request.text[:stop], plain[:stop], one.end())
        if not points:
            return
        heading = _Piece(words=one["name"], start=one.start("name"))
        lines = (heading.line(one["name"]), *(point.line(point.words) for point in points))
        yield FormSlot(span=Span(start=heading.start, end=points[-1].span.end), lines=lines)


def _opposed(request: _Request) -> list[FormSlot]:
    """ "a comparison of a cat and a dog", "cats vs dogs": headings over pictures, where both can be drawn."""
    pair = next(iter(_PAIR.finditer(request.plain, max(0, request.head.start() - 40))), None)
    pairs = [hit for hit in _PAIR.finditer(request.plain) if hit.end() > request.head.start()]
    pair = pairs[0] if pairs else pair
    if pair is None:
        return []
    slots = []
    for name in ("one", "other"):
        words = _BEFORE.sub("", pair[name])
        words = re.sub(r"^(?:(?:of|between|comparison|compare|comparing|an?|the)\s+)+", "", words, flags=re.IGNORECASE)
        start = pair.start(name) + pair[name].find(words)
        noun, _ = pictured(words)
        if not words or lookup(noun, Vocabulary.ICONS) is None:
            return []
        slots.append(
            FormSlot(span=Span(start=start, end=start + len(words)), lines=(_Piece(words=words, start=start).line(words),))
        )
    return slots


def _with_pictures(slots: Sequence[FormSlot], line: int, wanted: bool) -> list[FormSlot]:
    """Pictures of what can be drawn, where most of the slots name such a thing."""
    found = [pictured(slot.lines[line].content) for slot in slots] if wanted else []
    entries = [lookup(noun, Vocabulary.ICONS) for noun, _ in found]
    if not found or sum(entry is not None for entry in entries) < _MOSTLY * len(slots):
        return list(slots)
    return [
        slot if entry is None else replace(_bare(slot, line), picture=entry.noun, colour=colour)
        for slot, entry, (_, colour) in zip(slots, entries, found, strict=True)
    ]


def _bare(slot: FormSlot, line: int) -> FormSlot:
    """ "a banana" in a list of things has the name "Banana"."""
    said = slot.lines[line]
    cut = re.match(r"(?:an?|the|one) (?=\S)", said.content, re.IGNORECASE)
    if cut is None:
        return slot
    content, span = said.content[cut.end() :], Span(start=said.span.start + cut.end(), end=said.span.end)
    bare = replace(said, content=content[:1].upper() + content[1:], span=span)
    return replace(slot, lines=(*slot.lines[:line], bare, *slot.lines[line + 1 :]))


_FILLED: Mapping[FormKind, Callable[[_Request], FormMatch | None]] = {
    FormKind.BARS: _bars,
    FormKind.TIMELINE: _timeline,
    FormKind.CYCLE: _steps,
    FormKind.STEPS: _steps,
    FormKind.GRID: _grid,
    FormKind.COMPARISON: _comparison,
}
