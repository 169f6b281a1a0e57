"""The picture that a recipe intends: the one source of the request, the claims and the ground-truth program.

It holds what the request will say and nothing that it leaves open: a place here is a place that the request states.
"""

from dataclasses import dataclass

from genevolve.core.claim import Arrangement, Direction, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedObject:
    """One kind of thing in the picture, ``number`` instances of it.

    ``noun`` and ``plural`` are plain words for it ("flag", "dog") by which later sentences of a request refer to it.
    ``name`` says fully what it is ("flag of Chad") where the noun does not. ``said`` is how a request names it first, where
    that is not simply number, colour and noun ("the flag of the country whose capital is N'Djamena"). ``looks`` are the
    template images that count as it; the first is drawn, from a reference image if ``reference``.
    """

    key: str
    noun: str
    plural: str
    looks: tuple[str, ...]
    entity: str
    name: str = ""
    said: str = ""
    reference: bool = False
    living: bool = False
    number: int = 1
    colour: str | None = None
    place: Place | None = None
    arrangement: Arrangement | None = None
    direction: Direction | None = None
    targets: tuple[str, ...] = ()  # keys of the figures that ``direction`` points at: two for "between"
    larger_than: str | None = None
    grounded: bool = False
    intact: bool = False

    @property
    def label(self) -> str:
        """For people: what it is."""
        return self.name or self.noun


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedText:
    """Text that the picture must show. ``described`` is how the request describes it without quoting it."""

    text: str
    role: str = "title"  # title, caption or label
    described: str = ""
    place: Place | None = None
    colour: str | None = None
    target: str | None = None  # key of the figure that a label belongs to


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedPicture:
    figures: tuple[IntendedObject, ...]
    words: tuple[IntendedText, ...] = ()
    backdrop: str | None = None  # a palette colour
    style: str | None = None
    nothing_else: bool = False

    def figure(self, key: str) -> IntendedObject:
        return next(figure for figure in self.figures if figure.key == key)
