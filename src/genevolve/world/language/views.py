"""What a picture of a place does not show: a view "from above", the hour indoors, that a bridge leads across, a roof.

A pictogram has one view, so that what is asked for from above or from behind is not drawn; a close-up of a single thing is,
since that fills the picture.
"""

import re
from collections.abc import Sequence

from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Scene
from genevolve.world.language.tokens import Token
from genevolve.world.language.vocabulary import Vocabulary

_CLOSE = re.compile(
    r"(?:\b(?:an?|the) )?\b(?:extreme |very )?(?:close[- ]?ups?|macro (?:shot|photo|view)|closeups?)"
    r"(?: (?:view|shot|photo|picture|portrait))?(?: of\b)?",
    re.IGNORECASE,
)
_TURNED = re.compile(
    r"\b(?:(?:view(?:ed)?|seen|shot|taken|photographed|looking|pictured) (?:down )?from (?:high )?"
    r"(?:above|below|behind|the (?:back|top|air))|from (?:above|below|behind)(?=\s*(?:[,.;!]|$))"
    r"|(?:bird['’]?s|worm['’]?s)[- ]eye(?: view)?|(?:top[- ]down|aerial|overhead|fish[- ]?eye|isometric|back|rear)"
    r" (?:view|shot|perspective|photo))\b",
    re.IGNORECASE,
)
_WIDE = re.compile(r"\b(?:wide|vast|broad|panoramic|sweeping|scenic)(?= (?:landscape|view|scene|shot|panorama))", re.IGNORECASE)
_PIECES = word_set("roof edge lap shoulder shoulders")  # "on the roof", of nothing that is there
_HOURS = word_set("night midnight evening sunset sunrise dusk dawn twilight moonlight")
_INDOORS = word_set(
    """
    room bedroom kitchen bathroom classroom office hospital gym supermarket garage museum gallery restaurant stable barn circus
    stage theatre theater cave library
    """
)


def without_views(tokens: Sequence[Token], text: str) -> tuple[Token, ...]:
    """``tokens`` without the words for a close-up: "an apple close up" is an apple."""
    spans = [found.span() for found in _CLOSE.finditer(text)]
    return tuple(token for token in tokens if not any(start <= token.start < end for start, end in spans))


def of_view(unit: Unit, scene: Scene) -> FateOfWords | None:
    """What became of a word that says from where the scene is seen."""
    if scene.vocabulary is not Vocabulary.ICONS:
        return None
    if _within(_TURNED, unit, scene):
        return FateOfWords(Fate.NOT_POSSIBLE, "a pictogram has one view: it cannot be turned", "view")
    if _within(_WIDE, unit, scene):
        return FateOfWords(Fate.ASIDE, "a matter of degree: not measured")
    if unit.text.lower() in _HOURS and scene.light is not None and _INDOORS & set((scene.background or "").lower().split()):
        return FateOfWords(Fate.NOT_POSSIBLE, "indoors no hour is shown", "light")
    free = not any(obj.relations for obj in scene.objects)
    if unit.text.lower() in _PIECES and scene.background is not None and free and scene.text[unit.end : unit.end + 4] != " of ":
        return FateOfWords(Fate.NOT_POSSIBLE, "only what it belongs to is drawn, or the place", "setting")
    spans = [obj for obj in scene.objects if obj.noun.endswith("bridge") and obj.span.end <= unit.start]
    if spans and unit.text.lower() in {"over", "across"} and scene.background is not None and not spans[-1].relations:
        return FateOfWords(Fate.NOT_POSSIBLE, "its picture stands there, and does not lead across", "setting")
    if not _within(_CLOSE, unit, scene):
        return None
    if len(scene.objects) == 1 and scene.objects[0].count.number == 1:
        return FateOfWords(Fate.APPLIED, "the only thing in the picture")
    return FateOfWords(Fate.NOT_POSSIBLE, "only a single thing fills the picture", "view")


def _within(said: re.Pattern[str], unit: Unit, scene: Scene) -> bool:
    quoted = [(text.span.start, text.span.end) for text in scene.texts]
    found = (match.span() for match in said.finditer(scene.text))
    apart = (span for span in found if not any(start < span[1] and span[0] < end for start, end in quoted))
    return any(start <= unit.start and unit.end <= end for start, end in apart)
