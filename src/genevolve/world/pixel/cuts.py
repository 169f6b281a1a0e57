"""The edge of the sheet that everything is on, seen on pixels: its outline parts it from what is around it."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from genevolve.core.score import Dimension
from genevolve.world.language.colours import PALETTE, oklab
from genevolve.world.language.cuts import edge_of, noun_of
from genevolve.world.language.model import Cut, CutSheet
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.verdict import ClaimVerdict

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Floats

_INK = 100.0  # of 255: no channel of an outline is lighter
_LARGE = 0.35  # of the shorter side of the image: no sheet is smaller
_BITES = 5  # along each side of a stamp, at least
_DEEP = 0.01  # of the shorter side: a bite is deeper
_ALIKE = 0.16  # distance of colours (OKLab) up to which a sheet has the colour that was asked for


def sheet_seen(sheet: CutSheet, request: str, image: "Floats") -> ClaimVerdict:
    """Whether everything is on such a sheet. The request is asked once more, by its words alone, for what it wants."""
    return ClaimVerdict(
        skill="spatial_layout",
        dimension=Dimension.VISUAL_CORRECTNESS,
        requirement=f"{edge_of(sheet.cut)}, as a {sheet.noun} is",
        value=0.0 if (fault := _fault(sheet, request, image)) else 1.0,
        detail=fault,
    )


def _fault(sheet: CutSheet, request: str, image: "Floats") -> str:
    if not noun_of(sheet.cut, request):
        return f"the request names nothing that has {edge_of(sheet.cut)}"
    inside = _enclosed(image)
    if inside is None:
        return "no sheet with an outline was found"
    if not _CHECKS[sheet.cut](inside, image):
        return f"the sheet is not {edge_of(sheet.cut)}"
    colour = _colour(inside, image)
    if sheet.colour is not None and math.dist(oklab(colour), oklab(PALETTE[sheet.colour])) > _ALIKE:
        return f"the sheet is not {sheet.colour}"
    return ""


def _enclosed(image: "Floats") -> "Bools | None":
    """What a dark outline parts from the edge of the image: the largest piece, holes filled; None where that is small."""
    import cv2
    import numpy as np

    bright = image.max(axis=2)
    around = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    free = (bright > _INK if float(np.median(around)) > _INK else bright <= _INK).astype(np.uint8)
    _, labels = cv2.connectedComponents(np.pad(free, 1, constant_values=1), connectivity=4)
    within = (labels[1:-1, 1:-1] != labels[0, 0]).astype(np.uint8)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(within, connectivity=8)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    size = min(stats[largest, cv2.CC_STAT_WIDTH], stats[largest, cv2.CC_STAT_HEIGHT])
    if size < _LARGE * min(image.shape[:2]):
        return None
    found: Bools = pieces == largest
    return found


def _box(inside: "Bools") -> Box:
    import numpy as np

    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _profiles(inside: "Bools") -> "list[Floats]":
    """How far in the sheet begins, seen from the top, the right, the bottom and the left of its box, without the corners."""
    import numpy as np

    left, top, right, bottom = (int(value) for value in _box(inside))
    piece = inside[top:bottom, left:right]
    turned = [piece, np.rot90(piece), np.rot90(piece, 2), np.rot90(piece, 3)]
    found = [side.argmax(axis=0).astype(np.float32) for side in turned]
    return [side[len(side) // 24 : -max(1, len(side) // 24)] for side in found]


def _bites(profile: "Floats", deep: float) -> list[tuple[int, int]]:
    """Where the edge runs into the sheet: from, to."""
    from genevolve.world.pixel.regions import runs

    return runs(profile > deep)


def _perforated(inside: "Bools", image: "Floats") -> bool:
    """Bites of about one size all along each side."""
    deep = _DEEP * min(image.shape[:2])
    for profile in _profiles(inside):
        widths = [end - start for start, end in _bites(profile, deep)][1:-1]
        if len(widths) < _BITES - 2 or max(widths) > 2 * min(widths) or max(widths) > len(profile) / _BITES:
            return False
    return True


def _notched(inside: "Bools", image: "Floats") -> bool:
    """One bite in the middle of the left and of the right side, none above and below."""
    deep = _DEEP * min(image.shape[:2])
    top, one, bottom, other = (_bites(profile, deep) for profile in _profiles(inside))
    long = len(_profiles(inside)[1])
    middles = [(bites[0][0] + bites[0][1]) / 2 / long for bites in (one, other) if len(bites) == 1]
    return not top and not bottom and len(middles) == 2 and all(0.4 < middle < 0.6 for middle in middles)


def _round(inside: "Bools", image: "Floats") -> bool:
    import cv2
    import numpy as np

    del image
    contours, _hierarchy = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = max(contours, key=cv2.contourArea)
    _middle, radius = cv2.minEnclosingCircle(whole)
    return cv2.contourArea(whole) > 0.95 * math.pi * radius**2


def _holed(inside: "Bools", image: "Floats") -> bool:
    """A dark round hole in the middle of the upper part of an upright sheet."""
    import cv2
    import numpy as np

    left, top, right, bottom = _box(inside)
    part = (image.max(axis=2) <= _INK)[round(top) + 6 : round(top + 0.45 * (bottom - top)), round(left) + 6 : round(right) - 6]
    count, _, stats, middles = cv2.connectedComponentsWithStats(part.astype(np.uint8), connectivity=8)
    for number in range(1, count):
        _, y, w, h, area = (int(value) for value in stats[number])
        disc = min(w, h) > 0.06 * (right - left) and max(w, h) < 1.15 * min(w, h) and area > 0.7 * w * h
        if disc and y < 0.16 * (bottom - top) and abs(middles[number][0] / part.shape[1] - 0.5) < 0.06:
            return bottom - top > right - left
    return False


def _colour(inside: "Bools", image: "Floats") -> tuple[int, int, int]:
    """The commonest colour near the edge of the sheet."""
    import cv2
    import numpy as np

    side = max(3, round(0.05 * min(image.shape[:2])))
    rim, inner = (
        cv2.erode(inside.astype(np.uint8), np.ones((size, size), np.uint8)).astype(bool)
        for size in (side // 2 * 2 + 1, 3 * side)
    )
    red, green, blue = (int(value) for value in np.median(image[rim & ~inner], axis=0))
    return red, green, blue


_CHECKS: Mapping[Cut, "Callable[[Bools, Floats], bool]"] = {
    Cut.PERFORATED: _perforated,
    Cut.NOTCHED: _notched,
    Cut.HOLED: _holed,
    Cut.ROUND: _round,
}
