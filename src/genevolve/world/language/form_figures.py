"""Requests for a figure that is filled from a list: slices, a line of values, overlapping circles, a tree, a pyramid.

Found as those of ``form_slots`` are; what fills none is not claimed.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from genevolve.world.language.form_lines import FormMatch, FormSlot
from genevolve.world.language.form_pieces import (
    ARROW,
    MOST_SLOTS,
    ListRequest,
    Piece,
    as_match,
    opens,
    pieces_of,
    value_list,
)
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import FormKind, Span

FIGURE_HEADS: Mapping[FormKind, re.Pattern[str]] = {
    FormKind.PIE: re.compile(
        r"\b(?:pie|donut|doughnut|ring|circle)[ -]?(?:charts?|graphs?|diagrams?)\b"
        r"|\b(?:as|in|like) a pie(?: (?:chart|graph))?\b",
        re.IGNORECASE,
    ),
    FormKind.LINES: re.compile(r"\bline[ -](?:charts?|graphs?|plots?|diagrams?)\b", re.IGNORECASE),
    FormKind.VENN: re.compile(r"\bvenn(?:[ -]diagram)?\b|\b(?:two |three )?overlapping circles\b", re.IGNORECASE),
    FormKind.TREE: re.compile(
        r"\bfamily tree\b|\btree (?:diagram|chart)\b|\b(?:org(?:anis|aniz)ation(?:al)?|org)[ -]?(?:chart|tree|diagram)\b"
        r"|\borganigram\b|\bhierarchy\b",
        re.IGNORECASE,
    ),
    FormKind.PYRAMID: re.compile(r"\bpyramid(?: (?:chart|diagram))?\b", re.IGNORECASE),
}
_BOTH = re.compile(
    r"^(?:both|all(?: three)?|(?:the )?(?:overlap|middle|cent(?:re|er)|intersection)|shared|(?:in )?common|together)$", re.I
)
_OVERLAP = r"(?:middle|overlap|cent(?:re|er)|intersection)"
_IN_BOTH = (
    re.compile(
        r"(?P<said>\x00+|[A-Za-z][\w'’-]*(?: [\w'’-]+){0,3}?) (?:written |stands )?(?:in|at|where) (?:the |their |both )?"
        + _OVERLAP + r"\b",
        re.IGNORECASE,
    ),
    re.compile(r"\bboth (?:have|are|can|like) (?P<said>[\w'’-]+(?: [\w'’-]+){0,2})", re.IGNORECASE),
    re.compile(rf"\b{_OVERLAP}:\s*(?P<said>\x00+|[\w'’-]+(?: [\w'’-]+){{0,2}})", re.IGNORECASE),
    re.compile(
        rf"(?:in|at) (?:the |their )?{_OVERLAP}(?: of both)?:? (?P<said>\x00+|[\w'’-]+(?: [\w'’-]+){{0,2}})", re.IGNORECASE
    ),
)  # fmt: skip
_SIDED = re.compile(
    r"(?P<before>\x00+) (?:on|at) the (?:left|right)\b"
    r"|\b(?:left|right|(?:first|second|third|one|other) circle)(?: (?:circle|side))?:?,? (?P<said>\x00+)",
    re.IGNORECASE,
)
_NAMES = r"(?:\x00+|[^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*){0,2}?)"
_COMPARED = re.compile(
    rf"(?:\b(?:of|comparing|between|for|with|showing)|(?:(?<=diagram)|(?<=venn))(?! (?:of|comparing|between|for|with"
    rf"|showing)\b)) (?:the )?(?P<one>{_NAMES})"
    rf"(?:, (?P<two>{_NAMES}))?,? (?:and|vs\.?|versus|with) (?:the )?(?P<last>{_NAMES})"
    r"(?=[,.:;]|\s*$| with\b| and\b| in\b| where\b| sharing\b)",
    re.IGNORECASE,
)
_SECTION = re.compile(r"(?:(?<=[:;,.\n(])|\band\b)\s*(?P<name>[^\W\d_][\w'’ &/-]{0,28}?)\s*:(?!\d)", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"(?P<name>[^\W\d_][\w'’ -]{0,28}?) \((?P<items>[^()]{2,80})\)")
_OPEN_TREE = re.compile(r"[:,]\s|\bwith\s")
_GENERATION = word_set(
    "grandparents grandparent grandmother grandfather grandma grandpa great-grandparents parents mother father children"
    " child kids grandchildren grandson granddaughter siblings sons daughters son daughter ceo boss head"
    " director manager managers team"
)
_OWNER = re.compile(
    r"^(?:and )?(?:below|under|beneath)?\s*(?:(?P<owner>[A-Z][\w-]*)['’]s?|her|his|their|its|(?:below|under|beneath)"
    r"(?: (?:her|him|them|it|(?P<below>[A-Z][\w-]*)))?)"
    r"\s+(?:(?:only )?(?:son|daughter|child|children|sons|daughters|kids|grandchildren|reports|team)[: ]\s*)?(?P<rest>.+)$"
)
_OF_LEVEL = re.compile(r"^(?:the |two |three |four |\d )*(?P<role>[a-z-]+)(?::| are| is)?\s+(?P<rest>[A-Z].*)$")
_OFFICE = re.compile(r"^(?:and )?(?:the )?[a-z][a-z-]+(?: [a-z-]+)?:? [A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)*$")
_LEVELS = re.compile(r"\b(?:levels?|layers?|tiers?|top|bottom|food|population)\b", re.IGNORECASE)


def figure(request: ListRequest) -> FormMatch | None:
    """The figure of this kind that the request asks for, filled."""
    return _FIGURES[request.kind](request)


def _slices(request: ListRequest) -> FormMatch | None:
    found = value_list(request)
    if found is None or not all(slot.value and slot.value > 0 for slot in found.slots):
        return None
    return as_match(request, found.slots, title=found.title)


def _line(request: ListRequest) -> FormMatch | None:
    found = value_list(request)
    return as_match(request, found.slots, title=found.title) if found is not None else None


# ---- overlapping circles -----------------------------------------------------------------------------------------------


def _venn(request: ListRequest) -> FormMatch | None:
    for reading in (_sections, _bracketed, _sided, _compared, _listed):
        slots = reading(request)
        if not slots:
            continue
        own = [slot for slot in slots if not _is_both(slot)]
        both = [slot for slot in slots if _is_both(slot)]
        if len(own) not in (2, 3) or len(both) > 1:
            continue
        shared = _without_name(both[0]) if both else _in_both(request)
        filled = [*own, *([shared] if shared is not None else [])]
        return replace(as_match(request, filled, columns=len(own)), lines=())
    return None


def _is_both(slot: FormSlot) -> bool:
    return bool(slot.lines) and _BOTH.match(slot.lines[0].content) is not None


def _without_name(slot: FormSlot) -> FormSlot | None:
    return replace(slot, lines=slot.lines[1:]) if len(slot.lines) > 1 else None


def _section(request: ListRequest, name: Piece, start: int, stop: int) -> FormSlot | None:
    points = pieces_of(request.text[:stop], request.plain[:stop], start)
    if not points:
        return None
    lines = (name.line(name.words), *(point.line(point.words) for point in points))
    return FormSlot(span=Span(start=name.start, end=points[-1].span.end), lines=lines)


def _sections(request: ListRequest) -> list[FormSlot]:
    """ "cats: climb, purr; dogs: bark; both: fur"."""
    heads = [hit for hit in _SECTION.finditer(request.plain, request.head.end()) if hit["name"].strip()]
    slots = []
    for number, hit in enumerate(heads):
        stop = heads[number + 1].start() if number + 1 < len(heads) else len(request.plain)
        slot = _section(request, Piece(words=hit["name"], start=hit.start("name")), hit.end(), stop)
        if slot is not None:
            slots.append(slot)
    return slots


def _bracketed(request: ListRequest) -> list[FormSlot]:
    """ "Fruit (apple, pear), red things (rose), both: cherry"."""
    slots = []
    last = request.head.end()
    for hit in _IN_BRACKETS.finditer(request.plain, request.head.end()):
        name = Piece(words=hit["name"], start=hit.start("name"))
        slot = _section(request, name, hit.start("items"), hit.end("items"))
        slots += [slot] if slot is not None else []
        last = hit.end()
    rest = re.compile(r"[^:]*?\b(?P<name>both|overlap|middle|common|shared):").match(request.plain, last)
    if slots and rest is not None:
        slot = _section(request, Piece(words=rest["name"], start=rest.start("name")), rest.end(), len(request.plain))
        slots += [slot] if slot is not None else []
    return slots


def _named(request: ListRequest, spans: Sequence[tuple[int, int]]) -> list[FormSlot]:
    found = [Piece(words=request.text[start:end], start=start) for start, end in spans]
    return [FormSlot(span=piece.span, lines=(piece.line(piece.words),)) for piece in found]


def _sided(request: ListRequest) -> list[FormSlot]:
    """ "left “Work”, right “Fun”"."""
    return _named(
        request, [hit.span("said" if hit["said"] else "before") for hit in _SIDED.finditer(request.plain, request.head.end())]
    )


def _compared(request: ListRequest) -> list[FormSlot]:
    """ "of birds and mammals"."""
    hit = _COMPARED.search(request.plain, request.head.end())
    if hit is None:
        return []
    return _named(request, [hit.span(name) for name in ("one", "two", "last") if hit[name]])


def _listed(request: ListRequest) -> list[FormSlot]:
    """ "three circles: fast, cheap, good"."""
    for start in opens(request):
        found = pieces_of(request.text, request.plain, start)
        slots = [FormSlot(span=piece.span, lines=(piece.line(piece.words),)) for piece in found if "\x00" not in piece.words]
        if len(slots) in (2, 3):
            return slots
    return []


def _in_both(request: ListRequest) -> FormSlot | None:
    hit = next((hit for pattern in _IN_BOTH if (hit := pattern.search(request.plain, request.head.end()))), None)
    if hit is None:
        return None
    piece = Piece(words=request.text[slice(*hit.span("said"))], start=hit.start("said"))
    said = Piece(words=re.sub(r"^(?:and|with|have) ", "", piece.words), start=piece.start)
    said = replace(said, start=piece.start + len(piece.words) - len(said.words))
    return FormSlot(span=Span(start=said.start, end=hit.end()), lines=(said.line(said.words),))


# ---- trees -------------------------------------------------------------------------------------------------------------


def _tree(request: ListRequest) -> FormMatch | None:
    for reading in (_branches, _generations, _owned, _offices):
        slots = reading(request)
        roots = [slot for slot in slots if slot.under is None]
        if 3 <= len(slots) <= MOST_SLOTS and len(roots) == 1:
            return as_match(request, slots)
    return None


class _Tree:
    """Boxes by their names, in order, each with what it hangs from."""

    def __init__(self) -> None:
        self.slots: list[FormSlot] = []

    def add(self, piece: Piece, under: int | None) -> int:
        self.slots.append(FormSlot(span=piece.span, lines=(piece.line(piece.words),), under=under))
        return len(self.slots) - 1

    def number(self, name: str) -> int | None:
        wanted = name.casefold()
        said = [slot.lines[0].content.casefold() for slot in self.slots]
        return next((at for at, one in enumerate(said) if one == wanted or wanted in one.split()), None)


def _branches(request: ListRequest) -> list[FormSlot]:
    """ "animals -> mammals, birds; mammals -> dog, cat"."""
    tree = _Tree()
    for part in re.finditer(r"[^;\n.]+", request.plain[request.head.end() :]):
        at = request.head.end() + part.start()
        arrow = ARROW.search(request.plain, at, at + len(part[0]))
        if arrow is None:
            continue
        names = list(_pieces(request, at, arrow.start()))
        below = list(_pieces(request, arrow.end(), at + len(part[0])))
        if len(names) != 1 or not below or ARROW.search(request.plain, arrow.end(), at + len(part[0])):
            return []
        parent = tree.number(names[0].words)
        parent = tree.add(names[0], None) if parent is None else parent
        for piece in below:
            tree.add(piece, parent)
    return tree.slots


def _pieces(request: ListRequest, start: int, end: int) -> Iterator[Piece]:
    """Names between commas and "and"."""
    at = start
    for cut in [*(hit.span() for hit in re.compile(r",|&|\band\b").finditer(request.plain, start, end)), (end, end)]:
        said = request.text[at : cut[0]]
        words = said.strip(" :,;.")
        if words:
            yield Piece(words=words, start=at + said.find(words))
        at = cut[1]


def _segments(request: ListRequest) -> Iterator[tuple[int, int]]:
    """What stands between commas, semicolons and full stops behind the name of the form, without what is said of the image."""
    opened = _OPEN_TREE.search(request.plain, request.head.end())
    start = opened.end() if opened is not None else request.head.end()
    for hit in re.compile(r"[^,;.\n]+").finditer(request.plain, start):
        if not re.match(r"\s*(?:with|on an?|in) ", hit[0]):
            yield hit.span()


def _generations(request: ListRequest) -> list[FormSlot]:
    """ "grandparents Rosa and Karl, parents Lena and Ben, children Mia and Theo": a couple is one box."""
    levels = []
    for start, end in _segments(request):
        said = request.text[start:end]
        lead = len(said) - len(said.lstrip())
        hit = _OF_LEVEL.match(said.strip())
        if hit is None or hit["role"] not in _GENERATION:
            return []
        levels.append((start + lead + hit.start("rest"), start + lead + hit.end("rest")))
    tree = _Tree()
    above: int | None = None
    for number, (start, end) in enumerate(levels):
        couple = Piece(words=request.text[start:end].strip(), start=start)
        apart = number == len(levels) - 1 and number > 0
        found = list(_pieces(request, start, end)) if apart else [couple]
        places = [tree.add(piece, above) for piece in found]
        above = places[0]
    return tree.slots if len(levels) > 1 else []


def _owned(request: ListRequest) -> list[FormSlot]:
    """ "CEO Dana, below her CTO Felix and CFO Maya, Felix's team: Ann and Joe"."""
    tree = _Tree()
    for start, end in _segments(request):
        said = request.text[start:end]
        lead = len(said) - len(said.lstrip())
        hit = _OWNER.match(said.strip())
        if hit is None:
            if tree.slots:
                return []
            tree.add(Piece(words=said.strip(), start=start + lead), None)
            continue
        owner = hit["owner"] or hit["below"]
        above = tree.number(owner) if owner else (0 if tree.slots else None)
        if above is None:
            return []
        for piece in _pieces(request, start + lead + hit.start("rest"), end):
            tree.add(piece, above)
    return tree.slots


def _offices(request: ListRequest) -> list[FormSlot]:
    """ "org chart: chair Susan Hill, treasurer Bob Ray, secretary Mei Lin": the first heads the others."""
    tree = _Tree()
    for start, end in _segments(request):
        said = request.text[start:end]
        if not request.head[0].lower().startswith(("org", "hier")) or not _OFFICE.match(said.strip()):
            return []
        words = said.strip()
        words = words[4:] if words.startswith("and ") else words
        tree.add(Piece(words=words, start=start + said.find(words)), 0 if tree.slots else None)
    return tree.slots


def _pyramid(request: ListRequest) -> FormMatch | None:
    if not _LEVELS.search(request.plain):
        return None
    for start in opens(request):
        found = pieces_of(request.text, request.plain, start)
        slots = [FormSlot(span=piece.span, lines=(piece.line(piece.words),)) for piece in found]
        if 3 <= len(slots) <= 8:
            upward = re.search(r"\b(?:from (?:the )?)?bottom to top\b", request.plain, re.IGNORECASE)
            return as_match(request, slots[::-1] if upward else slots)
    return None


_FIGURES: Mapping[FormKind, Callable[[ListRequest], FormMatch | None]] = {
    FormKind.PIE: _slices,
    FormKind.LINES: _line,
    FormKind.VENN: _venn,
    FormKind.TREE: _tree,
    FormKind.PYRAMID: _pyramid,
}
