"""Layouts around a middle: a thing with its labels beside it, ideas around a topic. One function for each, as in ``slots``."""

import math
from collections.abc import Sequence

from genevolve.store.faces import HEAVY, MEDIUM
from genevolve.world.sketch.plan import PixelBox
from genevolve.world.sketch.slot_sheet import DrawnForm, FilledSlot, Sheet, nth_texts, size_of

_INTO = 0.55  # of the way from the edge of a picture to its middle that a line runs on, under the picture


def labelled(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """The first slot is the thing; labels in turn on its left and right, from top to bottom, each with a line to it."""
    area, (thing, *names) = sheet.area, slots
    side = min(0.46 * area.w, 0.9 * area.h)
    middle = PixelBox(x=area.cx - side / 2, y=area.cy - side / 2, w=side, h=side)
    rows = max(1, math.ceil(len(names) / 2))
    wide = (area.w - side) / 2 - 0.07 * area.w
    high = area.h / rows
    px = size_of([text for slot in names for text in slot.texts[:1]], wide, 0.5 * high, 0.055 * sheet.side)
    for number, slot in enumerate(names):
        left = number % 2 == 0
        y = area.y + (number // 2) * high
        box = PixelBox(x=area.x if left else area.right - wide, y=y, w=wide, h=high)
        for text in slot.texts[:1]:
            made.text(text, box, px, align="right" if left else "left")
        start = (box.right + 0.012 * area.w if left else box.x - 0.012 * area.w, box.cy)
        made.marks.append(sheet.line(start, _onto(start, middle)))
    made.picture(thing, middle)


def _onto(start: tuple[float, float], box: PixelBox) -> tuple[float, float]:
    """Where a line from ``start`` to the middle of ``box`` ends: inside of it."""
    dx, dy = box.cx - start[0], box.cy - start[1]
    reach = min(box.w / 2 / max(1e-6, abs(dx)), box.h / 2 / max(1e-6, abs(dy)))
    along = 1 - (1 - _INTO) * min(1.0, reach)
    return start[0] + along * dx, start[1] + along * dy


def branching(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """The first slot in the middle, the others around it clockwise, each on a line from the middle."""
    area, ideas = sheet.area, slots[1:]
    count = len(ideas)
    w = min(0.26 * area.w, 0.3 * sheet.side)
    h = min(0.16 * area.h, 0.5 * w)
    middle = PixelBox(x=area.cx - 0.55 * w, y=area.cy - 0.65 * h, w=1.1 * w, h=1.3 * h)
    first = -math.pi / 2 + (math.pi / count if count > 2 else 0.0)  # two stand one over the other
    turns = [first + 2 * math.pi * number / count for number in range(count)]
    rx, ry = (area.w - w) / 2, (area.h - h) / 2
    px = size_of(nth_texts(ideas, 0), 0.86 * w, 0.8 * h, 0.05 * sheet.side)
    boxes = [
        PixelBox(x=area.cx + rx * math.cos(turn) - w / 2, y=area.cy + ry * math.sin(turn) - h / 2, w=w, h=h) for turn in turns
    ]
    for box in boxes:
        made.marks.append(sheet.line((area.cx, area.cy), (box.cx, box.cy)))
    for slot, box, face in zip(slots, (middle, *boxes), (HEAVY, *(MEDIUM for _ in boxes)), strict=True):
        made.marks.append(sheet.frame(box))
        for text in slot.texts[:1]:
            inner = PixelBox(x=box.x + 0.06 * box.w, y=box.y + 0.08 * box.h, w=0.88 * box.w, h=0.84 * box.h)
            made.text(text, inner, 1.3 * px if face == HEAVY else px, face=face)
