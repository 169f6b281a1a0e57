"""What is crossed out, and the sign that says so."""

import pytest

from genevolve.world.language.part_looks import CROSSED_OUT
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from tests.world.language.test_made_often import lost


def crossed(request: str) -> list[str]:
    scene = read(request, Vocabulary.ICONS)
    return [obj.noun for obj in scene.objects if [part.name for part in obj.parts] == [CROSSED_OUT]]


@pytest.mark.parametrize(
    ("request_", "noun"),
    [
        ("a crossed-out car", "car"),
        ("a crossed out hammer", "hammer"),
        ("a poster of a guitar crossed out", "guitar"),
        ("a kite that is crossed out", "kite"),
        ("a dog in a red circle with a slash", "dog"),
        ("a red ring with a bar through it over a bicycle", "bicycle"),
        ("a prohibition sign for bicycles", "bicycle"),
        ("a sign that bans skateboards", "skateboard"),
        ("a sign showing a camera crossed out", "camera"),
        ("“NO PARKING” sign with a crossed-out car", "car"),
        ("no dogs sign", "dog"),
        ("a no ice cream sign", "ice cream"),
        ("no cats allowed sign", "cat"),
    ],
)
def test_one_thing_is_crossed_out_and_no_sign_stands_beside_it(request_: str, noun: str) -> None:
    assert crossed(request_) == [noun]
    scene = read(request_, Vocabulary.ICONS)
    assert [obj.noun for obj in scene.objects] == [noun]
    assert not lost(scene)


@pytest.mark.parametrize(
    "request_",
    ["no smoking sign", "no dogs on the grass sign", "a dog and a red circle", "no dogs sign with a tree", "a dog with no hat"],
)
def test_nothing_else_is(request_: str) -> None:
    assert crossed(request_) == []


def test_what_has_a_colour_of_its_own_is_not_and_that_is_said() -> None:
    scene = read("a crossed-out red car", Vocabulary.ICONS)
    assert crossed(scene.text) == []
    assert any("crossed" in words for words in lost(scene))
