"""Is it pulled? It is in line behind who pulls, by the side to which that goes, and a rope is seen between the two."""

from typing import TYPE_CHECKING

from genevolve.world.language.bodies import Side, heading_of
from genevolve.world.pixel.detect import Instance

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Floats

_LEVEL = 0.2  # of the height of who pulls that their lower edges may differ
_LONGEST = 1.0  # the rope, in widths of who pulls
_INK = 120  # how dark a rope is, of 255
_THIN, _SEEN = 0.4, 0.85  # share of a column that a rope is at most, and of the columns in which it must be seen


def pulled(thing: Instance, puller: Instance, image: "Floats") -> bool:
    side = heading_of(puller.template.look)
    if side is None:
        return False
    goes_right = (side is Side.RIGHT) is not puller.template.mirrored
    one, other = thing.pose.box, puller.pose.box
    rear, front = (one[2], other[0]) if goes_right else (other[2], one[0])
    level = abs(one[3] - other[3]) < _LEVEL * (other[3] - other[1])
    apart = -0.1 * puller.pose.width < front - rear < _LONGEST * puller.pose.width
    return level and apart and _rope(image, rear, front, max(one[1], other[1]), min(one[3], other[3]))


def _rope(image: "Floats", left: float, right: float, top: float, bottom: float) -> bool:
    """Whether something dark and thin goes through the gap, from side to side."""
    part = image[max(0, round(top)) : round(bottom), round(left) : round(right)]
    if part.shape[1] < 3:
        return True
    dark = part.max(axis=2) < _INK
    share = dark.mean(axis=0)
    return bool(((share > 0) & (share < _THIN)).mean() > _SEEN)
