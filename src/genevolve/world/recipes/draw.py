"""The dice of a recipe: everyday things, texts, colours and styles of one split, from one seed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeVar

from genevolve.core.claim import Place
from genevolve.data.labels import Requirement
from genevolve.data.splits import EntitySplit
from genevolve.world.language.model import Style
from genevolve.world.recipes import titles
from genevolve.world.recipes.picture import IntendedObject, IntendedPicture, IntendedText
from genevolve.world.recipes.things import EverydayObject, things

T = TypeVar("T")

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
INKS = ("red", "blue", "green", "purple", "black", "brown")
PALES = ("yellow", "light blue", "pink", "beige", "light green", "light grey", "cream", "lavender", "turquoise", "light pink")
CORNERS = (Place.TOP_LEFT, Place.TOP_RIGHT, Place.BOTTOM_LEFT, Place.BOTTOM_RIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPicture:
    """What a family gives: the picture, what it mainly tests, and the facts that have to be found out."""

    dominant: Requirement
    picture: IntendedPicture
    gaps: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()  # entities that the texts name, beside those of the figures


class Draw:
    """Draws from one split only. Two draws with the same seed and split give the same things in the same order."""

    def __init__(self, seed: int, split: EntitySplit) -> None:
        self.random = Random(f"recipe {split.value} {seed}")
        self.split = split

    def pick(self, options: Sequence[T]) -> T:
        return self.random.choice(options)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def thing(
        self,
        key: str,
        *,
        tintable: bool = False,
        living: bool = False,
        apart_from: Iterable[IntendedObject] = (),
        **more: Any,
    ) -> IntendedObject:
        """An everyday thing that cannot be mistaken for any of ``apart_from``."""
        taken = {look for figure in apart_from for look in figure.looks}
        shown = {figure.entity for figure in apart_from}
        fitting = [
            thing
            for thing in things(self.split)
            if thing.tintable >= tintable
            and thing.living >= living
            and not taken & {*thing.looks}
            and thing.entity not in shown
        ]
        return replace(_figure(key, self.pick(fitting)), **more)

    def title(self) -> IntendedText:
        return IntendedText(text=titles.title(self.random))

    def caption(self) -> IntendedText:
        return IntendedText(text=titles.caption(self.random), role="caption")

    def some_words(self, probability: float) -> tuple[IntendedText, ...]:
        """Usually a title, sometimes a caption too, and nothing at all in the remaining cases."""
        if not self.chance(probability):
            return ()
        return (self.title(), self.caption()) if self.chance(0.2) else (self.title(),)

    def ink(self) -> str:
        return self.pick(INKS)

    def pale(self, *, besides: str | None = None) -> str:
        """A colour for the background that lets ``besides`` stand out."""
        return self.pick([colour for colour in PALES if besides is None or besides not in colour])

    def style(self) -> str:
        return self.pick(tuple(Style)).value


def _figure(key: str, thing: EverydayObject) -> IntendedObject:
    return IntendedObject(
        key=key, noun=thing.noun, plural=thing.plural, looks=thing.looks, entity=thing.entity, living=thing.living
    )
