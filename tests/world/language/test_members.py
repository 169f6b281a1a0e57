"""One or some of several things: each is a thing of its own, the others lose it, and nothing is said of all by mistake."""

import pytest

from genevolve.core.claim import Direction
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.expert.normalize import normalized
from genevolve.world.language.claims import claims
from genevolve.world.language.model import Scene, Size
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS)


def told(scene: Scene) -> list[tuple[str, int | None, str | None, Size | None]]:
    return [(obj.noun, obj.count.number, obj.colour, obj.size) for obj in scene.objects]


@pytest.mark.parametrize(
    ("request_", "things"),
    [
        ("nine kites, all blue except one yellow", [("kite", 8, "blue", None), ("kite", 1, "yellow", None)]),
        ("four hats in a row, one of them is green", [("hat", 3, None, None), ("hat", 1, "green", None)]),
        ("three owls, the left one purple", [("owl", 2, None, None), ("owl", 1, "purple", None)]),
        ("six chairs, one of which is red and the rest green", [("chair", 5, "green", None), ("chair", 1, "red", None)]),
        ("five fish, two big and three small", [("fish", 3, None, Size.SMALL), ("fish", 2, None, Size.LARGE)]),
        ("two big and three small bells", [("bell", 2, None, Size.LARGE), ("bell", 3, None, Size.SMALL)]),
        ("a huge pear between two tiny ones", [("pear", 1, None, Size.HUGE), ("pear", 2, None, Size.TINY)]),
        ("a red kite above a blue one", [("kite", 1, "red", None), ("kite", 1, "blue", None)]),
        ("six eggs, two of them cracked", [("egg", 6, None, None)]),
        ("deer", [("deer", 1, None, None)]),
        ("deer and a fox", [("deer", None, None, None), ("fox", 1, None, None)]),
    ],
)
def test_some_of_several_are_things_of_their_own(
    request_: str, things: list[tuple[str, int | None, str | None, Size | None]]
) -> None:
    assert told(free(request_)) == things


def test_everyday_readings_stay_as_they_were() -> None:
    assert told(read("four hats in a row, one of them is green")) == [("hat", 4, "green", None)]


def test_the_middle_one_is_between_the_others_and_claimed_so() -> None:
    scene = free("five cups in a row, the middle one is larger")
    assert scene.objects[1].relations[0].direction is Direction.BETWEEN
    assert scene.objects[1].larger_than == ("cup",)
    assert any(claim.kind == "related" for claim in claims(scene, AtlasKnowledge(Vocabulary.ICONS)))


def test_where_all_stand_each_stands() -> None:
    scene = free("four birds on a branch, one of them wearing a crown")
    assert [obj.relations[0].targets for obj in scene.objects if obj.noun == "bird"] == [("branch",), ("branch",)]


def test_the_others_get_another_colour_where_they_are_things() -> None:
    cars, one = normalized(free("four cars, one of them blue"), 0).objects
    assert one.colour == "blue" and cars.colour not in (None, "blue")
    cats, one = normalized(free("four cats, one of them black"), 0).objects
    assert cats.colour is None
