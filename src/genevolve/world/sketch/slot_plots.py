"""The curve of a function on two axes, as in ``slots``: the same scale on both, the origin in the middle."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from genevolve.store.faces import HEAVY
from genevolve.world.language.form_plots import formula_of
from genevolve.world.language.functions import Formula
from genevolve.world.sketch.plan import Mark, MarkKind, PixelBox
from genevolve.world.sketch.slot_sheet import DrawnForm, FilledSlot, Sheet, size_of
from genevolve.world.sketch.text import LINE

_SAMPLES = 240
_TICKS = 5  # on each side of the origin; every second one has its number
_LETTERS = 0.05  # of the shorter side: height of the names of the axes
_LABEL = 0.085


def plotted(slots: Sequence[FilledSlot], sheet: Sheet, made: DrawnForm) -> None:
    slot = slots[0]
    found = formula_of(slot.texts[0].content) if slot.texts else None
    half = found.window() if found is not None else None
    if found is None or half is None:
        return
    area = sheet.area
    px = size_of(slot.texts[:1], area.w, 0.14 * area.h, _LABEL * sheet.side, HEAVY)
    head = 1.5 * px * LINE
    made.text(slot.texts[0], replace(area, h=head), px, face=HEAVY)
    side = min(area.w, area.h - head) - 2.2 * _LETTERS * sheet.side
    square = PixelBox(x=area.cx - side / 2, y=area.bottom - side, w=side, h=side)
    _axes(square, half, sheet, made)
    for one, other in _curve(found, half, square):
        made.marks.append(replace(sheet.line(one, other), fill=sheet.fill(0), width=1.7 * sheet.stroke))
    letter = _LETTERS * sheet.side
    names = (
        PixelBox(x=square.right + 0.2 * letter, y=square.cy - letter, w=2 * letter, h=2 * letter),
        PixelBox(x=square.cx - letter, y=square.y - 1.5 * letter, w=2 * letter, h=1.4 * letter),
    )
    for number, box in enumerate(names):
        if len(slot.texts) > number + 1:
            made.text(slot.texts[number + 1], box, 1.3 * letter, face=HEAVY)


def _axes(square: PixelBox, half: int, sheet: Sheet, made: DrawnForm) -> None:
    made.marks.append(sheet.line((square.x, square.cy), (square.right, square.cy), MarkKind.ARROW))
    made.marks.append(sheet.line((square.cx, square.bottom), (square.cx, square.y), MarkKind.ARROW))
    step, long = square.w / (2 * _TICKS), 0.012 * sheet.side
    high = 0.034 * sheet.side
    for n in (n for n in range(1 - _TICKS, _TICKS) if n):
        x, y = square.cx + n * step, square.cy - n * step
        made.marks.append(_tick(sheet, (x, square.cy - long), (x, square.cy + long)))
        made.marks.append(_tick(sheet, (square.cx - long, y), (square.cx + long, y)))
        if n % 2 == 0:
            said = str(n * half // _TICKS)
            made.figure(said, PixelBox(x=x - step, y=square.cy + long, w=2 * step, h=1.3 * high), high)
            made.figure(said, PixelBox(x=square.cx - step - long, y=y - high, w=step, h=1.6 * high), high)


def _tick(sheet: Sheet, start: tuple[float, float], end: tuple[float, float]) -> Mark:
    return replace(sheet.line(start, end), width=0.7 * sheet.stroke)


def _curve(found: Formula, half: int, square: PixelBox) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Its pieces within the square."""
    xs = [half * (2 * n / _SAMPLES - 1) for n in range(_SAMPLES + 1)]
    unit = square.w / (2 * half)
    for (x, y), (u, v) in itertools.pairwise([(x, found.at(x)) for x in xs]):
        if y is None or v is None or max(abs(y), abs(v)) > half:
            continue
        yield (square.cx + x * unit, square.cy - y * unit), (square.cx + u * unit, square.cy - v * unit)
