"""Grounds, patches of colour, points and edges measured on pixels. Nothing is known of who drew them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.geometry import centre
from genevolve.world.pixel.strokes import TELLABLE

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Floats

_NEAR = 4.0  # heights of a text between it and the patch of colour before it
_OF_COLOUR = 30  # difference of colours (largest channel, 0…255) within one slice


def ground(image: "Floats", box: Box) -> "Floats":
    """The colour on which what is in ``box`` stands: the median of a line right around it. (3,)"""
    import numpy as np

    left, top, right, bottom = _within(image, (box[0] - 3, box[1] - 3, box[2] + 3, box[3] + 3))
    rows = np.concatenate([image[top, left:right], image[bottom - 1, left:right]])
    columns = np.concatenate([image[top:bottom, left], image[top:bottom, right - 1]])
    found: Floats = np.median(np.concatenate([rows, columns]), axis=0)
    return found


def _within(image: "Floats", box: Box) -> tuple[int, int, int, int]:
    height, width = image.shape[:2]
    left, top = min(max(0, round(box[0])), width - 2), min(max(0, round(box[1])), height - 2)
    return left, top, max(left + 2, min(width, round(box[2]))), max(top + 2, min(height, round(box[3])))


def patch_before(image: "Floats", name: Box) -> "tuple[Floats, Box] | None":
    """The colour and the box of the patch that stands left of ``name`` in its row; None where there is none."""
    import numpy as np

    tall = name[3] - name[1]
    y, start = round(centre(name)[1]), round(name[0] - 0.12 * tall)
    row = image[y, max(0, round(name[0] - _NEAR * tall)) : max(1, start)][::-1]
    if len(row) < 6:
        return None
    plain = np.median(row[:3], axis=0)
    differs = np.abs(row - plain).max(axis=1) > TELLABLE
    marked = np.flatnonzero(differs)
    if not len(marked):
        return None
    first = int(marked[0])
    after = np.flatnonzero(~differs[first:])
    last = first + (int(after[0]) if len(after) else len(differs) - first)
    if last - first < max(4, 0.3 * tall):
        return None
    right, left = start - first, start - last
    colour: Floats = np.median(row[first + 1 : last - 1], axis=0)
    half = (right - left) / 2 + 2
    return colour, (left - 2, y - half, right + 2, y + half)


def areas(image: "Floats", colours: "Sequence[Floats]", without: Sequence[Box]) -> tuple[list[int], tuple[float, float]]:
    """How many pixels have each of ``colours``, outside of the boxes ``without``; and the width and height of them all."""
    import numpy as np

    distances = np.stack([np.abs(image - colour).max(axis=2) for colour in colours])
    nearest, near = distances.argmin(axis=0), distances.min(axis=0) < _OF_COLOUR
    for box in without:
        left, top, right, bottom = _within(image, box)
        near[top:bottom, left:right] = False
    largest = _largest(near)
    ys, xs = np.flatnonzero(largest.any(axis=1)), np.flatnonzero(largest.any(axis=0))
    size = (float(xs[-1] - xs[0] + 1), float(ys[-1] - ys[0] + 1)) if len(xs) else (1.0, 1.0)
    return [int((largest & (nearest == number)).sum()) for number in range(len(colours))], size


def _largest(marked: "Bools") -> "Bools":
    """The largest piece of ``marked`` that hangs together."""
    import cv2
    import numpy as np

    closed = cv2.morphologyEx(marked.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    if count < 2:
        return np.zeros_like(marked)
    found: Bools = labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return found


def point_over(image: "Floats", name: Box) -> tuple[float, float, float] | None:
    """The middle of the mark over the axis above ``name``, and its height over the axis in pixels."""
    above = _runs_above(image, name)
    if len(above) < 2:
        return None
    (low, high), (first, last) = above[0], above[1]
    y = (first + last) / 2
    return centre(name)[0], y, (low + high) / 2 - y


def _runs_above(image: "Floats", name: Box) -> list[tuple[int, int]]:
    """What differs from the ground in the column over ``name``, from its top upwards: (lowest, highest row) of each run."""
    import numpy as np

    x, top = round(centre(name)[0]), max(1, round(name[1]) - 2)
    column = np.median(image[:top, max(0, x - 1) : x + 2], axis=1)[::-1]
    plain = np.median(column[: max(2, len(column) // 3)], axis=0)
    differs = np.abs(column - plain).max(axis=1) > TELLABLE
    return [(top - 1 - start, top - end) for start, end in runs(differs) if end - start >= 2]


def runs(marked: "Bools") -> list[tuple[int, int]]:
    """Half-open runs of true values."""
    found, start = [], None
    for at, here in enumerate([*marked.tolist(), False]):
        if here and start is None:
            start = at
        elif not here and start is not None:
            found.append((start, at))
            start = None
    return found


def edges_between(image: "Floats", above: Box, below: Box) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The foot of the box around ``above`` and the head of the box around ``below``, in the middle of each."""
    ends = []
    for box, down in ((above, True), (below, False)):
        # beside the middle, where the lines that join them leave: the nearest, where one of them runs close to the edge
        found = [edge for share in (0.02, 0.25, 0.75, 0.98) if (edge := _edge_of(image, box, share, down=down)) is not None]
        if not found:
            return None
        ends.append((centre(box)[0], float(min(found) if down else max(found))))
    return ends[0], ends[1]


def _edge_of(image: "Floats", box: Box, share: float, *, down: bool) -> int | None:
    """The far side of the first line below (or above) the text at ``share`` of its width."""
    import numpy as np

    x = round(box[0] + share * (box[2] - box[0]))
    column = np.median(image[:, max(0, x - 1) : x + 2], axis=1)
    start = round(box[3]) + 2 if down else round(box[1]) - 3
    way = range(start, image.shape[0]) if down else range(start, -1, -1)
    plain = column[min(max(0, start), image.shape[0] - 1)]
    marked = [y for y in way if float(np.abs(column[y] - plain).max()) > TELLABLE]
    if not marked:
        return None
    edge, step, line = marked[0], 1 if down else -1, set(marked)
    while edge + step in line:
        edge += step
        if abs(edge - marked[0]) > 12:
            break
    return edge


def width_around(image: "Floats", name: Box) -> float:
    """How wide the box around ``name`` is, from edge to edge in its row; 0 where it has no edges."""
    import numpy as np

    y = round(centre(name)[1])
    left, right = max(0, round(name[0]) - 4), min(image.shape[1] - 1, round(name[2]) + 4)
    edges = []
    for part in (image[y, :left][::-1], image[y, right:]):
        if not len(part):
            return 0.0
        marked = np.flatnonzero(np.abs(part - part[:1]).max(axis=1) > TELLABLE)
        if not len(marked):
            return 0.0
        edges.append(int(marked[0]))
    return float(right - left + sum(edges))


def box_before(image: "Floats", name: Box) -> bool:
    """Whether a box, its inside of another colour than its upright sides, stands within a few letters before ``name``."""
    import numpy as np

    y, high = round(centre(name)[1]), name[3] - name[1]
    left, right = max(0, round(name[0] - 4 * high)), max(0, round(name[0]) - 3)
    if right - left < 8:
        return False
    row = np.median(image[max(0, y - 2) : y + 3, left:right], axis=0)
    found = runs(np.abs(row - np.median(row[-6:], axis=0)).max(axis=1) > TELLABLE)
    if len(found) != 1:
        return len(found) > 1
    start, end = found[0]
    middle = row[(start + end) // 2]
    sides = [np.abs(row[start : start + 6] - middle).max(axis=1), np.abs(row[max(start, end - 6) : end] - middle).max(axis=1)]
    return end - start > 0.7 * high and all(float(side.max()) > TELLABLE for side in sides)
