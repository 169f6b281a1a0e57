"""Blocks: an object's instances, and the objects standing on, in, behind or before it, as one rigid group in units of 1."""

import math
from dataclasses import dataclass, replace
from itertools import combinations

from genevolve.core.claim import Arrangement, Direction, Piling
from genevolve.world.language.model import SceneObject, Size
from genevolve.world.sketch.plan import ImageSource, Origin, PixelBox, around

# Side of a square with the area of one instance; a medium object alone is 1.
SIDE = {Size.TINY: 0.36, Size.SMALL: 0.6, Size.MEDIUM: 1.0, Size.LARGE: 1.32, Size.HUGE: 1.75, None: 1.0}
_SEATED = 0.62  # height of who sits, in heights of the chair
GAP = 0.14  # between the instances of a block, in sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One instance in a block's own coordinates."""

    key: str
    source: ImageSource
    box: PixelBox
    z: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Parts whose bounding box starts at (0, 0). ``key`` is the object (or text) that gives it its place and relations."""

    key: str
    parts: tuple[Part, ...]
    members: tuple[str, ...]
    w: float
    h: float


def block(key: str, parts: list[Part]) -> Block:
    """``parts`` moved so that they start at the origin."""
    whole = around([part.box for part in parts])
    moved = tuple(replace(part, box=part.box.moved(-whole.x, -whole.y)) for part in parts)
    return Block(key=key, parts=moved, members=tuple(dict.fromkeys(part.key for part in parts)), w=whole.w, h=whole.h)


def object_block(obj: SceneObject, source: ImageSource, count: int, room: float, *, standing: bool = False) -> Block:
    """``count`` instances, arranged as asked; ``room`` is the aspect (w/h) of the space that an unarranged crowd fills.

    ``standing``: there is a floor, so a small crowd stands side by side and a larger one in few rows.
    """
    side = SIDE[obj.size]
    w, h = side * math.sqrt(source.aspect), side / math.sqrt(source.aspect)
    wide = 1.0 if not standing else 100.0 if count <= 5 else 3.0
    spots = _spots(obj, count, w, h, room * wide)
    piled = obj.arrangement is Piling.PILE  # the upper ones are behind the lower
    return block(
        obj.key,
        [
            Part(key=obj.key, source=source, box=PixelBox(x=x - w / 2, y=y - h / 2, w=w, h=h), z=round(y / h) if piled else 0)
            for x, y in spots
        ],
    )


def _spots(obj: SceneObject, count: int, w: float, h: float, room: float) -> list[tuple[float, float]]:
    """Centres of the instances."""
    gap = GAP * min(w, h) + 0.04 * max(w, h)
    match obj.arrangement:
        case Arrangement.ROW:
            return _lattice(count, count, w + gap, h + gap)
        case Arrangement.COLUMN:
            return _lattice(count, 1, w + gap, h + gap)
        case Piling.STACK:
            return _lattice(count, 1, w, h)[::-1]  # the upper ones are painted over the lower
        case Piling.PILE:
            return _heap(count, w, h)
        case Arrangement.CIRCLE if count > 2:
            return _ring(count, w + gap, h + gap)
        case Arrangement.GRID:
            columns = obj.columns or _columns(count, w + gap, h + gap, room, whole=True)
            columns = max(1, min(columns, count))
            return _lattice(count, columns, w + gap, h + gap)
    return _lattice(count, _columns(count, w + gap, h + gap, room), w + gap, h + gap)


def _heap(count: int, dx: float, dy: float) -> list[tuple[float, float]]:
    """Rows on one another from the lowest, each one shorter than the one below it; the last has what is left."""
    widest = next(n for n in range(1, count + 1) if n * (n + 1) // 2 >= count)
    spots: list[tuple[float, float]] = []
    row = 0
    while len(spots) < count:
        here = min(max(1, widest - row), count - len(spots))
        spots += [((column - (here - 1) / 2) * dx, -row * dy) for column in range(here)]
        row += 1
    return spots


def _ring(count: int, w: float, h: float) -> list[tuple[float, float]]:
    """The smallest circle on which no two cells touch, the first at the top."""
    turns = [2 * math.pi * k / count - math.pi / 2 for k in range(count)]
    spots = [(math.cos(turn), math.sin(turn)) for turn in turns]
    steps = [(abs(x - u), abs(y - v)) for (x, y), (u, v) in combinations(spots, 2)]
    radius = max(1 / max(dx / w, dy / h) for dx, dy in steps)
    return [(radius * x, radius * y) for x, y in spots]


def _columns(count: int, w: float, h: float, room: float, whole: bool = False) -> int:
    """The number of columns with which ``count`` cells come out largest; ``whole`` prefers full rows of two or more."""
    options = range(1, count + 1)
    if whole and count > 3 and (full := [n for n in options if count % n == 0 and 1 < n < count]):
        options = full  # type: ignore[assignment]
    return max(options, key=lambda n: min(room / (n * w), 1 / (math.ceil(count / n) * h)) + (1e-6 if count % n == 0 else 0))


def _lattice(count: int, columns: int, dx: float, dy: float) -> list[tuple[float, float]]:
    """Rows of ``columns``; a shorter last row stands in the middle."""
    spots = []
    for index in range(count):
        row, column = divmod(index, columns)
        here = min(columns, count - row * columns)
        spots.append(((column - (here - 1) / 2) * dx, row * dy))
    return spots


def attach(child: Block, host: Block, direction: Direction, beside: int = 0, *, whole: bool = False) -> Block:
    """``child`` standing on, in, behind, before or amid ``host`` as one block; ``beside`` counts earlier children there.
    ``whole``: what stands on the host keeps what it bears where it is."""
    match direction:
        case Direction.ON if not _written(child):
            return _stand(child, host, whole=whole)
        case Direction.ON | Direction.INSIDE:
            return _nest(child, host)
        case Direction.BETWEEN:
            return _wedge(child, host)
        case Direction.BEHIND:
            return _overlap(child, host, near=False, side=-1 if beside % 2 else 1, farther=beside // 2 if whole else 0)
    return _overlap(child, host, near=True, side=1 if beside % 2 else -1, farther=beside // 2 if whole else 0)


def _written(child: Block) -> bool:
    return all(part.source.origin is Origin.LETTERING for part in child.parts)


def _sized(parts: tuple[Part, ...], factor: float) -> list[Part]:
    return [replace(part, box=part.box.scaled(factor)) for part in parts]


def _shifted(parts: list[Part], dx: float, dy: float, dz: int) -> list[Part]:
    return [replace(part, box=part.box.moved(dx, dy), z=part.z + dz) for part in parts]


def _host_box(host: Block) -> PixelBox:
    return around([part.box for part in host.parts if part.key == host.key])


def _stand(child: Block, host: Block, *, whole: bool) -> Block:
    base = _host_box(host)
    wide, high = (0.6, _SEATED) if any(part.source.seated for part in host.parts if part.key == host.key) else (0.8, 1.4)
    wanted = max(child.w / (wide * base.w), child.h / (high * base.h))
    if wanted > 1:  # a host grows some way to carry what stands on it, so that neither gets small
        host = block(host.key, _sized(host.parts, min(1.7, wanted)))
        base = _host_box(host)
    riders = [part.box for part in _riders(host)]
    single = sum(part.key == host.key for part in host.parts) == 1
    surface = next(part.source.surface * part.box.h for part in host.parts if part.key == host.key) if single else 0.0
    factor = min(1.0, wide * base.w / child.w, high * base.h / child.h)
    top = base.y + surface + 0.05 * base.h
    middle = base.cx
    perch = next(part.source.perch for part in host.parts if part.key == host.key) if single and whole else None
    if perch is not None and not riders:
        factor = min(factor, 0.6 * base.w / child.w)
        middle, top = base.x + perch[0] * base.w, base.y + (perch[1] + 0.03) * base.h
    start = max([box.right for box in riders], default=0.0) + 0.1 * base.w if riders else middle - child.w * factor / 2
    parts = _shifted(_sized(child.parts, factor), start, top - child.h * factor, _front(host))
    return block(host.key, [*host.parts, *parts]) if not riders else _recentred(host, parts, base, whole=whole)


def _riders(host: Block) -> list[Part]:
    """What stands on it already; not the garment that hangs behind its chin."""
    back = min(part.z for part in host.parts if part.key == host.key)
    return [part for part in host.parts if part.key != host.key and part.z >= back]


def _recentred(host: Block, parts: list[Part], base: PixelBox, *, whole: bool) -> Block:
    """Several riders share the surface: moved, and made smaller if they must, so that together they stand on it."""
    before = _riders(host)
    riders = [*before, *parts]
    every = around([part.box for part in riders])
    own = [part for part in host.parts if part not in before]
    factor = min(1.0, (0.7 if any(part.source.seated for part in own) else 0.96) * base.w / every.w)
    sized = [replace(part, box=part.box.shrunk(factor)) for part in riders]
    moved = []
    for part, old in zip(sized, riders, strict=True):
        cx = base.cx + (old.box.cx - every.cx) * factor
        down = (every.bottom - old.box.bottom) * (1 - factor) if whole else 0.0
        moved.append(replace(part, box=part.box.moved(cx - part.box.cx, down)))
    return block(host.key, [*own, *moved])


def _wedge(child: Block, host: Block) -> Block:
    """Between the instances of the host themselves: they make room in their middle."""
    own = sorted((part for part in host.parts if part.key == host.key), key=lambda part: (part.box.cx, part.box.cy))
    half = (len(own) + 1) // 2
    gap = GAP * min(own[0].box.w, own[0].box.h)
    stacked = own[-1].box.cx - own[0].box.cx < 0.5 * own[0].box.w
    near = around([part.box for part in own[:half]])
    moved = {id(part) for part in own[half:]}
    dx, dy = (0.0, child.h + gap) if stacked else (child.w + gap, 0.0)
    parts = [replace(part, box=part.box.moved(dx, dy)) if id(part) in moved else part for part in host.parts]
    x, y = (near.cx - child.w / 2, near.bottom + gap) if stacked else (near.right + gap, near.bottom - child.h)
    return block(host.key, [*parts, *_shifted(list(child.parts), x, y, 0)])


def _front(host: Block) -> int:
    return max(part.z for part in host.parts) + 1


def _nest(child: Block, host: Block) -> Block:
    """In the middle of one host, or in the free middle of many ("a cake inside a circle of candles")."""
    base = _host_box(host)
    own = [part.box for part in host.parts if part.key == host.key]
    board = _board(host) if _written(child) else None
    earlier = [part for part in host.parts if part.source.origin is Origin.LETTERING] if _written(child) else []
    if board is not None or earlier:
        return _lettered(child, host, board or around([part.box for part in earlier]), earlier)
    largest = math.inf if _written(child) else 3.0 if len(own) > 2 else 1.0
    factor = 0.52 * min(base.w / child.w, base.h / child.h)
    if len(own) > 2:
        free = min(_free(child, box.cx - base.cx, box.cy - base.cy, box) for box in own)
        factor = 0.9 * free if free > 0.05 else factor
    factor = min(largest, factor)
    x, y = base.cx - child.w * factor / 2, base.cy - child.h * factor / 2
    return block(host.key, [*host.parts, *_shifted(_sized(child.parts, factor), x, y, _front(host))])


def _lettered(child: Block, host: Block, area: PixelBox, earlier: list[Part]) -> Block:
    """Texts on one thing share ``area``, one under another."""
    lines = [*earlier, *child.parts]
    high = area.h / len(lines)
    boxes = [PixelBox(x=area.x, y=area.y + number * high, w=area.w, h=0.94 * high) for number in range(len(lines))]
    kept = [part for part in host.parts if part not in earlier]
    front = max(part.z for part in host.parts) + 1
    return block(host.key, [*kept, *(replace(part, box=box, z=front) for part, box in zip(lines, boxes, strict=True))])


def _board(host: Block) -> PixelBox | None:
    """Where on the one instance of the host a text is written."""
    own = [part for part in host.parts if part.key == host.key]
    if len(own) != 1 or own[0].source.board is None:
        return None
    left, top, right, bottom = own[0].source.board.box
    box, rim = own[0].box, 0.1 * min((right - left) * own[0].box.w, (bottom - top) * own[0].box.h)
    return PixelBox(
        x=box.x + left * box.w + rim, y=box.y + top * box.h + rim,
        w=(right - left) * box.w - 2 * rim, h=(bottom - top) * box.h - 2 * rim,
    )  # fmt: skip


def _free(child: Block, dx: float, dy: float, box: PixelBox) -> float:
    """How large ``child`` may be, in its own sizes, until it touches ``box`` which is (dx, dy) away."""
    return max((2 * abs(dx) - box.w) / child.w, (2 * abs(dy) - box.h) / child.h)


def _overlap(child: Block, host: Block, *, near: bool, side: int, farther: int = 0) -> Block:
    """Partly covering: the nearer one stands lower. About a quarter of the farther one is hidden. ``farther``: how many stand
    on this side already, whom it does not hide."""
    base = _host_box(host)
    x = base.cx + side * (0.34 * base.w + 0.22 * child.w) - child.w / 2
    others = around([part.box for part in host.parts if part.key != host.key]) if farther else base
    if farther:
        x = others.x - 0.98 * child.w if side < 0 else others.right - 0.02 * child.w
    y = base.bottom - child.h + (0.14 if near else -0.2) * min(base.h, child.h)
    depth = _front(host) if near else min(part.z for part in host.parts) - 1 - max(part.z for part in child.parts)
    return block(host.key, [*host.parts, *_shifted(list(child.parts), x, y, depth)])
