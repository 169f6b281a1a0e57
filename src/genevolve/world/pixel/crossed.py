"""Is a thing crossed out: a red ring around it, a red bar over it, and the thing itself, and no other, in between?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genevolve.world.atlas.crossed import BAND, INNER, RING
from genevolve.world.atlas.raster import raster
from genevolve.world.language.icons import CROSSED
from genevolve.world.pixel.detect import Instance
from genevolve.world.pixel.match import crop
from genevolve.world.pixel.paint import share

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Floats

_OTHER = "what is crossed out is something else"
_SIDE = 288  # pixels at which it is looked at
_RED = 0.85  # of the ring, and of the bar, that is red
_APART = 45.0  # levels from the white of the disc, from which a pixel is one of the thing
_ALIKE = 0.75  # common part of the thing and of what is seen, of both together
_NEAR = 30.0  # levels by which its colours may be off


def crossing_fault(image: "Floats", instance: Instance, looks: Sequence[str]) -> str:
    """What is wrong with it; empty where nothing is. Rings are alike whatever is in them: it may be any of the ``looks`` of
    what is asked for, and it may look either way."""
    if not instance.template.look.startswith(CROSSED):
        return "it is not crossed out"
    kinds = [look for look in looks if look.startswith(CROSSED)] or [instance.template.look]
    faults = [_fault(image, instance, look, mirrored=mirrored) for look in kinds for mirrored in (False, True)]
    return "" if "" in faults else next((fault for fault in faults if fault == _OTHER), faults[0])


def _fault(image: "Floats", instance: Instance, look: str, *, mirrored: bool) -> str:
    import numpy as np

    own = _tight(raster(look, _SIDE).astype(np.float32), mirrored)
    seen = _seen(image, instance, (own.shape[1], own.shape[0]))
    ring, bar, inside = _regions(own.shape[0], mirrored)
    if share(seen[ring], "red") < _RED:
        return "no red ring is around it"
    if share(seen[bar], "red") < _RED:
        return "no red bar is over it"
    return "" if _same_thing(seen, own[..., :3], inside) else _OTHER


def _seen(image: "Floats", instance: Instance, size: tuple[int, int]) -> "Floats":
    import cv2
    import numpy as np

    pose = instance.pose
    width, height = max(4, round(pose.width)), max(4, round(pose.height))
    part = crop(image, pose.x, pose.y, 1.0, (width, height))
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _tight(rgba: "Floats", mirrored: bool) -> "Floats":
    import numpy as np

    rows = np.flatnonzero((rgba[..., 3] > 40).any(axis=1))
    columns = np.flatnonzero((rgba[..., 3] > 40).any(axis=0))
    cut = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(cut[:, ::-1] if mirrored else cut)


def _regions(side: int, mirrored: bool) -> "tuple[Bools, Bools, Bools]":
    """The middle of the ring, the middle of the bar within it, and what is left between them, of a square of ``side``."""
    import numpy as np

    unit = side / (2 * RING + BAND + 4)  # with the dark line around the ring
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    y, x = (rows - (side - 1) / 2) / unit, (columns - (side - 1) / 2) / unit
    x = -x if mirrored else x
    away, off = np.hypot(x, y), np.abs(x - y) / np.sqrt(2.0)
    ring = np.abs(away - RING) < 0.3 * BAND
    bar = (off < 0.3 * BAND) & (away < RING - BAND)
    inside = (off > BAND / 2 + 3) & (np.maximum(np.abs(x), np.abs(y)) < 36 * INNER) & (away < RING - BAND / 2 - 3)
    return ring, bar, inside


def _same_thing(seen: "Floats", own: "Floats", inside: "Bools") -> bool:
    """Whether the thing between ring and bar has the outline and the colours of the one that is asked for."""
    import numpy as np

    shape = inside & (np.abs(own - 255.0).max(axis=2) > _APART)
    bare = inside & ~shape
    white = np.median(seen[bare], axis=0) if bare.any() else np.array([255.0, 255.0, 255.0])
    there = inside & (np.abs(seen - white).max(axis=2) > _APART)
    both = shape & there
    if not both.any() or both.sum() < _ALIKE * (shape | there).sum():
        return False
    return float(np.median(np.abs(seen - own).mean(axis=2)[both])) < _NEAR
