"""Where a scene is set: places without an article, under water, at night; and that places are no adjectives."""

import pytest

from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("text", "nouns", "background"),
    [
        ("a cat in a forest", ["cat"], "forest"),
        ("a bear in a dark forest", ["bear"], "dark forest"),
        ("a rocket in space", ["rocket"], "space"),
        ("a whale under the sea", ["whale"], "underwater"),
        ("a shark underwater", ["shark"], "underwater"),
        ("a crab below the surface", ["crab"], "underwater"),
        ("an owl at night", ["owl"], "outdoors at night"),
        ("a tent in the mountains", ["tent"], "mountains"),
        ("a toaster in a kitchen", ["toaster"], "kitchen"),
        ("two dogs on the grass", ["dog"], "grass"),
        ("a red car on the road", ["car"], "road"),
    ],
)
@pytest.mark.parametrize("vocabulary", Vocabulary)
def test_a_place_is_the_background(text: str, nouns: list[str], background: str, vocabulary: Vocabulary) -> None:
    scene = read(text, vocabulary)
    assert ([obj.noun for obj in scene.objects], scene.background) == (nouns, background)


def test_night_keeps_the_place_that_is_said() -> None:
    scene = read("a fox in the forest at night")
    assert (scene.background, scene.light) == ("forest", "at night")
    assert read("a dog on a red background at night").background == "red"


def test_mountains_that_are_counted_and_an_underwater_camera_stay_objects() -> None:
    assert [obj.noun for obj in read("three mountains next to a lake house").objects][:1] == ["mountain"]
    assert read("an underwater camera").background is None


def test_a_shape_of_a_place_is_drawn_where_it_is_the_subject() -> None:
    assert [obj.noun for obj in read("a barn next to a fence", Vocabulary.ICONS).objects] == ["barn", "fence"]


@pytest.mark.parametrize(
    ("request_", "background", "light"),
    [
        ("a bee on a sunflower, sunny day", "outdoors", "sunny day"),
        ("two tents under a starry sky", "outdoors at night", "starry sky at night"),
        ("a cabin in the woods, starry night", "woods", "starry night"),
        ("a boat, blue sky", "sea", "blue sky"),
        ("a blue sky with three clouds", "sky", "blue sky"),
        ("a sunny yellow house", None, None),
    ],
)
def test_the_hour_that_it_is(request_: str, background: str | None, light: str | None) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert (scene.background, scene.light) == (background, light)
    assert not any(obj.colour == "blue" for obj in scene.objects)
