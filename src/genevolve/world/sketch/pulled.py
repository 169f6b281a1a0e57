"""What somebody pulls: on the ground behind who pulls it, and the rope between the two."""

from collections.abc import Mapping, Sequence

from genevolve.core.claim import Direction
from genevolve.world.language.bodies import Side, heading_of
from genevolve.world.language.model import SceneObject
from genevolve.world.sketch.blocks import Part
from genevolve.world.sketch.plan import RGB, Mark, MarkKind, PixelBox, Sprite

_LENGTH = 0.34  # of the rope, in sides of who pulls
_LARGE, _HIGH = 0.9, 1.1  # side and height at most of what is pulled, of who pulls
_TIED = (0.14, 0.52)  # where the rope ends at who pulls: from its rear edge, from its top
_HOOKED = (0.05, 0.62)  # … and at what is pulled: from its front edge, from its top
_ROPE: RGB = (40, 28, 20)


def goes_right(figure: Part | Sprite) -> bool:
    right = heading_of(figure.source.look) is Side.RIGHT
    return right is not figure.source.mirrored


def last_in_line(pullers: Sequence[Part]) -> Part:
    return min(pullers, key=lambda one: one.box.cx if goes_right(one) else -one.box.cx)


def pulled_box(thing: Part, puller: Part) -> PixelBox:
    box, aspect = puller.box, thing.box.w / thing.box.h
    side = (box.w * box.h) ** 0.5
    h = min(_LARGE * side / aspect**0.5, _HIGH * box.h)
    w = h * aspect
    x = box.x - _LENGTH * side - w if goes_right(puller) else box.x + box.w + _LENGTH * side
    return PixelBox(x=x, y=box.bottom - h, w=w, h=h)


def ropes(drawn: Sequence[Sprite], objects: Mapping[str, SceneObject]) -> list[Mark]:
    """A line from what is pulled to who pulls it."""
    found = []
    for figure in drawn:
        relations = objects[figure.key].relations if figure.key in objects else ()
        keys = [key for one in relations if one.direction is Direction.PULLED for key in one.targets]
        pullers = [other for other in drawn if other.key in keys[:1]]
        if not pullers:
            continue
        puller = min(pullers, key=lambda one: abs(one.box.cx - figure.box.cx))
        ahead = puller.box.cx > figure.box.cx
        start, end = _end(figure.box, _HOOKED, right=ahead), _end(puller.box, _TIED, right=not ahead)
        width = max(2.0, 0.016 * puller.box.h)
        found.append(Mark(kind=MarkKind.LINE, fill=_ROPE, ink=_ROPE, start=start, end=end, width=width))
    return found


def _end(box: PixelBox, at: tuple[float, float], *, right: bool) -> tuple[float, float]:
    """``at``: how far from its right (else its left) edge, and from its top."""
    inward, down = at
    return box.x + (1 - inward if right else inward) * box.w, box.y + down * box.h
