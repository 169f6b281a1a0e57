"""Curves of functions, measured: two axes that cross, and what is coloured lies where the function of the request says."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from genevolve.world.language.form_plots import formula_of
from genevolve.world.language.functions import Formula
from genevolve.world.language.model import Form, FormKind
from genevolve.world.pixel.detections import Detections
from genevolve.world.pixel.geometry import centre
from genevolve.world.pixel.regions import runs
from genevolve.world.pixel.seen_slot import Check, Fault, SeenSlot

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Floats

_INK = 100.0  # of 255: no channel of an axis is lighter
_LONG = 0.4  # of the shorter side of the image: no axis is shorter
_VIVID, _APART = 60.0, 60.0  # of 255: how coloured a curve is, and how far from the ground
_NEAR = 0.022  # of the length of an axis, by which a curve may be off
_MET, _ASTRAY = 0.9, 0.12  # share of the curve that is there, at least; share of what is coloured that lies elsewhere, at most
_SAMPLES = 161


class _Axes(NamedTuple):
    """In pixels: where they cross, and half their length."""

    x: float
    y: float
    half: float


def _plotted(slots: Sequence[SeenSlot], _: Form, request: str, seen: Detections) -> Fault:
    label = slots[0].contents[0]
    found = formula_of(label)
    if found is None or ((told := formula_of(request)) is not None and not _same(found, told)):
        return f"“{label}” is not the function of the request"
    half, axes = found.window(), _axes(seen.image)
    if axes is None or half is None:
        return "no two axes that cross were found"
    coloured = _coloured(seen.image, axes)
    return _course(found, half, axes, coloured)


def _same(one: Formula, other: Formula) -> bool:
    pairs = [(one.at(x / 7), other.at(x / 7)) for x in range(-20, 21)]
    return all((a is None) == (b is None) and (a is None or b is None or math.isclose(a, b, abs_tol=1e-6)) for a, b in pairs)


def _axes(image: "Floats") -> _Axes | None:
    """The longest dark level line and the longest dark upright one, whatever coloured crosses them."""
    import numpy as np

    dark = (image.max(axis=2) <= _INK) | _vivid(image, np.median(image.reshape(-1, 3), axis=0))
    level, upright = _longest(dark), _longest(dark.T)
    if level is None or upright is None:
        return None
    (y, left, right), (x, top, bottom) = level, upright
    half = (right - left) / 2
    crossed = abs((left + right) / 2 - x) < 0.05 * half and abs((top + bottom) / 2 - y) < 0.05 * half
    if not crossed or right - left < _LONG * min(image.shape[:2]) or not 0.9 < (bottom - top) / (right - left) < 1.1:
        return None
    return _Axes(x=x, y=y, half=half)


def _longest(dark: "Bools") -> tuple[float, int, int] | None:
    """Row, start and end of the longest run along the rows; of several rows alike the middle one."""
    found = [(end - start, row, start, end) for row, line in enumerate(dark) for start, end in runs(line)]
    if not found:
        return None
    most = max(found)[0]
    rows = [one for one in found if one[0] >= 0.97 * most]
    middle = rows[len(rows) // 2]
    return float(middle[1]), middle[2], middle[3]


def _coloured(image: "Floats", axes: _Axes) -> "Bools":
    """What is vivid and not the ground, in the square of the axes; all around it nothing is."""
    import numpy as np

    left, right = max(0, round(axes.x - axes.half)), round(axes.x + axes.half)
    top, bottom = max(0, round(axes.y - axes.half)), round(axes.y + axes.half)
    ground = np.median(image[top:bottom, left:right].reshape(-1, 3), axis=0)
    found = np.zeros(image.shape[:2], bool)
    found[top:bottom, left:right] = _vivid(image, ground)[top:bottom, left:right]
    return found


def _vivid(image: "Floats", ground: "Floats") -> "Bools":
    import numpy as np

    found: Bools = (image.max(axis=2) - image.min(axis=2) > _VIVID) & (np.abs(image - ground).max(axis=2) > _APART)
    return found


def _course(found: Formula, half: int, axes: _Axes, coloured: "Bools") -> Fault:
    import numpy as np

    unit, near = axes.half / half, max(3, round(2 * _NEAR * axes.half))
    wanted = np.zeros(coloured.shape, bool)
    met, every = 0, 0
    for n in range(_SAMPLES * 8):
        x = half * (2 * n / (_SAMPLES * 8 - 1) - 1)
        y = found.at(x)
        if y is None or abs(y) > half:
            continue
        column, row = round(axes.x + x * unit), round(axes.y - y * unit)
        part = (slice(max(0, row - near), row + near + 1), slice(max(0, column - near), column + near + 1))
        wanted[part] = True
        if n % 8 == 0 and abs(y) < 0.94 * half and abs(x) < 0.94 * half:
            every += 1
            met += bool(coloured[part].any())
    if not every or met < _MET * every:
        return "the curve does not run where its function says"
    astray = int((coloured & ~wanted).sum())
    return "something else than the curve is drawn on the axes" if astray > _ASTRAY * max(1, int(coloured.sum())) else ""


def _named_axes(slots: Sequence[SeenSlot], _: Form, __: str, seen: Detections) -> Fault:
    """ "x" at the right end of the level axis, "y" at the upper end of the other."""
    axes = _axes(seen.image)
    said = dict(zip(slots[0].contents[1:], slots[0].texts[1:], strict=True))
    if not said or axes is None:
        return "" if not said else "no two axes that cross were found"
    ends = {"x": (axes.x + axes.half, axes.y), "y": (axes.x, axes.y - axes.half)}
    off = [name for name, box in said.items() if math.dist(centre(box), ends.get(name, (0.0, 0.0))) > 0.35 * axes.half]
    return f"“{off[0]}” does not stand at the end of its axis" if off else ""


PLOT_CHECKS: Mapping[FormKind, Sequence[tuple[str, Check]]] = {
    FormKind.PLOT: (("the curve runs as its function says", _plotted), ("each axis has its name", _named_axes)),
}
