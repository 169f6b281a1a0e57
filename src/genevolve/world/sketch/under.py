"""What is under a table or a chair: between its legs, as far as its picture is hollow there."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from genevolve.world.sketch.blocks import Block, block
from genevolve.world.sketch.plan import ImageSource, PixelBox
from genevolve.world.sketch.resting import outline

_LEAST_WIDE, _LEAST_HIGH = 0.25, 0.3  # share of the picture that is hollow, for something to be in there
_FREE = 0.88  # of the hollow that is filled
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
    return block(host.key, [*parts, *moved])


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
