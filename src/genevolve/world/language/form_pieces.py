"""The list behind the name of a form: its entries, their values and pictures, and what the whole is called."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
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
QUOTES = re.compile(r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|„[^“”\n]{1,200}[“”]|«[^»\n]{1,200}»|(?<!\w)'[^'\n]{1,200}'(?!\w)")
ARROW = re.compile(r"\s*(?:→|⟶|➜|➔|⇒|->|-->|=>)\s*")
COLON = re.compile(r":(?!\d)|\s[–—-]\s")
_LIST_OPENS = re.compile(r"\b(?:with|showing|shows|reading|for|from|where|comparing|has)\b", re.IGNORECASE)
_END = re.compile(
    r"[.!?](?=\s|$)|\n\n|,?\s(?:with|on|over|against) (?:an?|two|three|four|some|the|pictures|icons|names?|labels?)\b"
    r"|,?\s(?:all )?(?:arranged |drawn )?in an? (?:circle|ring|loop)\b"
    r"|,?\s(?:in|using) (?:\w+ ){1,3}(?:style|colou?rs|ink|letters)\b|,\s*(?:on|in) \w+(?: \w+)? (?:background|paper)\b",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"^(?:and |then )?(?:titled?|called|head(?:ed|ing|line)|with|in the|at the|on|put|add|draw|use|make|show|please|all|each"
    r"|background|no|written|include|under|plus|arrows?|names?|label(?:l?ed)?)\b",
    re.IGNORECASE,
)
BEFORE = re.compile(
    r"^(?:(?:please|can|could|would|you|i|i'd|we|we'd|need|like|want|make|draw|create|design|give|show|us|me|to|have|an?|the"
    r"|our|my|simple|nice|clear|clean|neat|colou?rful|little|small|big|large|vertical|horizontal|basic|plain|poster|of)\s+)*",
    re.IGNORECASE,
)
_DETERMINER = re.compile(r"^(?:the|an?|our|my) ", re.IGNORECASE)
_NUMBER = r"(?:\d{1,3}(?:[,  ]\d{3})+|\d+(?:\.\d+)?)"
_UNIT = r"(?:\s?(?:%|°[CF]?|[€£$]|[a-zA-Z]{1,4}\b|million|billion|hours?|minutes?|points?|goals?|votes?|books?|people))?"
VALUED = re.compile(rf"^(?P<label>.*?[^\s:=(–—-])\s*[:=(–—-]*\s*(?P<said>[€£$]?(?P<number>{_NUMBER}){_UNIT})\)?$")
_VALUED_APART = re.compile(VALUED.pattern.replace(_NUMBER, r"(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)"))
_VALUED_OF = re.compile(
    rf"^(?P<label>(?!\d).*?[^\s:=(–—-])\s*[:=(–—-]*\s*(?P<said>(?P<number>{_NUMBER}))(?P<of>(?:\s[a-z]+){{1,4}})\)?$"
)
_HAS = re.compile(r" (?:has|had|have|is|are|was|were|got|gets|sold|scored|won|read|ate|drank|with|at|on)$")
_VALUE_FIRST = re.compile(
    rf"^(?P<said>[€£$]?(?P<number>{_NUMBER}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s?%?)"
    r"\s*(?:of |for |x |× )?(?P<label>[^\W\d].*)$",
    re.IGNORECASE,
)
_ABOUT = re.compile(r" (?:of|about|on|showing) (?P<title>[^:.;,\x00]{3,48}?)\s*$")  # right before the values
_IN_RUN = re.compile(rf"[A-Z][\w'’]* {_NUMBER}")
_RUN = re.compile(rf"{_IN_RUN.pattern}(?: (?:and )?{_IN_RUN.pattern}){{2,}}")
_AS_FORM = re.compile(r"\s*(?:,|\s[–—-]|\b(?:as|in|on))?\s+(?:an? )?(?:\w+ )?$", re.IGNORECASE)  # "…, plums 15 as a bar chart"
HEADING = re.compile(r"(?:^|[:;,.\n(]|\band\b|\bcolumn\b|\bside\b)\s*(?P<name>[^\W\d_][\w'’ &/-]{0,28}?)\s*:", re.IGNORECASE)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
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
class ListRequest:
    text: str
    plain: str  # the same with "\\x00" for what is quoted
    kind: FormKind
    head: re.Match[str]


# ---- the list behind the name ------------------------------------------------------------------------------------------


def opens(request: ListRequest, *, loosely: bool = False) -> Iterator[int]:
    """Where the list may begin: behind a colon, or (``loosely``) behind "with", "showing", "of"."""
    at = request.head.end()
    if (colon := COLON.search(request.plain, at)) is not None:
        further = re.compile(r"[^:.,;\x00]{3,40}:(?= )").match(request.plain, colon.end())
        yield further.end() if further is not None and request.kind in LINKED else colon.end()
    if loosely:
        behind = re.compile(r" of (?=\S)").match(request.plain, at)
        yield from reversed(
            [*([behind.end()] if behind else []), *(hit.end() for hit in _LIST_OPENS.finditer(request.plain, at))]
        )


def pieces_of(
    text: str, plain: str, start: int, joint: re.Pattern[str] | None = None, orders: re.Pattern[str] = _ORDERS
) -> list[Piece]:
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
    found: list[Piece] = []
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
        found.append(Piece(words=words, start=begin))
    return parted(found) if joint.pattern != ARROW.pattern else found


def parted(pieces: list[Piece]) -> list[Piece]:
    """The last entry of "a, b and c" as two, where both are alike in having a number."""
    if not pieces:
        return pieces
    last = pieces[-1]
    before, joint, after = last.words.rpartition(" and ")
    if not joint or (bool(re.search(r"\d", before)) != bool(re.search(r"\d", after))):
        return pieces
    second = last.start + len(last.words) - len(after)
    return [*pieces[:-1], replace(last, words=before.rstrip(" ,")), Piece(words=after, start=second)]


def as_match(
    request: ListRequest, slots: Sequence[FormSlot], *, rows: int = 0, columns: int = 0, title: FormLine | None = None
) -> FormMatch:
    """The form with its ``slots``; ``title``: for one that has no other."""
    first, last = min(slot.span.start for slot in slots), max(slot.span.end for slot in slots)
    counted, title = title, _title(request, first)
    head = Span(start=request.head.start(), end=request.head.end())
    words = frozenset(re.findall(r"[^\W_]+", f"{request.head[0]} {_ALSO_SAID.get(request.kind, '')}".lower()))
    words |= {name for name, number in lexicon().numbers.items() if number == len(slots)} | {str(len(slots))}
    if all(slot.picture for slot in slots):
        words |= {"picture", "pictures", "drawing", "drawings", "icon", "icons", "illustrated"}
    if request.kind is FormKind.GRID:
        words |= {"name", "names", "under", f"{rows}x", "x", "by", "rows", "row", "columns", "column", str(rows), str(columns)}
    if title is not None and any(title.span.start < slot.span.end and slot.span.start < title.span.end for slot in slots):
        title = None
    title = title or counted
    words |= frozenset(re.findall(r"[^\W_]+", counted.content.lower())) if counted is not None else frozenset()
    between = Span(start=min(head.start, first), end=max(head.end, last) if request.kind in _TOGETHER else head.end)
    columns_of = _COLUMN_WORDS.finditer(request.plain) if request.kind is FormKind.COMPARISON else ()
    sided = [Span(start=hit.start(), end=hit.end()) for hit in columns_of]
    sided += [Span(start=hit.start(), end=hit.end()) for hit in request.head.re.finditer(request.plain)]
    sided += [Span(start=hit.start(), end=hit.end()) for hit in _EXTRAS.finditer(request.plain)]
    masked = (*sided, between, Span(start=first, end=last), *((title.span,) if title else ()))
    form = Form(kind=request.kind, words=words, rows=rows, columns=columns)
    return FormMatch(form=form, lines=(title,) if title else (), slots=tuple(slots), masked=masked)


LINKED = (FormKind.STEPS, FormKind.CYCLE)
_TOGETHER = (  # nothing between name and list is a thing to draw
    *LINKED, FormKind.TIMELINE, FormKind.COMPARISON, FormKind.PIE, FormKind.LINES, FormKind.VENN, FormKind.TREE,
    FormKind.PYRAMID, FormKind.TABLE,
)  # fmt: skip
_ALSO_SAID: Mapping[FormKind, str] = {  # what asks for no more than the form
    **dict.fromkeys(LINKED, "arrow arrows step steps stage stages circle circles"),
    FormKind.TIMELINE: "axis line dates",
    FormKind.COMPARISON: "comparison compare vs versus column columns heading headings left right side",
    FormKind.PIE: "slice slices part parts",
    FormKind.LINES: "point points line",
    FormKind.VENN: "circle circles overlap overlapping middle center centre both common shared left right first second third"
    " comparing compare intersection one other",
    FormKind.TREE: "family boxes lines level levels below under above beneath report reports grandparents grandparent"
    " grandmother grandfather parents mother father child children kids grandchildren son sons daughter daughters team"
    " her his their",
    FormKind.PYRAMID: "level levels layer layers tier tiers top bottom",
    FormKind.TABLE: "row rows column columns table cell cells day days week weekly one each box boxes check",
}


def _title_words(request: ListRequest, until: int) -> tuple[str, int]:
    """ "of favourite pets" behind the name, or "fruit sales" before it, and where these words begin."""
    head, plain = request.head, request.plain
    subject = head.groupdict().get("subject")
    behind = _TITLED.match(plain, head.end())
    listed = until < head.start()  # the list comes first: what stands before it
    before = plain[:until].rstrip(" :") if listed else plain[: head.start()]
    lead = BEFORE.match(before)
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
        if request.kind in (FormKind.TIMELINE, FormKind.CYCLE, FormKind.PYRAMID, FormKind.TABLE) and as_form is None:
            said = plain[start : head.end()]
    return said, start


def _title(request: ListRequest, until: int) -> FormLine | None:
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


def lists(request: ListRequest) -> Iterator[list[Piece]]:
    """The entries behind the name of the form, or before it: "apples 12, pears 7 as a bar chart"."""
    for start in opens(request, loosely=True):
        yield pieces_of(request.text, request.plain, start)
    before = request.plain[: request.head.start()]
    named, lead = _AS_FORM.search(before), BEFORE.match(before)
    if named is not None and lead is not None:
        colon = before.rfind(":") + 1
        yield pieces_of(request.text[: named.start()], before[: named.start()], max(lead.end(), colon))


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueList:
    """Names with their values; ``title``: what was said before them, or what is counted."""

    slots: tuple[FormSlot, ...]
    title: FormLine | None


def value_list(request: ListRequest) -> ValueList | None:
    """The names and values that fill a chart. Where one of them is not understood there is none: no bar is lost."""
    every = [*lists(request), *_run_together(request)]
    found = [read for pieces in every if (read := _all_valued(pieces)) is not None]
    best = max(found, key=lambda one: (len(one.slots), -one.slots[0].span.start), default=None)
    if best is None or best.title is not None or not list(_run_together(request)):
        return best
    start = best.slots[0].span.start
    about = _ABOUT.search(request.plain[:start], request.head.end())
    return best if about is None else replace(best, title=piece_title(Piece(words=about["title"], start=about.start("title"))))


def _run_together(request: ListRequest) -> Iterator[list[Piece]]:
    """ "Mon 12 Tue 14 Wed 11", without commas."""
    run = _RUN.search(request.plain, request.head.end())
    if run is not None:
        yield [Piece(words=hit[0], start=hit.start()) for hit in _IN_RUN.finditer(request.plain, run.start(), run.end())]


def _all_valued(pieces: list[Piece]) -> ValueList | None:
    pairs = [(piece, valued(piece)) for piece in pieces]
    labels = [slot.lines[0].content for _, slot in pairs if slot is not None]
    if len(set(labels)) < len(labels):  # "week 1 120, week 2 180"
        pairs = [(piece, valued(piece, _VALUED_APART)) for piece in pieces]
    first = piece_title(pieces[0]) if len(pairs) > 2 and pairs[0][1] is None else None
    pairs = pairs[1:] if first is not None else pairs
    while pairs and pairs[-1][1] is None and not re.search(r"\d", pairs[-1][0].words):
        pairs.pop()  # what is said of the image
    whole = tuple(slot for _, slot in pairs if slot is not None)
    misread = any(":" in slot.lines[0].content for slot in whole)  # begun before the colon
    if len(whole) == len(pairs) and 2 <= len(whole) <= MOST_SLOTS and not misread:
        return ValueList(slots=whole, title=first or _counted(pieces))
    return None


def piece_title(piece: Piece) -> FormLine:
    return replace(piece.line(piece.words), role=TextRole.TITLE)


def _counted(pieces: Sequence[Piece]) -> FormLine | None:
    """ "cups of coffee" of "Tuesday 4 and Wednesday 5 cups of coffee"."""
    found = next(((piece, hit) for piece in reversed(pieces) if (hit := _VALUED_OF.match(piece.words))), None)
    if found is None or VALUED.match(found[0].words):
        return None
    return replace(found[0].line(found[1]["of"].strip()), role=TextRole.TITLE)


def valued(piece: Piece, behind: re.Pattern[str] = VALUED) -> FormSlot | None:
    """ "pears 7", "7 pears", "Ben has 7 pears"."""
    found = behind.match(piece.words) or _VALUED_OF.match(piece.words) or _VALUE_FIRST.match(piece.words)
    if found is None:
        return None
    number = found["number"].lower()
    value = lexicon().numbers.get(number)
    exact = float(value) if value is not None else float(re.sub(r"[,\s]", "", number))
    if not math.isfinite(exact):
        return None
    label = _HAS.sub("", found["label"])
    return FormSlot(span=piece.span, lines=(piece.line(label),), value=exact, said=found["said"].strip())


def with_pictures(slots: Sequence[FormSlot], line: int, wanted: bool) -> list[FormSlot]:
    """Pictures of what can be drawn, where most of the slots name such a thing; a grey shape for "a quokka", which cannot."""
    found = [pictured(slot.lines[line].content) for slot in slots] if wanted else []
    entries = [lookup(noun, Vocabulary.ICONS) for noun, _ in found]
    if not found or sum(entry is not None for entry in entries) < _MOSTLY * len(slots):
        return list(slots)
    return [
        slot if entry is None and bare is slot else replace(bare, picture=entry.noun if entry else noun, colour=colour)
        for slot, bare, entry, (noun, colour) in zip(slots, (_bare(slot, line) for slot in slots), entries, found, strict=True)
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
