"""Single signs: a letter, a figure or a currency sign that stands alone. OCR finds lines, and one sign is none.

Each solid patch of dark or of light ink that is as large and as broad as a sign is cut out by itself, black on white, and read.
It counts only where it reads exactly as the sign that is asked for: a picture's outlines are patches, too.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.ocr import TextLine, normal, read_cell, similarity

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Bytes

DARK, LIGHT = 100, 232  # of 255: the brightest channel of dark ink is below, the darkest of light ink above
LEAST, MOST = 0.035, 0.75  # height of a sign, as a share of the longer side of where it is looked for
NARROW, BROAD = 0.12, 1.4  # width for its height
SPARSE, DENSE = 0.1, 0.97  # share of its box that is ink: an outline has less
TRIED = 12  # patches that are read, the largest first
_SIDE = 96  # pixels of the height at which a patch is read


def lone_sign(rgb: "Bytes", box: Box, required: str, avoided: Sequence[Box] = ()) -> TextLine | None:
    """Where ``required``, one sign, stands in ``box`` of an RGB image and in none of the ``avoided`` boxes; None where nothing
    reads so."""
    left, top = (max(0, int(value)) for value in box[:2])
    part = rgb[top : int(box[3]) + 1, left : int(box[2]) + 1]
    for patch, (x, y, w, h) in _patches(part):
        placed = (left + x, top + y, left + x + w, top + y + h)
        if any(_within(placed, other) for other in avoided):
            continue
        if similarity(normal(required), normal(read_cell(_printed(patch)))) == 1.0:
            return TextLine(text=required, box=tuple(map(float, placed)), confidence=1.0)  # type: ignore[arg-type]
    return None


def is_sign(text: str) -> bool:
    return len(text.strip()) == 1 and not text.strip().isspace() and bool(normal(text.strip()))


def _patches(part: "Bytes") -> "Iterator[tuple[Bools, tuple[int, int, int, int]]]":
    """Solid patches of ink within ``part``, the tallest first, each with its box (left, top, width, height)."""
    import cv2
    import numpy as np

    long = max(part.shape[:2], default=0)
    found = []
    for ink in (part.max(axis=2) < DARK, part.min(axis=2) > LIGHT) if long else ():
        number, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
        for label in range(1, number):
            x, y, w, h, area = (int(value) for value in stats[label])
            edge = x == 0 or y == 0 or x + w == part.shape[1] or y + h == part.shape[0]
            sized = LEAST * long <= h <= MOST * long and NARROW * h <= w <= BROAD * h
            if sized and not edge and SPARSE <= area / (w * h) <= DENSE:
                found.append((labels[y : y + h, x : x + w] == label, (x, y, w, h)))
    yield from sorted(found, key=lambda one: -one[1][3])[:TRIED]


def _printed(patch: "Bools") -> "Bytes":
    """The patch in black on white, with room around it."""
    import cv2
    import numpy as np

    height, width = patch.shape
    wide = max(1, round(width * _SIDE / height))
    sign = cv2.resize(np.where(patch, 0, 255).astype(np.uint8), (wide, _SIDE), interpolation=cv2.INTER_LINEAR)
    page = np.full((2 * _SIDE, wide + 2 * _SIDE), 255, np.uint8)
    page[_SIDE // 2 : _SIDE // 2 + _SIDE, _SIDE : _SIDE + wide] = sign
    return np.repeat(page[..., None], 3, axis=2)


def _within(box: Box, whole: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return whole[0] <= x <= whole[2] and whole[1] <= y <= whole[3]
