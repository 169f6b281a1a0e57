"""Contact with the ground, and objects that nobody asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.detect import Instance, covered, overlap
from genevolve.world.pixel.detections import Detections
from genevolve.world.pixel.edges import SOFT, edge_field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from genevolve.world.pixel.arrays import Floats


SHADE = 0.035  # relative drop in lightness that makes a shadow
STRANGE = 0.07  # of the image's long side: smaller marks are texture


def has_contact_shadow(seen: Detections, instance: Instance) -> bool:
    """Whether it is darker right under the object than beside it at the same height, or the object rests on another."""
    import numpy as np

    if any(_rests_on(instance.pose.box, other.pose.box) for other in seen.every() if other is not instance):
        return True
    left, top, right, bottom = instance.pose.box
    width, height = right - left, bottom - top
    light = seen.image.mean(axis=2)
    free = covered(seen.image.shape, seen.every()) < 0.05
    rows = (bottom - 0.04 * min(width, height), bottom + max(3.0, 0.09 * width))
    under = _pixels(light, free, (left + 0.12 * width, rows[0], right - 0.12 * width, rows[1]))
    beside = np.concatenate(
        [
            _pixels(light, free, (left - 0.5 * width, rows[0], left - 0.22 * width, rows[1])),
            _pixels(light, free, (right + 0.22 * width, rows[0], right + 0.5 * width, rows[1])),
        ]
    )
    if len(beside) < 12:
        beside = _pixels(light, free, (left, bottom + 0.3 * height, right, bottom + 0.5 * height))
    if len(under) < 8 or len(beside) < 8:
        return True  # hidden by neighbours or the edge of the image: nothing speaks against it
    around = float(np.quantile(beside, 0.7))  # neighbours' shadows lie beside it too
    return around - float(np.quantile(under, 0.35)) > max(3.0, SHADE * around)


def held_up(seen: Detections, one: Instance, hosts: Sequence[Instance]) -> bool:
    """Whether some of ``hosts`` is right under the feet of ``one``, and not only its box."""
    left, top, right, bottom = one.pose.box
    below = max(host.pose.height for host in hosts)
    cover = covered(seen.image.shape, hosts)
    rows = slice(max(0, round(bottom - 0.08 * (bottom - top))), max(1, round(bottom + 0.14 * below)))
    columns = slice(max(0, round(left + 0.2 * (right - left))), max(1, round(right - 0.2 * (right - left))))
    under = cover[rows, columns]
    return under.size == 0 or float((under > 0.5).mean()) > 0.08


def _pixels(light: "Floats", free: "NDArray[np.bool_]", box: Box) -> "Floats":
    height, width = light.shape
    left, top = max(0, round(box[0])), max(0, round(box[1]))
    right, bottom = min(width, round(box[2])), min(height, round(box[3]))
    if right <= left or bottom <= top:
        return light[:0, 0]
    return light[top:bottom, left:right][free[top:bottom, left:right]]


def _rests_on(one: Box, other: Box) -> bool:
    middle, tall = (one[0] + one[2]) / 2, one[3] - one[1]
    inside = other[0] < middle < other[2]
    return inside and other[1] - 0.08 * tall < one[3] < other[3] - 0.05 * (other[3] - other[1]) and one[1] < other[1]


def strangers(seen: Detections, smallest: float = STRANGE) -> list[Box]:
    """Boxes of outlined objects beyond the known ones and the text; ``smallest`` is a share of the long side."""
    import cv2
    import numpy as np

    field = edge_field(np.asarray(cv2.GaussianBlur(seen.image, (0, 0), 0.8), np.float32))
    strength = np.sqrt((field**2).sum(axis=2))
    sharp = strength > 26.0 / (26.0 + SOFT)
    cover = covered(seen.image.shape, seen.every())
    sharp &= cv2.dilate(cover, np.ones((11, 11), np.uint8)) < 0.05
    for line in seen.text_lines:
        left, top, right, bottom = (round(v) for v in line.box)
        pad = max(4, round(0.25 * line.height))
        sharp[max(0, top - pad) : bottom + pad, max(0, left - pad) : right + pad] = False
    joined = cv2.morphologyEx(sharp.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    long_side = max(seen.size)
    found = []
    for left, top, width, height, area in stats[1:count]:
        compact = area > 0.12 * width * height and min(width, height) > smallest * long_side
        if compact and width < 0.85 * seen.size[0] and height < 0.85 * seen.size[1]:
            found.append((float(left), float(top), float(left + width), float(top + height)))
    return found


def half_hidden(seen: Detections) -> list[Box]:
    """Boxes of unknown pieces that come out from under a known object."""
    pieces = strangers(seen, smallest=0.004)
    reach = 9.0
    return [
        piece
        for piece in pieces
        if any(
            overlap((piece[0] - reach, piece[1] - reach, piece[2] + reach, piece[3] + reach), instance.pose.box)
            for instance in seen.every()
        )
    ]
