"""Where what somebody holds comes: one thing at a hand, several fanned out from both hands, balloons on strings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from math import cos, radians, sin

import numpy as np

from genevolve.core.claim import Direction
from genevolve.world.atlas.raster import raster
from genevolve.world.language import bodies
from genevolve.world.language.bodies import Anchor, Spot
from genevolve.world.language.model import Relation, SceneObject
from genevolve.world.sketch.blocks import Block, Part
from genevolve.world.sketch.plan import RGB, Mark, MarkKind, PixelBox, Sprite

_UPRIGHT = frozenset(
    {"balloon", "umbrella", "kite", "flag", "flower", "rose", "tulip", "sunflower", "sword", "torch", "ice cream"}
)
ON_STRINGS = frozenset({"balloon", "kite"})
_IN_AIR = frozenset({"kite"})  # above the hand, not at it
_UP, _OUT = 0.95, 0.5  # how far its middle is above the hand and beside it, in sides of who holds it
_HANDED = Anchor(x=0.92, y=0.78, width=0.1)  # where a picture without hands is given something
_HELD_SIDE, _HELD_UPRIGHT = 0.45, 0.7  # of what bears it
_FIRST, _LAST = 18.0, 62.0  # degrees outward from upright between which a hand fans out what it holds
_AROUND = 0.78  # how far around the hand that is, in sides of who holds it
_APART = 1.04  # of their width, between the middles of neighbours in a fan
_SIDE, _SEEN = 144, 24  # pixels at which a pictogram is looked at, and the opacity that is seen, of 255
_STRING: RGB = (28, 28, 34)


def hand_of(look: str) -> Anchor:
    return bodies.body_of(look).get(Spot.HAND, _HANDED)


def held_box(thing: Part, bearer: Part, noun: str, slot: int, total: int) -> PixelBox:
    """The place of the thing number ``slot`` of ``total`` (from 0) that ``bearer`` holds: the second is in the other hand."""
    hand = hand_of(bearer.source.look)
    if slot % 2:
        hand = replace(hand, x=1 - hand.x)
    number, order = (total + 1 - slot % 2) // 2, slot // 2
    if number < 2:
        if noun in _IN_AIR:
            return _in_air(thing, bearer.box, hand)
        return _alone(thing, bearer.box, hand, noun)
    return _fanned(thing, bearer.box, hand, noun, order, number)


def _alone(thing: Part, box: PixelBox, hand: Anchor, noun: str) -> PixelBox:
    aspect = thing.box.w / thing.box.h
    upright = noun in _UPRIGHT
    side = (_HELD_UPRIGHT if upright else _HELD_SIDE) * (box.w * box.h) ** 0.5
    w, h = min(side, side * aspect), min(side, side / aspect)
    outward = 1 if hand.x >= 0.5 else -1
    x = box.x + hand.x * box.w + outward * 0.28 * w - w / 2
    y = box.y + hand.y * box.h
    return PixelBox(x=x, y=y - (0.94 if upright else 0.55) * h, w=w, h=h)


def _in_air(thing: Part, box: PixelBox, hand: Anchor) -> PixelBox:
    aspect, bearer = thing.box.w / thing.box.h, (box.w * box.h) ** 0.5
    side = _HELD_UPRIGHT * bearer
    w, h = min(side, side * aspect), min(side, side / aspect)
    x = box.x + hand.x * box.w + (1 if hand.x >= 0.5 else -1) * _OUT * bearer
    return PixelBox(x=x - w / 2, y=box.y + hand.y * box.h - _UP * bearer - h / 2, w=w, h=h)


def tail_turned(noun: str, box: PixelBox, bearer: Part) -> bool:
    """Whether the picture of a kite, whose tail ends at its right, comes mirrored: its tail is towards who holds it."""
    return noun in _IN_AIR and box.cx > bearer.box.cx


def _fanned(thing: Part, box: PixelBox, hand: Anchor, noun: str, order: int, number: int) -> PixelBox:
    """One of several in a hand: balloons stand around it in a fan, of other things one is over it and one under it."""
    aspect, bearer = thing.box.w / thing.box.h, (box.w * box.h) ** 0.5
    outward = 1 if hand.x >= 0.5 else -1
    at_x, at_y = box.x + hand.x * box.w, box.y + hand.y * box.h
    side = (_HELD_UPRIGHT if noun in ON_STRINGS else _HELD_SIDE) * bearer / (0.72 * number**0.5)
    w, h = min(side, side * aspect), min(side, side / aspect)
    if noun not in ON_STRINGS and number == 2:
        x = at_x - 0.1 * w if outward > 0 else at_x - 0.9 * w
        return PixelBox(x=x, y=at_y - h if order == 0 else at_y + 0.02 * h, w=w, h=h)
    step = radians((_LAST - _FIRST) / (number - 1))
    radius = max(_AROUND * bearer, _APART * max(w, 0.8 * h) / (2 * sin(step / 2)))
    turn = radians(_FIRST) + order * step
    x, y = at_x + outward * radius * sin(turn), at_y - radius * cos(turn)
    return PixelBox(x=x - w / 2, y=y - h / 2, w=w, h=h)


def held_in_all(made: Mapping[str, Block], relations: Sequence[tuple[str, Relation]]) -> dict[str, int]:
    """How many things each is to hold, under "all" and its key."""
    found: dict[str, int] = {}
    for key, relation in relations:
        if relation.direction is Direction.HELD and key in made and relation.targets and relation.targets[0] in made:
            told = f"all {relation.targets[0]}"
            found[told] = found.get(told, 0) + sum(part.key == key for part in made[key].parts)
    return found


def held_by_each(child: Block, host: Block, target: str) -> int:
    """How many of the things of ``child`` each of those called ``target`` in ``host`` holds."""
    bearers = sum(part.key == target for part in host.parts)
    return -(-sum(part.key == child.key for part in child.parts) // max(1, bearers))


@lru_cache(maxsize=64)
def foot(look: str) -> float:
    """Where the lowest end of a pictogram is, as a share of its width: the string of a balloon."""
    seen = raster(look, _SIDE)[:, :, 3] > _SEEN
    columns = np.flatnonzero(seen.any(axis=0))
    low = np.flatnonzero(seen[np.flatnonzero(seen.any(axis=1))[-2:]].any(axis=0))
    return float((low.mean() - columns[0]) / max(1, columns[-1] - columns[0]))


def strings(drawn: Sequence[Sprite], objects: Mapping[str, SceneObject]) -> list[Mark]:
    """Lines from balloons that do not touch the hand which holds them to that hand."""
    found = []
    for figure in drawn:
        obj = objects.get(figure.key)
        hosts = (
            [key for one in obj.relations if one.direction is Direction.HELD for key in one.targets] if obj is not None else []
        )
        bearers = [other for other in drawn if other.key in hosts[:1]]
        if obj is None or obj.noun not in ON_STRINGS or not bearers:
            continue
        low = foot(figure.source.look)
        x, y = figure.box.x + (1 - low if figure.source.mirrored else low) * figure.box.w, figure.box.bottom
        hands = [
            (bearer.box.x + at * bearer.box.w, bearer.box.y + hand_of(bearer.source.look).y * bearer.box.h)
            for bearer in bearers
            for at in (hand_of(bearer.source.look).x, 1 - hand_of(bearer.source.look).x)
        ]
        end = min(hands, key=lambda hand: (hand[0] - x) ** 2 + (hand[1] - y) ** 2)
        if max(abs(end[1] - y), abs(end[0] - x)) > 0.08 * figure.box.h:
            start = (x, y - 0.01 * figure.box.h)
            width = max(2.0, 0.014 * figure.box.h)
            found.append(Mark(kind=MarkKind.LINE, fill=_STRING, ink=_STRING, start=start, end=end, width=width))
    return found
