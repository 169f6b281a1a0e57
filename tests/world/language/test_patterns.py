"""Stripes, dots and checks of things, in the many ways of saying so; the name of a pattern reads as itself."""

import pytest

from genevolve.world.expert.normalize import normalized
from genevolve.world.language.patterns import pattern_of
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary


def pattern_in(request: str) -> set[tuple[str, str]]:
    return {(obj.noun, part.name) for obj in read(request, Vocabulary.ICONS).objects for part in obj.parts}


@pytest.mark.parametrize(
    ("request_", "noun", "pattern"),
    [
        ("a hot air balloon with pink and white stripes", "hot air balloon", "pink and white stripes"),
        ("a pink and white striped hot air balloon", "hot air balloon", "pink and white stripes"),
        ("a red-and-white striped scarf", "scarf", "red and white stripes"),
        ("a striped ball", "ball", "red and white stripes"),
        ("a cup with blue stripes next to a teapot", "cup", "white and blue stripes"),
        ("a blue vase with yellow stripes", "vase", "blue and yellow stripes"),
        ("an umbrella striped in red and yellow", "umbrella", "red and yellow stripes"),
        ("a red dress with white polka dots", "dress", "white dots on red"),
        ("a girl in a polka dot dress", "dress", "white dots on red"),
        ("a mug with green dots", "cup", "green dots on white"),
        ("a chequered shirt", "t-shirt", "red and white checks"),
        ("a gingham tablecloth", "tablecloth", "red and white checks"),
    ],
)
def test_a_pattern_is_read_and_reads_back(request_: str, noun: str, pattern: str) -> None:
    assert pattern_in(request_) == {(noun, pattern)}
    assert pattern_in(surface_text(read(request_, Vocabulary.ICONS))) == {(noun, pattern)}
    assert pattern_of(pattern) is not None


@pytest.mark.parametrize(
    "request_",
    ["a ladybug with black spots", "a tie with dots", "a zebra with stripes", 'a card that says "striped ball"',
     "a card with three dots", "a dress with red and blue dots", "a striped surfboard"],
)  # fmt: skip
def test_what_bears_no_pattern_is_read_as_before(request_: str) -> None:
    assert not pattern_in(request_)


def test_a_patterned_thing_gets_no_other_colour_beside_one_of_its_kind() -> None:
    striped, plain = normalized(read("a striped red ball and a plain blue ball", Vocabulary.ICONS), 0).objects
    assert (striped.colour, plain.colour) == (None, "blue")
