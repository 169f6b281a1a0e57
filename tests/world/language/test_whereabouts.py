"""Where and when a free request is set, in everyday words, and what becomes of the small words around it."""

import pytest

from genevolve.core.claim import Direction, Place
from genevolve.core.ledger import Fate
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import Scene
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.shown import shows


def free(request: str) -> Scene:
    return read(request, Vocabulary.ICONS)


def lost(request: str) -> list[str]:
    entries = ledger(free(request), Means(knowledge=AtlasKnowledge(Vocabulary.ICONS), setting=shows)).entries
    return [entry.words.lower() for entry in entries if entry.fate in {Fate.NOT_POSSIBLE, Fate.NOT_UNDERSTOOD}]


@pytest.mark.parametrize(
    ("request_", "nouns", "background"),
    [
        ("a dog at the beach", ["dog"], "beach"),
        ("two kids at the playground", ["child"], "playground"),
        ("a plane at an airport", ["airplane"], "airport"),
        ("a nurse in a hospital", ["nurse"], "hospital"),
        ("a lion in the circus", ["lion"], "circus"),
        ("a van next to a garage", ["van", "garage"], None),
        ("a hut on an island", ["hut"], "island"),
        ("a cat against a brick wall", ["cat"], "brick wall"),
        ("a cat on a brick wall", ["cat", "brick wall"], None),
    ],
)
def test_a_place_for_who_is_in_it(request_: str, nouns: list[str], background: str | None) -> None:
    scene = free(request_)
    assert ([obj.noun for obj in scene.objects], scene.background) == (nouns, background)


@pytest.mark.parametrize(
    ("request_", "background", "light"),
    [
        ("a barn in winter", "winter", None),
        ("a goat in the fall", "autumn", None),
        ("a crow in a park, autumn", "park in autumn", None),
        ("a mouse in summer", "summer meadow", None),
        ("a metal spring", None, None),
        ("a frog under the stars", "outdoors at night", "starry night"),
        ("a hare in the moonlight", "outdoors at night", "in the moonlight"),
        ("a street in a village", "street in the village", None),
        ("forest and a lake", "forest and a lake", None),
        ("hills and a river", "hills and a river", None),
        ("a landscape with mountains and a lake", "mountains and a lake", None),
        ("a wolf below a full moon", "outdoors at night", "at night"),
        ("a poster with a moon and a star", None, None),
        ("a cat by the window on a rainy day", "room", "in soft daylight"),
    ],
)
def test_seasons_nights_and_landscapes(request_: str, background: str | None, light: str | None) -> None:
    scene = free(request_)
    assert (scene.background, scene.light) == (background, light)


def test_what_is_written_of_a_landscape_is_read_as_one() -> None:
    assert free("A duck is in the image. The background is a hills and a river.").background == "hills and a river"


def test_trees_turn_in_autumn() -> None:
    assert [obj.colour for obj in free("a tree in autumn").objects] == ["orange"]


def test_what_is_at_a_thing_stands_beside_it() -> None:
    assert free("a bus at a bus stop").objects[0].relations[0].direction is Direction.NEXT_TO


@pytest.mark.parametrize(
    "request_",
    ["a castle at night with a full moon", "an owl in the woods, full moon", "a field with a rainbow and a cow in spring"],
)
def test_the_moon_and_the_rainbow_are_up(request_: str) -> None:
    up = [obj.place for obj in free(request_).objects if obj.noun in {"full moon", "rainbow"}]
    assert up == [Place.TOP]


def test_who_looks_at_the_moon_is_below_it() -> None:
    assert free("a fox looking at the moon").objects[0].relations[0].direction is Direction.BELOW


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ("a tent in the woods with a campfire", []),
        ("a bike by a white wall with a basket", ["white", "with"]),
        ("a rabbit in a garden full of flowers", []),
        ("a crab by the sea", []),
        ("a half moon over the sea", []),
        ("a frog pls", []),
        ("pic of a frog", []),
        ("an apple close up", []),
        ("close-up of two apples and a pear", ["close-up"]),
        ("a crab on the beach, view from above", ["view", "above"]),
        ("bird's-eye view of a car", ["bird's-eye", "view"]),
        ("a wide landscape with hills and a river", []),
        ("a bridge over a river", ["over"]),
        ("a cat in the kitchen at night", ["night"]),
        ("a cat in the garden at night", []),
        ("a cat by the window on a rainy day", ["rainy"]),
        ("a cat on the roof at night", ["roof"]),
    ],
)
def test_the_words_around_it(request_: str, words: list[str]) -> None:
    assert lost(request_) == words
