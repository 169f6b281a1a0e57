"""Things all around a sheet: one of a kind in each corner, or in each of the eight outer places of the image."""

from collections.abc import Sequence

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Scene, SceneObject
from genevolve.world.language.vocabulary import Vocabulary

CORNERS = (Place.TOP_LEFT, Place.TOP_RIGHT, Place.BOTTOM_LEFT, Place.BOTTOM_RIGHT)
EDGE = (
    Place.TOP_LEFT,
    Place.TOP,
    Place.TOP_RIGHT,
    Place.LEFT,
    Place.RIGHT,
    Place.BOTTOM_LEFT,
    Place.BOTTOM,
    Place.BOTTOM_RIGHT,
)
_CORNER_WORDS = word_set("corner corners four all")
_EDGE_WORDS = word_set(
    "edge edges border borders round around along sides side outside margin rim framed frame bordered edging all"
)


def rim_of(objects: Sequence[SceneObject]) -> tuple[SceneObject, ...]:
    """The objects that are placed all around; empty where there are none."""
    kinds: dict[tuple[str, str, str | None], list[SceneObject]] = {}
    for obj in objects:
        if obj.count.number == 1 and obj.place is not None and not obj.relations:
            kinds.setdefault((obj.noun, obj.of, obj.colour), []).append(obj)
    for alike in kinds.values():
        places = [obj.place for obj in alike]
        if any(len(places) == len(whole) and set(places) == set(whole) for whole in (CORNERS, EDGE)):
            return tuple(alike)
    return ()


def without_rim(scene: Scene) -> tuple[SceneObject, ...]:
    """The objects in the middle of a free request; of others, all."""
    rim = rim_of(scene.objects) if scene.vocabulary is Vocabulary.ICONS else ()
    return tuple(obj for obj in scene.objects if obj not in rim)


def _in_ring(unit: Unit, scene: Scene) -> FateOfWords | None:
    """ "around" of "a K with stars around it"."""
    inside = {key for text in scene.texts for one in text.relations if one.direction is Direction.INSIDE for key in one.targets}
    ring = next((obj for obj in scene.objects if obj.key in inside and obj.arrangement is Arrangement.CIRCLE), None)
    if ring is None or unit.text.lower() not in {"around", "round"}:
        return None
    return FateOfWords(Fate.DRAWN, "in a circle", "arranged", ring.key)


def of_rim(unit: Unit, scene: Scene) -> FateOfWords | None:
    """ "corners" of "roses in the corners", "edge" of "flowers round the edge"."""
    if (ringed := _in_ring(unit, scene)) is not None:
        return ringed
    rim = rim_of(scene.objects) if scene.vocabulary is Vocabulary.ICONS else ()
    words = _CORNER_WORDS if len(rim) == len(CORNERS) else _EDGE_WORDS
    if not rim or unit.text.lower() not in words or rim[0].span != rim[-1].span:
        return None
    return FateOfWords(Fate.DRAWN, f"{len(rim)} × {rim[0].noun} all around", "placed", rim[0].key)
