"""Forms with slots: where bars, points in time, steps, cells and columns go, and what marks hold them together.

One function for each form in ``_TEMPLATES``; each gets the filled slots and the free space, and sets every text in one size.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from genevolve.store.faces import HEAVY, MEDIUM
from genevolve.world.language.model import Form, FormKind
from genevolve.world.sketch.plan import Mark, MarkKind, PixelBox
from genevolve.world.sketch.slot_figures import checked, circles, framed, line_graph, pie, pyramid, ruled, tree
from genevolve.world.sketch.slot_middle import branching, labelled
from genevolve.world.sketch.slot_plots import plotted
from genevolve.world.sketch.slot_sheet import DrawnForm, FilledSlot, Sheet, nth_texts, size_of
from genevolve.world.sketch.text import LINE

_WIDE = 1.6  # a cell so many times as wide as high has its picture beside its name


def drawn(form: Form, slots: Sequence[FilledSlot], sheet: Sheet) -> DrawnForm:
    """The form on ``sheet``, every slot filled. Nothing is drawn outside ``sheet.area``."""
    made = DrawnForm()
    if slots:
        _TEMPLATES[form.kind](slots, replace(sheet, columns=form.columns), made)
    return made


# ---- one function for each form --------------------------------------------------------------------------------------


def _rows(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """One entry per row, its picture before it; a second text of it at the right."""
    area, shown = sheet.area, any(slot.source is not None for slot in slots)
    tall = min(area.h / len(slots), (0.19 if shown else 0.13) * sheet.side)
    paired = any(len(slot.texts) > 1 for slot in slots)
    picture = 1.15 * tall if shown else 0.0
    wide = area.w * (0.88 if paired else 0.62 if shown else 1.0) - (picture if paired else 0.0)
    left, top = area.cx - (wide - picture) / 2, area.cy - tall * len(slots) / 2
    timed = paired and sum(len(text.content) for text in nth_texts(slots, 0)) < sum(
        len(text.content) for text in nth_texts(slots, 1)
    )
    shares = (0.28, 0.68) if timed else (0.66, 0.32) if paired else (1.0, 0.0)
    px = min(
        size_of(nth_texts(slots, 0), wide * shares[0], tall * 0.9, 0.066 * sheet.side),
        size_of(nth_texts(slots, 1), wide * max(0.1, shares[1]), tall * 0.9, 0.066 * sheet.side),
    )
    for number, slot in enumerate(slots):
        y = top + number * tall
        made.picture(slot, PixelBox(x=left - picture, y=y + 0.06 * tall, w=picture - 0.15 * tall, h=0.88 * tall))
        for place, text in enumerate(slot.texts[:2]):
            w = wide * shares[place]
            box = PixelBox(x=left if place == 0 else left + wide - w, y=y, w=w, h=tall)
            alone = len(slot.texts) == 1
            align = "left" if shown and not paired else "center" if not paired else "left" if place == 0 or timed else "right"
            made.text(text, replace(box, w=wide) if alone else box, px, align=align)


def _bars(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    area, pitch = sheet.area, sheet.area.w / len(slots)
    px = size_of(nth_texts(slots, 0), 0.92 * pitch, 0.16 * area.h, 0.055 * sheet.side)
    foot, head = max(2.6 * px * LINE, 0.09 * area.h), 1.5 * px * LINE
    floor = area.bottom - foot
    unit = (floor - area.y - head) / max(1e-9, max(slot.value or 0.0 for slot in slots))
    for number, slot in enumerate(slots):
        x, high = area.x + number * pitch, (slot.value or 0.0) * unit
        bar = PixelBox(x=x + 0.19 * pitch, y=floor - high, w=0.62 * pitch, h=high)
        if high >= 1:
            made.marks.append(Mark(kind=MarkKind.BAR, fill=sheet.fill(number), ink=sheet.ink, box=bar))
        made.figure(slot.said, PixelBox(x=x, y=bar.y - head, w=pitch, h=head * 0.92), px)
        for text in slot.texts[:1]:
            made.text(text, PixelBox(x=x + 0.04 * pitch, y=floor + 0.4 * px, w=0.92 * pitch, h=foot - 0.4 * px), px, top=True)
    made.marks.append(sheet.line((area.x, floor), (area.right, floor)))


def _timeline(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    area, pitch = sheet.area, sheet.area.w / len(slots)
    if size_of(nth_texts(slots, 1), 0.9 * pitch, 0.4 * area.h, sheet.side) < 0.042 * sheet.side:
        return _down_the_line(slots, sheet, made)
    pictured = any(slot.source is not None for slot in slots)
    y = area.y + (0.56 if pictured else 0.42) * area.h
    dates = size_of(nth_texts(slots, 0), 0.94 * pitch, 0.16 * area.h, 0.062 * sheet.side, HEAVY)
    notes = size_of(nth_texts(slots, 1), 0.9 * pitch, 0.9 * (area.bottom - y) - 0.04 * sheet.side, 0.058 * sheet.side)
    dot = 0.016 * sheet.side
    made.marks.append(sheet.line((area.x, y), (area.right, y)))
    for number, slot in enumerate(slots):
        x = area.x + number * pitch
        cx, above = x + pitch / 2, y - dot - 0.02 * sheet.side
        box = PixelBox(x=cx - dot, y=y - dot, w=2 * dot, h=2 * dot)
        made.marks.append(Mark(kind=MarkKind.DOT, fill=sheet.fill(number), ink=sheet.ink, box=box))
        high = dates * LINE * 1.2
        if slot.texts:
            made.text(slot.texts[0], PixelBox(x=x, y=above - high, w=pitch, h=high), dates, face=HEAVY)
        free = above - high - area.y
        tall = min(0.8 * free, 1.3 * pitch)  # beside its date where the space is high
        foot = 0.1 * free if tall == 0.8 * free else 0.1 * pitch
        made.picture(slot, PixelBox(x=x + 0.12 * pitch, y=above - high - foot - tall, w=0.76 * pitch, h=tall))
        for text in slot.texts[1:2]:
            under = y + dot + 0.025 * sheet.side
            made.text(text, PixelBox(x=x + 0.05 * pitch, y=under, w=0.9 * pitch, h=area.bottom - under), notes, top=True)
    return None


def _down_the_line(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """From top to bottom, dates on the left of the line."""
    area, pitch = sheet.area, sheet.area.h / len(slots)
    x, dot = area.x + 0.3 * area.w, 0.014 * sheet.side
    pictured = any(slot.source is not None for slot in slots)
    wide = area.right - x - 0.05 * area.w - (1.1 * pitch if pictured else 0.0)
    px = min(
        size_of(nth_texts(slots, 0), 0.25 * area.w, 0.8 * pitch, 0.055 * sheet.side, HEAVY),
        size_of(nth_texts(slots, 1), wide, 0.8 * pitch, 0.05 * sheet.side),
    )
    made.marks.append(sheet.line((x, area.y), (x, area.bottom)))
    for number, slot in enumerate(slots):
        y = area.y + number * pitch
        cy = y + pitch / 2
        box = PixelBox(x=x - dot, y=cy - dot, w=2 * dot, h=2 * dot)
        made.marks.append(Mark(kind=MarkKind.DOT, fill=sheet.fill(number), ink=sheet.ink, box=box))
        if slot.texts:
            date = PixelBox(x=area.x, y=y, w=0.25 * area.w, h=pitch)
            made.text(slot.texts[0], date, px, align="right", face=HEAVY)
        for text in slot.texts[1:2]:
            made.text(text, PixelBox(x=x + 0.05 * area.w, y=y, w=wide, h=pitch), px, align="left")
        made.picture(slot, PixelBox(x=area.right - pitch, y=y + 0.06 * pitch, w=pitch, h=0.88 * pitch))


def _cell(slot: FilledSlot, box: PixelBox, px: float, sheet: Sheet, made: DrawnForm) -> None:
    """A framed text, or a picture with its name under it."""
    made.marks.append(sheet.frame(box))
    pad = 0.06 * min(box.w, box.h) + sheet.stroke
    inner = PixelBox(x=box.x + pad, y=box.y + pad, w=box.w - 2 * pad, h=box.h - 2 * pad)
    if slot.source is None:
        for text in slot.texts[:1]:
            made.text(text, inner, px)
        return
    foot = px * LINE * 1.15 if slot.texts else 0.0
    beside = inner.w > _WIDE * inner.h  # a wide cell has the picture on its left
    if beside:
        side = min(inner.h, 0.4 * inner.w)
        made.picture(slot, replace(inner, w=side))
        for text in slot.texts[:1]:
            made.text(text, PixelBox(x=inner.x + side + pad, y=inner.y, w=inner.w - side - pad, h=inner.h), px)
        return
    made.picture(slot, replace(inner, h=inner.h - foot))
    for text in slot.texts[:1]:
        made.text(text, PixelBox(x=inner.x, y=inner.bottom - foot, w=inner.w, h=foot), px)


def _cell_size(slots: Sequence[FilledSlot], w: float, h: float, sheet: Sheet) -> float:
    pad = 2 * (0.06 * min(w, h) + sheet.stroke)
    pictured = any(slot.source is not None for slot in slots)
    beside = pictured and w - pad > _WIDE * (h - pad)
    wide = w - pad - (min(h - pad, 0.4 * (w - pad)) + pad / 2 if beside else 0.0)
    tall = (h - pad) * (0.28 if pictured and not beside else 0.96)
    return size_of(nth_texts(slots, 0), wide * 0.98, tall, 0.058 * sheet.side)


def _steps(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """Side by side where that leaves room enough, else one under another."""
    area, count = sheet.area, len(slots)
    across = area.w / area.h >= (0.9 if count <= 3 else 1.5)
    whole, other = (area.w, area.h) if across else (area.h, area.w)
    gap = min(0.12 * sheet.side, (0.42 if across else 0.3) * whole / count)
    long = (whole - gap * (count - 1)) / count
    wide = min(other, long * 1.3) if across else min(other, max(0.62 * area.w, 2.4 * long))
    w, h = (long, wide) if across else (wide, long)
    px = _cell_size(slots, w, h, sheet)
    boxes = []
    for number, slot in enumerate(slots):
        along = number * (long + gap)
        x, y = (area.x + along, area.cy - h / 2) if across else (area.cx - w / 2, area.y + along)
        boxes.append(PixelBox(x=x, y=y, w=w, h=h))
        _cell(slot, boxes[-1], px, sheet, made)
    for one, following in itertools.pairwise(boxes):
        room = 0.12 * gap
        if across:
            made.marks.append(sheet.line((one.right + room, one.cy), (following.x - room, one.cy), MarkKind.ARROW))
        else:
            made.marks.append(sheet.line((one.cx, one.bottom + room), (one.cx, following.y - room), MarkKind.ARROW))


def _cycle(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """Clockwise from the top; each arrow goes from the edge of one cell to the edge of the next."""
    area, count = sheet.area, len(slots)
    w = min(area.w * (0.32 if count < 6 else 0.26), 0.34 * sheet.side)
    h = min(area.h * (0.26 if count < 5 else 0.2 if count < 7 else 0.15), w)
    turns = [2 * math.pi * number / count - math.pi / 2 for number in range(count)]
    rx, ry = (area.w - w) / 2, (area.h - h) / 2
    px = _cell_size(slots, w, h, sheet)
    boxes = []
    for slot, turn in zip(slots, turns, strict=True):
        cx, cy = area.cx + rx * math.cos(turn), area.cy + ry * math.sin(turn)
        boxes.append(PixelBox(x=cx - w / 2, y=cy - h / 2, w=w, h=h))
        _cell(slot, boxes[-1], px, sheet, made)
    for one, following in zip(boxes, [*boxes[1:], boxes[0]], strict=True):
        made.marks.append(sheet.line(*_between(one, following, 0.015 * sheet.side), MarkKind.ARROW))


def _between(one: PixelBox, other: PixelBox, room: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """The part of the line between two middles that lies outside of both boxes, with ``room`` on either end."""
    dx, dy = other.cx - one.cx, other.cy - one.cy
    length = max(1e-6, math.hypot(dx, dy))
    out = min(one.w / 2 / max(1e-6, abs(dx)), one.h / 2 / max(1e-6, abs(dy))) + room / length
    return (one.cx + dx * out, one.cy + dy * out), (other.cx - dx * out, other.cy - dy * out)


def _grid(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    area = sheet.area
    columns = sheet.columns or math.ceil(math.sqrt(len(slots)))
    rows = math.ceil(len(slots) / columns)
    gap = 0.02 * sheet.side
    w, h = (area.w - gap * (columns - 1)) / columns, (area.h - gap * (rows - 1)) / rows
    px = _cell_size(slots, w, h, sheet)
    for number, slot in enumerate(slots):
        row, column = divmod(number, columns)
        _cell(slot, PixelBox(x=area.x + column * (w + gap), y=area.y + row * (h + gap), w=w, h=h), px, sheet, made)


def _columns(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """Headings over pictures over points, with a line between the columns. A lone number is set large."""
    area, pitch = sheet.area, sheet.area.w / len(slots)
    wide = 0.88 * pitch
    heads = size_of(nth_texts(slots, 0), wide, 0.16 * area.h, 0.08 * sheet.side, HEAVY)
    high = min(0.2 * area.h, 2.2 * heads * LINE)
    points = [text for slot in slots for text in slot.texts[1:]]
    most = max(len(slot.texts) - 1 for slot in slots)
    shown = any(slot.source is not None for slot in slots)
    tall = (area.h - high) * (0.0 if not shown else 1.0 if not points else 0.4)
    row = min((area.h - high - tall) / max(1, most), (0.16 if most > 1 else 0.6) * sheet.side)
    score = most == 1 and all(len(text.content) <= 4 for text in points)
    px = size_of(
        points, (0.72 if score else 1.0) * wide, 0.86 * row, (0.3 if score else 0.055) * sheet.side, HEAVY if score else MEDIUM
    )
    for number, slot in enumerate(slots):
        x = area.x + number * pitch + 0.06 * pitch
        for text in slot.texts[:1]:
            made.text(text, PixelBox(x=x, y=area.y, w=wide, h=high), heads, face=HEAVY)
        made.picture(slot, PixelBox(x=x, y=area.y + high + 0.05 * tall, w=wide, h=0.9 * tall))
        for nth, text in enumerate(slot.texts[1:]):
            y = area.y + high + tall + nth * row
            made.text(text, PixelBox(x=x, y=y, w=wide, h=row), px, face=HEAVY if score else MEDIUM)
        if number:
            at = area.x + number * pitch
            made.marks.append(sheet.line((at, area.y), (at, area.bottom)))


def _tile(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    """Number, symbol and name in a square."""
    area = sheet.area
    side = min(area.w, area.h)
    box = PixelBox(x=area.cx - side / 2, y=area.cy - side / 2, w=side, h=side)
    made.marks.append(sheet.frame(box))
    y = box.y + 0.04 * side
    texts = slots[0].texts
    named = len(texts) == 2 and not texts[0].content.isdigit()  # a symbol over a name
    heights = (0.22, 0.5, 0.2) if len(texts) == 3 else (0.64, 0.26) if named else [0.9 / max(1, len(texts))] * 2
    for number, text in enumerate(texts[:3]):
        share = heights[number]
        large = number == 0 if named else number == 1 or len(texts) < 3
        face = HEAVY if large else MEDIUM
        room = PixelBox(x=box.x + 0.1 * side, y=y, w=0.8 * side, h=share * side)
        made.text(text, room, (0.42 if large else 0.12) * side, face=face)
        y += share * side


_TEMPLATES: Mapping[FormKind, Callable[[Sequence[FilledSlot], Sheet, DrawnForm], None]] = {
    FormKind.LIST: _rows,
    FormKind.BARS: _bars,
    FormKind.TIMELINE: _timeline,
    FormKind.STEPS: _steps,
    FormKind.CYCLE: _cycle,
    FormKind.GRID: _grid,
    FormKind.COMPARISON: _columns,
    FormKind.TILE: _tile,
    FormKind.PIE: pie,
    FormKind.LINES: line_graph,
    FormKind.VENN: circles,
    FormKind.TABLE: ruled,
    FormKind.TREE: tree,
    FormKind.PYRAMID: pyramid,
    FormKind.PLOT: plotted,
    FormKind.FRAMED: framed,
    FormKind.CHECKS: checked,
    FormKind.MAP: branching,
    FormKind.DIAGRAM: labelled,
}
