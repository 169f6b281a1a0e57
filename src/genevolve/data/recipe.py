"""Recipes: what a case tests and how. They steer coverage and splits and are never shown to an agent."""

from dataclasses import dataclass
from enum import StrEnum

from genevolve.world.recipes.picture import IntendedPicture


class Track(StrEnum):
    """The values are those of the public benchmark files."""

    KNOWLEDGE = "Knowledge-Anchored"
    QUALITY = "Quality-Anchored"


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class Requirement(StrEnum):
    """What a recipe tests: knowing what to draw, or one of the eight skills."""

    GROUNDING = "factual_grounding"
    LAYOUT = "spatial_layout"
    BEAUTY = "aesthetic_drawing"
    TEXT = "text_rendering"
    STYLE = "creative_drawing"
    BODY = "anatomy_body_coherence"
    BINDING = "attribute_binding"
    MATERIAL = "physical_material_consistency"
    COUNT = "quantity_counting"


CATEGORIES = (
    "countries and flags", "cities and capitals", "codes and currencies", "sky and calendar", "science and symbols",
    "culture and landmarks", "people and professions", "animals", "plants and weather", "food and drink",
    "vehicles and travel", "sports and games", "home and clothing", "tools and office", "signs and typography",
    "art and style",
)  # fmt: skip


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
