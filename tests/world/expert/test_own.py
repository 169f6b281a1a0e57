"""Captions of the user's libraries: taken for what they are about, not for what they mention."""

import pytest

from genevolve.world.atlas.shelf import in_one_language
from genevolve.world.expert.own import caption_fit, named, own_wish
from genevolve.world.expert.references import ACCEPTED
from genevolve.world.language.reader import read


@pytest.mark.parametrize(
    ("caption", "said"),
    [
        ("VW Beetle (red), side view", "VW Beetle"),
        ("my mug with blue stripes", "mug"),
        ("Magellanic penguin on a beach", "Magellanic penguin"),
        ("Tischlampe / table lamp / lampe de table", "table lamp"),
    ],
)
def test_a_caption_about_it_fits(caption: str, said: str) -> None:
    assert caption_fit(caption, said, None) >= ACCEPTED


@pytest.mark.parametrize(
    ("caption", "said", "colour"),
    [
        ("Magellanic penguin on a beach", "beach", None),
        ("my cat's mug", "cat", None),
        ("Magellanic penguin", "Humboldt penguin", None),
        ("Granny Smith apple", "apple", "red"),
    ],
)
def test_a_caption_that_merely_mentions_it_does_not(caption: str, said: str, colour: str | None) -> None:
    assert caption_fit(caption, said, colour) < ACCEPTED


def test_a_proper_name_in_the_plural_is_one_picture() -> None:
    scene = read("mascot Riverton Otters")
    found = named(scene.objects[0], own_wish(scene, scene.objects[0]))
    assert found.noun == "mascot Riverton Otters" and found.count.number == 1


def test_a_caption_in_several_languages_is_cut_to_one() -> None:
    assert in_one_language("Tischlampe / table lamp / lampe de table", "table lamp") == "table lamp"
