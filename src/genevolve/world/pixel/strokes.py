"""Bars, rules and arrows measured on pixels: how high, how long, which way they point. Nothing is known of who drew them."""

import itertools
import math
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.geometry import centre

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Floats

TELLABLE = 26  # difference of colours (largest channel, 0…255) that an eye takes for two things
_FOOT = 0.12  # of the image's height: no bar begins farther above its name
_RULED = 0.7  # of the way between the first and the last point that a rule covers
_HALF = 0.03  # of the image's shorter side: half the width of the strip in which an arrow lies
_POINTED = 1.5  # how much wider than its shaft the head of an arrow is


def bar_heights(image: "Floats", names: Sequence[Box]) -> list[float]:
    """The height in pixels of the bar over each of ``names``, which stand side by side; 0 where no bar is."""
    import numpy as np

    middles = [centre(box)[0] for box in names]
    pitch = statistics.median(abs(b - a) for a, b in itertools.pairwise(middles))
    heights = []
    for number, box in enumerate(names):
        beside = middles[number] + (pitch / 2 if number + 1 < len(names) else -pitch / 2)
        bar, ground = _column(image, middles[number], 0.12 * pitch), _column(image, beside, 0.05 * pitch)
        differs = np.abs(bar - ground).max(axis=1) > TELLABLE
        heights.append(_run_above(differs, round(box[1]), image.shape[0]))
    return heights


def _column(image: "Floats", x: float, half: float) -> "Floats":
    import numpy as np

    left, right = max(0, round(x - half)), min(image.shape[1], round(x + half) + 1)
    if right <= left:
        return np.zeros((image.shape[0], 3), np.float32)
    middle: Floats = np.median(image[:, left:right], axis=1)
    return middle


def _run_above(differs: "Bools", top: int, height: int) -> float:
    """The length of the first run above ``top``, if it begins near it. A break of one pixel is none."""
    lowest = max(0, top - round(_FOOT * height))
    start = next((y for y in range(min(top, height) - 1, lowest, -1) if differs[y] and differs[max(0, y - 1)]), None)
    if start is None:
        return 0.0
    y = start
    while y > 0 and (differs[y] or differs[y - 1]):
        y -= 1
    return float(start - y)


def ruled(image: "Floats", start: tuple[float, float], end: tuple[float, float], low: float, high: float) -> bool:
    """Whether a straight line runs along between two points; it is looked for from ``low`` to ``high`` across.

    Points are (along, across): for a line from top to bottom pass the transposed image.
    """
    import numpy as np

    left, right = sorted((round(start[0]), round(end[0])))
    reach = max(4, round(0.014 * min(image.shape[:2])))
    rows = range(max(reach, round(low)), min(image.shape[0] - reach, round(high) + 1))
    for y in rows:
        row = image[y, left:right]
        above = np.abs(row - image[y - reach, left:right]).max(axis=1) > TELLABLE
        below = np.abs(row - image[y + reach, left:right]).max(axis=1) > TELLABLE
        if len(row) and float((above & below).mean()) >= _RULED:
            return True
    return False


def joined(image: "Floats", start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Whether a straight line runs all the way between two points (x, y)."""
    import numpy as np

    length = math.hypot(end[0] - start[0], end[1] - start[1])
    if length < 6:
        return True
    along = np.linspace(0.12, 0.88, max(8, round(length / 2)), dtype=np.float32)
    dx, dy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    reach = max(5.0, 0.016 * min(image.shape[:2]))
    sides = [_samples(image, start, end, along, shift * reach * dy, -shift * reach * dx) for shift in (-1, 1)]
    best = np.zeros(len(along), bool)
    for shift in (-2, -1, 0, 1, 2):  # it may run a little beside
        on = _samples(image, start, end, along, shift * dy, -shift * dx)
        best |= np.minimum(*(np.abs(on - side).max(axis=1) for side in sides)) > TELLABLE
    return float(best.mean()) >= _RULED


def _samples(
    image: "Floats", start: tuple[float, float], end: tuple[float, float], along: "Floats", dx: float, dy: float
) -> "Floats":
    import numpy as np

    xs = np.clip(np.rint(start[0] + along * (end[0] - start[0]) + dx), 0, image.shape[1] - 1).astype(int)
    ys = np.clip(np.rint(start[1] + along * (end[1] - start[1]) + dy), 0, image.shape[0] - 1).astype(int)
    found: Floats = image[ys, xs]
    return found


def arrow(image: "Floats", one: Box, other: Box) -> str:
    """What is wrong with the arrow from ``one`` to ``other``: "" where there is one that points to ``other``.

    It may run beside the line between the two middles, which are those of what was recognised, not of a frame around it.
    """
    strips = [strip for shift in (0, -0.8, 0.8, -1.6, 1.6) if (strip := _strip(image, one, other, shift)) is not None]
    if not strips:
        return "they touch"
    seen = [found for strip in strips if (found := _widths(strip)) is not None]
    return _head(max(seen, key=len)) if seen else "no arrow is there"


def _widths(strip: "Floats") -> "Floats | None":
    """How wide the stroke in the middle of ``strip`` is, all along it; None where none lies wholly inside."""
    import numpy as np

    rows, middle = strip.shape[0], strip.shape[1] // 2
    edges = strip[[0, 1, -2, -1], max(0, middle - 2) : middle + 3].reshape(-1, 3)
    ground = np.median(edges, axis=0)
    plain = (np.abs(strip - ground).max(axis=2) <= TELLABLE)[[0, -1]].all(axis=0)
    first, last = _around(plain, middle)
    ink = (np.abs(strip[:, first:last] - ground).max(axis=2) > TELLABLE).sum(axis=0)
    ink = np.where(ink > 0.9 * rows, 0, ink)  # the edge of a frame goes right across
    marked = np.flatnonzero(ink)
    if len(marked) < 5 or marked[-1] - marked[0] < 0.3 * (last - first):
        return None
    found: Floats = ink[marked[0] : marked[-1] + 1].astype(np.float32)
    return found


def _head(widths: "Floats") -> str:
    """By the widths along a stroke: its head begins at once where it is widest, and tapers towards the point."""
    import numpy as np

    at = int(np.argmax(widths))
    before, behind = float(widths[:at].mean()) if at else 0.0, float(widths[at + 1 :].mean()) if at + 1 < len(widths) else 0.0
    if widths[at] < _POINTED * float(np.median(widths)) or not (before and behind):
        return "a line without a head is there"
    return "" if behind > before else "the arrow points back"


def _strip(image: "Floats", one: Box, other: Box, shift: float) -> "Floats | None":
    """The pixels between two boxes: (across, along, 3), along from ``one`` to ``other``; ``shift`` in halves of its width."""
    import numpy as np

    (ax, ay), (bx, by) = centre(one), centre(other)
    length = math.hypot(bx - ax, by - ay)
    if length < 4:
        return None
    dx, dy = (bx - ax) / length, (by - ay) / length
    start, end = _reach(one, dx, dy) + 1, length - _reach(other, dx, dy) - 1
    if end - start < 8:
        return None
    half = max(4, round(_HALF * min(image.shape[:2])))
    along, across = np.arange(start, end, dtype=np.float32), np.arange(-half, half + 1, dtype=np.float32) + shift * half
    xs = ax + along[None, :] * dx - across[:, None] * dy
    ys = ay + along[None, :] * dy + across[:, None] * dx
    columns = np.clip(np.rint(xs), 0, image.shape[1] - 1).astype(int)
    rows = np.clip(np.rint(ys), 0, image.shape[0] - 1).astype(int)
    found: Floats = image[rows, columns]
    return found


def _reach(box: Box, dx: float, dy: float) -> float:
    """How far it is from the middle of ``box`` to its edge."""
    w, h = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    return min(w / abs(dx) if dx else math.inf, h / abs(dy) if dy else math.inf)


def _around(plain: "Bools", middle: int) -> tuple[int, int]:
    """The run of ``plain`` columns around ``middle``; a break of two columns is none."""
    first = last = middle
    while first > 0 and plain[max(0, first - 3) : first].any():
        first -= 1
    while last < len(plain) and plain[last : last + 3].any():
        last += 1
    return first, last
