"""What each skill does to a scene before it is written down. An edit is made only when the skill's guidance was read."""

import math
import re
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.world.expert.layout import free_places, under_shelters, with_bearers
from genevolve.world.language.colours import PALETTE, oklab
from genevolve.world.language.model import AmbiguityKind, Count, Scene, SceneObject, Style, TextElement, TextRole
from genevolve.world.language.rims import without_rim
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.weather import SETTINGS

SkillEdit = Callable[[Scene], Scene]

SKILL_OF = {
    AmbiguityKind.VAGUE_COUNT: "quantity_counting",
    AmbiguityKind.LOOSE_COUNT: "quantity_counting",
    AmbiguityKind.UNQUOTED_TEXT: "text_rendering",
    AmbiguityKind.UNPLACED_TEXT: "text_rendering",
    AmbiguityKind.SHARED_COLOUR: "attribute_binding",
    AmbiguityKind.UNPLACED_OBJECT: "spatial_layout",
    AmbiguityKind.LOOSE_BODY: "anatomy_body_coherence",
    AmbiguityKind.FLOATING: "physical_material_consistency",
    AmbiguityKind.UNLIT: "aesthetic_drawing",
    AmbiguityKind.NO_BACKGROUND: "aesthetic_drawing",
    AmbiguityKind.WEAK_STYLE: "creative_drawing",
}
_VAGUE_NUMBERS = (
    (re.compile(r"\b(?:couple|pair)\b", re.IGNORECASE), 2),
    (re.compile(r"\b(?:few|some|handful)\b", re.IGNORECASE), 3),
    (re.compile(r"\b(?:many|lots?|numerous|plenty|countless|swarm|crowd|herd|flock)\b", re.IGNORECASE), 8),
)
_SEVERAL = 5
_SMALL = 3  # of a free request: the ledger says that it was chosen
_LIGHT = "Soft daylight falls from the upper left"
_DARK_LIGHT = "Soft light falls from the upper left"
# Calm colours; the first that stands out from what is in front of it is taken, starting where the request's words decide.
_BACKGROUNDS = ("light blue", "cream", "lavender", "light green")
_FURTHER_BACKGROUNDS = ("peach", "white", "navy", "dark green", "black")
_STYLE_BACKGROUNDS = {
    Style.NEON: "black",
    Style.BLUEPRINT: "dark blue",
    Style.BLACK_AND_WHITE: "light grey",
    Style.SEPIA: "beige",
}
_AFLOAT = frozenset({"boat", "sailboat", "ship", "canoe", "ferry", "yacht", "sailing ship", "galleon", "whale", "dolphin"})
_LETTERED = 0.7  # letters need to be lighter or darker than what they stand on, not only of another colour
_CLEAR, _TELLABLE = 0.25, 0.12  # distances in OKLab


def with_skill_edits(scene: Scene, skills: Collection[str]) -> Scene:
    """``scene`` after the edits of all ``skills``, in the order in which later ones build on earlier ones.

    What stands in a slot of a form is left alone: the form says all about it.
    """
    slotted = scene.form.keys if scene.form is not None else frozenset()
    edited = replace(
        scene,
        objects=tuple(obj for obj in scene.objects if obj.key not in slotted),
        texts=tuple(text for text in scene.texts if text.key not in slotted),
    )
    for skill, edit in SKILL_EDITS.items():
        if skill in skills:
            edited = edit(edited)
    if not slotted:
        return edited
    objects = (*edited.objects, *(obj for obj in scene.objects if obj.key in slotted))
    return replace(edited, objects=objects, texts=(*edited.texts, *(text for text in scene.texts if text.key in slotted)))


def needed_skills(scene: Scene) -> tuple[str, ...]:
    """Skills that this request calls for, the most valuable first: by what it leaves open, and by what it contains."""
    opened = {SKILL_OF[hole.kind] for hole in scene.ambiguities if hole.kind in SKILL_OF}
    coloured = [obj for obj in scene.objects if obj.colour or obj.size]
    features = {
        "text_rendering": bool(scene.texts),
        "quantity_counting": any((obj.count.number or 9) > 3 for obj in scene.objects),
        "attribute_binding": len(coloured) > 1,
        "spatial_layout": len(scene.objects) > 1,
        "anatomy_body_coherence": any(obj.living for obj in scene.objects),
        "creative_drawing": scene.style is not None,
        "physical_material_consistency": False,
        "aesthetic_drawing": not (scene.light and scene.background),
    }
    return tuple(skill for skill, present in features.items() if present or skill in opened)


# ---- the eight edits ------------------------------------------------------------------------------------------------


def _count(scene: Scene) -> Scene:
    return _each(scene, lambda obj: _counted(scene, obj))


def _counted(scene: Scene, obj: SceneObject) -> SceneObject:
    several = _SMALL if scene.vocabulary is Vocabulary.ICONS else _SEVERAL
    number = obj.count.number or _vague_number(scene.text[obj.span.start : obj.span.end], several)
    if number == 1 or (number == obj.count.number and number < 4 and obj.count.exact):
        return obj
    obj = replace(obj, count=Count(number=number, exact=True))
    if number < 4 or obj.arrangement:
        return obj
    if number < 6 or any(relation.direction is Direction.ON for relation in obj.relations):
        return replace(obj, arrangement=Arrangement.ROW)
    return replace(obj, arrangement=Arrangement.GRID, columns=_columns(number))


def _columns(number: int) -> int:
    """Columns of a grid with full rows where there is one that is not a mere line."""
    full = [columns for columns in range(2, 7) if number % columns == 0 and number // columns <= columns]
    return min(full) if full else math.ceil(math.sqrt(number))


def _vague_number(words: str, several: int) -> int:
    return next((number for pattern, number in _VAGUE_NUMBERS if pattern.search(words)), several)


def _bind(scene: Scene) -> Scene:
    return _each(scene, lambda obj: replace(obj, colour_shared=False))


def _lay_out(scene: Scene) -> Scene:
    if len(scene.objects) < 2:
        return scene
    scene = with_bearers(scene) if scene.vocabulary is Vocabulary.ICONS else scene
    places = free_places(scene.objects, scene.texts)
    for key in under_shelters(scene) if scene.vocabulary is Vocabulary.ICONS else ():
        places.pop(key, None)  # a tree and who is under it stand on one ground
    return _each(scene, lambda obj: replace(obj, place=obj.place or places.get(obj.key)))


def _letter(scene: Scene) -> Scene:
    placed: list[TextElement] = []
    for text in scene.texts:
        placed.append(_lettered(scene, text, placed))
    return replace(scene, texts=tuple(placed))


def _lettered(scene: Scene, text: TextElement, earlier: Sequence[TextElement]) -> TextElement:
    place = text.place
    if place is None and not text.relations:
        place = _text_place(scene, text, earlier)
    quoted = bool(text.content)
    text = replace(text, quoted=quoted, place=place, bold=text.bold is not False, large=_is_large(scene, text))
    on_a_thing = any(relation.direction in (Direction.ON, Direction.INSIDE) for relation in text.relations)
    own = scene.vocabulary is Vocabulary.ICONS and on_a_thing  # what it stands on may be dark: the generator sees that
    return text if own else _inked(text, scene.background)


def _is_large(scene: Scene, text: TextElement) -> bool | None:
    """Titles are large, and so is the one text of an image unless it labels something."""
    main = text.role is TextRole.TITLE or (len(scene.texts) == 1 and not text.relations and text.place in (None, Place.TOP))
    return text.large if text.large is not None else main or None


def _text_place(scene: Scene, text: TextElement, earlier: Sequence[TextElement]) -> Place:
    """Titles go to the top and captions to the bottom; the next free edge when another text or object is there. Where nothing
    else is on a free request's sheet, in its middle."""
    if scene.vocabulary is Vocabulary.ICONS and not without_rim(scene) and (scene.form is None or not scene.form.parts):
        return Place.CENTER
    upper = text.role in (TextRole.TITLE, TextRole.SUBTITLE)
    wishes = (Place.TOP, Place.BOTTOM) if upper or not earlier else (Place.BOTTOM, Place.TOP)
    if text.role is TextRole.CAPTION:
        wishes = (Place.BOTTOM, Place.TOP)
    taken = {other.place for other in (*earlier, *scene.texts) if other.key != text.key}
    if text.role is TextRole.SUBTITLE and Place.TOP in taken:
        return Place.TOP
    filled = {obj.place for obj in scene.objects}
    free = [place for place in wishes if place not in taken and place not in filled]
    return next(iter(free or [place for place in wishes if place not in taken] or wishes))


def _embody(scene: Scene) -> Scene:
    return _each(scene, lambda obj: replace(obj, body_described=obj.body_described or obj.living))


def _ground(scene: Scene) -> Scene:
    floating = {hole.key for hole in scene.ambiguities if hole.kind is AmbiguityKind.FLOATING}
    return _each(scene, lambda obj: replace(obj, grounded=obj.grounded or obj.key in floating))


def _beautify(scene: Scene) -> Scene:
    background = scene.background or _background(scene)
    dark = background in PALETTE and _lightness(background) < 0.5
    return replace(scene, background=background, light=scene.light or (_DARK_LIGHT if dark else _LIGHT))


def as_it_was(scene: Scene, background: str | None) -> Scene:
    """``scene`` on the background that was chosen for it before, where none is asked for and everything stands out from it."""
    stays = background in PALETTE and scene.background is None and scene.style is None
    clear = stays and all(contrast(str(background), colour) >= _CLEAR for colour in _front(scene))
    return replace(scene, background=background) if clear else scene


def _front(scene: Scene) -> list[str]:
    """The palette colours that have to stand out."""
    front = {obj.colour for obj in scene.objects} | {text.colour for text in scene.texts}
    return [colour for colour in front if colour in PALETTE]


def _background(scene: Scene) -> str:
    if scene.weather:
        return "sea" if any(obj.noun in _AFLOAT for obj in scene.objects) else SETTINGS[scene.weather[0]]
    if scene.style in _STYLE_BACKGROUNDS:
        return _STYLE_BACKGROUNDS[scene.style]
    colours = _front(scene)
    first = zlib.crc32(scene.text.encode("utf-8", "replace")) % len(_BACKGROUNDS)
    offered = (*_BACKGROUNDS[first:], *_BACKGROUNDS[:first])
    nearest = {
        name: min((contrast(name, colour) for colour in colours), default=1.0) for name in (*offered, *_FURTHER_BACKGROUNDS)
    }
    letters = [text.colour for text in scene.texts if text.colour in PALETTE and scene.vocabulary is Vocabulary.ICONS]
    for name in nearest:
        nearest[name] = min([nearest[name], *(_LETTERED * abs(_lightness(name) - _lightness(str(ink))) for ink in letters)])
    clear = next((name for name in offered if nearest[name] >= _CLEAR), None)
    if letters and clear is None:
        return max(nearest, key=lambda name: nearest[name])
    calmest = max(offered, key=lambda name: nearest[name])
    if clear is None and nearest[calmest] < _TELLABLE:
        return max(nearest, key=lambda name: nearest[name])
    return clear or calmest


def _inked(text: TextElement, background: str | None) -> TextElement:
    """With the colour that reads best on a plain background, unless one is asked for; on a setting the generator knows best."""
    if text.colour or background not in PALETTE:
        return text
    ink = "black" if _lightness(background or "") > 0.62 else "white"
    return replace(text, colour=ink)


def _stylise(scene: Scene) -> Scene:
    return replace(scene, style_thorough=scene.style is not None)


def contrast(one: str, other: str) -> float:
    """OKLab distance of two palette colours."""
    return math.dist(oklab(PALETTE[one]), oklab(PALETTE[other]))


def _lightness(colour: str) -> float:
    return oklab(PALETTE[colour])[0]


def _each(scene: Scene, change: Callable[[SceneObject], SceneObject]) -> Scene:
    return replace(scene, objects=tuple(map(change, scene.objects)))


SKILL_EDITS: Mapping[str, SkillEdit] = {
    "quantity_counting": _count,
    "attribute_binding": _bind,
    "aesthetic_drawing": _beautify,
    "text_rendering": _letter,
    "spatial_layout": _lay_out,
    "anatomy_body_coherence": _embody,
    "physical_material_consistency": _ground,
    "creative_drawing": _stylise,
}
