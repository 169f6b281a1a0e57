"""Slices, lines of values, circles, tables, trees, pyramids and frames, checked on pixels."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from genevolve.world.language.model import Form, FormKind, FormPart
from genevolve.world.pixel import regions, strokes
from genevolve.world.pixel.detections import Detections, boxes
from genevolve.world.pixel.geometry import bounds, centre
from genevolve.world.pixel.seen_slot import (
    Check,
    Fault,
    SeenSlot,
    called,
    in_row_of,
    names_of,
    side_by_side,
    stacked,
    values_of,
)
from genevolve.world.pixel.tables import RuledTable, holds, pictured_cells, ruled_table

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Floats

_SLICE = 0.03  # of the disc, by which a slice may be off
_POINT = 0.07  # of the highest point, by which a point may be off
_ROUND = 0.06  # of its area, by which a disc may differ from one
_GROUNDS = 12  # difference of colours (largest channel, 0…255) of two grounds that lie beside each other
_SHADE = 10  # by which one ground may differ from itself


def _slices(slots: Sequence[SeenSlot], form: Form, request: str, seen: Detections) -> Fault:
    """The share of each colour, which a patch before the name tells, in the disc."""
    patches = [regions.patch_before(seen.image, box) for box in names_of(slots)]
    lost = next((slot for slot, patch in zip(slots, patches, strict=True) if patch is None), None)
    if lost is not None:
        return f"no square of a colour stands before {called(lost)}"
    colours = [patch[0] for patch in patches if patch is not None]
    areas, disc = regions.areas(seen.image, colours, [patch[1] for patch in patches if patch is not None])
    whole = float(sum(areas))
    if whole < 0.02 * seen.size[0] * seen.size[1]:
        return "no disc was found"
    if abs(whole / (math.pi / 4 * disc[0] * disc[1]) - 1) > _ROUND or abs(disc[0] / disc[1] - 1) > _ROUND:
        return "its slices make no disc"
    values = values_of(slots, form, request)
    for slot, value, area in zip(slots, values, areas, strict=True):
        if abs(area / whole - value / sum(values)) > _SLICE:
            return f"the slice of {called(slot)} is {area / whole:.0%}, not {value / sum(values):.0%}"
    return ""


def _points(slots: Sequence[SeenSlot], form: Form, request: str, seen: Detections) -> Fault:
    values = values_of(slots, form, request)
    points = [regions.point_over(seen.image, box) for box in names_of(slots)]
    lost = next((slot for slot, point in zip(slots, points, strict=True) if point is None), None)
    if lost is not None:
        return f"no point is over {called(lost)}"
    heights = [point[2] for point in points if point is not None]
    highest, most = max(heights), max(values)
    for slot, value, height in zip(slots, values, heights, strict=True):
        if abs(height / highest - value / most) > _POINT + 2 / highest:
            return f"the point of {called(slot)} is at {height / highest:.0%} of the highest, not {value / most:.0%}"
    for (one, start), (other, end) in itertools.pairwise(zip(slots, points, strict=True)):
        if start is not None and end is not None and not strokes.joined(seen.image, start[:2], end[:2]):
            return f"no line joins {called(one)} and {called(other)}"
    return ""


# ---- overlapping circles -------------------------------------------------------------------------------------------------


def _circles(slots: Sequence[SeenSlot], form: Form, _: str, seen: Detections) -> Fault:
    """Each text stands on a ground of its own: that of its circle, or of the part that all have."""
    count = form.columns
    outside = regions.ground(seen.image, (2.0, seen.size[1] / 2 - 4, 10.0, seen.size[1] / 2 + 4))
    grounds = [[regions.ground(seen.image, box) for box in slot.texts] for slot in slots]
    for slot, found in zip(slots, grounds, strict=True):
        if any(_apart(one, found[0]) > _SHADE for one in found):
            return f"what belongs to {called(slot)} does not stand together in its part"
    firsts = [found[0] for found in grounds]
    for slot, ground in zip(slots, firsts, strict=True):
        if _apart(ground, outside) <= _GROUNDS:
            return f"{called(slot)} stands in no circle"
    for (one, first), (other, second) in itertools.combinations(zip(slots, firsts, strict=True), 2):
        if _apart(first, second) <= _GROUNDS:
            return f"{called(one)} and {called(other)} stand in the same part"
    own = [slot.whole for slot in slots[:count]]
    middle = centre(bounds(own)) if len(own) == 2 else _mean([centre(box) for box in own])
    if len(slots) == count:
        between = regions.ground(seen.image, (middle[0] - 4, middle[1] - 4, middle[0] + 4, middle[1] + 4))
        apart = min(_apart(between, one) for one in (*firsts, outside))
        return "" if apart > _GROUNDS else "its circles do not overlap"
    shared = slots[count].whole
    reach = max(math.dist(centre(box), middle) for box in own)
    return "" if math.dist(centre(shared), middle) < 0.35 * reach else f"{called(slots[count])} is not where all overlap"


def _mean(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def _apart(one: "Floats", other: "Floats") -> float:
    return float(abs(one - other).max())


# ---- tables, trees, levels, frames ---------------------------------------------------------------------------------------


def table_fault(form: Form, contents: Sequence[tuple[str, ...]], seen: Detections) -> Fault:
    """What is wrong with the cells, row by row; every cell that nothing was asked for is empty."""
    import numpy as np

    marked = [part for part in form.parts if part.under is not None]
    found = ruled_table(seen.image.astype(np.uint8), pictured_cells(form))
    if found is None:
        return "no ruled table was found"
    rows = [(part, said) for part, said in zip(form.parts, contents, strict=True) if part.under is None]
    form, contents = replace(form, parts=tuple(part for part, _ in rows)), [said for _, said in rows]
    columns = max(form.columns, *(part.skip + len(said) for part, said in zip(form.parts, contents, strict=True)))
    if (len(found.rows), len(found.rows[0])) != (len(contents), columns):
        return f"it has {len(found.rows)} rows of {len(found.rows[0])} cells, not {len(contents)} of {columns}"
    for number, (part, said, row) in enumerate(zip(form.parts, contents, found.rows, strict=True), start=1):
        wanted = ["" for _ in range(part.skip)] + list(said)
        wanted += ["" for _ in range(columns - len(wanted))]
        for place, (cell, text) in enumerate(zip(row, wanted, strict=True), start=1):
            if bool(text) is not bool(cell.text) or (text and not holds(cell, text)):
                return f"cell {place} of row {number} holds “{cell.text}”, not “{text}”"
    return next((fault for part in marked if (fault := _in_its_cell(part, found, seen))), "")


def _in_its_cell(part: FormPart, table: RuledTable, seen: Detections) -> Fault:
    """The picture of ``part`` stands between the lines of its cell."""
    left, top, right, bottom = table.rows[part.under or 0][part.skip].lines
    shown = boxes(seen.instances.get(part.picture or "", ()))
    inside = any(left < centre(box)[0] < right and top < centre(box)[1] < bottom for box in shown)
    return "" if inside else f"the {part.picture} does not stand in cell {part.skip + 1} of row {(part.under or 0) + 1}"


def _hanging(slots: Sequence[SeenSlot], form: Form, _: str, seen: Detections) -> Fault:
    names = names_of(slots)
    for number, part in enumerate(form.parts):
        if part.under is None:
            continue
        above, below = names[part.under], names[number]
        if centre(below)[1] <= above[3]:
            return f"{called(slots[number])} does not stand under {called(slots[part.under])}"
        ends = regions.edges_between(seen.image, above, below)
        if ends is None or not _joined_nearby(seen, *ends):
            return f"no line joins {called(slots[number])} to {called(slots[part.under])}"
    return ""


def _joined_nearby(seen: Detections, start: tuple[float, float], end: tuple[float, float]) -> bool:
    """What is read of a text is not quite in the middle of its box, where the line leaves."""
    off = 0.008 * seen.size[0]
    shifts = itertools.product((0.0, -off, off), repeat=2)
    return any(strokes.joined(seen.image, (start[0] + one, start[1]), (end[0] + other, end[1])) for one, other in shifts)


def _widening(slots: Sequence[SeenSlot], _: Form, __: str, seen: Detections) -> Fault:
    widths = [regions.width_around(seen.image, box) for box in names_of(slots)]
    for (one, narrow), (other, wide) in itertools.pairwise(zip(slots, widths, strict=True)):
        if narrow <= 0 or wide < 1.04 * narrow:
            return f"the level of {called(other)} is not wider than that of {called(one)}"
    return ""


def _in_frame(slots: Sequence[SeenSlot], _: Form, __: str, seen: Detections) -> Fault:
    whole = bounds([slot.whole for slot in slots])
    width, height = seen.size
    flipped = seen.image.transpose(1, 0, 2)
    sides = {
        "over it": strokes.ruled(seen.image, (whole[0], 0), (whole[2], 0), 0, whole[1]),
        "under it": strokes.ruled(seen.image, (whole[0], 0), (whole[2], 0), whole[3], height),
        "on its left": strokes.ruled(flipped, (whole[1], 0), (whole[3], 0), 0, whole[0]),
        "on its right": strokes.ruled(flipped, (whole[1], 0), (whole[3], 0), whole[2], width),
    }
    return next((f"no line of a frame runs {side}" for side, drawn in sides.items() if not drawn), "")


def _boxes_before(slots: Sequence[SeenSlot], _: Form, __: str, seen: Detections) -> Fault:
    """Left of each entry there are the two sides of a box; a tick is nearest to the entry that is ticked."""
    lefts = [names_of([slot])[0][0] for slot in slots]
    for slot in slots:
        if not regions.box_before(seen.image, (min(lefts), *names_of([slot])[0][1:])):
            return f"no box stands before {called(slot)}"
        if slot.picture is not None and (nearest := in_row_of(slot.picture, slots)) is not slot:
            return f"the tick of {called(slot)} stands at {called(nearest)}"
    return ""


FIGURE_CHECKS: Mapping[FormKind, Sequence[tuple[str, Check]]] = {
    FormKind.PIE: (("slices as large as their values", _slices),),
    FormKind.LINES: (("points from left to right", side_by_side), ("points as high as their values, joined", _points)),
    FormKind.VENN: (("each text in its part of the circles", _circles),),
    FormKind.TREE: (("each box under the one that it hangs from, joined to it", _hanging),),
    FormKind.PYRAMID: (("levels in order", stacked), ("each level wider than the one above", _widening)),
    FormKind.CHECKS: (("entries one under another", stacked), ("a box before each entry", _boxes_before)),
    FormKind.FRAMED: (("texts one under another", stacked), ("a frame around them", _in_frame)),
}
