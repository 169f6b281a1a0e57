"""Positions: does a box lie in a cell of the canvas, left of another, in a row with others?

Tolerances are those of a person who looks: a corner is about a corner, "left of" forgives a difference in height.
Coordinates are shares of the canvas for places, and any common unit for the rest.
"""

import itertools
import statistics
from collections.abc import Callable, Mapping, Sequence

from genevolve.core.claim import Arrangement, Arranging, Direction, Piling, Place
from genevolve.world.pixel.arrays import Box

SIDE = 0.46  # a centre at the left lies left of this share of the width
MIDDLE = (0.27, 0.73)
ROUGHLY = (0.13, 0.87)  # across the other axis of "left", "right", "top", "bottom"


def bounds(boxes: Sequence[Box]) -> Box:
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def gap(box: Box, x: float, y: float) -> float:
    """How far a point is from a box; 0 inside of it."""
    return float(((max(box[0] - x, 0.0, x - box[2])) ** 2 + (max(box[1] - y, 0.0, y - box[3])) ** 2) ** 0.5)


def centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def in_place(box: Box, place: Place, size: tuple[float, float]) -> bool:
    """Whether the middle of ``box`` lies in that ninth of a (width, height) canvas, give or take."""
    x, y = centre(box)
    u, v = x / size[0], y / size[1]
    words = place.value.split()
    if place is Place.CENTER:
        return MIDDLE[0] <= u <= MIDDLE[1] and MIDDLE[0] <= v <= MIDDLE[1]
    across = {"left": u < SIDE, "right": u > 1 - SIDE}.get(words[-1], ROUGHLY[0] <= u <= ROUGHLY[1])
    down = {"top": v < SIDE, "bottom": v > 1 - SIDE}.get(words[0], ROUGHLY[0] <= v <= ROUGHLY[1])
    return across and down


def related(direction: Direction, subject: Sequence[Box], targets: Sequence[Sequence[Box]]) -> bool:
    """Whether the group ``subject`` stands so to its target groups. Depth (behind, in front) is judged by the caller's
    knowledge of what covers what; here it only asks for nearness."""
    if direction is Direction.BETWEEN:
        return _between(subject, targets)
    return _TESTS[direction](bounds(subject), bounds([box for target in targets for box in target]))


def _between(subject: Sequence[Box], targets: Sequence[Sequence[Box]]) -> bool:
    ends = [centre(bounds(target)) for target in targets] if len(targets) > 1 else [centre(box) for box in targets[0]]
    x, y = centre(bounds(subject))
    for (ax, ay), (bx, by) in itertools.combinations(ends, 2):
        length = (bx - ax) ** 2 + (by - ay) ** 2
        if length <= 0:
            continue
        along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length
        off = abs((x - ax) * (by - ay) - (y - ay) * (bx - ax)) / length
        if 0.12 < along < 0.88 and off < 0.5:
            return True
    return False


def in_the_middle(subject: Sequence[Box], others: Sequence[Box]) -> bool:
    """Whether as many of ``others`` stand on the one side of ``subject`` as on the other, along the way in which they lie."""
    across, down = ([centre(box)[way] for box in others] for way in (0, 1))
    axis = 0 if max(across) - min(across) >= max(down) - min(down) else 1
    own = centre(bounds(subject))[axis]
    before = sum(centre(box)[axis] < own for box in others)
    return 0 < before < len(others) and abs(len(others) - 2 * before) <= 1


def _left_of(one: Box, other: Box) -> bool:
    (ax, ay), (bx, by) = centre(one), centre(other)
    apart = bx - ax
    reach = min(one[2] - one[0], other[2] - other[0])
    return apart > 0.3 * reach and apart > 0.4 * abs(by - ay)


def _above(one: Box, other: Box) -> bool:
    return _left_of((one[1], one[0], one[3], one[2]), (other[1], other[0], other[3], other[2]))


def _next_to(one: Box, other: Box) -> bool:
    (_, ay), (_, by) = centre(one), centre(other)
    gap = max(one[0], other[0]) - min(one[2], other[2])
    wide = max(one[2] - one[0], other[2] - other[0])
    tall = max(one[3] - one[1], other[3] - other[1])
    return gap < 1.2 * wide and abs(ay - by) < 0.75 * tall and gap > -0.6 * min(one[2] - one[0], other[2] - other[0])


def _on(one: Box, other: Box) -> bool:
    (ax, ay), (_, by) = centre(one), centre(other)
    slack = 0.15 * (other[2] - other[0])
    tall, depth = one[3] - one[1], other[3] - other[1]
    return (
        ay < by
        and other[0] - slack <= ax <= other[2] + slack
        and other[1] - 0.15 * tall <= one[3] <= other[3] - 0.1 * depth + 0.2 * tall
    )


def _inside(one: Box, other: Box) -> bool:
    x, y = centre(one)
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    return other[0] <= x <= other[2] and other[1] <= y <= other[3] and shared > 0.6 * (one[2] - one[0]) * (one[3] - one[1])


def _near(one: Box, other: Box) -> bool:
    gap = max(max(one[0], other[0]) - min(one[2], other[2]), max(one[1], other[1]) - min(one[3], other[3]))
    return gap < 0.6 * max(one[2] - one[0], other[2] - other[0], one[3] - one[1], other[3] - other[1])


_TESTS: Mapping[Direction, Callable[[Box, Box], bool]] = {
    Direction.LEFT_OF: _left_of,
    Direction.RIGHT_OF: lambda one, other: _left_of(other, one),
    Direction.ABOVE: _above,
    Direction.BELOW: lambda one, other: _above(other, one),
    Direction.NEXT_TO: _next_to,
    Direction.ON: _on,
    Direction.INSIDE: _inside,
    Direction.BEHIND: _near,
    Direction.IN_FRONT_OF: _near,
}


def arranged(arrangement: Arranging, boxes: Sequence[Box]) -> bool:
    """Whether the boxes form a row, column, grid or circle."""
    if len(boxes) < 2:
        return False
    turned = [(top, left, bottom, right) for left, top, right, bottom in boxes]
    match arrangement:
        case Arrangement.ROW:
            return _row(boxes)
        case Arrangement.COLUMN:
            return _row(turned)
        case Arrangement.GRID:
            return _grid(boxes)
        case Arrangement.CIRCLE:
            return _circle(boxes)
        case Piling.STACK:
            return _stacked(boxes)
        case Piling.PILE:
            return _piled(boxes)


def _row(boxes: Sequence[Box]) -> bool:
    tall = statistics.median(box[3] - box[1] for box in boxes)
    wide = statistics.median(box[2] - box[0] for box in boxes)
    level = max(box[3] for box in boxes) - min(box[3] for box in boxes)
    middle = max(centre(box)[1] for box in boxes) - min(centre(box)[1] for box in boxes)
    xs = sorted(centre(box)[0] for box in boxes)
    steps = [after - before for before, after in itertools.pairwise(xs)]
    return min(level, middle) < 0.5 * tall and min(steps) > 0.35 * wide


def _stacked(boxes: Sequence[Box]) -> bool:
    """Each stands on the next: no gap between them, and none beside another."""
    ordered = sorted(boxes, key=lambda box: centre(box)[1])
    return all(_lies_on(one, other) for one, other in itertools.pairwise(ordered))


def _piled(boxes: Sequence[Box]) -> bool:
    """A stack, or rows on one another that get shorter upwards."""
    rows = rows_of(boxes)
    fewer = all(len(upper) < len(lower) for upper, lower in itertools.pairwise(rows))
    lain = all(any(_lies_on(one, other) for other in lower) for upper, lower in itertools.pairwise(rows) for one in upper)
    return len(rows) > 1 and lain and (fewer or _stacked(boxes))


def _lies_on(one: Box, other: Box) -> bool:
    tall, wide = min(one[3] - one[1], other[3] - other[1]), max(one[2] - one[0], other[2] - other[0])
    over = abs(centre(one)[0] - centre(other)[0]) < 0.6 * wide
    return over and -0.05 * tall < one[3] - other[1] < 0.6 * tall and centre(one)[1] < centre(other)[1]


def rows_of(boxes: Sequence[Box]) -> list[list[Box]]:
    """The boxes row by row, from the top; none for no boxes."""
    tall = statistics.median(box[3] - box[1] for box in boxes) if boxes else 0.0
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: centre(box)[1]):
        if rows and centre(box)[1] - statistics.mean(centre(other)[1] for other in rows[-1]) < 0.5 * tall:
            rows[-1].append(box)
        else:
            rows.append([box])
    return rows


def _grid(boxes: Sequence[Box]) -> bool:
    rows = rows_of(boxes)
    full = max(len(row) for row in rows)
    return len(rows) >= 2 and full >= 2 and all(len(row) == full for row in rows[:-1]) and len(rows[-1]) <= full


def _circle(boxes: Sequence[Box]) -> bool:
    import math

    if len(boxes) < 3:
        return False
    points = [centre(box) for box in boxes]
    x, y = bounds([(px, py, px, py) for px, py in points])[:2]
    right, bottom = bounds([(px, py, px, py) for px, py in points])[2:]
    mx, my = (
        (statistics.mean(p[0] for p in points), statistics.mean(p[1] for p in points))
        if len(points) < 6
        else ((x + right) / 2, (y + bottom) / 2)
    )
    # an ellipse on a wide canvas is a circle to the eye
    rx, ry = max(right - x, 1e-6), max(bottom - y, 1e-6)
    stretch = rx / ry if 0.5 < rx / ry < 2 and len(points) > 3 else 1.0
    radii = [math.hypot(px - mx, (py - my) * stretch) for px, py in points]
    angles = sorted(math.atan2((py - my) * stretch, px - mx) for px, py in points)
    gaps = [after - before for before, after in itertools.pairwise([*angles, angles[0] + 2 * math.pi])]
    even = statistics.pstdev(radii) < 0.2 * statistics.mean(radii)
    return even and max(gaps) < 2.2 * (2 * math.pi / len(points))
