"""Several that differ: "five balloons of different colours" have a colour each; other differences no picture shows."""

from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language.discourse import Discourse
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.free_nouns import SHADES, differing
from genevolve.world.language.model import Scene, Span
from genevolve.world.language.objects import Objects
from genevolve.world.language.words import Words

_PAINTS = ("red", "blue", "yellow", "green", "orange", "purple", "pink", "brown")
_SOME = 5  # how many a number that nobody gave is taken for


class Variety:
    def __init__(self, words: Words, objects: Objects, discourse: Discourse) -> None:
        self._words = words
        self._objects = objects
        self._discourse = discourse

    def read(self, here: int) -> int:
        """ "(five balloons) of different colours", "… in different sizes", "… each in a different colour"."""
        words = self._words
        each = words.lower(here) == "each"
        at = here + (2 if each and words.lower(here + 1) in {"in", "of"} else each)
        lead = at if each else here + 1
        if not each and words.lower(here) not in {"of", "in"}:
            return here
        end = differing(words, lead + (each and words.lower(lead) == "a"))
        owner = next(iter(self._discourse.recent_objects), None)
        if end <= lead or owner is None or owner.colour is not None or owner.number == 1:
            return here
        self._tell(owner, here, end)
        return end

    def _tell(self, owner: ObjectDraft, here: int, end: int) -> None:
        words, number = self._words, owner.number or _SOME
        if words.lower(end - 1) not in SHADES or number > len(_PAINTS):
            owner.modifiers.append(words.written(here, end))
            return
        owner.varied = Span(start=words.tokens[here].start, end=words.tokens[end - 1].end)
        for colour in _PAINTS[:number]:
            self._objects.split(owner, 1, colour)
        self._discourse.turn_to([owner, *(self._discourse.objects[1 - number :] if number > 1 else ())])


def of_variety(unit: Unit, scene: Scene) -> FateOfWords | None:
    """What becomes of "different colours", and of the number that was told apart so."""
    for obj in scene.objects:
        if obj.varied is not None and obj.varied.start <= unit.start and unit.end <= obj.varied.end:
            return FateOfWords(Fate.DRAWN, "each in a colour of its own", "coloured", obj.key)
    return None
