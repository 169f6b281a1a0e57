"""Several things behind or before one: half of them to its left, half to its right, so that most of each is seen; and as many
things on as many others."""

from collections.abc import Sequence
from dataclasses import replace

from genevolve.core.claim import Direction
from genevolve.world.sketch.blocks import GAP, Block, Part, block
from genevolve.world.sketch.plan import around

_MOST = 6  # more are no longer told apart beside one
_HIDDEN, _COVERS = 0.28, 0.22  # share of one in the row that is behind the single one; of the single one behind each side
_BROADER, _OVER = 1.25, 0.36  # what is so much broader than a thing covers so much of its width
_SEATED = 0.55
_ON = 0.8  # width of what stands on a thing of its own, in widths of that
_UP, _DOWN = 0.2, 0.14  # how much higher the row stands that is behind, how much lower the one before


def crowded(child: Block, host: Block, direction: Direction) -> Block | None:
    """``child`` and ``host`` as one block, where one of them is several things; None where the usual place will do."""
    match direction:
        case Direction.BEHIND | Direction.IN_FRONT_OF:
            return flanked(child, host, near=direction is Direction.IN_FRONT_OF)
        case Direction.ON:
            return one_each(child, host)
    return None


def flanked(child: Block, host: Block, *, near: bool) -> Block | None:
    """``child`` before (``near``) or behind ``host`` as one block; None where neither of them, or both, are several."""
    if near and child.w > _BROADER * host.w:
        return _before(child, host)
    many = [sum(part.key == one.key for part in one.parts) > 1 for one in (child, host)]
    if many[0] == many[1]:
        return None
    row, single = (child, host) if many[0] else (host, child)
    members = _members(row)
    if len(members) > _MOST:
        return None
    before = near == (row is child)
    base = around([part.box for part in single.parts])
    placed: list[Part] = []
    for number, member in enumerate(members):
        own = next(part.box for part in member if part.key == row.key)
        reach = min((_COVERS if before else 2 * _COVERS) * base.w, _HIDDEN * own.w)
        half = (len(members) + 1) // 2
        out = half - 1 - number if number < half else number - half
        aside = out * 1.06 * own.w
        x = base.x + reach - aside - own.w if number < half else base.right - reach + aside
        down = (_DOWN if before else -_UP) * min(own.h, base.h)
        placed += [replace(part, box=part.box.moved(x - own.x, base.bottom + down - own.bottom)) for part in member]
    depths = [part.z for part in single.parts]
    lift = max(depths) + 1 - min(part.z for part in placed) if before else min(depths) - 1 - max(part.z for part in placed)
    return block(host.key, [*single.parts, *(replace(part, z=part.z + lift) for part in placed)])


def _before(child: Block, host: Block) -> Block:
    """A broad group before one thing, most of which stays to be seen."""
    base = next(part.box for part in host.parts if part.key == host.key)
    x, y = base.x + _OVER * base.w - child.w, base.bottom - child.h + _DOWN * min(base.h, child.h)
    front = max(part.z for part in host.parts) + 1 - min(part.z for part in child.parts)
    return block(host.key, [*host.parts, *(replace(part, box=part.box.moved(x, y), z=part.z + front) for part in child.parts)])


def one_each(child: Block, host: Block) -> Block | None:
    """As many on as many: each on its own, all in one row; None where they are not as many, or only one."""
    guests, hosts = _members(child), _members(host)
    if len(guests) != len(hosts) or len(guests) < 2:
        return None
    placed: list[Part] = []
    pitch = (1 + GAP) * max(around([part.box for part in member]).w for member in hosts)
    front = max(part.z for part in host.parts) + 1
    for number, (guest, under) in enumerate(zip(guests, hosts, strict=True)):
        base = next(part.box for part in under if part.key == host.key)
        own = next(part.box for part in guest if part.key == child.key)
        source = next(part.source for part in under if part.key == host.key)
        factor = min(1.0, (_SEATED if source.seated else _ON) * base.w / own.w)
        down = (source.surface if source.seated else 0.0) + 0.05
        aside = number * pitch - base.cx
        placed += [replace(part, box=part.box.moved(aside, -base.bottom)) for part in under]
        for part in guest:
            box = part.box.moved(-own.cx, -own.bottom).scaled(factor)
            placed.append(replace(part, box=box.moved(number * pitch, (down - 1) * base.h), z=part.z + front))
    return block(host.key, placed)


def _members(row: Block) -> Sequence[Sequence[Part]]:
    """Each of the row, from the left, with what is on it."""
    own = sorted((part for part in row.parts if part.key == row.key), key=lambda part: (part.box.y, part.box.x))
    rest = [part for part in row.parts if part.key != row.key]
    return [[one, *(part for part in rest if min(own, key=lambda each: abs(each.box.cx - part.box.cx)) is one)] for one in own]
