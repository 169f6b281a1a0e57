"""Several things behind or before one: half of them to its left, half to its right, so that most of each is seen."""

from collections.abc import Sequence
from dataclasses import replace

from genevolve.world.sketch.blocks import Block, Part, block
from genevolve.world.sketch.plan import around

_MOST = 6  # more are no longer told apart beside one
_HIDDEN, _COVERS = 0.28, 0.22  # share of one in the row that is behind the single one; of the single one behind each side
_UP, _DOWN = 0.2, 0.14  # how much higher the row stands that is behind, how much lower the one before


def flanked(child: Block, host: Block, *, near: bool) -> Block | None:
    """``child`` before (``near``) or behind ``host`` as one block; None where neither of them, or both, are several."""
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


def _members(row: Block) -> Sequence[Sequence[Part]]:
    """Each of the row, from the left, with what is on it."""
    own = sorted((part for part in row.parts if part.key == row.key), key=lambda part: (part.box.y, part.box.x))
    rest = [part for part in row.parts if part.key != row.key]
    return [[one, *(part for part in rest if min(own, key=lambda each: abs(each.box.cx - part.box.cx)) is one)] for one in own]
