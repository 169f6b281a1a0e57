"""Rings, piles, and who stands on what: how they are read, and what becomes of their words."""

import pytest

from genevolve.core.claim import Arrangement, Direction, Piling
from genevolve.core.ledger import Fate
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.shown import shows

FREE = Means(knowledge=AtlasKnowledge(Vocabulary.ICONS), setting=shows, references=0)


def related(request: str) -> set[tuple[str, Direction, str]]:
    scene = read(request, Vocabulary.ICONS)
    return {(obj.noun, one.direction, target) for obj in scene.objects for one in obj.relations for target in one.targets}


@pytest.mark.parametrize(
    ("request_", "ring", "inner"),
    [
        ("eight flowers around a beehive", "flower", "beehive"),
        ("tents around a campfire", "tent", "fire"),
        ("a cat in the middle of five balls", "ball", "cat"),
    ],
)
def test_a_ring_around_one(request_: str, ring: str, inner: str) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert next(obj for obj in scene.objects if obj.noun == ring).arrangement is Arrangement.CIRCLE
    assert (inner, Direction.INSIDE, ring) in related(request_)


def test_a_fence_is_no_ring() -> None:
    assert not any(obj.arrangement for obj in read("a fence around a house", Vocabulary.ICONS).objects)


@pytest.mark.parametrize(
    "request_",
    ["three geese in a lake, a turtle on a rock to the left", "a goose in a park and a turtle on a rock on the left"],
)
def test_who_is_somewhere_else_is_not_on_it(request_: str) -> None:
    assert related(request_) == {("turtle", Direction.ON, "rock")}
    assert not next(obj for obj in read(request_, Vocabulary.ICONS).objects if obj.noun == "goose").place


def test_who_sits_on_a_board_is_no_print_and_a_shirt_has_one() -> None:
    assert ("frog", Direction.ON, "skateboard") in related("a skateboard with a frog on it")
    assert ("frog", Direction.PICTURED, "t-shirt") in related("a t-shirt with a frog on it")


def test_what_is_on_top_or_beside_a_plate_is_not_in_it() -> None:
    assert related("a stack of five plates with a teapot on top") == {("teapot", Direction.ON, "plate")}
    assert ("spoon", Direction.INSIDE, "cup") not in related("three cups with a spoon next to them")


def test_the_top_one_of_a_pile() -> None:
    assert related("three boxes stacked, a cat on the top one") == {("cat", Direction.ON, "package")}


def test_a_stack_is_a_column_for_what_policies_are_trained_with() -> None:
    (obj,) = read("a stack of five books", Vocabulary.EVERYDAY).objects
    assert obj.arrangement is Arrangement.COLUMN
    (obj,) = read("a stack of five books", Vocabulary.ICONS).objects
    assert obj.arrangement is Piling.STACK


@pytest.mark.parametrize(
    ("request_", "word", "fate"),
    [
        ("six chairs around a table", "around", Fate.DRAWN),
        ("a fence around a house", "around", Fate.NOT_POSSIBLE),
        ("three suitcases stacked on top of each other", "stacked", Fate.DRAWN),
        ("a heap of ten apples", "heap", Fate.DRAWN),
        ("four books in a pile", "pile", Fate.DRAWN),
        ("three boxes stacked, a cat on the top one", "one", Fate.DRAWN),
    ],
)
def test_the_words_for_rings_and_piles_in_the_ledger(request_: str, word: str, fate: Fate) -> None:
    scene = read(request_, Vocabulary.ICONS)
    entries = [entry for entry in ledger(scene, FREE).entries if word in entry.words.split()]
    assert entries and all(entry.fate is fate for entry in entries)
