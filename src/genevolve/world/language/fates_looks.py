"""What becomes of words for how a thing looks that a flat upright picture shows in part, or not at all."""

from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language.fate import FateOfWords, stems
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.materials import colour_of_material, made_of
from genevolve.world.language.model import Scene, SceneObject
from genevolve.world.language.vocabulary import Vocabulary

_MADE = word_set("made built carved constructed")
_LEANING = word_set("lean leans leaning leant tilted tilting")


def of_material(unit: Unit, obj: SceneObject, scene: Scene, *, own: bool) -> FateOfWords | None:
    """ "wooden", "made of wood": told by its colour alone."""
    word = unit.text.lower()
    shown = colour_of_material(word) if own or word in stems(scene.text[obj.span.end : obj.span.end + 30]) else None
    if scene.vocabulary is not Vocabulary.ICONS or word == obj.noun:
        return None
    if word in _MADE:
        painted = made_of(scene.text, unit.end) == obj.colour is not None and obj.span.end <= unit.start
        return FateOfWords(Fate.APPLIED, f"the {obj.noun} in {obj.colour}, as that is") if painted else None
    if shown is None or (not own and obj.colour != shown):
        return None
    if obj.colour == shown:
        return FateOfWords(Fate.DRAWN, f"the {obj.noun} in {shown}, by which its material is told", "coloured", obj.key)
    return FateOfWords(Fate.NOT_POSSIBLE, f"said of the {obj.noun}, which is {obj.colour}", "quality", obj.key)


def of_tilt(unit: Unit, obj: SceneObject, scene: Scene) -> FateOfWords | None:
    """ "leaning", and "hanging from a hook": not "a picture hanging on the wall"."""
    word = unit.text.lower()
    hangs = word.startswith(("hang", "hung")) and scene.text[unit.end : unit.end + 8].split()[:1] == ["from"]
    if scene.vocabulary is not Vocabulary.ICONS or not (hangs or word in _LEANING):
        return None
    return FateOfWords(Fate.NOT_POSSIBLE, "it is drawn upright, beside it or below it", "action", obj.key)
