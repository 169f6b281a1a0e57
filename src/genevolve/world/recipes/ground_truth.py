"""The best program for an intended picture: a prompt that leaves nothing open, and the looks it refers to in order."""

from collections.abc import Sequence
from dataclasses import replace

from genevolve.core.case import TruthProgram
from genevolve.core.claim import Arrangement, Place
from genevolve.world.expert.layout import free_places
from genevolve.world.language.model import Count, Relation, Scene, SceneObject, Span, Style, TextElement, TextRole
from genevolve.world.language.surface_text import surface_text
from genevolve.world.recipes.picture import IntendedObject, IntendedPicture, IntendedText

_LIGHT = "soft, even daylight from the upper left"
_NOWHERE = Span(start=0, end=0)  # this scene was not read from a text
_TEXT_PLACES = {
    "title": (Place.TOP, Place.BOTTOM),
    "caption": (Place.BOTTOM, Place.TOP),
    "label": (Place.BOTTOM, Place.TOP),
}


def ground_truth_of(picture: IntendedPicture, seed: int) -> TruthProgram:
    """The same picture and seed give the same program."""
    references = tuple(figure.looks[0] for figure in picture.figures if figure.reference)
    return TruthProgram(prompt=surface_text(scene_of(picture)), references=references, seed=seed)


def scene_of(picture: IntendedPicture) -> Scene:
    """``picture`` as a scene with nothing left open: what the request leaves open is decided here."""
    referenced = [figure.key for figure in picture.figures if figure.reference]
    letterings = tuple(_letterings(picture.words))
    things = _crowd_below([_thing(figure, referenced) for figure in picture.figures])
    places = free_places(things, letterings)
    return Scene(
        text="",
        objects=tuple(replace(thing, place=thing.place or places.get(thing.key)) for thing in things),
        texts=letterings,
        background=picture.backdrop or "white",
        light=_LIGHT,
        style=Style(picture.style) if picture.style else None,
        style_thorough=True,
        nothing_else=picture.nothing_else,
    )


def _crowd_below(things: list[SceneObject]) -> list[SceneObject]:
    """Of one thing and one group, both free, the group gets a row of its own: side by side both would be small."""
    crowds = [thing for thing in things if thing.count.number != 1]
    if len(things) != 2 or len(crowds) != 1 or any(thing.place or thing.relations for thing in things):
        return things
    return [replace(thing, place=Place.BOTTOM if thing in crowds else Place.CENTER) for thing in things]


def _thing(figure: IntendedObject, referenced: Sequence[str]) -> SceneObject:
    generic = figure.label.startswith(f"{figure.noun} of ")
    noun, of = (figure.noun, figure.label.removeprefix(f"{figure.noun} of ")) if generic else (figure.label, "")
    crowd = figure.number > 1 and figure.arrangement is None
    return SceneObject(
        key=figure.key,
        noun=noun,
        span=_NOWHERE,
        of=of,
        reference=referenced.index(figure.key) + 1 if figure.reference else None,
        count=Count(number=figure.number, exact=figure.number > 1),
        colour=figure.colour,
        place=figure.place,
        relations=(Relation(direction=figure.direction, targets=figure.targets),) if figure.direction else (),
        arrangement=(Arrangement.GRID if figure.number > 5 else Arrangement.ROW) if crowd else figure.arrangement,
        living=figure.living,
        body_described=figure.living,
        grounded=True,
        larger_than=(figure.larger_than,) if figure.larger_than else (),
    )


def _letterings(words: Sequence[IntendedText]) -> list[TextElement]:
    taken = {entry.place for entry in words if entry.place}
    found = []
    for number, entry in enumerate(words):
        place = entry.place or next(place for place in _TEXT_PLACES[entry.role] if place not in taken)
        taken.add(place)
        found.append(
            TextElement(
                key=f"text {number}",
                span=_NOWHERE,
                content=entry.text,
                quoted=True,
                role=TextRole(entry.role),
                place=place,
                colour=entry.colour,
                bold=True,
                large=entry.role == "title",
            )
        )
    return found
