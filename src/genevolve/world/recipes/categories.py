"""The category of a case: by the fact that is missing, else by the task where that is what matters, else by what is shown."""

from functools import cache

from genevolve.data.labels import Requirement
from genevolve.world.atlas.pictograms import pictograms
from genevolve.world.recipes.picture import IntendedPicture

CATEGORIES = (
    "countries and flags", "cities and capitals", "codes and currencies", "sky and calendar", "science and symbols",
    "culture and landmarks", "people and professions", "animals", "plants and weather", "food and drink",
    "vehicles and travel", "sports and games", "home and clothing", "tools and office", "signs and typography",
    "art and style",
)  # fmt: skip
_BY_GAP = (
    ("as text", "cities and capitals"),  # refined by the more telling words that follow
    ("symbol", "science and symbols"),
    ("element", "science and symbols"),
    ("zodiac", "sky and calendar"),
    ("celestial", "sky and calendar"),
    ("code", "codes and currencies"),
    ("currency", "codes and currencies"),
    ("domain", "codes and currencies"),
    ("capital", "cities and capitals"),
    ("neighbour", "countries and flags"),
    ("name", "countries and flags"),
    ("landmark", "culture and landmarks"),
    ("object", "culture and landmarks"),
    ("mythical", "culture and landmarks"),
)
_BY_TASK = {Requirement.TEXT: "signs and typography", Requirement.STYLE: "art and style"}
_BY_GROUP = (
    ("flag", "countries and flags"),
    ("people-body", "people and professions"),
    ("extras-openmoji/people", "people and professions"),
    ("animals-nature/animal", "animals"),
    ("extras-openmoji/animals", "animals"),
    ("animals-nature", "plants and weather"),
    ("sky-weather", "plants and weather"),
    ("climate", "plants and weather"),
    ("place-geographic", "plants and weather"),
    ("food", "food and drink"),
    ("place-", "culture and landmarks"),
    ("symbols/religion", "culture and landmarks"),
    ("travel-places", "vehicles and travel"),
    ("activities", "sports and games"),
    ("musical", "sports and games"),
    ("clothing", "home and clothing"),
    ("household", "home and clothing"),
    ("objects", "tools and office"),
    ("symbols", "science and symbols"),
)


def category_of(picture: IntendedPicture, gaps: tuple[str, ...], dominant: Requirement) -> str:
    """One of ``CATEGORIES``."""
    told = [category for words, category in _BY_GAP if any(words in gap for gap in gaps)]
    if told:
        return told[-1]
    if dominant in _BY_TASK:
        return _BY_TASK[dominant]
    group = _groups().get(picture.figures[0].looks[0], "objects")
    found = next((category for words, category in _BY_GROUP if words in group), "tools and office")
    assert found in CATEGORIES
    return found


@cache
def _groups() -> dict[str, str]:
    """Look → "group/subgroup" of the pictogram."""
    return {pictogram.look: f"{pictogram.group}/{pictogram.subgroup}" for pictogram in pictograms()}
