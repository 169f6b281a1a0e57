"""A scene as English: the inverse of the scene reader. What the scene leaves open the prose leaves open as well.

One sentence for each thing and each text, in fixed wording that generators follow: number, size, colour, noun, which one,
reference, place, relation, footing. Things come in the scene's order. Wording that helps (exact counts, bodies,
shadows, whole-image style) appears exactly where the scene's own fields ask for it.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.core.program import ORDINALS
from genevolve.world.expert.references import REFERENCE
from genevolve.world.expert.words import described
from genevolve.world.language.colours import PALETTE
from genevolve.world.language.inventory import plural_of
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Relation, Scene, SceneObject, TextElement

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
_PAIRS = ("glasses", "scissors", "trousers", "jeans", "shorts", "pants", "pliers", "binoculars", "headphones", "tights")
_PREPOSITIONS = word_set("at in under by during on with bathed against")
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


def prose(scene: Scene) -> str:
    """The whole prompt."""
    sentences = [
        *_things(scene),
        *_remarks(scene),
        *_comparisons(scene),
        *(_lettering(scene, text) for text in scene.letterings),
    ]
    return " ".join([*sentences, *_setting(scene), *_absences(scene)])


# ---- things ---------------------------------------------------------------------------------------------------------


def _things(scene: Scene) -> list[str]:
    """Things in the scene's order; those whose colours the scene leaves in one clause share a sentence.

    A relation is told once both partners are introduced: "the clock" before any clock was named would be a second clock.
    """
    shared = [thing for thing in scene.things if thing.colour_shared and thing.reference is None]
    ordered = [thing for thing in scene.things if thing not in shared]
    told = {lettering.key for lettering in scene.letterings}
    sentences, later = ([_joined(scene, shared)], list(shared)) if shared else ([], [])
    told |= {thing.key for thing in shared}
    for thing in ordered:
        ready = all(told.issuperset(relation.targets) for relation in thing.relations)
        sentences.append(_sentence(scene, thing if ready else replace(thing, relations=())))
        later += [] if ready else [thing]
        told.add(thing.key)
    return [*sentences, *(_related(scene, thing) for thing in later if thing.relations)]


def _related(scene: Scene, thing: SceneObject) -> str:
    told = ", ".join(_relation(scene, relation) for relation in thing.relations)
    return _capital(f"{name_of(scene, thing.key)} {'are' if _many(thing) else 'is'} {told}.")


def _joined(scene: Scene, things: Sequence[SceneObject]) -> str:
    parts = [" ".join([_phrase(thing), *_where(scene, replace(thing, relations=()))]) for thing in things]
    return _capital(f"{_listed(parts)}.")


def _sentence(scene: Scene, thing: SceneObject) -> str:
    many = _many(thing)
    where = _where(scene, thing)
    said = [_phrase(thing)]
    if thing.body_described and not _all_bodies(scene):
        said.append(f"with {_BODIES if many else _BODY}")
    footing = _footing(scene, thing, many) if thing.grounded and not _all_grounded(scene) else ""
    if where or not footing.startswith("standing"):
        said += ["are" if many else "is", ", ".join(where) or "in the image"]
        footing = footing and f", {footing}"
    else:
        footing = f" {footing.replace('standing', 'stand' if many else 'stands')}"
    return _capital(f"{' '.join(said)}{footing}.")


def _footing(scene: Scene, thing: SceneObject, many: bool) -> str:
    """What carries the thing; nothing where its own relation already says so, and no ground where the setting may be water."""
    if any(relation.direction is Direction.ON for relation in thing.relations):
        return ""
    shadow = "soft contact shadows" if many else "a soft contact shadow"
    outdoors = scene.backdrop is not None and scene.backdrop not in PALETTE
    return f"casting {shadow}" if outdoors and not thing.relations else f"standing on the ground with {shadow}"


def _all_bodies(scene: Scene) -> bool:
    """One sentence can speak of all bodies: there are several, and every living thing's is to be whole."""
    living = [thing for thing in scene.things if thing.living]
    return len(living) > 1 and all(thing.body_described for thing in living)


def _all_grounded(scene: Scene) -> bool:
    return len(scene.things) > 1 and all(thing.grounded for thing in scene.things)


def _remarks(scene: Scene) -> Iterable[str]:
    """What is said of all things at once."""
    if _all_bodies(scene):
        yield "All bodies are complete and undistorted, with natural proportions."
    if _all_grounded(scene):
        yield "Everything is firmly grounded, with soft contact shadows."


def _phrase(thing: SceneObject) -> str:
    """ "exactly four small red apples", "the flag of Chad shown in the first reference image"."""
    noun = plural_of(thing.noun) if _many(thing) else thing.noun
    before = [word for word in thing.modifiers if lexicon().has("adjectives", word.lower()) and word.lower() not in _MATERIALS]
    after = [word for word in thing.modifiers if word not in before]
    adjectives = [thing.size.value if thing.size else "", *before, thing.colour or "", *after]
    core = " ".join(filter(None, [*adjectives, noun]))
    if thing.noun == REFERENCE and thing.reference is not None:
        return f"the {ORDINALS[thing.reference - 1]} reference image"
    core = described(core, thing.of)
    phrase = f"{_determiner(thing, core)} {core}"
    if thing.reference is not None:
        phrase += f", copied from the {ORDINALS[thing.reference - 1]} reference image,"
    return phrase


def _determiner(thing: SceneObject, core: str) -> str:
    number = thing.count.number
    if number is None:
        return "several"
    if number != 1:
        return ("exactly " if thing.count.exact else "") + number_word(number)
    if thing.count.exact:
        return "exactly one"
    if thing.of or thing.noun[:1].isupper():  # a bare name at the start of a sentence would be taken for any other word
        return "the"
    if thing.noun.endswith(_PAIRS):
        return "a pair of"
    return "an" if core[:1].lower() in "aeiou" and not core.lower().startswith(("uni", "use", "eu", "one")) else "a"


def number_word(number: int) -> str:
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def _many(thing: SceneObject) -> bool:
    return thing.count.number != 1


def _where(scene: Scene, thing: SceneObject) -> list[str]:
    place = _PLACES[thing.place] if thing.place else ""
    shape = _shape(thing)
    first = " ".join(filter(None, [shape, place]))
    return [*filter(None, [first]), *(_relation(scene, relation) for relation in thing.relations)]


def _shape(thing: SceneObject) -> str:
    if not _many(thing):
        return ""
    match thing.arrangement:
        case Arrangement.ROW:
            return "arranged in one row"
        case Arrangement.COLUMN:
            return "arranged in one vertical column"
        case Arrangement.CIRCLE:
            return "arranged in a circle"
        case Arrangement.GRID:
            return (
                f"arranged in a grid{_grid(thing.columns, thing.count.number or thing.columns)}"
                if thing.columns
                else "arranged in a grid"
            )
    return ""


def _grid(columns: int, number: int) -> str:
    rows = math.ceil(number / columns)
    return f" of {number_word(rows)} row{'s' if rows > 1 else ''} and {number_word(columns)} columns"


def _relation(scene: Scene, relation: Relation) -> str:
    named = [name_of(scene, key) for key in dict.fromkeys(relation.targets)]
    direction = _DIRECTIONS.get(relation.direction, relation.direction.value)
    return f"{direction} {' and '.join(named)}"


def name_of(scene: Scene, key: str) -> str:
    """How other sentences call a thing or text: "the clock"; with its colour where the noun alone is not unique."""
    text = next((lettering for lettering in scene.letterings if lettering.key == key), None)
    if text is not None:
        return f"the {text.role.value}"
    thing = scene.thing(key)
    if thing.noun == REFERENCE and thing.reference is not None:
        return _phrase(thing)
    alike = sum(other.noun == thing.noun for other in scene.things) > 1
    noun = plural_of(thing.noun) if _many(thing) else thing.noun
    parts = ["the", thing.colour if alike and thing.colour else "", noun]
    return described(" ".join(filter(None, parts)), thing.of if alike else "")


def _comparisons(scene: Scene) -> Iterable[str]:
    for thing in scene.things:
        for other in thing.larger_than:
            verb = "are" if _many(thing) else "is"
            yield _capital(f"{name_of(scene, thing.key)} {verb} clearly larger than {name_of(scene, other)}.")


# ---- lettering ------------------------------------------------------------------------------------------------------


def _lettering(scene: Scene, text: TextElement) -> str:
    content = f'"{text.content}"' if text.quoted else text.content or text.describes
    look = " ".join(filter(None, ["large" if text.large else "", "bold" if text.bold else "", text.colour or "", "letters"]))
    styled = f" in {look}" if look != "letters" else ""
    place = f" {_PLACES[text.place]}" if text.place else ""
    related = "".join(f" {_relation(scene, relation)}" for relation in text.relations)
    return f"The {text.role.value} {content} is written{styled}{place}{related}."


# ---- setting --------------------------------------------------------------------------------------------------------


def _setting(scene: Scene) -> Iterable[str]:
    if scene.backdrop in PALETTE:
        yield f"The background is plain {scene.backdrop}."
    elif scene.backdrop:
        yield f"The background is {_article(scene.backdrop)}."
    if scene.light:
        yield _lit(scene.light.rstrip("."))
    if scene.style:
        look = f"in {scene.style.value} style"
        yield f"The whole image is {look} throughout." if scene.style_thorough else f"It is {look}."


def _lit(light: str) -> str:
    """The words about light as a sentence."""
    if lexicon().has("verbs", light.split()[0].lower()) or _FALLS.search(light):
        return _capital(f"{light}.")
    if light.split()[0].lower() in _PREPOSITIONS or light.endswith("lit"):
        return f"The scene is {light}."
    return _capital(f"{light} fills the scene.")


def _absences(scene: Scene) -> Iterable[str]:
    if scene.absent:
        yield f"There are no {' and no '.join(map(plural_of, scene.absent))}."
    if scene.nothing_else:
        yield "Nothing else is in the image."


def _article(setting: str) -> str:
    if setting.split()[0] in ("a", "an", "the"):
        return setting
    return f"{'an' if setting[0] in 'aeiou' else 'a'} {setting}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
