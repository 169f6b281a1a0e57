"""Sheets with an edge of their own: a stamp, a ticket, a tag, a round badge; their outline, and the space on them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from genevolve.world.language.colours import PALETTE
from genevolve.world.language.model import Cut, CutSheet
from genevolve.world.sketch.border import Rim
from genevolve.world.sketch.plan import RGB, Mark, MarkKind, PixelBox

Point = tuple[float, float]
_PAPER: RGB = (253, 252, 248)
_INK: RGB = (34, 38, 48)
_MARGIN = 0.05  # of the shorter side, between the sheet and the edge of the image
_TEETH = 13  # along the shorter side of a stamp
_TICKET = 0.66  # of its width: how high a ticket is
_SLIM: Mapping[str, float] = {"bookmark": 0.5, "book mark": 0.5, "door hanger": 0.56, "doorhanger": 0.56}
_TAG = 0.74  # of its height: how wide a tag is
_ARC = 12  # points of a half circle


def on_cut_sheet(around: Rim, sheet: CutSheet | None, size: tuple[int, int]) -> Rim:
    """``around`` with the sheet under everything, and the space that is left on it; as it is where no sheet is asked for."""
    if sheet is None:
        return around
    box = _box(sheet, size)
    side = min(size)
    stroke = max(2.0, 0.007 * side)
    fill = PALETTE.get(sheet.colour or "", _PAPER)
    outline = tuple(_OUTLINES[sheet.cut](box))
    marks = [Mark(kind=MarkKind.OUTLINE, fill=fill, ink=_INK, box=box, points=outline, width=stroke)]
    pad, drop = _pad(sheet.cut, box), 0.0
    if sheet.cut is Cut.HOLED:
        hole = _hole(sheet, box)
        marks.append(Mark(kind=MarkKind.DOT, fill=_INK, ink=_INK, box=hole))
        drop = hole.bottom - box.y
    inset = round(box.x + pad[0]), round(box.y + pad[1])
    return replace(around, inset=inset, drop=round(drop), marks=tuple(marks))


def _box(sheet: CutSheet, size: tuple[int, int]) -> PixelBox:
    """In the middle of the image."""
    margin = _MARGIN * min(size)
    w, h = size[0] - 2 * margin, size[1] - 2 * margin
    match sheet.cut:
        case Cut.ROUND:
            w = h = min(w, h)
        case Cut.NOTCHED:
            h = min(h, _TICKET * w)
        case Cut.HOLED:
            w = min(w, _SLIM.get(sheet.noun, _TAG) * h)
    return PixelBox(x=(size[0] - w) / 2, y=(size[1] - h) / 2, w=w, h=h)


def _pad(cut: Cut, box: PixelBox) -> tuple[float, float]:
    side = min(box.w, box.h)
    match cut:
        case Cut.ROUND:  # a square in the circle, and a little more
            return 0.13 * side, 0.13 * side
        case Cut.PERFORATED:
            return 0.05 * side, 0.05 * side
        case Cut.NOTCHED:
            return 0.11 * side, 0.01 * side
    return 0.0, 0.0


def _hole(sheet: CutSheet, box: PixelBox) -> PixelBox:
    across = (0.4 if sheet.noun.startswith("door") else 0.11) * box.w
    return PixelBox(x=box.cx - across / 2, y=box.y + 0.05 * box.h, w=across, h=across)


def _round(box: PixelBox) -> list[Point]:
    turns = [2 * math.pi * n / 96 for n in range(96)]
    return [(box.cx + box.w / 2 * math.cos(turn), box.cy + box.h / 2 * math.sin(turn)) for turn in turns]


def _perforated(box: PixelBox) -> list[Point]:
    """Half circles cut out of every side, evenly."""
    pitch = min(box.w, box.h) / _TEETH
    corners = [(box.x, box.y), (box.right, box.y), (box.right, box.bottom), (box.x, box.bottom)]
    points: list[Point] = []
    for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
        length = math.dist(one, other)
        count = max(3, round(length / pitch))
        step, (dx, dy) = length / count, ((other[0] - one[0]) / length, (other[1] - one[1]) / length)
        points.append(one)
        for n in range(count):
            points += _bite(one, (dx, dy), (n + 0.5) * step, 0.28 * step)
    return points


def _bite(start: Point, along: Point, at: float, radius: float) -> list[Point]:
    """A half circle into the sheet, whose inside is on the right of the way ``along`` its edge."""
    (x, y), (dx, dy) = start, along
    turns = [math.pi * n / _ARC for n in range(_ARC + 1)]
    return [
        (
            x + dx * (at - radius * math.cos(turn)) - dy * radius * math.sin(turn),
            y + dy * (at - radius * math.cos(turn)) + dx * radius * math.sin(turn),
        )
        for turn in turns
    ]


def _notched(box: PixelBox) -> list[Point]:
    radius = 0.1 * box.h
    return [
        (box.x, box.y), (box.right, box.y), *_bite((box.right, box.y), (0.0, 1.0), box.h / 2, radius),
        (box.right, box.bottom), (box.x, box.bottom), *_bite((box.x, box.bottom), (0.0, -1.0), box.h / 2, radius),
    ]  # fmt: skip


def _holed(box: PixelBox) -> list[Point]:
    """The upper corners of a tag are cut off."""
    cut = 0.16 * box.w
    return [
        (box.x + cut, box.y), (box.right - cut, box.y), (box.right, box.y + cut), (box.right, box.bottom), (box.x, box.bottom),
        (box.x, box.y + cut),
    ]  # fmt: skip


_OUTLINES: Mapping[Cut, Callable[[PixelBox], list[Point]]] = {
    Cut.PERFORATED: _perforated,
    Cut.NOTCHED: _notched,
    Cut.HOLED: _holed,
    Cut.ROUND: _round,
}
