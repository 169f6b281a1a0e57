"""Cycles whose steps need not be said, as schoolbooks have them: of living things, and of water."""

import re
from collections.abc import Sequence

from genevolve.world.language.inventory import singular_of

Step = tuple[str, str]  # its name, and the noun of its picture; empty for none

_LIFE: dict[str, tuple[Step, ...]] = {
    "butterfly": (("Egg", "egg"), ("Caterpillar", "caterpillar"), ("Chrysalis", ""), ("Butterfly", "butterfly")),
    "moth": (("Egg", "egg"), ("Caterpillar", "caterpillar"), ("Cocoon", ""), ("Moth", "moth")),
    "frog": (("Egg", "egg"), ("Tadpole", ""), ("Froglet", ""), ("Frog", "frog")),
    "chicken": (("Egg", "egg"), ("Chick", "chick"), ("Chicken", "chicken")),
    "hen": (("Egg", "egg"), ("Chick", "chick"), ("Hen", "chicken")),
    "bee": (("Egg", "egg"), ("Larva", ""), ("Pupa", ""), ("Bee", "bee")),
    "ladybird": (("Egg", "egg"), ("Larva", ""), ("Pupa", ""), ("Ladybird", "ladybug")),
    "ladybug": (("Egg", "egg"), ("Larva", ""), ("Pupa", ""), ("Ladybug", "ladybug")),
    "plant": (("Seed", "seed"), ("Sprout", "seedling"), ("Plant", "potted plant"), ("Flower", "flower")),
    "flower": (("Seed", "seed"), ("Sprout", "seedling"), ("Bud", ""), ("Flower", "flower")),
    "turtle": (("Egg", "egg"), ("Hatchling", ""), ("Turtle", "turtle")),
}
_WATER: tuple[Step, ...] = (
    ("Evaporation", "sun"), ("Condensation", "cloud"), ("Precipitation", "raindrop"), ("Collection", "wave"),
)  # fmt: skip
_LIFE_CYCLE = re.compile(
    r"\blife ?cycle of (?:an? |the )?(?P<of>[a-z]+)"
    r"|\b(?P<whose>(?!(?:the|an?|its|my|our|whole)\b)[a-z]+?)(?:['’]s)? life ?cycle\b",
    re.IGNORECASE,
)
_LIFE_OF = re.compile(
    r"\blife(?: ?cycle)? of (?:an? |the )?(?P<of>[a-z]+)|\b(?P<whose>(?!(?:the|an?|its|my|our|whole"
    r"|of)\b)[a-z]+?)(?:['’]s)? (?:life(?: ?cycle)?|growth)\b",
    re.IGNORECASE,
)
_WATER_CYCLE = re.compile(r"\bwater ?cycle\b", re.IGNORECASE)


def steps_of_life(said: str) -> Sequence[Step] | None:
    """The stages of the life that ``said`` names: "a frog's life", "the life of a bee"."""
    life = _LIFE_OF.search(said)
    return _stages((life["of"] or life["whose"]).lower()) if life is not None else None


def _stages(of: str) -> Sequence[Step] | None:
    return _LIFE.get(of) or _LIFE.get(singular_of(of) or "")


def known_cycle(plain: str) -> tuple[tuple[int, int], Sequence[Step]] | None:
    """Where ``plain`` names a cycle that is known, and its steps: of water those that are named, where three or more are."""
    if (life := _LIFE_CYCLE.search(plain)) is not None:
        of = (life["of"] or life["whose"]).lower()
        steps = _stages(of)
        return (life.span(), steps) if steps is not None else None
    if (water := _WATER_CYCLE.search(plain)) is not None:
        named = [step for step in _WATER if re.search(rf"\b{step[0]}\b", plain, re.IGNORECASE)]
        return water.span(), named if len(named) >= 3 else _WATER
    return None
