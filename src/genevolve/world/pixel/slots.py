"""Forms with slots, checked on pixels: every text in its order and beside what it belongs to, bars in proportion, arrows there.

Order and values are taken from the words of the request once more, without the scene reader: a slip of the reader that policy
and generator share is found here.
"""

import itertools
import math
import re
from collections.abc import Mapping, Sequence

from genevolve.core.score import Dimension
from genevolve.world.language.model import Form, FormKind, FormPart
from genevolve.world.lexical import in_order, value_beside
from genevolve.world.pixel import strokes
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.detections import Detections, boxes
from genevolve.world.pixel.geometry import bounds, centre
from genevolve.world.pixel.ocr import TextLine, best_match, normal
from genevolve.world.pixel.seen_slot import (
    Check,
    Fault,
    SeenSlot,
    alike_in_order,
    called,
    in_row_of,
    names_of,
    side_by_side,
    stacked,
    values_of,
)
from genevolve.world.pixel.slot_figures import FIGURE_CHECKS, table_fault
from genevolve.world.pixel.slot_middle import MIDDLE_CHECKS
from genevolve.world.pixel.slot_plots import PLOT_CHECKS
from genevolve.world.pixel.verdict import ClaimVerdict

_READ = 0.75  # likeness from which a text that was read is the one of a slot
_NUMBER = re.compile(r"^\d{1,2}\. (?=\S)")  # of a numbered step
PROPORTION = 0.07  # of the highest bar, by which a bar may be off


_ANY_ORDER = (
    FormKind.VENN,
    FormKind.TREE,
    FormKind.PYRAMID,
    FormKind.TABLE,
    FormKind.FRAMED,
)  # said in other orders than they are drawn


def slots_laid_out(form: Form, request: str, wordings: Mapping[str, str], seen: Detections) -> list[ClaimVerdict]:
    """One verdict for each thing that the form of ``request`` asks of its layout. ``wordings``: the texts by their keys."""
    contents = [tuple(wordings[key] for key in part.texts if key in wordings) for part in form.parts]
    verdicts = [_verdict("its entries are those of the request, in this order", _misread(form, request, contents))]
    if form.kind is FormKind.TABLE:
        return [*verdicts, _verdict("every cell holds what it should", table_fault(form, contents, seen))]
    found = [_seen(part, said, seen) for part, said in zip(form.parts, contents, strict=True)]
    lost = next((one for one in found if isinstance(one, str)), "")
    slots = [one for one in found if isinstance(one, SeenSlot)]
    if lost:
        return [*verdicts, _verdict(form.kind.value, lost)]
    slots = alike_in_order(slots, form) if form.kind is FormKind.GRID else slots
    checks = _CHECKS.get(form.kind, ())
    return [*verdicts, *(_verdict(said, check(slots, form, request, seen)) for said, check in checks)]


def _verdict(requirement: str, fault: Fault) -> ClaimVerdict:
    return ClaimVerdict(
        skill="spatial_layout",
        dimension=Dimension.VISUAL_CORRECTNESS,
        requirement=f"the layout: {requirement}",
        value=0.0 if fault else 1.0,
        detail=fault,
    )


def _misread(form: Form, request: str, contents: Sequence[tuple[str, ...]]) -> Fault:
    """What the words of the request themselves say against the slots."""
    flat = [said[0] if form.kind is FormKind.TIMELINE else said for said in contents if said]
    labels = [one for entry in flat for one in ([entry] if isinstance(entry, str) else entry)]
    labels = [_NUMBER.sub("", label) for label in labels] if form.kind is FormKind.STEPS else labels
    mirrored = len(contents) == 2 and [*contents[0], *reversed(contents[1])]  # "Foxes 3 - 2 Hares"
    by_rows = [one for row in zip(*contents, strict=False) for one in row]  # "tea and coffee: mild vs strong"
    other_orders = (mirrored, by_rows) if form.kind is FormKind.COMPARISON else ()
    ordered = in_order(request, labels) or any(order and in_order(request, order) for order in other_orders)
    if form.worked_out:
        return ""
    if form.kind in _ANY_ORDER:
        strange = next((label for label in labels if label.casefold() not in request.casefold()), "")
        return f"the request does not say “{strange}”" if strange else ""
    if form.kind is not FormKind.TILE and not ordered:
        return "the request has them in another order"
    for part, said in zip(form.parts, contents, strict=True):
        if part.value is not None and said:
            told = value_beside(request, said[0])
            if told is not None and not math.isclose(told, part.value, rel_tol=1e-6):
                return f"the request gives {told:g} for {said[0]}"
    return ""


def _seen(part: FormPart, contents: tuple[str, ...], seen: Detections) -> "SeenSlot | Fault":
    found = [located(said, seen.read) for said in contents]
    for said, box in zip(contents, found, strict=True):
        if box is None:
            return f"“{said}” was not found"
    shown = seen.instances.get(part.picture or "")
    if shown == ():
        return f"the picture of {part.picture} was not found"
    if not shown and (part.picture or not contents):  # a grey shape stands there
        return f"the picture of {part.picture} is not known"
    texts = tuple(box for box in found if box is not None)
    near = texts[0] if texts else None
    picture = min(boxes(shown), key=lambda box: math.dist(centre(box), centre(near or box))) if shown else None
    return SeenSlot(contents=contents, texts=texts, picture=picture)


def located(said: str, lines: Sequence[TextLine]) -> Box | None:
    """Where ``said`` stands: the box of its lines, or its part of a line that holds more."""
    wanted = normal(said)
    if (signed := _number_at(said, lines)) is not None:
        return signed
    whole = next((line.box for line in lines if normal(line.text) == wanted), None)
    match = best_match(said, lines, stacked=True)
    if whole is not None or (match.exact and len(match.lines) > 1):
        return whole or match.box
    for line in lines:
        words = [(word.start(), word.end()) for word in re.finditer(r"\S+", line.text)]
        for (start, _), (_, end) in itertools.combinations_with_replacement(words, 2):
            if normal(line.text[start:end]) == wanted:
                left, top, right, bottom = line.box
                wide = (right - left) / max(1, len(line.text))
                return left + start * wide, top, left + end * wide, bottom
    return match.box if match.lines and match.likeness >= _READ else None


def _number_at(said: str, lines: Sequence[TextLine]) -> Box | None:
    """Where a number stands with its own sign: "5" is none of "-5"."""
    if re.fullmatch(r"[-−]?\d+", said) is None:
        return None
    wanted = said.replace("−", "-")
    for line in lines:
        for word in re.finditer(r"\S+", line.text):
            if re.sub(r"[−–—]", "-", word[0]) == wanted:
                left, top, right, bottom = line.box
                wide = (right - left) / max(1, len(line.text))
                return left + word.start() * wide, top, left + word.end() * wide, bottom
    return None


# ---- what a form asks for ------------------------------------------------------------------------------------------------


def _heights(slots: Sequence[SeenSlot], form: Form, request: str, seen: Detections) -> Fault:
    values = values_of(slots, form, request)
    heights = strokes.bar_heights(seen.image, names_of(slots))
    highest, most = max(heights), max(values)
    if highest < 0.1 * seen.size[1] or most <= 0:
        return "no bars were found"
    for slot, value, height in zip(slots, values, heights, strict=True):
        if abs(height / highest - value / most) > PROPORTION + 2 / highest:
            return f"the bar of {called(slot)} is {height / highest:.0%} of the highest, not {value / most:.0%}"
    return ""


def _along(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    """In their order from left to right or from top to bottom."""
    axis = _axis(slots)
    for one, other in itertools.pairwise(slots):
        if centre(names_of([one])[0])[axis] >= centre(names_of([other])[0])[axis]:
            return f"{called(other)} does not come after {called(one)}"
    return ""


def _axis(slots: Sequence[SeenSlot]) -> int:
    whole = bounds([(*centre(box), *centre(box)) for box in names_of(slots)])
    return 0 if whole[2] - whole[0] >= whole[3] - whole[1] else 1


def _notes(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    """What belongs to a date (or a name) is nearer to it than to any other."""
    axis = _axis(slots)
    for slot in slots:
        for said, box in zip(slot.contents[1:], slot.texts[1:], strict=True):
            nearest = min(slots, key=lambda other: abs(centre(other.texts[0])[axis] - centre(box)[axis]))
            if nearest is not slot:
                return f"“{said}” stands at {called(nearest)}"
    return ""


def _line(slots: Sequence[SeenSlot], _: Form, __: str, seen: Detections) -> Fault:
    axis, names = _axis(slots), names_of(slots)
    image = seen.image if axis == 0 else seen.image.transpose(1, 0, 2)
    ends = [(centre(box)[axis], centre(box)[1 - axis]) for box in (names[0], names[-1])]
    every = [box for slot in slots for box in slot.texts]
    low, high = min(box[1 - axis] for box in every), max(box[3 - axis] for box in every)
    margin = 0.08 * seen.size[1 - axis]
    found = strokes.ruled(image, ends[0], ends[1], low - margin, high + margin)
    return "" if found else "no line runs along its points"


def _arrows(slots: Sequence[SeenSlot], form: Form, _: str, seen: Detections) -> Fault:
    ring = [slots[0]] if form.kind is FormKind.CYCLE else []
    for one, other in itertools.pairwise([*slots, *ring]):
        if fault := strokes.arrow(seen.image, one.whole, other.whole):
            return f"from {called(one)} to {called(other)}: {fault}"
    return ""


def _onward(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    """Each step is to the right of the one before, or under it."""
    for one, other in itertools.pairwise(slots):
        (ax, ay), (bx, by) = centre(one.whole), centre(other.whole)
        high = one.whole[3] - one.whole[1]
        if not (bx > ax and abs(by - ay) < max(high, 0.5 * (bx - ax))) and by < ay + 0.5 * high:
            return f"{called(other)} does not come after {called(one)}"
    return ""


def _clockwise(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    middles = [centre(slot.whole) for slot in slots]
    x, y = sum(one[0] for one in middles) / len(slots), sum(one[1] for one in middles) / len(slots)
    turns = [math.atan2(one[1] - y, one[0] - x) for one in middles]
    for number, slot in enumerate(slots):
        step = (turns[(number + 1) % len(slots)] - turns[number]) % (2 * math.pi)
        if not 0.05 < step < math.pi + 0.2:
            return f"what comes after {called(slot)} is not the next one clockwise"
    return ""


def _cells(slots: Sequence[SeenSlot], form: Form, _: str, __: Detections) -> Fault:
    """Row by row, from left to right."""
    for number, (one, other) in enumerate(itertools.pairwise(slots), start=1):
        (ax, ay), (bx, by) = centre(one.whole), centre(other.whole)
        high = max(one.whole[3] - one.whole[1], other.whole[3] - other.whole[1])
        same_row = number % form.columns != 0
        right = bx > ax and abs(by - ay) < 0.6 * high if same_row else by > ay + 0.5 * high and bx < ax
        if not right:
            return f"{called(other)} is not in its cell"
    return ""


def _captions(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    """The name that is nearest to a picture is its own."""
    shown = [slot for slot in slots if slot.picture is not None and slot.texts]
    for slot in shown:
        nearest = min(shown, key=lambda other: math.dist(centre(other.texts[0]), centre(slot.picture or slot.whole)))
        if nearest is not slot:
            return f"the name nearest to the picture of {called(slot)} is {called(nearest)}"
    return ""


def _under_headings(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    for slot in slots:
        y = centre(slot.texts[0])[1]
        for said, box in zip(slot.contents[1:], slot.texts[1:], strict=True):
            nearest = min(slots, key=lambda other: abs(centre(other.texts[0])[0] - centre(box)[0]))
            if nearest is not slot or centre(box)[1] <= y:
                return f"“{said}” does not stand under {called(slot)}"
    return ""


def _same_row(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    for slot in slots:
        for said, box in zip(slot.contents[1:], slot.texts[1:], strict=True):
            name = slot.texts[0]
            if abs(centre(box)[1] - centre(name)[1]) > 0.7 * (name[3] - name[1]) or centre(box)[0] <= centre(name)[0]:
                return f"“{said}” does not stand in the row of {called(slot)}"
    return ""


def _before_names(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    """A picture stands in the row of its name, and no other name is nearer to its height."""
    for slot in slots:
        if slot.picture is None or not slot.texts:
            continue
        if (nearest := in_row_of(slot.picture, slots)) is not slot:
            return f"the picture of {called(slot)} stands in the row of {called(nearest)}"
    return ""


def _tile(slots: Sequence[SeenSlot], _: Form, __: str, ___: Detections) -> Fault:
    texts = slots[0].texts
    ordered = all(centre(upper)[1] < centre(lower)[1] for upper, lower in itertools.pairwise(texts))
    tall = [box[3] - box[1] for box in texts]
    if not ordered:
        return "number, symbol and name do not stand one under another"
    return "" if len(texts) < 3 or tall[1] == max(tall) else "the symbol is not the largest"


_NAMED_PICTURES = ("each name stands at its picture", _captions)
_CHECKS: Mapping[FormKind, Sequence[tuple[str, Check]]] = {
    FormKind.LIST: (
        ("one entry per row, in order", stacked),
        ("both parts of an entry in one row", _same_row),
        ("each picture in the row of its name", _before_names),
    ),
    FormKind.BARS: (("bars from left to right", side_by_side), ("bars as high as their values", _heights)),
    FormKind.TIMELINE: (
        ("points in order", _along), ("each date beside what happened", _notes), ("one line along them", _line),
    ),
    FormKind.STEPS: (("steps in order", _onward), ("an arrow from each to the next", _arrows), _NAMED_PICTURES),
    FormKind.CYCLE: (("steps clockwise", _clockwise), ("an arrow from each to the next", _arrows), _NAMED_PICTURES),
    FormKind.GRID: (("cells row by row", _cells), _NAMED_PICTURES),
    FormKind.COMPARISON: (
        ("columns from left to right", side_by_side), ("each point under its heading", _under_headings), _NAMED_PICTURES,
    ),
    FormKind.TILE: (("number over symbol over name", _tile),),
    **FIGURE_CHECKS,
    **MIDDLE_CHECKS,
    **PLOT_CHECKS,
}  # fmt: skip
