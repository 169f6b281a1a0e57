"""Where a thing is to a place that is the backdrop: it is drawn before that, so what is to be behind or around it is lost."""

import re

from genevolve.core.claim import Direction
from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Scene

_BEHIND = word_set("behind beyond around surrounding encircling circling")
_TO_PLACE = r"\s+(?:of\s+)?(?:(?:the|a|an|its|some|this|that)\s+)?(?:[^\W\d_]+\s+){0,3}?"


_IT = re.compile(r"\s*(?:(?:it|them|this|that)\b|[,.;!]|$)")


def beyond_backdrop(unit: Unit, scene: Scene) -> FateOfWords | None:
    """ "a volcano | behind a village", whose village is the backdrop; "a village in | front of a volcano"."""
    if scene.background is None or not scene.objects:
        return None
    before, after = scene.text[: unit.start].lower(), scene.text[unit.end :].lower()
    place, word = re.escape(scene.background.lower().split()[-1]), unit.text.lower()
    if word == "front":
        beyond = re.search(rf"\b{place}\s+in\s+$", before) is not None
    else:
        of_it = _IT.match(after) is not None and re.search(rf"\b{place}\b", before) is not None and not _is_behind(scene)
        beyond = word in _BEHIND and (of_it or re.match(rf"{_TO_PLACE}{place}", after) is not None)
    if not beyond:
        return None
    return FateOfWords(
        Fate.NOT_POSSIBLE, "the place is the backdrop: what is said to be there is only drawn before it", "placed"
    )


def _is_behind(scene: Scene) -> bool:
    """Whether something is behind a thing that is drawn: "in a park, a bench with a dog behind it"."""
    return any(relation.direction is Direction.BEHIND for obj in scene.objects for relation in obj.relations)
