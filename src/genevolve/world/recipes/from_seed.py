"""A seed to a recipe: a family of the track, drawn in turn so that coverage is even, and what it drew."""

from collections.abc import Callable
from random import Random

from genevolve.data.labels import Track
from genevolve.data.splits import EntitySplit
from genevolve.world.recipes.categories import category_of
from genevolve.world.recipes.draw import Draw, DrawnPicture
from genevolve.world.recipes.families import knowledge, quality
from genevolve.world.recipes.recipe import RequestRecipe, difficulty_of, requirements_of

Family = Callable[[Draw], DrawnPicture]
FAMILIES: dict[Track, tuple[Family, ...]] = {Track.KNOWLEDGE: knowledge.FAMILIES, Track.QUALITY: quality.FAMILIES}


def recipe(seed: int, split: EntitySplit, track: Track) -> RequestRecipe:
    """The recipe of ``seed``: the same on every machine, with entities of ``split`` only."""
    family = Random(f"family {split.value} {seed}").choice(FAMILIES[track])
    draft = family(Draw(seed, split))
    picture = draft.picture
    return RequestRecipe(
        seed=seed,
        track=track,
        family=family.__name__,
        category=category_of(picture, draft.gaps, draft.dominant),
        difficulty=difficulty_of(picture, len(draft.gaps)),
        gap="; ".join(draft.gaps),
        anchor=picture.figures[0].label,
        dominant=draft.dominant,
        secondary=tuple(other for other in requirements_of(picture) if other is not draft.dominant),
        picture=picture,
        named=draft.entities,
    )
