"""A border around a sheet: read from a request and from a prompt, and left to the things that have one of their own."""

import pytest

from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from tests.world.language.test_made_often import lost


@pytest.mark.parametrize(
    ("request_", "colour", "width"),
    [
        ("“OPEN” sign, red border", "red", ""),
        ("birthday card for Lea with a gold border", "gold", ""),
        ("a poster of a fox with a thick black border", "black", "thick"),
        ("menu: tea 2, cake 3, with a thin dark green border", "dark green", "thin"),
        ("snack menu. ham roll 4, cheese roll 3, brown border", "brown", ""),
        ("wedding invitation, 3 May, silver border around the card", "silver", ""),
    ],
)
def test_a_border_is_read_and_said(request_: str, colour: str, width: str) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert scene.edging is not None and (scene.edging.colour, scene.edging.width) == (colour, width)
    assert not any("border" in text.content for text in scene.texts)
    assert not any("border" in word for obj in scene.objects for word in obj.modifiers)
    again = read(surface_text(scene), Vocabulary.ICONS)
    assert again.edging is not None and (again.edging.colour, again.edging.width) == (colour, width)
    assert [obj.noun for obj in again.objects] == [obj.noun for obj in scene.objects]
    assert not lost(scene)


@pytest.mark.parametrize(
    "request_",
    [
        "a plate with a blue border",
        "a picture of a rug with a red border",
        "a sign that says “OPEN” with a blue border",  # of the sign, which is a thing here
        "a poster of a border collie",
        "a poster with a lovely border",
    ],
)
def test_other_borders_are_none_of_the_image(request_: str) -> None:
    assert read(request_, Vocabulary.ICONS).edging is None
