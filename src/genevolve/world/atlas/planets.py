"""The planets with their order, moons and size, from ``planets.tsv``."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from genevolve.world.atlas.descriptions import key
from genevolve.world.atlas.entities import Entity

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


def planet(said: tuple[str, ...], told: Sequence[str]) -> tuple[Entity, ...]:
    """Planets by description ("red planet"), by place ("fourth planet from the sun") or by name ("the planet Saturn")."""
    plain = set(said) - {"solar", "system"}
    for one in planets():
        if any(plain == set(key(known)) for known in one.known_as) or plain - {"planet"} == {one.name.lower()}:
            return (one,)
    rest = [word for word in told if word not in _FILLER]
    if len(rest) != 1:
        return ()
    number = str(_ORDER.index(rest[0]) + 1) if rest[0] in _ORDER else rest[0].rstrip("stndrh")
    return tuple(one for one in planets() if one.facts["order"] == number)
