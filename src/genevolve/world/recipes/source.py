"""The offline world's requests as the member ``atlas`` of the role ``requests``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from genevolve.core.case import Needs
from genevolve.data.labels import Requirement, Track
from genevolve.data.records import RecipeKnowledge
from genevolve.data.requests import DrawnRecipe, Expected
from genevolve.data.splits import ENTITY_SPLIT, Split, splits_of
from genevolve.world.recipes.case import RecipeCase, cases_of_split
from genevolve.world.recipes.categories import CATEGORIES
from genevolve.world.recipes.claims import claims_of
from genevolve.world.recipes.faithful import answers, unfaithful
from genevolve.world.recipes.from_seed import FAMILIES, recipe
from genevolve.world.recipes.ground_truth import ground_truth_of
from genevolve.world.recipes.realise import realise
from genevolve.world.recipes.recipe import RequestRecipe, recipe_from_json

_LOOK = re.compile(r"openmoji:([0-9A-F]{4,6}(?:-[0-9A-F]{4,6})*)")
_PLAIN = frozenset({"food and drink"})  # a category that people name


class AtlasRequests:
    """A ``RequestSource``."""

    realiser = "offline"

    def families(self, track: Track) -> Sequence[str]:
        return [family.__name__ for family in FAMILIES[track]]

    def draw(self, split: Split, track: Track, family: str, first: int, tries: int) -> RequestRecipe | None:
        names = self.families(track)
        entities = ENTITY_SPLIT[split]
        for number in range(first, first + tries):
            # the choice that ``recipe`` will make, known before the costly rest is drawn
            if Random(f"family {entities.value} {number}").choice(names) != family:
                continue
            made = recipe(number, entities, track)
            if splits_of(made.entities) == {split}:
                return made
        return None

    def read(self, value: object) -> RequestRecipe:
        return recipe_from_json(value)

    def word(self, recipe: DrawnRecipe, dice: Random) -> str:
        return realise(_own(recipe).picture, dice)

    def known(self, recipe: DrawnRecipe) -> RecipeKnowledge:
        own = _own(recipe)
        truth = ground_truth_of(own.picture, own.seed)
        return RecipeKnowledge.of(own.to_json(), claims_of(own.picture), truth, tuple(sorted(answers(own))))

    def lost(self, text: str, recipe: DrawnRecipe) -> Iterator[str]:
        yield from unfaithful(text, _own(recipe))

    def private_words(self) -> Iterator[str]:
        yield from (track.value.casefold() for track in Track)
        yield from (name for track in (Track.KNOWLEDGE, Track.QUALITY) for name in self.families(track) if "_" in name)
        yield from (requirement.value for requirement in Requirement)
        yield from (category for category in CATEGORIES if " and " in category and category not in _PLAIN)

    def expected(self, stored: object) -> Expected:
        """Of recipes as they lie in files: also of a version whose other fields are not those of this one."""
        told = stored if isinstance(stored, Mapping) else {}
        picture = told.get("picture")
        parts = picture if isinstance(picture, Mapping) else {}
        figures, words = (_objects(parts.get(name)) for name in ("figures", "words"))
        dominant, secondary = told.get("dominant"), told.get("secondary")
        named = [name for name in (dominant, *_texts(secondary)) if name and name != Requirement.GROUNDING]
        looks = [_texts(figure.get("looks")) for figure in figures]
        needs = Needs(
            references=tuple(own for figure, own in zip(figures, looks, strict=True) if figure.get("reference")),
            looks=tuple(dict.fromkeys(look for own in looks for look in own)),
        )
        return Expected(
            needs=needs if figures else None,
            texts=tuple(str(entry["text"]) for entry in words),
            dominant=str(dominant) if dominant else None,
            skills=tuple(map(str, named)),
        )

    def look(self, url: str) -> str | None:
        found = _LOOK.search(url)
        return found[0] if found else None

    def cases(self, count: int, seed: int, split: Split) -> Sequence[RecipeCase]:
        return cases_of_split(count, seed, split)


class EverydayRequests(AtlasRequests):
    """Requests for everyday things in numbers, colours, places, texts and styles: nothing about them must be looked up."""

    def families(self, track: Track) -> Sequence[str]:
        return super().families(track) if track is Track.QUALITY else ()

    def cases(self, count: int, seed: int, split: Split) -> Sequence[RecipeCase]:
        return cases_of_split(count, seed, split, knowledge=(0, 1))


def _own(recipe: DrawnRecipe) -> RequestRecipe:
    assert isinstance(recipe, RequestRecipe)
    return recipe


def _texts(listed: object) -> tuple[str, ...]:
    return tuple(map(str, listed)) if isinstance(listed, list | tuple) else ()


def _objects(listed: object) -> list[Mapping[str, object]]:
    return [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list | tuple) else []
