"""The planets with their order, moons and size, from ``planets.tsv``."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from genevolve.world.atlas.descriptions import key
from genevolve.world.atlas.entities import Entity
from genevolve.world.atlas.text import singular

_ORDER = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_FILLER = frozenset(
    ("planet", "solar", "system", "sun", "from", "order", "count", "counting", "counted", "outward", "number", "no")
)


@cache
def planets() -> tuple[Entity, ...]:
    lines = files(__package__).joinpath("planets.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(_entity(*line.split("\t")) for line in lines if not line.startswith("#"))


def _entity(order: str, name: str, moons: str, diameter: str, known: str) -> Entity:
    return Entity(
        id=f"planet:{name.lower()}",
        kind="planet",
        name=name,
        facts={"order": order, "moons": moons, "diameter": f"{int(diameter):,} km"},
        known_as=tuple(known.split("; ")),
        text=f"{name} is planet number {order} from the Sun. {name} has {moons} known moons (2025). "
        f"Its equatorial diameter is {int(diameter):,} km.",
    )


_PRAISE = frozenset(("famous", "beautiful", "big", "bright", "wide", "great", "huge", "large", "visible"))
_MEASURES = {"moon": "moons", "satellite": "moons", "sun": "order", "away": "order"}  # else the size
_MOST = frozenset(("largest", "biggest", "most", "greatest", "farthest", "furthest", "outermost"))
_LEAST = frozenset(("smallest", "tiniest", "fewest", "least", "closest", "nearest", "innermost"))
_NEAR_OR_FAR = frozenset(("farthest", "furthest", "outermost", "closest", "nearest", "innermost"))


def planet(said: tuple[str, ...], told: Sequence[str]) -> tuple[Entity, ...]:
    """Planets by description ("red planet"), place ("fourth from the sun"), rank ("with the most moons") or name."""
    plain = set(said) - {"solar", "system"} - _PRAISE
    if plain <= {"planet"}:
        return ()
    for one in planets():
        if any(plain == set(key(known)) - _PRAISE for known in one.known_as) or plain - {"planet"} == {one.name.lower()}:
            return (one,)
    rest = [word for word in told if word not in _FILLER]
    if len(rest) == 1:
        number = str(_ORDER.index(rest[0]) + 1) if rest[0] in _ORDER else rest[0].rstrip("stndrh")
        if found := tuple(one for one in planets() if one.facts["order"] == number):
            return found
    return _ranked(set(told) - {"planet", "planets", "solar", "system", "from", "eight", "number", "known"})


def _ranked(words: set[str]) -> tuple[Entity, ...]:
    """The one planet at one end of a measure. "largest" alone is its size, "farthest" its place."""
    ends = words & (_MOST | _LEAST)
    if len(ends) != 1:
        return ()
    word = ends.pop()
    rest = {singular(other) for other in words} - {word, singular(word), "size", "diameter"}
    by_order = word in _NEAR_OR_FAR
    measures = {_MEASURES[other] for other in rest if other in _MEASURES} or {"order" if by_order else "diameter"}
    if rest - set(_MEASURES) or len(measures) != 1:
        return ()
    measure = measures.pop()
    if measure == "order" and not by_order:
        return ()
    values = [int(re.sub(r"\D", "", one.facts[measure])) for one in planets()]
    end = max(values) if word in _MOST else min(values)
    found = tuple(one for one, value in zip(planets(), values, strict=True) if value == end)
    return found if len(found) == 1 else ()
