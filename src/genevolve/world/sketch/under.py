"""What is under a table or a chair: between its legs, as far as its picture is hollow there."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from genevolve.world.sketch.blocks import Block, Part, block
from genevolve.world.sketch.plan import ImageSource, PixelBox, around
from genevolve.world.sketch.resting import outline

_LEAST_WIDE, _LEAST_HIGH = 0.25, 0.3  # share of the picture that is hollow, for something to be in there
_FREE = 0.88  # of the hollow that is filled
_LEVEL = 0.02  # of its height: so near to its ground stands what is under it already
_STEPS = 50
_BEFORE = PixelBox(x=0.1, y=0.58, w=0.8, h=0.42)
_GROWN = 2.4  # how much larger the host gets at most, so that what is under it is not too small


def between_legs(child: Block, host: Block) -> Block:
    """``child`` on the ground under ``host``; before its legs where they leave no room between them."""
    part = next(part for part in host.parts if part.key == host.key)
    room = hollow(part.source)
    wanted = max(child.w / (_FREE * room.w * part.box.w), child.h / (_FREE * room.h * part.box.h))
    grown = min(_GROWN, max(1.0, wanted))
    parts = [replace(one, box=one.box.scaled(grown)) for one in host.parts]
    base = next(one.box for one in parts if one.key == host.key)
    factor = min(1.0, grown / wanted)
    x = base.x + room.cx * base.w - child.w * factor / 2
    y = base.bottom - child.h * factor
    front = max(one.z for one in parts) + 1 - min(one.z for one in child.parts)
    moved = [replace(one, box=one.box.scaled(factor).moved(x, y), z=one.z + front) for one in child.parts]
    earlier = [one for one in parts if one.key != host.key and abs(one.box.bottom - base.bottom) < _LEVEL * base.h]
    own = [one for one in parts if one not in earlier]
    return block(host.key, [*own, *_beside(earlier, moved, _FREE * room.w * base.w, base.x + room.cx * base.w)])


def _beside(earlier: list[Part], more: list[Part], wide: float, middle: float) -> list[Part]:
    """``more`` right of what is there ``earlier``, both made smaller until they are no wider than ``wide``."""
    if not earlier:
        return more
    found = []
    groups = [(parts, around([one.box for one in parts])) for parts in (earlier, more)]
    factor = min(1.0, wide / (1.1 * sum(whole.w for _, whole in groups)))
    x = middle - factor * 0.55 * sum(whole.w for _, whole in groups)
    for parts, whole in groups:
        for one in parts:
            box = one.box.moved(-whole.x, -whole.bottom).scaled(factor).moved(x, whole.bottom)
            found.append(replace(one, box=box))
        x += 1.1 * factor * whole.w
    return found


@lru_cache(maxsize=64)
def hollow(source: ImageSource) -> PixelBox:
    """The largest box between two legs, as shares of the size of a picture; its lower half where there is none."""
    foot = np.ceil(np.nan_to_num(outline(source).foot, nan=0.0) * _STEPS) / _STEPS
    width = len(foot)
    best: PixelBox | None = None
    for level in sorted({float(value) for value in foot}):
        start = 0
        for at in range(width + 1):
            if at < width and foot[at] <= level:
                continue
            if start > 0 and at < width:  # legs on both sides
                found = PixelBox(x=start / width, y=level, w=(at - start) / width, h=1 - level)
                fits = found.w >= _LEAST_WIDE and found.h >= _LEAST_HIGH
                best = found if fits and (best is None or found.w * found.h > best.w * best.h) else best
            start = at + 1
    return best or _BEFORE
