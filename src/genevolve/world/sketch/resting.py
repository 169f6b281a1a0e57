"""What stands on something touches it: it is let down, or lifted, until its feet meet the upper edge of what is under them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from genevolve.core.claim import Direction, Piling
from genevolve.world.atlas.raster import raster
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.model import SceneObject
from genevolve.world.language.senses import sticks_out
from genevolve.world.sketch.plan import ImageSource, Origin, PixelBox, Sprite

_SIDE = 144  # pixels in which outlines are measured
_FEET = 0.08  # share of the height in which the feet are
_BROAD = 0.28  # share of the width under which a part is too thin to stand on: steam, a handle, a stalk
_SINK, _MOST_SUNK = 0.05, 0.08  # how far feet come over what they stand on: of its height, at most of their own
_UNEVEN = 0.1  # of its own height: how far the highest ground under the feet may reach into them
_STEEP = 0.45  # difference of level, in their height, from which several on one thing stand in a row all the same
_HEAPED = 0.82  # of its height is above those on which it lies in a heap
_RIM = 0.04  # how much of its height stays free above what is at the upper edge
_CARRIED = (Direction.ON, Direction.INSIDE, *BORNE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """By column from the left, as shares of the height from the top: where one stands on it, and its lower edge. Not a number
    where nothing is."""

    top: NDArray[np.float64]
    foot: NDArray[np.float64]


def settled(drawn: Sequence[Sprite], objects: Mapping[str, SceneObject]) -> list[Sprite]:
    """``drawn`` with all that is on something set down on it, from the lowest up; what it bears comes along."""
    on = {
        key: relation.targets[0]
        for key, obj in objects.items()
        for relation in obj.relations
        if relation.direction is Direction.ON
        and relation.targets
        and relation.targets[0] in objects
        and not sticks_out(obj.noun, objects[relation.targets[0]].noun)
    }
    moved = _stacked(drawn, objects)
    for key in sorted(on, key=lambda key: len(_below(key, on))):
        hosts = [other for other in moved if other.key == on[key]]
        for at, down in _level({at: _onto(one, hosts) for at, one in enumerate(moved) if one.key == key}, moved).items():
            for each in _with_it(at, moved, objects):
                moved[each] = replace(moved[each], box=moved[each].box.moved(0, down))
    return _within(moved, frozenset(on), objects)


def _stacked(drawn: Sequence[Sprite], objects: Mapping[str, SceneObject]) -> list[Sprite]:
    """``drawn`` with each of a stack on the next, and the rows of a heap down between those below."""
    moved = [replace(one, box=_heaped(one, drawn)) if _is(Piling.PILE, one, objects) else one for one in drawn]
    for key in {figure.key for figure in drawn if _is(Piling.STACK, figure, objects)}:
        own = sorted((at for at, figure in enumerate(drawn) if figure.key == key), key=lambda at: -drawn[at].box.bottom)
        for under, at in pairwise(own):
            moved[at] = replace(moved[at], box=moved[at].box.moved(0, _drop(moved[at], moved[under])))
    return moved


def _is(arrangement: Piling, figure: Sprite, objects: Mapping[str, SceneObject]) -> bool:
    return figure.key in objects and objects[figure.key].arrangement is arrangement


def _heaped(figure: Sprite, drawn: Sequence[Sprite]) -> PixelBox:
    lowest = max(one.box.bottom for one in drawn if one.key == figure.key)
    return figure.box.moved(0, (1 - _HEAPED) * (lowest - figure.box.bottom))


def _within(drawn: Sequence[Sprite], standing: frozenset[str], objects: Mapping[str, SceneObject]) -> list[Sprite]:
    """``drawn`` with those of ``standing`` that would reach over the upper edge made smaller where they stand."""
    factors: dict[str, float] = {}
    for key in standing:
        own = [number for number, figure in enumerate(drawn) if figure.key == key]
        alone = all(_with_it(number, drawn, objects) == {number} for number in own)
        room = min(((drawn[at].box.bottom - _RIM * drawn[at].box.h) / drawn[at].box.h for at in own), default=1.0)
        factors[key] = min(1.0, max(0.5, room)) if alone else 1.0
    return [
        replace(figure, box=figure.box.shrunk(factors[figure.key])) if factors.get(figure.key, 1.0) < 1 else figure
        for figure in drawn
    ]


def _onto(figure: Sprite, hosts: Sequence[Sprite]) -> float:
    under = _under(figure, hosts)
    return 0.0 if under is None else _drop(figure, under)


def _level(drops: Mapping[int, float], drawn: Sequence[Sprite]) -> Mapping[int, float]:
    """``drops``; where the ground is so uneven that a row of them would fall apart, the middle one for all."""
    tall = min((drawn[at].box.h for at in drops), default=0.0)
    in_row = len({round(drawn[at].box.bottom) for at in drops}) == 1
    steep = in_row and max(drops.values()) - min(drops.values()) > _STEEP * tall
    return dict.fromkeys(drops, median(drops.values())) if steep else drops


def _below(key: str, on: Mapping[str, str]) -> list[str]:
    """What is under it, one under another."""
    found: list[str] = []
    while (key := on.get(key, "")) and key not in found:
        found.append(key)
    return found


def _under(figure: Sprite, hosts: Sequence[Sprite]) -> Sprite | None:
    """The one of ``hosts`` over which ``figure`` is, the highest of several."""
    shared = {id(host): min(host.box.right, figure.box.right) - max(host.box.x, figure.box.x) for host in hosts}
    over = [host for host in hosts if shared[id(host)] > 0]
    return max(over, key=lambda host: (round(shared[id(host)] / figure.box.w, 1), -host.box.y), default=None)


def _with_it(
    at: int, drawn: Sequence[Sprite], objects: Mapping[str, SceneObject], before: frozenset[int] = frozenset()
) -> set[int]:
    """Who moves along with the figure at ``at``: what stands on it, what it bears, and so on; none of those ``before``."""
    found, before = {at}, before | {at}
    for number, other in enumerate(drawn):
        hosts = {
            relation.targets[0]
            for relation in (objects[other.key].relations if other.key in objects else ())
            if relation.direction in _CARRIED and relation.targets
        }
        if number in before or drawn[at].key not in hosts:
            continue
        alike = [place for place, one in enumerate(drawn) if one.key == drawn[at].key]
        if min(alike, key=lambda place: abs(drawn[place].box.cx - other.box.cx)) == at:
            found |= _with_it(number, drawn, objects, before)
    return found


def _drop(figure: Sprite, host: Sprite) -> float:
    """How far ``figure`` goes down until it stands on ``host``; 0 where it is not over it, or sits on its seat."""
    if host.source.seated:
        return 0.0
    own, ground = outline(figure.source), outline(host.source)
    feet = np.flatnonzero(own.foot >= np.nanmax(own.foot) - _FEET)
    across = figure.box.x + (feet + 0.5) / len(own.foot) * figure.box.w
    columns = np.floor((across - host.box.x) / host.box.w * len(ground.top)).astype(int)
    within = columns[(columns >= 0) & (columns < len(ground.top))]
    tops = ground.top[within]
    tops = host.box.y + tops[~np.isnan(tops)] * host.box.h
    if not len(tops):
        return 0.0
    level = min(float(np.median(tops)), float(tops.min()) + _UNEVEN * figure.box.h)
    return level + min(_SINK * host.box.h, _MOST_SUNK * figure.box.h) - figure.box.bottom


def outline(source: ImageSource) -> Outline:
    if source.origin is not Origin.PICTOGRAM:
        return Outline(top=np.zeros(_SIDE), foot=np.ones(_SIDE))
    found = _outline(source.look)
    return Outline(top=found.top[::-1], foot=found.foot[::-1]) if source.mirrored else found


@lru_cache(maxsize=256)
def _outline(look: str) -> Outline:
    seen: NDArray[np.bool_] = np.asarray(raster(look, _SIDE)[:, :, 3] > 24)
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return Outline(top=np.zeros(_SIDE), foot=np.ones(_SIDE))
    seen = seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = seen.shape
    broad = _broad(seen, max(3, round(_BROAD * width)))
    stand = np.where(broad.any(axis=0, keepdims=True), broad, seen)
    there = seen.any(axis=0)
    top = np.where(there, stand.argmax(axis=0) / height, np.nan)
    foot = np.where(there, 1 - seen[::-1].argmax(axis=0) / height, np.nan)
    return Outline(top=top, foot=foot)


def _broad(seen: NDArray[np.bool_], wide: int) -> NDArray[np.bool_]:
    """``seen`` where it is part of at least ``wide`` pixels beside each other."""
    width = seen.shape[1]
    sums = np.cumsum(np.pad(seen, ((0, 0), (wide, 0))), axis=1)
    ends: NDArray[np.bool_] = sums[:, wide:] - sums[:, :-wide] == wide  # the run of ``wide`` pixels that ends here
    before: NDArray[np.int64] = np.cumsum(np.pad(ends, ((0, 0), (1, wide))), axis=1)
    found: NDArray[np.bool_] = before[:, wide : wide + width] - before[:, :width] > 0
    return found
