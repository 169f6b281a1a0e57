"""What becomes of words for how a thing looks that a flat upright picture shows in part, or not at all."""

import re

from genevolve.core.claim import Direction
from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit
from genevolve.world.language.built import names_material
from genevolve.world.language.claims import by_size
from genevolve.world.language.fate import FateOfWords, stem, stems
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.materials import colour_of_material, made_of
from genevolve.world.language.model import Scene, SceneObject
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.weather import accounts

_MADE = word_set("made built carved constructed")
_OUT = word_set("out entirely completely wholly only just up")
_GROWN = re.compile(r"[ -](?:trees?|leaf|leaves|bush|nuts?|cones?)\b", re.IGNORECASE)  # "oak" of "oak tree" is no material
_DEGREES = word_set("heavy light dense thick thin gentle soft pouring driving slight")
_AS_DRAWN = word_set("vector flat minimal minimalist simple clean plain cartoon cartoony stylised stylized")
# What pictures show of themselves: noun → what it may be said to do or to be.
_SHOWN = {
    "volcano": word_set("erupting erupts smoking active"),
    "candle": word_set("burning burns lit lighted"),
    "fire": word_set("burning burns blazing"),
    "campfire": word_set("burning burns blazing"),
    "sun": word_set("shining shines bright"),
    "star": word_set("shining shines bright"),
    "lightning": word_set("striking strikes flashing"),
    "sailboat": word_set("sailing sails"),
    "rocket": word_set("flying flies launching"),
    "cup": word_set("steaming hot"),
    "coffee": word_set("steaming hot"),
    "tea": word_set("steaming hot"),
    "soup": word_set("steaming hot"),
    "singer": word_set("singing sings"),
    "runner": word_set("running runs sprinting"),
    "sunflower": word_set("blooming"),
    "tulip": word_set("blooming"),
    "cherry blossom": word_set("blooming"),
    "zebra": word_set("striped stripy black white"),
    "panda": word_set("black white"),
    "penguin": word_set("black white"),
    "tiger": word_set("striped stripy"),
    "smiley": word_set("smiling smiles happy"),
    "jack-o-lantern": word_set("smiling grinning carved"),
    "snowman": word_set("smiling smiles"),
}
_PARTS = word_set("shoulder shoulders lap knee knees arm arms hand hands finger tail")
_LEANING = word_set("lean leans leaning leant tilted tilting")


def of_material(unit: Unit, obj: SceneObject, scene: Scene, *, own: bool) -> FateOfWords | None:
    """ "wooden", "made of wood": told by its colour alone."""
    word = unit.text.lower()
    shown = colour_of_material(word) if own or word in stems(scene.text[obj.span.end : obj.span.end + 30]) else None
    if scene.vocabulary is not Vocabulary.ICONS or word == obj.noun or _GROWN.match(scene.text, unit.end):
        return None
    if obj.made_of and own and (word in _MADE | _OUT or stem(word) in stems(obj.made_of) or names_material(word, obj.made_of)):
        return FateOfWords(Fate.DRAWN, f"the outline of the {obj.noun}, filled with pictures of its parts", "present", obj.key)
    if word in _MADE:
        painted = made_of(scene.text, unit.end) == obj.colour is not None and obj.span.end <= unit.start
        return FateOfWords(Fate.APPLIED, f"the {obj.noun} in {obj.colour}, as that is") if painted else None
    if shown is None or (not own and obj.colour != shown):
        return None
    if obj.colour == shown:
        return FateOfWords(Fate.DRAWN, f"the {obj.noun} in {shown}, by which its material is told", "coloured", obj.key)
    return FateOfWords(Fate.NOT_POSSIBLE, f"said of the {obj.noun}, which is {obj.colour}", "quality", obj.key)


def as_drawn(word: str) -> bool:
    """Whether pictograms look like this anyway ("flat", "flat-style", "cartoon")."""
    return word.lower().removesuffix("-style").removesuffix("-styled") in _AS_DRAWN


def of_picture(unit: Unit, obj: SceneObject) -> FateOfWords | None:
    """ "a cartoon shark", and "an erupting volcano", whose picture shows that it erupts."""
    word = unit.text.lower()
    if as_drawn(word) and any(word in modifier.lower() for modifier in obj.modifiers):
        return FateOfWords(Fate.APPLIED, "drawn in flat shapes")
    if shows_itself(obj.noun, word):
        return FateOfWords(Fate.DRAWN, f"the picture of the {obj.noun} shows it", "present", obj.key)
    return None


def shows_itself(noun: str, word: str) -> bool:
    """Whether the picture of ``noun`` shows what ``word`` says of it: "shining" of the sun."""
    return word.lower() in _SHOWN.get(noun, ())


def of_tilt(unit: Unit, obj: SceneObject, scene: Scene) -> FateOfWords | None:
    """ "leaning", "on her shoulder", and "hanging from a hook": not "a picture hanging on the wall"."""
    word = unit.text.lower()
    if scene.vocabulary is Vocabulary.ICONS and word in _PARTS and any(one.direction is Direction.ON for one in obj.relations):
        return FateOfWords(Fate.NOT_POSSIBLE, "it is put on top of the picture", "related", obj.key)
    hangs = word.startswith(("hang", "hung")) and scene.text[unit.end : unit.end + 8].split()[:1] == ["from"]
    hangs = hangs or (word.startswith(("hang", "hung")) and obj.living and not obj.relations)  # a bat, head down
    if scene.vocabulary is not Vocabulary.ICONS or not (hangs or word in _LEANING):
        return None
    return FateOfWords(Fate.NOT_POSSIBLE, "it is drawn upright, beside it or below it", "action", obj.key)


def of_degree(unit: Unit, scene: Scene) -> FateOfWords | None:
    """ "heavy rain", "dense fog": that it rains is seen, and how much is not measured."""
    follows = scene.text[unit.end : unit.end + 20].split()[:1]
    heavy = unit.text.lower() in _DEGREES and bool(follows) and accounts(follows[0].strip(".,;").lower(), scene.weather)
    return FateOfWords(Fate.ASIDE, "a matter of degree: not measured") if heavy else None


def sideways(obj: SceneObject) -> bool:
    """Whether the picture shows an animal on four legs from the side, whose highest part is its back."""
    entry = lookup(obj.noun, Vocabulary.ICONS) if obj.living else None
    code = entry.looks[0].rpartition(":")[2] if entry is not None else ""
    return re.fullmatch(r"1F40[0-9A-F]|1F41[0-25-8]|1F42[9AB]", code) is not None


def size_of(obj: SceneObject, scene: Scene) -> FateOfWords:
    """A size beside other sizes is a comparison, which can be seen."""
    larger = next((one.key for one, other in by_size(scene.objects) if obj.key in (one.key, other.key)), None)
    said = f"a {obj.size.value} {obj.noun}" if obj.size is not None else ""
    if larger is None:
        return FateOfWords(Fate.APPLIED, said, "size", obj.key)
    return FateOfWords(Fate.DRAWN, f"{said}, beside what is of another size", "larger", larger)
