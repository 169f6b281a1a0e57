"""The best program for an intended picture: a prompt that leaves nothing open, and the looks it refers to in order."""

from collections.abc import Iterator
from dataclasses import dataclass

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.core.program import ORDINALS
from genevolve.data.grammar import article, capitalised, listed
from genevolve.data.picture import Figure, Picture, Words
from genevolve.data.wording import NUMBERS

_TEXT_PLACE = {"title": Place.TOP, "caption": Place.BOTTOM, "label": Place.BOTTOM}
_FREE = (Place.CENTER, Place.LEFT, Place.RIGHT)
_RELATED = {
    Direction.LEFT_OF: "to the left of", Direction.RIGHT_OF: "to the right of", Direction.ABOVE: "directly above",
    Direction.BELOW: "directly below", Direction.NEXT_TO: "next to", Direction.BETWEEN: "between", Direction.ON: "on top of",
}  # fmt: skip
_ARRANGED = {
    Arrangement.ROW: "in one evenly spaced row", Arrangement.COLUMN: "in one evenly spaced column",
    Arrangement.GRID: "in an evenly spaced grid", Arrangement.CIRCLE: "in an evenly spaced circle",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundTruth:
    """``references`` are looks, in the order of the ordinals in ``prompt``."""

    prompt: str
    references: tuple[str, ...] = ()
    seed: int = 0


def ground_truth_of(picture: Picture, seed: int) -> GroundTruth:
    """The same picture and seed give the same program."""
    figures = _in_reference_order(picture)
    references = tuple(figure.looks[0] for figure in figures if figure.reference)
    ordinals = {figure.key: ORDINALS[n] for n, figure in enumerate(f for f in figures if f.reference)}
    sentences = [
        _setting(picture),
        *(_sentence(figure, picture, ordinals) for figure in figures),
        *_sizes(picture),
        *_lettering(picture.words),
        *(("Nothing else is in the image.",) if picture.nothing_else else ()),
    ]
    return GroundTruth(prompt=" ".join(sentences), references=references, seed=seed)


def _in_reference_order(picture: Picture) -> list[Figure]:
    """Figures that others refer to come after those in the request; here everything is named by its own sentence."""
    return list(picture.figures)


def _setting(picture: Picture) -> str:
    look = f"in {picture.style} style, applied to the whole image and every element" if picture.style else "with crisp detail"
    backdrop = f"a plain {picture.backdrop} background" if picture.backdrop else "a plain white background"
    return f"A balanced composition {look}, on {backdrop}, in soft, even daylight from the upper left."


def _sentence(figure: Figure, picture: Picture, ordinals: dict[str, str]) -> str:
    name = _name(figure)
    reference = f", exactly as shown in the {ordinals[figure.key]} reference image" if figure.reference else ""
    where = _where(figure, picture)
    body = ", each with a complete, undistorted body" if figure.number > 1 else ", with a complete, undistorted body"
    ground = "each standing on the ground" if figure.number > 1 else "standing on the ground"
    return f"{capitalised(name)}{reference}, {where}{body if figure.living else ''}, {ground} with a soft contact shadow."


def _name(figure: Figure) -> str:
    if figure.name:
        return f"the {figure.name}"
    head = f"{figure.colour or ''} {figure.plural if figure.number > 1 else figure.noun}".strip()
    return f"exactly {NUMBERS[figure.number]} {head}" if figure.number > 1 else article(head)


def _where(figure: Figure, picture: Picture) -> str:
    if figure.direction:
        targets = listed([_again(picture.figure(key)) for key in figure.targets])
        line = f"{_ARRANGED[figure.arrangement]} " if figure.arrangement else ""
        return f"{line}{_RELATED[figure.direction]} {targets}"
    arrangement = _arrangement(figure)
    return f"{arrangement}{_spot(figure, picture)}"


def _arrangement(figure: Figure) -> str:
    if figure.arrangement:
        return f"{_ARRANGED[figure.arrangement]} "
    if figure.number > 5:
        return "in an evenly spaced grid "
    return "in one evenly spaced row " if figure.number > 1 else ""


def _spot(figure: Figure, picture: Picture) -> str:
    if figure.place:
        return _at(figure.place)
    free = [other.key for other in picture.figures if not (other.place or other.direction)]
    if len(free) == 1:
        return _at(Place.CENTER)
    many = any(picture.figure(key).number > 1 for key in free)
    spots = (Place.TOP, Place.BOTTOM) if many and len(free) == 2 else (Place.LEFT, Place.RIGHT, Place.CENTER)
    return _at(spots[free.index(figure.key)])


def _again(figure: Figure) -> str:
    if figure.name:
        return f"the {figure.name}"
    return f"the {figure.colour or ''} {figure.plural if figure.number > 1 else figure.noun}".replace("  ", " ")


def _at(place: Place) -> str:
    match place:
        case Place.CENTER:
            return "in the center"
        case Place.LEFT | Place.RIGHT:
            return f"on the {place} side"
        case Place.TOP | Place.BOTTOM:
            return f"at the {place}"
        case _:
            return f"in the {place} corner"


def _sizes(picture: Picture) -> Iterator[str]:
    for figure in picture.figures:
        if figure.larger_than:
            other = picture.figure(figure.larger_than)
            one, two = figure.noun, other.noun
            yield f"The {one} is large and the {two} is small: the {one} is much larger than the {two}."


def _lettering(words: tuple[Words, ...]) -> Iterator[str]:
    taken = [entry.place for entry in words if entry.place]
    for entry in words:
        place = entry.place or next(
            spot for spot in (_TEXT_PLACE[entry.role], Place.BOTTOM, Place.TOP, Place.BOTTOM_LEFT) if spot not in taken
        )
        taken.append(place)
        colour = entry.colour or "black"
        yield f'The {entry.role} "{entry.text}" in large bold {colour} letters {_at(place)} of the image.'
