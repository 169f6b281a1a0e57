"""A border of one colour along the edge of the image, and the space that is left within."""

from collections.abc import Mapping
from dataclasses import replace

from genevolve.world.language.colours import PALETTE
from genevolve.world.language.model import Edging
from genevolve.world.sketch.border import Rim
from genevolve.world.sketch.plan import Mark, MarkKind, PixelBox

_WIDTHS: Mapping[str, float] = {"thin": 0.014, "": 0.03, "thick": 0.055}  # in shorter sides of the image


def edged(around: Rim, edging: Edging | None, size: tuple[int, int]) -> Rim:
    """``around`` with the border outside of it."""
    if edging is None:
        return around
    paint, deep = PALETTE[edging.colour], _WIDTHS[edging.width] * min(size)
    w, h = size
    bars = (
        PixelBox(x=0, y=0, w=w, h=deep),
        PixelBox(x=0, y=h - deep, w=w, h=deep),
        PixelBox(x=0, y=0, w=deep, h=h),
        PixelBox(x=w - deep, y=0, w=deep, h=h),
    )
    marks = tuple(Mark(kind=MarkKind.BAR, fill=paint, ink=paint, box=box) for box in bars)
    inset = around.inset[0] + round(deep), around.inset[1] + round(deep)
    return replace(around, inset=inset, marks=(*marks, *around.marks))
