"""Where those who can wear or hold something have head, eyes, neck and hand in their pictograms: ``bodies.toml``."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from genevolve.core.claim import Direction
from genevolve.world.language.inventory import lookup
from genevolve.world.language.model import Scene, SceneObject
from genevolve.world.language.senses import is_vessel, windowed
from genevolve.world.language.vocabulary import Vocabulary


class Spot(StrEnum):
    """A part of a body that bears something."""

    TOP = "top"  # of the head
    EYES = "eyes"
    NECK = "neck"
    HAND = "hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The middle of a spot and how wide the body is there, as shares of the width and height of the picture's visible box."""

    x: float
    y: float
    width: float


Body = dict[Spot, Anchor]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("bodies.toml").read_text("utf-8"))


def rim_of(look: str, otherwise: float) -> float:
    """How far below the top of its picture a vessel opens, as a share of its height."""
    return float(_data()["rims"].get(look.removeprefix("openmoji:"), otherwise))


def seat_of(look: str) -> tuple[float, float] | None:
    """Where one sits on a piece of furniture with a back, as shares of the width and height of its picture's visible box."""
    found = _data()["seats"].get(look.removeprefix("openmoji:"))
    return None if found is None else (float(found[0]), float(found[1]))


@cache
def _tables() -> tuple[dict[str, Body], dict[str, Spot]]:
    data = _data()
    bodies: dict[str, Body] = {}
    for code, spots in data["looks"].items():
        look = code if ":" in code else f"openmoji:{code}"
        bodies[look] = {Spot(name): Anchor(x=x, y=y, width=width) for name, (x, y, width) in spots.items()}
    worn = {word: Spot(name) for name, words in data["spots"].items() for word in words.split()}
    return bodies, worn


def body_of(look: str) -> Body:
    """The spots of a pictogram ("openmoji:1F431"); empty where nothing is known of it."""
    return _tables()[0].get(look, {})


def looks() -> tuple[str, ...]:
    """Every look that a body is known of."""
    return tuple(_tables()[0])


def spot_of(noun: str) -> Spot | None:
    """Where a thing by this name is worn ("top hat": on the head); None for what is not worn, or not so."""
    return _tables()[1].get(noun.lower().rpartition(" ")[2])


def bearing_look(looks_of: Sequence[str], spots: Sequence[Spot]) -> str | None:
    """The first of ``looks_of`` that shows all ``spots``; None where none does."""
    return next((look for look in looks_of if spots and all(spot in body_of(look) for spot in spots)), None)


@cache
def bears(noun: str, spot: Spot) -> bool:
    """Whether a picture of ``noun`` shows the part of the body that this is worn or held at."""
    entry = lookup(noun, Vocabulary.ICONS)
    return entry is not None and bearing_look(entry.looks, (spot,)) is not None


@cache
def has_body(noun: str) -> bool:
    """Whether some picture of ``noun`` is known to have a spot that something is worn at."""
    entry = lookup(noun, Vocabulary.ICONS)
    return entry is not None and any(body_of(look) for look in entry.looks)


def spots_of(obj: SceneObject, scene: Scene) -> tuple[Spot, ...]:
    """The spots of ``obj`` at which something is worn or held; its face where it looks out of something."""
    nouns = {one.key: one.noun for one in scene.objects}
    within = [relation.targets for relation in obj.relations if relation.direction is Direction.INSIDE]
    hosts = [nouns.get(targets[0], "") for targets in within if targets]
    spots = [Spot.EYES for host in hosts if host and (is_vessel(host) or windowed(host))][:1]
    for other in scene.objects:
        for relation in other.relations:
            if obj.key not in relation.targets:
                continue
            if relation.direction is Direction.WORN and (spot := spot_of(other.noun)) is not None:
                spots.append(spot)
            if relation.direction is Direction.HELD:
                spots.append(Spot.HAND)
    return tuple(dict.fromkeys(spots))
