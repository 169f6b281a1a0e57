"""Where a text stands on a pictogram: the largest plain part of it, whose own scribbles give way."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from genevolve.world.atlas.raster import raster
from genevolve.world.sketch.plan import Board

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE = 48  # pixels at which a pictogram is looked at
_SCRIBBLE = 0.15  # of the area of its fill: larger islands are no scribbles
_ALIKE = 62  # most difference to a fill, of 255: its shaded side is part of it
_LEAST = 0.1  # of its area that a part must have to be written on
_WIDEST, _TALLEST = 4.0, 1.6  # sides of the part that count: text is wide
_PLAINLY = 3.0  # how much a plain part is better than a large one
_CLEAN = 0.97  # of the part that is plain: then nothing has to give way


@lru_cache(maxsize=256)
def board_of(look: str) -> Board | None:
    """None for a pictogram that has no plain part to write on."""
    pixels = raster(look, _SIDE)
    rows, columns = np.flatnonzero((pixels[..., 3] > 24).any(axis=1)), np.flatnonzero((pixels[..., 3] > 24).any(axis=0))
    if not len(rows):
        return None
    seen = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = seen.shape[:2]
    best: tuple[float, Board] | None = None
    for fill in _fills(seen):
        own = ((np.abs(seen[..., :3].astype(np.int16) - fill).max(axis=2) <= _ALIKE) & (seen[..., 3] > 128)).astype(np.uint8)
        whole = _with_islands(own)
        for part in (own, whole):
            left, top, right, bottom = _largest(part)
            area = _useful(right - left, bottom - top) / (width * height)
            plain = float(own[top:bottom, left:right].mean()) if area else 0.0
            if area >= _LEAST and (best is None or area * plain**_PLAINLY > best[0]):
                box = (left / width, top / height, right / width, bottom / height)
                best = area * plain**_PLAINLY, Board(box=box, wiped=plain < _CLEAN)
    return best[1] if best else None


def _with_islands(own: "NDArray[np.uint8]") -> "NDArray[np.uint8]":
    """A fill with the small marks that it encloses; lines that run to its edge divide it."""
    import cv2

    number, labels, stats, _ = cv2.connectedComponentsWithStats(np.pad(1 - own, 1, constant_values=1), connectivity=8)
    small = [one for one in range(1, number) if one != labels[0, 0] and stats[one, cv2.CC_STAT_AREA] <= _SCRIBBLE * own.sum()]
    whole: NDArray[np.uint8] = np.maximum(own, np.isin(labels[1:-1, 1:-1], small).astype(np.uint8))
    return whole


def _fills(seen: "NDArray[np.uint8]") -> list["NDArray[np.int16]"]:
    """The commonest colours, lightest bins first where equal; outlines are none."""
    solid = seen[..., :3][seen[..., 3] > 200].astype(np.int16)
    bright = solid[solid.max(axis=1) > 70]
    if not len(bright):
        return []
    codes, counts = np.unique((bright // 24) @ np.array([256, 16, 1], np.int16), return_counts=True)
    common = codes[np.argsort(-counts, kind="stable")][:3]
    coded = (bright // 24) @ np.array([256, 16, 1], np.int16)
    return [np.median(bright[coded == code], axis=0).astype(np.int16) for code in common]


def _useful(width: int, height: int) -> float:
    return min(width, _WIDEST * height) * min(height, _TALLEST * width)


def _largest(mask: "NDArray[np.uint8]") -> tuple[int, int, int, int]:
    """The most useful upright rectangle of ones: left, top, right, bottom."""
    best, found = 0.0, (0, 0, 0, 0)
    heights = np.zeros(mask.shape[1], np.int32)
    for row, line in enumerate(mask):
        heights = np.where(line > 0, heights + 1, 0)
        for start in np.flatnonzero(heights):
            high = int(heights[start])
            for end in range(int(start), mask.shape[1]):
                high = min(high, int(heights[end]))
                if high == 0:
                    break
                if (use := _useful(end + 1 - int(start), high)) > best:
                    best, found = use, (int(start), row + 1 - high, end + 1, row + 1)
    return found
