"""A scene as English: the inverse of the scene reader. What the scene leaves open the text leaves open as well.

One sentence for each object and each text, in fixed wording that generators follow: number, size, colour, noun, which one,
reference, place, relation, footing. Objects come in the scene's order. Wording that helps (exact counts, bodies,
shadows, whole-image style) appears exactly where the scene's own fields ask for it.
"""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from genevolve.core.claim import Arrangement, Direction, Piling, Place
from genevolve.core.program import ORDINALS
from genevolve.world.language import weather
from genevolve.world.language.acting import acted, told
from genevolve.world.language.colours import PALETTE
from genevolve.world.language.cuts import sheet_sentence
from genevolve.world.language.edging import edging_sentence
from genevolve.world.language.form_sentence import sentence
from genevolve.world.language.inventory import plural_of
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Relation, Scene, SceneObject, TextElement
from genevolve.world.language.part_looks import in_words, moods
from genevolve.world.language.vocabulary import Vocabulary

REFERENCE = "reference image"  # noun of a picture of which nobody says what it shows
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_PLACES = {
    Place.TOP_LEFT: "in the top left corner of the image",
    Place.TOP: "at the top of the image",
    Place.TOP_RIGHT: "in the top right corner of the image",
    Place.LEFT: "on the left side of the image",
    Place.CENTER: "in the center of the image",
    Place.RIGHT: "on the right side of the image",
    Place.BOTTOM_LEFT: "in the bottom left corner of the image",
    Place.BOTTOM: "at the bottom of the image",
    Place.BOTTOM_RIGHT: "in the bottom right corner of the image",
}
SETTING = "setting"
_NTH = ("first", "second", "third", "fourth")
_PAIRS = ("glasses", "scissors", "trousers", "jeans", "shorts", "pants", "pliers", "binoculars", "headphones", "tights")
_PREPOSITIONS = word_set("at in under by during on with bathed against")
_JOINED = re.compile(r"(?:that|which|who|whose|where|with|in|from|on|for|known|named|born)\b", re.IGNORECASE)
_FALLS = re.compile(r"\b(?:falls?|shines?|comes?|streams?|glows?|fills?)\b")
_MATERIALS = word_set(
    "wooden metal metallic plastic glass stone brick paper leather woollen wool cotton velvet silk marble ceramic "
    "porcelain clay rubber iron steel brass copper toy"
)
_BODY = "a complete, undistorted body and natural proportions"
_BODIES = "complete, undistorted bodies and natural proportions"
_DIRECTIONS = {
    Direction.LEFT_OF: "to the left of",
    Direction.RIGHT_OF: "to the right of",
    Direction.IN_FRONT_OF: "in front of",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Emphasis:
    """Keys of what is said ``first``, before everything that need not come before it, and ``anew``, in another wording than the
    usual one. ``SETTING`` is the key of background, light and style. ``terse``: what was not understood is not passed on."""

    first: frozenset[str] = frozenset()
    anew: frozenset[str] = frozenset()
    terse: bool = False


USUAL = Emphasis()


def surface_text(scene: Scene, emphasis: Emphasis = USUAL) -> str:
    """The whole prompt. Of the texts only those that stand in relation to nothing can be said before the objects."""
    form = sentence(scene)
    whole = scene = free_of_form(scene)
    scene, signs = acted(scene)
    ahead = [text for text in scene.texts if text.key in emphasis.first and not text.relations]
    setting = list(_setting(scene))
    sentences = [
        *(setting if SETTING in emphasis.first else ()),
        *(_text(scene, text, emphasis.anew) for text in ahead),
        *_objects(scene, emphasis.anew),
        *_remarks(scene),
        *_comparisons(scene),
        *(capital(said) for said in told(whole, signs, lambda key: name_of(whole, key), _phrase)),
        *((form,) if form else ()),
        *filter(None, (sheet_sentence(scene.sheet), edging_sentence(scene.edging))),
        *(_text(scene, text, emphasis.anew) for text in scene.texts if text not in ahead),
        *(() if SETTING in emphasis.first else setting),
    ]
    return " ".join([*sentences, *_absences(scene)])


def free_of_form(scene: Scene) -> Scene:
    """``scene`` without what stands in a slot of its form."""
    slotted = scene.form.keys if scene.form is not None else frozenset()
    if not slotted:
        return scene
    objects = tuple(obj for obj in scene.objects if obj.key not in slotted)
    return replace(scene, objects=objects, texts=tuple(text for text in scene.texts if text.key not in slotted))


# ---- objects ---------------------------------------------------------------------------------------------------------


def _objects(scene: Scene, anew: Collection[str]) -> list[str]:
    """Objects in the scene's order; those whose colours the scene leaves in one clause share a sentence.

    A relation is told once both partners are introduced: "the clock" before any clock was named would be a second clock.
    """
    shared = [obj for obj in scene.objects if obj.colour_shared and obj.reference is None]
    ordered = [obj for obj in scene.objects if obj not in shared]
    told = {text.key for text in scene.texts}
    sentences, later = ([_joined(scene, shared)], list(shared)) if shared else ([], [])
    told |= {obj.key for obj in shared}
    for obj in ordered:
        ready = all(told.issuperset({*relation.targets} - {obj.key}) for relation in obj.relations)
        sentences.append(_sentence(scene, obj if ready else replace(obj, relations=()), obj.key in anew))
        later += [] if ready else [obj]
        told.add(obj.key)
    return [*sentences, *(_related(scene, obj) for obj in later if obj.relations)]


def _related(scene: Scene, obj: SceneObject) -> str:
    told = ", ".join(relation_words(scene, relation, obj.key) for relation in obj.relations)
    return capital(f"{name_of(scene, obj.key)} {'are' if _many(obj) else 'is'} {told}.")


def _joined(scene: Scene, objects: Sequence[SceneObject]) -> str:
    parts = [" ".join([_phrase(obj), *_where(scene, replace(obj, relations=()))]) for obj in objects]
    return capital(f"{_listed(parts)}.")


def _sentence(scene: Scene, obj: SceneObject, anew: bool) -> str:
    many = _many(obj)
    where = _where(scene, obj)
    verb = "are" if many else "is"
    said = ["there", verb, _phrase(obj)] if anew else [_phrase(obj)]
    if obj.body_described and not _all_bodies(scene):
        said.append(f"with {_BODIES if many else _BODY}")
    footing = _footing(scene, obj, many) if obj.grounded and not _all_grounded(scene) else ""
    if anew:
        said.append(", ".join(where) or "in the image")
        footing = footing and f", {footing}"
    elif where or not footing.startswith("standing"):
        said += [verb, ", ".join(where) or "in the image"]
        footing = footing and f", {footing}"
    else:
        footing = f" {footing.replace('standing', 'stand' if many else 'stands')}"
    return capital(f"{' '.join(said)}{footing}.")


def _footing(scene: Scene, obj: SceneObject, many: bool) -> str:
    """What carries the object; nothing where its own relation already says so, and no ground where the setting may be water."""
    if any(relation.direction is Direction.ON for relation in obj.relations):
        return ""
    shadow = "soft contact shadows" if many else "a soft contact shadow"
    outdoors = scene.background is not None and scene.background not in PALETTE
    return f"casting {shadow}" if outdoors and not obj.relations else f"standing on the ground with {shadow}"


def _all_bodies(scene: Scene) -> bool:
    """One sentence can speak of all bodies: there are several, and every living object's is to be whole."""
    living = [obj for obj in scene.objects if obj.living]
    return len(living) > 1 and all(obj.body_described for obj in living)


def _all_grounded(scene: Scene) -> bool:
    return len(scene.objects) > 1 and all(obj.grounded for obj in scene.objects)


def _remarks(scene: Scene) -> Iterable[str]:
    """What is said of all objects at once."""
    if _all_bodies(scene):
        yield "All bodies are complete and undistorted, with natural proportions."
    if _all_grounded(scene):
        yield "Everything is firmly grounded, with soft contact shadows."


def _phrase(obj: SceneObject) -> str:
    """ "exactly four small red apples", "the flag of Chad shown in the first reference image"."""
    noun = plural_of(obj.noun) if _many(obj) else obj.noun
    before = [word for word in obj.modifiers if lexicon().has("adjectives", word.lower()) and word.lower() not in _MATERIALS]
    after = [word for word in obj.modifiers if word not in before]
    adjectives = [obj.size.value if obj.size else "", *before, *moods(obj.parts), obj.colour or "", *after]
    core = " ".join(filter(None, [*adjectives, noun]))
    if obj.noun == REFERENCE and obj.reference is not None:
        return f"the {ORDINALS[obj.reference - 1]} reference image"
    core = described(core, obj.of) + (f" made of {plural_of(obj.made_of)}" if obj.made_of else "")
    core += in_words(obj.parts)
    phrase = f"{_determiner(obj, core)} {core}"
    if obj.reference is not None:
        phrase += f", copied from the {ORDINALS[obj.reference - 1]} reference image,"
    return phrase


def _determiner(obj: SceneObject, core: str) -> str:
    number = obj.count.number
    if number is None:
        return "several"
    if number != 1:
        return ("exactly " if obj.count.exact else "") + number_word(number)
    if obj.count.exact:
        return "exactly one"
    if obj.of or obj.noun[:1].isupper():  # a bare name at the start of a sentence would be taken for any other word
        return "the"
    if obj.noun.endswith(_PAIRS):
        return "a pair of"
    return "an" if core[:1].lower() in "aeiou" and not core.lower().startswith(("uni", "use", "eu", "one")) else "a"


def described(noun: str, of: str) -> str:
    """ "flag" and "Chad" as "flag of Chad"; a description that brings its own connection follows the noun as it is."""
    if not of:
        return noun
    return f"{noun} {of}" if _JOINED.match(of) else f"{noun} of {of}"


def number_word(number: int) -> str:
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def _many(obj: SceneObject) -> bool:
    return obj.count.number != 1


def _where(scene: Scene, obj: SceneObject) -> list[str]:
    place = _PLACES[obj.place] if obj.place else ""
    shape = _shape(obj)
    first = " ".join(filter(None, [shape, place]))
    return [*filter(None, [first]), *(relation_words(scene, relation, obj.key) for relation in obj.relations)]


def _shape(obj: SceneObject) -> str:
    if not _many(obj):
        return ""
    match obj.arrangement:
        case Arrangement.ROW:
            return "arranged in one row"
        case Arrangement.COLUMN:
            return "arranged in one vertical column"
        case Piling.STACK | Piling.PILE as piled:
            return f"arranged in one {piled.value}"
        case Arrangement.CIRCLE:
            return "arranged in a circle"
        case Arrangement.GRID:
            return (
                f"arranged in a grid{_grid(obj.columns, obj.count.number or obj.columns)}"
                if obj.columns
                else "arranged in a grid"
            )
    return ""


def _grid(columns: int, number: int) -> str:
    rows = math.ceil(number / columns)
    return f" of {number_word(rows)} row{'s' if rows > 1 else ''} and {number_word(columns)} columns"


def relation_words(scene: Scene, relation: Relation, own: str = "") -> str:
    """Where something is to others: "to the left of the clock"; ``own`` is its key, where some may be turned to each other."""
    named = ["each other" if key == own else name_of(scene, key) for key in dict.fromkeys(relation.targets)]
    direction = _DIRECTIONS.get(relation.direction, relation.direction.value)
    return f"{direction} {' and '.join(named)}"


def name_of(scene: Scene, key: str) -> str:
    """How other sentences call an object or text: "the clock"; with its colour where the noun alone is not unique."""
    text = next((element for element in scene.texts if element.key == key), None)
    if text is not None:
        return f"the {text.role.value}"
    obj = scene.object_of(key)
    if obj.noun == REFERENCE and obj.reference is not None:
        return _phrase(obj)
    alike = sum(other.noun == obj.noun for other in scene.objects) > 1
    noun = plural_of(obj.noun) if _many(obj) else obj.noun
    parts = ["the", _nth(scene, obj), obj.colour if alike and obj.colour else "", noun]
    return described(" ".join(filter(None, parts)), obj.of if alike else "")


def _nth(scene: Scene, obj: SceneObject) -> str:
    """ "second" of two things that nothing else tells apart, in the order in which they are told; only of free requests."""
    alike = [one for one in scene.objects if (one.noun, one.of) == (obj.noun, obj.of)]
    twins = [one for one in alike if obj.colour is None or one.colour == obj.colour]
    if scene.vocabulary is not Vocabulary.ICONS or len(twins) < 2 or twins.index(obj) >= len(_NTH):
        return ""
    return _NTH[twins.index(obj)]


def _comparisons(scene: Scene) -> Iterable[str]:
    for obj in scene.objects:
        for other in obj.larger_than:
            verb = "are" if _many(obj) else "is"
            yield capital(f"{name_of(scene, obj.key)} {verb} clearly larger than {name_of(scene, other)}.")


# ---- text ------------------------------------------------------------------------------------------------------


def _text(scene: Scene, text: TextElement, anew: Collection[str]) -> str:
    content = f'"{text.content}"' if text.quoted else text.content or text.describes
    size = {True: "large", False: "small", None: ""}[text.large]
    look = " ".join(filter(None, [size, "bold" if text.bold else "", text.colour or "", "letters"]))
    styled = f" in {look}" if look != "letters" else ""
    place = f" {_PLACES[text.place]}" if text.place else ""
    related = "".join(f" {relation_words(scene, relation)}" for relation in text.relations)
    if text.key in anew:
        return f"There is the {text.role.value} {content}{styled}{place}{related}."
    return f"The {text.role.value} {content} is written{styled}{place}{related}."


# ---- setting --------------------------------------------------------------------------------------------------------


def _setting(scene: Scene) -> Iterable[str]:
    if scene.background in PALETTE:
        yield f"The background is plain {scene.background}."
    elif scene.background:
        yield f"The background is {_article(scene.background)}."
    yield from weather.sentences(scene.weather)
    if scene.light:
        yield _lit(scene.light.rstrip("."))
    if scene.style:
        look = f"in {scene.style.value} style"
        yield f"The whole image is {look} throughout." if scene.style_thorough else f"It is {look}."


def _lit(light: str) -> str:
    """The words about light as a sentence."""
    if lexicon().has("verbs", light.split()[0].lower()) or _FALLS.search(light):
        return capital(f"{light}.")
    if light.split()[0].lower() in _PREPOSITIONS or light.endswith("lit"):
        return f"The scene is {light}."
    return capital(f"{light} fills the scene.")


def _absences(scene: Scene) -> Iterable[str]:
    if scene.absent:
        yield f"There are no {' and no '.join(map(plural_of, scene.absent))}."
    if scene.nothing_else:
        yield "Nothing else is in the image."


def _article(setting: str) -> str:
    if setting.split()[0] in ("a", "an", "the"):
        return setting
    return f"{'an' if setting[0] in 'aeiou' else 'a'} {setting}"


def capital(text: str) -> str:
    """With a capital letter at its start."""
    return text[:1].upper() + text[1:]


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
