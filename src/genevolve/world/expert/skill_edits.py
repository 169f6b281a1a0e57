"""What each skill does to a scene before it is written down. A move is made only when the skill's guidance was read."""

import math
import re
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.world.expert.layout import free_places
from genevolve.world.language.colours import PALETTE, oklab
from genevolve.world.language.model import AmbiguityKind, Count, Scene, SceneObject, Style, TextElement, TextRole

Move = Callable[[Scene], Scene]

SKILL_OF = {
    AmbiguityKind.VAGUE_COUNT: "quantity_counting",
    AmbiguityKind.LOOSE_COUNT: "quantity_counting",
    AmbiguityKind.UNQUOTED_TEXT: "text_rendering",
    AmbiguityKind.UNPLACED_TEXT: "text_rendering",
    AmbiguityKind.SHARED_COLOUR: "attribute_binding",
    AmbiguityKind.UNPLACED_THING: "spatial_layout",
    AmbiguityKind.LOOSE_BODY: "anatomy_body_coherence",
    AmbiguityKind.FLOATING: "physical_material_consistency",
    AmbiguityKind.UNLIT: "aesthetic_drawing",
    AmbiguityKind.NO_BACKDROP: "aesthetic_drawing",
    AmbiguityKind.WEAK_STYLE: "creative_drawing",
}
_VAGUE_NUMBERS = (
    (re.compile(r"\b(?:couple|pair)\b", re.IGNORECASE), 2),
    (re.compile(r"\b(?:few|some|handful)\b", re.IGNORECASE), 3),
    (re.compile(r"\b(?:many|lots?|numerous|plenty|countless|swarm|crowd|herd|flock)\b", re.IGNORECASE), 8),
)
_SEVERAL = 5
_LIGHT = "Soft daylight falls from the upper left"
_DARK_LIGHT = "Soft light falls from the upper left"
# Calm colours; the first that stands out from what is in front of it is taken, starting where the request's words decide.
_BACKDROPS = ("light blue", "cream", "lavender", "light green")
_FURTHER_BACKDROPS = ("peach", "white", "navy", "dark green", "black")
_STYLE_BACKDROPS = {
    Style.NEON: "black",
    Style.BLUEPRINT: "dark blue",
    Style.BLACK_AND_WHITE: "light grey",
    Style.SEPIA: "beige",
}
_CLEAR, _TELLABLE = 0.25, 0.12  # distances in OKLab


def moved(scene: Scene, skills: Collection[str]) -> Scene:
    """``scene`` after the moves of all ``skills``, in the order in which later ones build on earlier ones."""
    for skill, move in MOVES.items():
        if skill in skills:
            scene = move(scene)
    return scene


def needed_skills(scene: Scene) -> tuple[str, ...]:
    """Skills that this request calls for, the most valuable first: by what it leaves open, and by what it contains."""
    opened = {SKILL_OF[hole.kind] for hole in scene.opens if hole.kind in SKILL_OF}
    coloured = [thing for thing in scene.things if thing.colour or thing.size]
    features = {
        "text_rendering": bool(scene.letterings),
        "quantity_counting": any((thing.count.number or 9) > 3 for thing in scene.things),
        "attribute_binding": len(coloured) > 1,
        "spatial_layout": len(scene.things) > 1,
        "anatomy_body_coherence": any(thing.living for thing in scene.things),
        "creative_drawing": scene.style is not None,
        "physical_material_consistency": False,
        "aesthetic_drawing": not (scene.light and scene.backdrop),
    }
    return tuple(skill for skill, present in features.items() if present or skill in opened)


# ---- the eight moves ------------------------------------------------------------------------------------------------


def _count(scene: Scene) -> Scene:
    return _each(scene, lambda thing: _counted(scene, thing))


def _counted(scene: Scene, thing: SceneObject) -> SceneObject:
    number = thing.count.number or _vague_number(scene.text[thing.span.start : thing.span.end])
    if number == 1 or (number == thing.count.number and number < 4 and thing.count.exact):
        return thing
    thing = replace(thing, count=Count(number=number, exact=True))
    if number < 4 or thing.arrangement:
        return thing
    if number < 6 or any(relation.direction is Direction.ON for relation in thing.relations):
        return replace(thing, arrangement=Arrangement.ROW)
    return replace(thing, arrangement=Arrangement.GRID, columns=_columns(number))


def _columns(number: int) -> int:
    """Columns of a grid with full rows where there is one that is not a mere line."""
    full = [columns for columns in range(2, 7) if number % columns == 0 and number // columns <= columns]
    return min(full) if full else math.ceil(math.sqrt(number))


def _vague_number(words: str) -> int:
    return next((number for pattern, number in _VAGUE_NUMBERS if pattern.search(words)), _SEVERAL)


def _bind(scene: Scene) -> Scene:
    return _each(scene, lambda thing: replace(thing, colour_shared=False))


def _lay_out(scene: Scene) -> Scene:
    if len(scene.things) < 2:
        return scene
    places = free_places(scene.things, scene.letterings)
    return _each(scene, lambda thing: replace(thing, place=thing.place or places.get(thing.key)))


def _letter(scene: Scene) -> Scene:
    placed: list[TextElement] = []
    for text in scene.letterings:
        placed.append(_lettered(scene, text, placed))
    return replace(scene, letterings=tuple(placed))


def _lettered(scene: Scene, text: TextElement, earlier: Sequence[TextElement]) -> TextElement:
    place = text.place
    if place is None and not text.relations:
        place = _text_place(scene, text, earlier)
    quoted = bool(text.content)
    text = replace(text, quoted=quoted, place=place, bold=text.bold is not False, large=_is_large(scene, text))
    return _inked(text, scene.backdrop)


def _is_large(scene: Scene, text: TextElement) -> bool | None:
    """Titles are large, and so is the one text of an image unless it labels something."""
    main = text.role is TextRole.TITLE or (
        len(scene.letterings) == 1 and not text.relations and text.place in (None, Place.TOP)
    )
    return text.large if text.large is not None else main or None


def _text_place(scene: Scene, text: TextElement, earlier: Sequence[TextElement]) -> Place:
    """Titles go to the top and captions to the bottom; the next free edge when another text or thing is there."""
    upper = text.role in (TextRole.TITLE, TextRole.SUBTITLE)
    wishes = (Place.TOP, Place.BOTTOM) if upper or not earlier else (Place.BOTTOM, Place.TOP)
    if text.role is TextRole.CAPTION:
        wishes = (Place.BOTTOM, Place.TOP)
    taken = {other.place for other in (*earlier, *scene.letterings) if other.key != text.key}
    if text.role is TextRole.SUBTITLE and Place.TOP in taken:
        return Place.TOP
    filled = {thing.place for thing in scene.things}
    free = [place for place in wishes if place not in taken and place not in filled]
    return next(iter(free or [place for place in wishes if place not in taken] or wishes))


def _embody(scene: Scene) -> Scene:
    return _each(scene, lambda thing: replace(thing, body_described=thing.body_described or thing.living))


def _ground(scene: Scene) -> Scene:
    floating = {hole.key for hole in scene.opens if hole.kind is AmbiguityKind.FLOATING}
    return _each(scene, lambda thing: replace(thing, grounded=thing.grounded or thing.key in floating))


def _beautify(scene: Scene) -> Scene:
    backdrop = scene.backdrop or _backdrop(scene)
    dark = backdrop in PALETTE and _lightness(backdrop) < 0.5
    return replace(scene, backdrop=backdrop, light=scene.light or (_DARK_LIGHT if dark else _LIGHT))


def _backdrop(scene: Scene) -> str:
    if scene.style in _STYLE_BACKDROPS:
        return _STYLE_BACKDROPS[scene.style]
    front = {thing.colour for thing in scene.things} | {text.colour for text in scene.letterings}
    colours = [colour for colour in front if colour in PALETTE]
    first = zlib.crc32(scene.text.encode("utf-8", "replace")) % len(_BACKDROPS)
    offered = (*_BACKDROPS[first:], *_BACKDROPS[:first])
    nearest = {
        name: min((contrast(name, colour) for colour in colours), default=1.0) for name in (*offered, *_FURTHER_BACKDROPS)
    }
    clear = next((name for name in offered if nearest[name] >= _CLEAR), None)
    calmest = max(offered, key=lambda name: nearest[name])
    if clear is None and nearest[calmest] < _TELLABLE:
        return max(nearest, key=lambda name: nearest[name])
    return clear or calmest


def _inked(text: TextElement, backdrop: str | None) -> TextElement:
    """With the colour that reads best on a plain background, unless one is asked for; on a setting the generator knows best."""
    if text.colour or backdrop not in PALETTE:
        return text
    ink = "black" if _lightness(backdrop or "") > 0.62 else "white"
    return replace(text, colour=ink)


def _stylise(scene: Scene) -> Scene:
    return replace(scene, style_thorough=scene.style is not None)


def contrast(one: str, other: str) -> float:
    """OKLab distance of two palette colours."""
    return math.dist(oklab(PALETTE[one]), oklab(PALETTE[other]))


def _lightness(colour: str) -> float:
    return oklab(PALETTE[colour])[0]


def _each(scene: Scene, change: Callable[[SceneObject], SceneObject]) -> Scene:
    return replace(scene, things=tuple(map(change, scene.things)))


MOVES: Mapping[str, Move] = {
    "quantity_counting": _count,
    "attribute_binding": _bind,
    "aesthetic_drawing": _beautify,
    "text_rendering": _letter,
    "spatial_layout": _lay_out,
    "anatomy_body_coherence": _embody,
    "physical_material_consistency": _ground,
    "creative_drawing": _stylise,
}
