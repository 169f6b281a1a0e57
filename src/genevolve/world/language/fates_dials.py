"""What became of the words of a value: "ten past four" of a clock that shows it (``dials``)."""

from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language.dials import dial_of, noun_of, said
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.model import Scene


def of_dial(unit: Unit, scene: Scene) -> FateOfWords | None:
    """None for words of no value, and where the thing that shows it did not get into the scene."""
    words = (fix.word for fix in scene.corrections if fix.span.start <= unit.start and unit.end <= fix.span.end)
    dial = next((found for word in words if (found := dial_of(word)) is not None), None)
    obj = next((obj for obj in scene.objects if dial is not None and obj.noun == noun_of(dial)), None)
    if dial is None or obj is None:
        return None
    within = obj.span.start <= unit.start and unit.end <= obj.span.end
    return FateOfWords(Fate.DRAWN, said(dial), "present" if within else "shows", obj.key)
