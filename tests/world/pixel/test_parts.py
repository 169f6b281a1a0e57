"""The colour of a part, and the picture that was chosen for a word, on pixels: as drawn, and as drawn for something else."""

import pytest

from tests.world.pixel.test_bearing import WHOLE, verdict


@pytest.mark.parametrize(
    ("request_", "otherwise", "words"),
    [
        ("a house with a red roof", "a house with a blue roof", "the roof of house"),
        ("a blue house with a green door", "a blue house", "the door of house"),
        ("a woman with green hair", "a woman", "the hair of woman"),
        ("a gift with a blue ribbon", "a blue gift with a red ribbon", "the ribbon of gift"),
        ("a bald man", "a man", "is pictured so"),
        ("a man with a beard", "a man", "is pictured so"),
        ("a sad man", "a man", "is pictured so"),
        ("an angry girl with red hair", "a sad girl with red hair", "is pictured so"),
        ("a happy cat", "an angry cat", "is pictured so"),
        ("a bald woman", "a woman with curly hair", "is pictured so"),
        ("a woman riding a bicycle", "a woman and a bicycle", "is pictured so"),
        ("a man swimming", "a man running", "is pictured so"),
    ],
)
def test_a_part_is_met_as_drawn_and_not_otherwise(request_: str, otherwise: str, words: str) -> None:
    assert verdict(request_, f"{request_}. {WHOLE}", words)
    assert not verdict(request_, f"{otherwise}. {WHOLE}", words)
