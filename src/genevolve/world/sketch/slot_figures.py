"""Where the slices, points, circles, cells, boxes and levels of a form go. One function for each, as in ``slots``."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

from genevolve.store.faces import HEAVY, MEDIUM
from genevolve.world.sketch.plan import Mark, MarkKind, PixelBox
from genevolve.world.sketch.slot_sheet import DrawnForm, FilledSlot, Sheet, nth_texts, size_of
from genevolve.world.sketch.text import LINE

WRITTEN = 0.42  # of a cell that holds a picture: what is written stands in this part of it


def pie(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """Clockwise from the top; under it, or beside it where the space is wide, a square of each colour before name and value."""
    area, count = sheet.area, len(slots)
    wide = area.w > 1.25 * area.h
    high = min(0.085 * sheet.side, (area.h if wide else 0.42 * area.h) / count)
    side = min(area.h, 0.42 * area.w) if wide else min(area.w, area.h - count * high - 0.03 * sheet.side)
    disc = PixelBox(x=area.x if wide else area.cx - side / 2, y=area.cy - side / 2 if wide else area.y, w=side, h=side)
    left = disc.right + 0.04 * area.w if wide else area.x + 0.16 * area.w
    top = area.cy - count * high / 2 if wide else area.bottom - count * high
    room = area.right - left - 1.3 * high
    said = 0.36 * room
    px = size_of(nth_texts(slots, 0), room - said, 0.9 * high, 0.055 * sheet.side)
    turn, whole = 0.0, sum(slot.value or 0.0 for slot in slots)
    for number, slot in enumerate(slots):
        share = 360 * (slot.value or 0.0) / whole
        fill, y = sheet.fill(number), top + number * high
        made.marks.append(Mark(kind=MarkKind.WEDGE, fill=fill, ink=sheet.ink, box=disc, turn=(turn, turn + share)))
        patch = PixelBox(x=left, y=y + 0.16 * high, w=0.68 * high, h=0.68 * high)
        made.marks.append(Mark(kind=MarkKind.BAR, fill=fill, ink=sheet.ink, box=patch))
        for text in slot.texts[:1]:
            made.text(text, PixelBox(x=left + 1.1 * high, y=y, w=room - said, h=high), px, align="left")
        made.figure(slot.said, PixelBox(x=left + 1.1 * high + room - said, y=y, w=said, h=0.5 * (high + px * LINE)), px)
        turn += share


def line_graph(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    area, pitch = sheet.area, sheet.area.w / len(slots)
    px = size_of(nth_texts(slots, 0), 0.92 * pitch, 0.16 * area.h, 0.05 * sheet.side)
    foot, head = max(2.6 * px * LINE, 0.09 * area.h), 2.4 * px * LINE
    floor, dot = area.bottom - foot, 0.018 * sheet.side
    unit = (floor - area.y - head) / max(1e-9, max(slot.value or 0.0 for slot in slots))
    points = [(area.x + (n + 0.5) * pitch, floor - (slot.value or 0.0) * unit) for n, slot in enumerate(slots)]
    for one, following in itertools.pairwise(points):
        made.marks.append(replace(sheet.line(one, following), fill=sheet.fill(0)))
    for number, (slot, (x, y)) in enumerate(zip(slots, points, strict=True)):
        box = PixelBox(x=x - dot, y=y - dot, w=2 * dot, h=2 * dot)
        made.marks.append(Mark(kind=MarkKind.DOT, fill=sheet.fill(0), ink=sheet.ink, box=box))
        left = area.x + number * pitch
        made.figure(slot.said, PixelBox(x=left, y=y - dot - 0.5 * px - px * LINE, w=pitch, h=px * LINE), px)
        for text in slot.texts[:1]:
            made.text(
                text, PixelBox(x=left + 0.04 * pitch, y=floor + 0.4 * px, w=0.92 * pitch, h=foot - 0.4 * px), px, top=True
            )
    made.marks.append(sheet.line((area.x, floor), (area.right, floor)))


def _around(x: float, y: float, w: float, h: float) -> PixelBox:
    return PixelBox(x=x - w / 2, y=y - h / 2, w=w, h=h)


def _two(area: PixelBox) -> tuple[list[PixelBox], list[PixelBox]]:
    """Two circles, and the rooms for texts: of each alone, and of both."""
    size = min(area.h, area.w / 1.62)
    discs = [_around(area.cx + side * 0.31 * size, area.cy, size, size) for side in (-1, 1)]
    alone = [_around(area.cx + side * 0.5 * size, area.cy, 0.5 * size, 0.6 * size) for side in (-1, 1)]
    return discs, [*alone, _around(area.cx, area.cy, 0.32 * size, 0.5 * size)]


def _three(area: PixelBox) -> tuple[list[PixelBox], list[PixelBox]]:
    size = min(area.w / 1.6, area.h / 1.52)
    x, top = area.cx, area.cy - 0.76 * size
    middles = [(x - 0.3 * size, top + 0.5 * size), (x + 0.3 * size, top + 0.5 * size), (x, top + 1.02 * size)]
    spots = [(x - 0.46 * size, top + 0.36 * size), (x + 0.46 * size, top + 0.36 * size), (x, top + 1.26 * size)]
    alone = [_around(*spot, 0.44 * size, 0.32 * size) for spot in spots]
    return [_around(*middle, size, size) for middle in middles], [
        *alone,
        _around(x, top + 0.68 * size, 0.26 * size, 0.24 * size),
    ]


def circles(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """Two side by side or three around a middle; a further slot stands where all of them overlap."""
    count = sheet.columns or min(3, len(slots))
    discs, rooms = _two(sheet.area) if count == 2 else _three(sheet.area)
    for number, box in enumerate(discs):
        made.marks.append(Mark(kind=MarkKind.RING, fill=sheet.fill(number), ink=sheet.ink, box=box, width=sheet.stroke))
    boxes = rooms[: len(slots)]
    cells = [replace(box, h=box.h / max(1, len(slot.texts))) for slot, box in zip(slots, boxes, strict=True)]
    px = min(
        size_of(slot.texts, cell.w, 0.94 * cell.h, 0.06 * sheet.side, HEAVY) for slot, cell in zip(slots, cells, strict=True)
    )
    for number, (slot, cell) in enumerate(zip(slots, cells, strict=True)):
        for row, text in enumerate(slot.texts):
            heading = row == 0 and number < count and len(slot.texts) > 1
            made.text(text, replace(cell, y=cell.y + row * cell.h), px, face=HEAVY if heading else MEDIUM)


def ruled(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """A table: lines between all rows and columns, the first row its head; pictures stand under what is written in a cell."""
    marked = [slot for slot in slots if slot.under is not None]
    slots = [slot for slot in slots if slot.under is None]
    area, columns = sheet.area, max(sheet.columns, *(slot.skip + len(slot.texts) for slot in slots))
    high = min(area.h / len(slots), 0.2 * sheet.side)
    shares = _shares(slots, columns)
    top, px = area.cy - high * len(slots) / 2, 0.055 * sheet.side
    edges = [area.x + area.w * sum(shares[:n]) for n in range(columns + 1)]
    for slot in slots:
        for at, text in enumerate(slot.texts, start=slot.skip):
            wide = edges[at + 1] - edges[at]  # of which a little stays free beside the lines
            px = min(px, size_of([text], min(0.86 * wide, wide - 0.044 * sheet.side), 0.72 * high, px, HEAVY))
    paper = PixelBox(x=area.x, y=top, w=area.w, h=high * len(slots))
    shared = {(slot.under, slot.skip) for slot in marked}
    made.marks.append(Mark(kind=MarkKind.BAR, fill=sheet.soft, ink=sheet.ink, box=paper))
    for number, slot in enumerate(slots):
        for at, text in enumerate(slot.texts, start=slot.skip):
            w = edges[at + 1] - edges[at]
            box = PixelBox(x=edges[at] + 0.06 * w, y=top + number * high, w=0.88 * w, h=high)
            if (number, at) in shared:
                made.text(text, replace(box, h=WRITTEN * high), min(px, 0.62 * WRITTEN * high))
            else:
                made.text(text, box, px, face=HEAVY if number == 0 else MEDIUM)
    for slot in marked:
        _in_cell(
            slot,
            PixelBox(x=edges[slot.skip], y=top + (slot.under or 0) * high, w=edges[slot.skip + 1] - edges[slot.skip], h=high),
            made,
        )
    for n in range(len(slots) + 1):
        made.marks.append(sheet.line((area.x, top + n * high), (area.right, top + n * high)))
    for x in edges:
        made.marks.append(sheet.line((x, top), (x, paper.bottom)))


def _in_cell(slot: FilledSlot, cell: PixelBox, made: DrawnForm) -> None:
    """The picture under what is written in the ``cell``."""
    pad = 0.06 * cell.h
    made.picture(
        slot, PixelBox(x=cell.x + pad, y=cell.y + WRITTEN * cell.h, w=cell.w - 2 * pad, h=(1 - WRITTEN) * cell.h - pad)
    )


def _shares(slots: Sequence[FilledSlot], columns: int) -> list[float]:
    """How wide the columns are: by their longest text, none under two thirds of an even share."""
    longest = [
        max((len(slot.texts[at - slot.skip].content) for slot in slots if 0 <= at - slot.skip < len(slot.texts)), default=1)
        for at in range(columns)
    ]
    wanted = [max(length, 2 * sum(longest) / columns / 3) for length in longest]
    return [one / sum(wanted) for one in wanted]


def tree(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """From the top down, each box over those that hang from it."""
    depths: list[int] = []
    for slot in slots:
        depths.append(0 if slot.under is None else depths[slot.under] + 1)
    leaves = [n for n, _ in enumerate(slots) if not any(slot.under == n for slot in slots)]
    order = sorted(leaves, key=lambda n: _path(slots, n))
    area, levels = sheet.area, max(depths) + 1
    pitch, high = area.w / len(order), area.h / (levels + 0.55 * (levels - 1))
    h = min(high, 0.16 * sheet.side)
    step = min((area.h - h) / max(1, levels - 1), 2.6 * h)
    top = area.cy - (step * (levels - 1) + h) / 2
    middles = [0.0] * len(slots)
    for n in sorted(range(len(slots)), key=lambda n: -depths[n]):
        below = [middles[m] for m, slot in enumerate(slots) if slot.under == n]
        middles[n] = (min(below) + max(below)) / 2 if below else area.x + (order.index(n) + 0.5) * pitch
    w = min(0.86 * pitch, 0.34 * sheet.side) if len(order) > 1 else 0.5 * area.w
    px = size_of(nth_texts(slots, 0), 0.9 * w, 0.84 * h, 0.05 * sheet.side)
    boxes = [PixelBox(x=x - w / 2, y=top + depths[n] * step, w=w, h=h) for n, x in enumerate(middles)]
    for slot, box in zip(slots, boxes, strict=True):
        if slot.under is not None:
            above = boxes[slot.under]
            made.marks.append(sheet.line((above.cx, above.bottom), (box.cx, box.y)))
    for slot, box in zip(slots, boxes, strict=True):
        made.marks.append(sheet.frame(box))
        for text in slot.texts[:1]:
            made.text(text, PixelBox(x=box.x + 0.05 * w, y=box.y + 0.08 * h, w=0.9 * w, h=0.84 * h), px)


def _path(slots: Sequence[FilledSlot], number: int) -> tuple[int, ...]:
    """From the root to the box: siblings stand in their order, and under their own parent."""
    under = slots[number].under
    return (*(() if under is None else _path(slots, under)), number)


def pyramid(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    area, count = sheet.area, len(slots)
    high, gap = area.h / count, 0.014 * sheet.side
    widths = [area.w * (0.3 + 0.7 * n / max(1, count - 1)) for n in range(count)]
    px = min(
        size_of(slot.texts[:1], 0.9 * w, 0.7 * (high - gap), 0.06 * sheet.side) for slot, w in zip(slots, widths, strict=True)
    )
    for n, (slot, w) in enumerate(zip(slots, widths, strict=True)):
        box = PixelBox(x=area.cx - w / 2, y=area.y + n * high, w=w, h=high - gap)
        made.marks.append(sheet.frame(box))
        for text in slot.texts[:1]:
            made.text(text, PixelBox(x=box.x + 0.05 * w, y=box.y, w=0.9 * w, h=box.h), px)


def framed(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """Two borders around texts one under another, the first the largest."""
    area, stroke = sheet.area, sheet.stroke
    gap = 2.5 * stroke
    inner = PixelBox(x=area.x + gap, y=area.y + gap, w=area.w - 2 * gap, h=area.h - 2 * gap)
    made.marks += [sheet.frame(area), replace(sheet.frame(inner), width=0.6 * stroke)]
    pad = 0.05 * min(area.w, area.h) + gap
    room = PixelBox(x=area.x + pad, y=area.y + pad, w=area.w - 2 * pad, h=area.h - 2 * pad)
    weights = [1.7 if n == 0 and len(slots) > 1 else 1.0 for n in range(len(slots))]
    px = min(size_of(nth_texts(slots[1:], 0), room.w, 0.8 * room.h / sum(weights), 0.07 * sheet.side), 0.07 * sheet.side)
    y = room.y
    for n, (slot, weight) in enumerate(zip(slots, weights, strict=True)):
        high = room.h * weight / sum(weights)
        for text in slot.texts[:1]:
            box = PixelBox(x=room.x, y=y, w=room.w, h=high)
            made.text(text, box, 0.12 * sheet.side if n == 0 else px, face=HEAVY if n == 0 else MEDIUM)
        y += high


def checked(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """A box before each entry; the picture of one that is ticked stands in its box."""
    area = sheet.area
    high = min(area.h / len(slots), 0.14 * sheet.side)
    box, top = 0.56 * high, area.cy - high * len(slots) / 2
    wide = 0.86 * area.w
    left = area.cx - wide / 2
    px = size_of(nth_texts(slots, 0), wide - 1.6 * box, 0.8 * high, 0.066 * sheet.side)
    for number, slot in enumerate(slots):
        y = top + number * high
        square = PixelBox(x=left, y=y + (high - box) / 2, w=box, h=box)
        made.marks.append(sheet.frame(square))
        pad = 0.12 * box
        made.picture(slot, PixelBox(x=square.x + pad, y=square.y + pad, w=box - 2 * pad, h=box - 2 * pad))
        for text in slot.texts[:1]:
            made.text(text, PixelBox(x=left + 1.6 * box, y=y, w=wide - 1.6 * box, h=high), px, align="left")
