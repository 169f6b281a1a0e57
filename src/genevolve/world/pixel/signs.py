"""Single signs: a letter, a figure or a currency sign that stands alone. OCR finds lines, and one sign is none.

Each solid patch of dark or of light ink that is as large and as broad as a sign and stands on one plain ground is cut out by
itself, black on white, and read. It counts only where it reads exactly as the sign that is asked for. Outlines of pictures are
patches, too (a dog is a 4), but what they enclose is not what lies around them.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.ocr import TextLine, normal, read_cell, similarity

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Bytes

DARK, LIGHT = 100, 232  # of 255: the brightest channel of dark ink is below, the darkest of light ink above
LEAST, MOST = 0.035, 0.75  # height of a sign, as a share of the longer side of where it is looked for
NARROW, BROAD = 0.12, 1.4  # width for its height
SPARSE, DENSE = 0.1, 0.97  # share of its box that is ink: an outline has less
ALIKE, PLAIN = 36, 0.9  # of 255, and the share of the ground that is so much alike
MARGIN = 0.08  # of its height, around it: where its ink fades
TRIED = 12  # patches that are read, the largest first
_SIDE = 96  # pixels of the height at which a patch is read


def lone_sign(rgb: "Bytes", required: str) -> TextLine | None:
    """Where ``required``, one sign, stands in an RGB image; None where nothing reads so."""
    for patch, (x, y, w, h) in _patches(rgb):
        if similarity(normal(required), normal(read_cell(_printed(patch)))) == 1.0:
            soft = MARGIN * h
            return TextLine(text=required, box=(x - soft, y - soft, x + w + soft, y + h + soft), confidence=1.0)
    return None


def same_sign(line: TextLine, sign: TextLine) -> bool:
    """Whether ``line`` is the ``sign``, for which OCR of lines took more: the tile on which it stands."""
    return similarity(normal(sign.text), normal(line.text)) == 1.0 and not apart_from(sign, [line.box])


def apart_from(line: TextLine, things: Iterable[Box]) -> bool:
    """Whether the line stands in none of the ``things``."""
    x, y = (line.box[0] + line.box[2]) / 2, (line.box[1] + line.box[3]) / 2
    return not any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in things)


def is_sign(text: str) -> bool:
    return len(text.strip()) == 1 and not text.strip().isspace() and bool(normal(text.strip()))


def _patches(image: "Bytes") -> "Iterator[tuple[Bools, tuple[int, int, int, int]]]":
    """Solid patches of ink on plain ground, the tallest first, each with its box (left, top, width, height)."""
    import cv2
    import numpy as np

    long = max(image.shape[:2])
    found = []
    for ink in (image.max(axis=2) < DARK, image.min(axis=2) > LIGHT):
        number, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
        for label in range(1, number):
            x, y, w, h, area = (int(value) for value in stats[label])
            sized = LEAST * long <= h <= MOST * long and NARROW * h <= w <= BROAD * h
            if sized and SPARSE <= area / (w * h) <= DENSE:
                patch = labels[y : y + h, x : x + w] == label
                if _on_plain_ground(image[y : y + h, x : x + w], patch):
                    found.append((patch, (x, y, w, h)))
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


def _on_plain_ground(part: "Bytes", patch: "Bools") -> bool:
    """Whether what the patch leaves of its box is of one colour, up to its soft edge."""
    import cv2
    import numpy as np

    soft = max(3, round(0.06 * max(patch.shape))) | 1
    around = part[cv2.dilate(patch.astype(np.uint8), np.ones((soft, soft), np.uint8)) == 0].astype(np.int16)
    if len(around) < 0.04 * patch.size:
        return True
    apart = np.abs(around - np.median(around, axis=0)).max(axis=1)
    return bool((apart < ALIKE).mean() >= PLAIN)
