"""Where those who can wear or hold something have head, eyes, neck, hand and mouth in their pictograms: ``bodies.toml``."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from genevolve.core.claim import Direction
from genevolve.world.language.actions import At, Sign, sign_of
from genevolve.world.language.built import parts_of
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
    MOUTH = "mouth"
    SHOULDER = "shoulder"
    BODY = "body"  # below the neck, where a garment comes
    HOOD = "hood"  # … and one with a hood, which is behind a face
    CHIN = "chin"  # from where down something is held before it, also of a mere face: a book
    LAP = "lap"  # … of a body, which has hands to play it or to hug it


class Side(StrEnum):
    """To which side somebody looks whose picture shows them from the side."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Side":
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The middle of a spot and how wide the body is there, as shares of the width and height of the picture's visible box."""

    x: float
    y: float
    width: float


Body = dict[Spot, Anchor]
HEAD = (Spot.TOP, Spot.EYES, Spot.MOUTH)  # by which a head is found
_WAIST = 0.6  # a picture with a neck above this height shows more than a bust
_CHIN = 0.93  # height at which a face has its neck
_UNDER_MOUTH = {True: 0.09, False: 0.05}  # how far under the mouth of a face, or of a body, that is held which is before it
_AT = {
    Direction.HELD: Spot.HAND, Direction.AT_MOUTH: Spot.MOUTH, Direction.AT_SHOULDER: Spot.SHOULDER,
    Direction.HELD_BEFORE: Spot.LAP,
}  # fmt: skip


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("bodies.toml").read_text("utf-8"))


def rim_of(look: str, otherwise: float) -> float:
    """How far below the top of its picture a vessel opens, as a share of its height."""
    return float(_data()["rims"].get(parts_of(look)[0].removeprefix("openmoji:"), otherwise))


def seat_of(look: str) -> tuple[float, float] | None:
    """Where one sits on a piece of furniture with a back, as shares of the width and height of its picture's visible box."""
    found = _data()["seats"].get(parts_of(look)[0].removeprefix("openmoji:"))
    return None if found is None else (float(found[0]), float(found[1]))


@cache
def _tables() -> tuple[dict[str, Body], dict[str, Spot]]:
    data = _data()
    bodies: dict[str, Body] = {}
    for code, spots in data["looks"].items():
        look = code if ":" in code else f"openmoji:{code}"
        bodies[look] = {Spot(name): Anchor(x=x, y=y, width=width) for name, (x, y, width) in spots.items()}
        from_side = look in _turned() and Spot.BODY not in bodies[look]
        bodies[look] |= _below_the_neck(bodies[look], bust=code in data["busts"]["looks"].split())
        bodies[look] |= {} if from_side else _before(bodies[look])
    worn = {word: Spot(name) for name, words in data["spots"].items() for word in words.split()}
    return bodies, worn


def _below_the_neck(body: Body, *, bust: bool) -> Body:
    """What follows from where the neck is: a face that is seen from the front has what it wears under its chin."""
    neck = body.get(Spot.NECK)
    if neck is not None and bust:
        x, y, width = _data()["busts"]["shoulder"]
        chest = Anchor(x=0.5, y=neck.y, width=1.0)
        return {Spot.BODY: chest, Spot.HOOD: chest, Spot.SHOULDER: Anchor(x=x, y=y, width=width)}
    if neck is None or neck.y < _CHIN or Spot.EYES not in body:
        return {}
    return {Spot.BODY: neck, Spot.HOOD: neck}


def _before(body: Body) -> Body:
    """Under the mouth of a face, and under the neck of whom more is seen."""
    neck, mouth = body.get(Spot.NECK), body.get(Spot.MOUTH)
    if neck is None:
        return {}
    face = neck.y >= _CHIN
    under = (mouth.y if mouth is not None else neck.y - 0.17) + _UNDER_MOUTH[face]
    chin = Anchor(x=neck.x, y=under if face else max(neck.y, under), width=neck.width)
    return {Spot.CHIN: chin} if face else {Spot.CHIN: chin, Spot.LAP: chin}


@cache
def _turned() -> dict[str, Side]:
    return {
        code if ":" in code else f"openmoji:{code}": Side(name)
        for name, codes in _data()["turned"].items()
        for code in codes.split()
    }


@cache
def _bound() -> dict[str, Side]:
    """To which side vehicles go."""
    return {f"openmoji:{code}": Side(name) for name, codes in _data()["bound"].items() for code in codes.split()}


def heading_of(look: str) -> Side | None:
    """To which side who or what is pictured moves; None for a picture from the front."""
    return side_of(look) or _bound().get(parts_of(look)[0])


def heads(noun: str) -> bool:
    """Whether the picture that is drawn of ``noun`` shows where it moves."""
    entry = lookup(noun, Vocabulary.ICONS)
    return entry is not None and heading_of(entry.looks[0]) is not None


def shows_feet(look: str) -> bool:
    """Whether the picture shows somebody down to the feet: from the side, or with a neck that is high up."""
    neck = body_of(look).get(Spot.NECK)
    return side_of(look) is not None or (neck is not None and neck.y < _WAIST and Spot.SHOULDER not in body_of(look))


def has_feet(noun: str) -> bool:
    """Whether the picture that is drawn of ``noun`` shows the feet."""
    entry = lookup(noun, Vocabulary.ICONS)
    return entry is not None and shows_feet(entry.looks[0])


def pictured(noun: str) -> bool:
    return lookup(noun, Vocabulary.ICONS) is not None


@cache
def head_spot(noun: str) -> Spot | None:
    """By which part of it the head of ``noun`` is found: in the picture that is drawn of it, else in another."""
    entry = lookup(noun, Vocabulary.ICONS)
    found = (spot for look in (entry.looks if entry is not None else ()) for spot in HEAD if spot in body_of(look))
    return next(found, None)


def sign_spot(sign: Sign, noun: str) -> Spot | None:
    """The part of ``noun`` at which the sign comes; None where it needs none, or there is none."""
    if sign.at is At.HEAD:
        return head_spot(noun)
    return {At.MOUTH: Spot.MOUTH, At.EYES: Spot.EYES}.get(sign.at)


def side_of(look: str) -> Side | None:
    """To which side who is pictured looks; None for a picture from the front."""
    return _turned().get(parts_of(look)[0])


def turns(noun: str) -> bool:
    """Whether some picture of ``noun`` shows it from the side."""
    entry = lookup(noun, Vocabulary.ICONS)
    return entry is not None and any(look in _turned() for look in entry.looks)


def is_face(look: str) -> bool:
    """Whether the picture ends at the chin."""
    body = body_of(look)
    return Spot.HOOD in body and Spot.SHOULDER not in body


def body_of(look: str) -> Body:
    """The spots of a pictogram ("openmoji:1F431"); empty where nothing is known of it."""
    return _tables()[0].get(parts_of(look)[0], {})


def looks() -> tuple[str, ...]:
    """Every look that a body is known of."""
    return tuple(_tables()[0])


def spot_of(noun: str) -> Spot | None:
    """Where a thing by this name is worn ("top hat": on the head); None for what is not worn, or not so."""
    return _tables()[1].get(noun.lower().rpartition(" ")[2])


def is_wear(noun: str) -> bool:
    """Whether a thing by this name is put on, wherever that is."""
    last = noun.lower().rpartition(" ")[2]
    return spot_of(noun) is not None or last in _data()["wear"]["elsewhere"].split()


def spot_for(direction: Direction, noun: str) -> Spot | None:
    """Where a thing called ``noun`` that is borne so comes; None where any place will do."""
    if direction is Direction.HELD_BEFORE and noun.lower().rpartition(" ")[2] in _data()["read"]["things"].split():
        return Spot.CHIN
    return spot_of(noun) if direction is Direction.WORN else _AT.get(direction)


def bearing_look(looks_of: Sequence[str], spots: Sequence[Spot], *, turned: bool = False) -> str | None:
    """The first of ``looks_of`` that shows all ``spots`` and, where it is ``turned``, a side; None where none does."""
    if not spots and not turned:
        return None
    return next(
        (
            look
            for look in looks_of
            if all(spot in body_of(look) for spot in spots) and (not turned or side_of(look) is not None)
        ),
        None,
    )


def drawn_look(obj: SceneObject, scene: Scene) -> str | None:
    """Which of its pictures is taken for what it wears, holds and looks at; None for what has no picture."""
    entry = lookup(obj.noun, Vocabulary.ICONS)
    if entry is None:
        return None
    spots, turned = spots_of(obj, scene), is_turned(obj)
    return bearing_look(entry.looks, spots, turned=turned) or bearing_look(entry.looks, spots) or entry.looks[0]


def is_turned(obj: SceneObject) -> bool:
    return any(relation.direction is Direction.TURNED_TO for relation in obj.relations)


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
            sign = sign_of(other.noun) if relation.direction is Direction.SIGN else None
            spot = spot_for(relation.direction, other.noun) if sign is None else sign_spot(sign, obj.noun)
            if spot is not None:
                spots.append(spot)
    return tuple(dict.fromkeys(spots))
