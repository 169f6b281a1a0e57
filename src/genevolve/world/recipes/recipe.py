"""Recipes: what a case tests and how. They steer coverage and splits and are never shown to an agent."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from genevolve.core.case import Needs
from genevolve.core.event import SKILLS
from genevolve.data.labels import Difficulty, Requirement, Track
from genevolve.world.recipes.picture import IntendedPicture

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecipe:
    """``gap`` says which fact has to be found out (empty on the quality track), ``anchor`` what must be recognisable."""

    seed: int
    track: Track
    family: str
    category: str
    difficulty: Difficulty
    gap: str
    anchor: str
    dominant: Requirement
    secondary: tuple[Requirement, ...]
    picture: IntendedPicture
    named: tuple[str, ...] = ()  # entities that appear in the texts only

    @property
    def entities(self) -> tuple[str, ...]:
        """Everything that must not be shared between splits, in a fixed order."""
        return tuple(dict.fromkeys([*(figure.entity for figure in self.picture.figures), *self.named]))

    @property
    def skills(self) -> tuple[str, ...]:
        """The skills that the requirements name."""
        named = {self.dominant.value, *(requirement.value for requirement in self.secondary)}
        return tuple(skill for skill in SKILLS if skill in named)

    @property
    def needs(self) -> Needs:
        """The skills that the requirements name, and the looks of every figure that only a reference can show."""
        figures = self.picture.figures
        return Needs(
            skills=self.skills,
            references=tuple(figure.looks for figure in figures if figure.reference),
            looks=tuple(dict.fromkeys(look for figure in figures for look in figure.looks)),
        )

    def to_json(self) -> dict[str, object]:
        value: dict[str, object] = _adapter().dump_python(self, mode="json")
        return value


def recipe_from_json(value: object) -> RequestRecipe:
    """Raises ``pydantic.ValidationError`` (a ``ValueError``) naming the field that is wrong."""
    return _adapter().validate_python(value)


@cache
def _adapter() -> "TypeAdapter[RequestRecipe]":
    from pydantic import TypeAdapter

    return TypeAdapter(RequestRecipe)


def requirements_of(picture: IntendedPicture) -> tuple[Requirement, ...]:
    """The requirements that ``picture`` puts on a generator, apart from knowing what to draw."""
    figures = picture.figures
    tests = (
        (Requirement.TEXT, bool(picture.words)),
        (Requirement.COUNT, any(figure.number > 1 for figure in figures)),
        (Requirement.BINDING, sum(figure.colour is not None for figure in figures) > 0),
        (Requirement.LAYOUT, any(f.place or f.direction or f.arrangement or f.larger_than for f in figures)),
        (Requirement.MATERIAL, any(figure.grounded for figure in figures)),
        (Requirement.BODY, any(figure.intact for figure in figures)),
        (Requirement.STYLE, picture.style is not None),
        (Requirement.BEAUTY, picture.backdrop is not None),
    )
    return tuple(requirement for requirement, there in tests if there)


def difficulty_of(picture: IntendedPicture, gaps: int) -> Difficulty:
    """By the number of things that can go wrong: each requirement, each further figure or text, each fact to find."""
    load = len(requirements_of(picture)) + len(picture.figures) + max(0, len(picture.words) - 1) + 2 * gaps
    if load <= 2:
        return Difficulty.EASY
    return Difficulty.MEDIUM if load <= 4 else Difficulty.HARD
