"""Is it worn, held, eaten, pictured on it, or in it, and who looks at whom? By where the pictograms have head, eyes, neck, hand
and mouth, and by the side to which they look (``language.bodies``)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genevolve.core.claim import Direction
from genevolve.world.language import bodies
from genevolve.world.language.bodies import Anchor, Spot
from genevolve.world.pixel import geometry
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.detect import Instance, overlap
from genevolve.world.pixel.pulling import pulled

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Floats

_ACROSS = {
    Spot.TOP: 0.45,
    Spot.EYES: 0.3,
    Spot.NECK: 0.55,
}  # how far beside its spot a worn thing may be, in widths of the body
_DOWN = {Spot.TOP: 0.17, Spot.EYES: 0.13}  # … and above or below, in heights of the bearer
_TOUCH = 0.02  # share of what is held that must lie over its bearer
_APART = 0.22  # what is held is this far from the bearer's middle, in its widths: not in its face
_HANDED = Anchor(x=0.92, y=0.78, width=0.1)  # where a picture without hands is given something
_REACH = 0.4  # how far from a hand what is held may be, in its sides or those of its bearer
_NEAR_HAND = 0.05  # … where it does not touch its bearer
_IN_FACE = 0.3  # share of what is held by a string that may be over who holds it
_LONGEST_STRING = 2.2  # in sides of the balloon
_ON_STRINGS = frozenset({"balloon", "kite"})
_IN_AIR = frozenset({"kite"})  # above the hand
_SOLID = 0.3  # opacity from which a part of a template counts
_LINED, _INK = 0.85, 120  # share of a string that must be seen, and how dark it is, of 255
_GARMENTS = (Spot.BODY, Spot.HOOD)
_SHOWN_ONLY = (
    *_GARMENTS,
    Spot.MOUTH,
    Spot.SHOULDER,
    Spot.CHIN,
    Spot.LAP,
)  # where a picture shows no such part nothing can be there
_FROM_SIDE = 0.3  # a mouth nearer to the edge than this belongs to a head that is seen from the side
_MIDST = 0.2  # how far from its place what is held before somebody may be, in widths of the body
_BEFORE = 0.5  # share of it that must be seen: it is not behind the body
_DIPPED = 0.2  # share of what is in a vessel that must be below its rim


def borne(
    direction: Direction,
    noun: str,
    things: Sequence[Instance],
    bearers: Sequence[Instance],
    image: "Floats | None" = None,
) -> bool:
    """Whether each of ``things`` (called ``noun``) is worn by, held by or pictured on a bearer of its own; of as many as there
    are bearers. ``image``: where the strings of balloons are looked for."""
    if direction is Direction.PULLED and len(bearers) > 1:
        return False  # it is on the rope of one of them
    free = list(bearers)
    for thing in things:
        taken = next((one for one in free if _borne(direction, noun, thing, one, image)), None)
        if taken is None:
            return False
        if len(things) > 1 and len(bearers) > 1:
            free.remove(taken)
    return bool(things)


def _borne(direction: Direction, noun: str, thing: Instance, bearer: Instance, image: "Floats | None") -> bool:
    one, other = thing.pose.box, bearer.pose.box
    if direction is Direction.PICTURED:
        return geometry.related(Direction.INSIDE, [one], [[other]]) and not thing.behind
    if direction is Direction.PULLED:
        return image is not None and pulled(thing, bearer, image)
    if direction is Direction.HELD:
        strung = image is not None and noun in _ON_STRINGS and _on_string(thing, other, bearer, image)
        if noun in _IN_AIR:
            return strung and geometry.centre(one)[1] < min(y for _, y in _hands(bearer))
        return strung or _held(one, other, bearer)
    spot = bodies.spot_for(direction, noun)
    if spot is None or (spot in _SHOWN_ONLY and spot not in bodies.body_of(bearer.template.look)):
        return False
    at = anchor(bearer, spot)
    if direction is Direction.AT_MOUTH:
        return _fed(one, other, at)
    if direction is Direction.AT_SHOULDER:
        return any(_seated(one, other, x, at.y) for x in (at.x, 1 - at.x))
    if direction is Direction.HELD_BEFORE:
        return thing.agreement.visible > _BEFORE and _before(one, other, at)
    return _dressed(one, other, at) if spot in _GARMENTS else _worn(one, other, spot, at)


def anchor(bearer: Instance, spot: Spot) -> Anchor:
    """Where the bearer's picture has this spot; about where most have it, for a picture of which that is not known."""
    known = bodies.body_of(bearer.template.look).get(spot)
    if known is None:
        return {Spot.TOP: Anchor(x=0.5, y=0.12, width=0.7), Spot.EYES: Anchor(x=0.5, y=0.4, width=0.7)}.get(
            spot, Anchor(x=0.5, y=0.75, width=0.7)
        )
    return Anchor(x=1 - known.x, y=known.y, width=known.width) if bearer.template.mirrored else known


def _worn(one: Box, other: Box, spot: Spot, at: Anchor) -> bool:
    wide, tall = other[2] - other[0], other[3] - other[1]
    x, y = other[0] + at.x * wide, other[1] + at.y * tall
    (cx, cy), body = geometry.centre(one), at.width * wide
    if abs(cx - x) > max(_ACROSS[spot] * body, 0.08 * wide) or not 0.35 * body < one[2] - one[0] < 3.2 * body:
        return False
    if spot is Spot.TOP:
        return abs(one[3] - y) < _DOWN[spot] * tall + 0.12 * (one[3] - one[1])
    if spot is Spot.EYES:
        return abs(cy - y) < _DOWN[spot] * tall
    return one[1] < y and one[3] > y - 0.08 * tall


def _held(one: Box, other: Box, bearer: Instance) -> bool:
    """At one of the hands, beside the middle of its bearer."""
    area = (one[2] - one[0]) * (one[3] - one[1])
    aside = abs(geometry.centre(one)[0] - geometry.centre(other)[0]) > _APART * (other[2] - other[0])
    low = one[3] > other[1] + 0.3 * (other[3] - other[1])
    gap = min(geometry.gap(one, x, y) for x, y in _hands(bearer))
    reach = max(_REACH * area**0.5, _REACH * ((other[2] - other[0]) * (other[3] - other[1])) ** 0.5)
    touching = low and overlap(one, other) > _TOUCH * area
    return aside and gap <= reach and overlap(one, other) < 0.8 * area and (touching or gap < _NEAR_HAND * area**0.5)


def _hands(bearer: Instance) -> list[tuple[float, float]]:
    left, top, right, bottom = bearer.pose.box
    hand = bodies.body_of(bearer.template.look).get(Spot.HAND, _HANDED)
    return [(left + x * (right - left), top + hand.y * (bottom - top)) for x in (hand.x, 1 - hand.x)]


def _on_string(thing: Instance, other: Box, bearer: Instance, image: "Floats") -> bool:
    """Whether a dark line leads from it to a hand, and it is in nobody's face."""
    import numpy as np

    one = thing.pose.box
    area = (one[2] - one[0]) * (one[3] - one[1])
    low = np.flatnonzero((thing.template.mask[-4:] > _SOLID).any(axis=0))
    at = float(low.mean()) / thing.template.mask.shape[1] if low.size else 0.5
    foot = one[0] + at * (one[2] - one[0]), one[3]
    if overlap(one, other) > _IN_FACE * area:
        return False
    for hand in _hands(bearer):
        steps = max(8, round(max(abs(hand[0] - foot[0]), abs(hand[1] - foot[1]))))
        if steps > _LONGEST_STRING * area**0.5:
            continue
        seen = [_dark(image, *np.add(foot, np.subtract(hand, foot) * (step / steps))) for step in range(steps + 1)]
        if sum(seen) > _LINED * len(seen):
            return True
    return False


def _dark(image: "Floats", x: float, y: float) -> bool:
    """Whether something dark is within three pixels."""
    row, column = max(0, round(y) - 3), max(0, round(x) - 3)
    part = image[row : row + 7, column : column + 7]
    return bool(part.size) and float(part.max(axis=2).min()) < _INK


def _fed(one: Box, other: Box, at: Anchor) -> bool:
    """Its box reaches the mouth, from the side where the head looks to it or from below."""
    wide, tall = other[2] - other[0], other[3] - other[1]
    x, y = other[0] + at.x * wide, other[1] + at.y * tall
    size = ((one[2] - one[0]) * (one[3] - one[1])) ** 0.5
    reach = 0.05 * (wide * tall) ** 0.5
    there = one[0] - reach < x < one[2] + reach and one[1] - reach < y < one[3] + reach
    cx, cy = geometry.centre(one)
    ahead = cx < x if at.x < _FROM_SIDE else cx > x if at.x > 1 - _FROM_SIDE else cy > y - 0.1 * size
    return there and ahead and size < 0.8 * (wide * tall) ** 0.5


def _before(one: Box, other: Box, at: Anchor) -> bool:
    """Its upper edge is under the mouth, it is before the middle of the body, and it is smaller than that."""
    wide, tall = other[2] - other[0], other[3] - other[1]
    size = ((one[2] - one[0]) * (one[3] - one[1])) ** 0.5
    across = abs(geometry.centre(one)[0] - other[0] - at.x * wide) < _MIDST * wide
    under = abs(one[1] - other[1] - at.y * tall) < _MIDST / 2 * tall
    fits = 0.2 * (wide * tall) ** 0.5 < size < 0.9 * (wide * tall) ** 0.5
    return across and under and fits and overlap(one, other) > _TOUCH * size**2


def _seated(one: Box, other: Box, x: float, y: float) -> bool:
    """Its feet are at the shoulder, and it is above that."""
    wide, tall = other[2] - other[0], other[3] - other[1]
    feet = (geometry.centre(one)[0] - other[0]) / wide, (one[3] - other[1]) / tall
    return abs(feet[0] - x) < 0.22 and abs(feet[1] - y) < 0.14 and one[3] - one[1] < 0.95 * tall


def _dressed(one: Box, other: Box, at: Anchor) -> bool:
    """Its collar is at the neck, and it is as wide as a body."""
    wide, tall = other[2] - other[0], other[3] - other[1]
    x, y = other[0] + at.x * wide, other[1] + at.y * tall
    broad = at.width * wide
    collar = one[1] - 0.1 * tall < y < one[1] + 0.45 * (one[3] - one[1])
    return abs(geometry.centre(one)[0] - x) < 0.2 * wide and collar and 0.5 * broad < one[2] - one[0] < 2.9 * broad


def turned_to(subjects: Sequence[Instance], targets: Sequence[Instance]) -> bool:
    """Whether each of ``subjects`` looks to the side on which ``targets`` are; two of one kind look at each other."""
    found = []
    for one in subjects:
        side = bodies.side_of(one.template.look)
        others = [geometry.centre(other.pose.box)[0] for other in targets if other is not one]
        if side is None or not others:
            return False
        faced = side.other if one.template.mirrored else side
        apart = sum(others) / len(others) - geometry.centre(one.pose.box)[0]
        found.append((apart > 0) == (faced is bodies.Side.RIGHT) and abs(apart) > 0.3 * one.pose.width)
    return bool(found) and all(found)


def dips(thing: Instance, vessels: Sequence[Instance]) -> bool:
    """Whether its lower part is hidden behind the front of one of ``vessels`` while the rest is above the rim."""
    one = thing.pose.box
    for vessel in vessels:
        other = vessel.pose.box
        within = other[0] <= geometry.centre(one)[0] <= other[2]
        depth = min(one[3], other[3]) - max(one[1], other[1])
        rim = bodies.rim_of(vessel.template.look, 0.1)
        if (
            thing.behind
            and within
            and one[1] < other[1] + (rim + 0.1) * (other[3] - other[1])
            and depth > _DIPPED * (one[3] - one[1])
        ):
            return True
    return False
