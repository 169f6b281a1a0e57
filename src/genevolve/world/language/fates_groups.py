"""What became of the words for rings and piles of things: "around", "in the middle of", "stacked on top of each other"."""

import re

from genevolve.core.claim import Arrangement, Direction, Piling
from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Scene, SceneObject
from genevolve.world.language.vocabulary import Vocabulary

_RINGED = word_set("around round middle centre center")
_HEAPS = word_set("pile heap")
_PILED = re.compile(
    r"\b(?:(?:(?:stack|pile|heap)(?:s|ed)?|tower)(?: up)?\b(?: (?:one )?on top of (?:each other|one another|the other)\b)?"
    r"|(?:one )?on top of (?:each other|one another|the other)\b)",
    re.IGNORECASE,
)
_TOP_ONE = re.compile(r"\b(?:top|topmost|uppermost|highest) one\b", re.IGNORECASE)


def of_group(unit: Unit, obj: SceneObject, scene: Scene) -> FateOfWords | None:
    if scene.vocabulary is not Vocabulary.ICONS:
        return None
    if unit.text.lower() in _HEAPS and obj.arrangement is Arrangement.COLUMN:  # "four books in a pile"
        return FateOfWords(Fate.NOT_POSSIBLE, "drawn one above another, with gaps between them", "arranged", obj.key)
    return _of_ring(unit, obj, scene) if unit.text.lower() in _RINGED else _of_pile(unit, obj, scene)


def _of_pile(unit: Unit, obj: SceneObject, scene: Scene) -> FateOfWords | None:
    """Not the "top" of "on the top one": the words that say how they lie."""
    piled = next((one for one in (obj, *scene.objects) if isinstance(one.arrangement, Piling)), None)
    on_top = piled is not None and any(piled.key in relation.targets for relation in obj.relations)
    wordings = (_PILED, _TOP_ONE) if on_top else (_PILED,)
    matches = [match for wording in wordings for match in wording.finditer(scene.text)]
    said = any(match.start() <= unit.start and unit.end <= match.end() for match in matches)
    if piled is None or not said or piled.arrangement is None:
        return None
    return FateOfWords(Fate.DRAWN, f"in a {piled.arrangement.value}", "arranged", piled.key)


def _of_ring(unit: Unit, obj: SceneObject, scene: Scene) -> FateOfWords | None:
    """ "around" and "in the middle of", where the things are drawn in a ring with the other inside."""
    rings = {one.key for one in scene.objects if one.arrangement is Arrangement.CIRCLE}
    inner = next(
        (
            one.key
            for one in scene.objects
            for relation in one.relations
            if relation.direction is Direction.INSIDE and rings & {*relation.targets}
            if obj.key in (one.key, *relation.targets)
        ),
        None,
    )
    return None if inner is None else FateOfWords(Fate.DRAWN, "in a ring, the other in its middle", "related", inner)
