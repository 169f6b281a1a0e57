"""Where the sign of what somebody does comes (a Zzz at the head of who sleeps). Boxes in a block's own units."""

from collections.abc import Mapping

from genevolve.core.claim import Direction
from genevolve.world.language import bodies
from genevolve.world.language.actions import At, Sign, sign_of
from genevolve.world.language.bodies import Anchor, Body, Side, Spot
from genevolve.world.language.model import SceneObject
from genevolve.world.sketch.blocks import Part
from genevolve.world.sketch.plan import PixelBox

_PROFILE = 0.3  # a mouth nearer to the edge than this is seen from the side
_CROWN = 0.22  # how far a mouth that is seen from the side is below the top of its head, in heights
_LOW_CROWN = 0.52  # … of one that is held low: of a pig, the end of a trunk
_TAILS_LEFT = frozenset({"thoughtcloud", "speechballoon", "talkballoon"})  # their tails are at the lower left
_LEAP = 0.07  # how far off the ground somebody jumps, in heights
_TEARS = 1.05  # width of tears, in widths of the eyes
_USUAL_HALF = 0.27  # half the width of a head, in widths of a picture that shows more


def sign_box(sign: Sign, thing: Part, bearer: Part, nth: int = 0) -> PixelBox:
    """``nth``: how many other signs are there; every second one comes to the other side."""
    box, aspect = bearer.box, thing.box.w / thing.box.h
    side = sign.size * (box.w * box.h) ** 0.5
    w, h = side * aspect**0.5, side / aspect**0.5
    body = bodies.body_of(bearer.source.look)
    match sign.at:
        case At.EYES if Spot.EYES in body:
            return _at_eyes(box, body[Spot.EYES], aspect)
        case At.BEHIND:
            left = bodies.heading_of(bearer.source.look) is Side.LEFT
            x = box.right - 0.04 * box.w if left else box.x + 0.04 * box.w - w
            return PixelBox(x=x, y=box.bottom - 1.02 * h, w=w, h=h)
        case At.MOUTH if Spot.MOUTH in body:
            return _at_mouth(sign, box, body, (w, h), nth)
        case At.THING:
            x = box.right - 0.55 * w if nth % 2 == 0 else box.x - 0.45 * w
            return PixelBox(x=x, y=box.y - 0.55 * h, w=w, h=h)
        case At.ABOVE:
            return PixelBox(x=box.cx - w / 2, y=box.y - 0.96 * h, w=w, h=h)
        case At.BELOW:
            w = sign.size * box.w
            return PixelBox(x=box.cx - w / 2, y=box.bottom + _LEAP * box.h, w=w, h=w / aspect)
    return _at_head(box, body, (w, h), nth)


def _at_eyes(box: PixelBox, eyes: Anchor, aspect: float) -> PixelBox:
    w = _TEARS * eyes.width * box.w
    h = w / aspect
    return PixelBox(x=box.x + eyes.x * box.w - w / 2, y=box.y + eyes.y * box.h + 0.02 * box.h, w=w, h=h)


def half_head(body: Body) -> float:
    """Half the width of the head, in widths of the picture: a face fills it."""
    if Spot.SHOULDER not in body and (Spot.HOOD in body or body.get(Spot.NECK, Anchor(x=0.5, y=1.0, width=0.5)).y > 0.9):
        return 0.5
    return _USUAL_HALF * (1.2 if Spot.SHOULDER in body else 1.0)


def _at_mouth(sign: Sign, box: PixelBox, body: Body, size: tuple[float, float], nth: int) -> PixelBox:
    """Beside it: before a face that is seen from the side, else beside the head."""
    w, h = size
    mouth = body[Spot.MOUTH]
    x, y = box.x + mouth.x * box.w, box.y + mouth.y * box.h
    bubble = sign.noun in _TAILS_LEFT
    if mouth.x < _PROFILE or mouth.x > 1 - _PROFILE:
        left = x - 1.02 * w if mouth.x < 0.5 else x + 0.02 * w
    else:
        half = half_head(body) * box.w
        left = x - half - w if nth % 2 else x + half - (0.04 * w if bubble else -0.05 * w)
    return PixelBox(x=left, y=y - (0.92 if bubble else 0.72) * h, w=w, h=h)


def _at_head(box: PixelBox, body: Body, size: tuple[float, float], nth: int) -> PixelBox:
    """At its upper right, or upper left; over who is seen from the side."""
    w, h = size
    x, y, half = crown(body)
    outward = 1 if x >= _PROFILE else -1  # whose head is at the left edge has its back at the right
    if nth % 2:
        outward = -outward
    at_x = box.x + (x + outward * half) * box.w
    left = at_x - 0.1 * w if outward > 0 else at_x - 0.9 * w
    if not _PROFILE <= x <= 1 - _PROFILE:
        left = at_x - w / 2
    return PixelBox(x=left, y=box.y + y * box.h - 0.98 * h, w=w, h=h)


def crown(body: Body) -> tuple[float, float, float]:
    """Where the top of the head is and how far it goes to each side, as shares of the picture."""
    if Spot.TOP in body:
        top = body[Spot.TOP]
        front = _PROFILE < top.x < 1 - _PROFILE
        return top.x, top.y + (0.06 if front else 0.0), 0.48 * top.width if front else 0.0
    if Spot.EYES in body:
        eyes = body[Spot.EYES]
        return eyes.x, max(0.06, eyes.y - 0.3), 0.5 * eyes.width
    mouth = body.get(Spot.MOUTH, Anchor(x=0.5, y=0.4, width=0.2))
    x = mouth.x + (0.06 if mouth.x < 0.5 else -0.06)
    return x, max(0.0, mouth.y - (_CROWN if mouth.y < 0.5 else _LOW_CROWN)), 0.0


def lifted(objects: Mapping[str, SceneObject]) -> set[str]:
    """Keys of those that are off the ground: their shadow is a part of the sign."""
    told = [(sign_of(obj.noun), obj.relations) for obj in objects.values()]
    return {
        key
        for sign, relations in told
        if sign is not None and sign.at is At.BELOW
        for one in relations
        if one.direction is Direction.SIGN
        for key in one.targets
    }


def turns_away(noun: str, box: PixelBox, bearer: Part) -> bool:
    """Whether the picture of the sign comes mirrored: its tail, or where the dust comes from, is towards its bearer."""
    sign = sign_of(noun)
    if sign is None:
        return False
    if sign.at is At.BEHIND:
        return box.cx < bearer.box.cx
    return noun in _TAILS_LEFT and box.cx < bearer.box.cx and bodies.body_of(bearer.source.look) != {}
