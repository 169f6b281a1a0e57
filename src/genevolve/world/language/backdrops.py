"""Where a thing is to a place that is the backdrop: it is drawn before that, so what is to be behind or around it is lost."""

import re

from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Scene

_BEHIND = word_set("behind beyond around surrounding encircling circling")
_TO_PLACE = r"\s+(?:of\s+)?(?:(?:the|a|an|its|some|this|that)\s+)?(?:[^\W\d_]+\s+){0,3}?"


def beyond_backdrop(unit: Unit, scene: Scene) -> FateOfWords | None:
    """ "a volcano | behind a village", whose village is the backdrop."""
    if scene.background is None or unit.text.lower() not in _BEHIND or not scene.objects:
        return None
    place = re.escape(scene.background.lower().split()[-1])
    if re.match(rf"{_TO_PLACE}{place}", scene.text[unit.end :].lower()) is None:
        return None
    return FateOfWords(
        Fate.NOT_POSSIBLE, "the place is the backdrop: what is said to be there is only drawn before it", "placed"
    )
