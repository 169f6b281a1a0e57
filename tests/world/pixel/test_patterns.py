"""Patterns on pixels: met as they were drawn, failed by other colours, by another pattern and by none."""

import pytest

from tests.world.pixel.test_bearing import WHOLE, verdict


@pytest.mark.parametrize(
    ("request_", "otherwise"),
    [
        ("a dress with red and white stripes", "a dress with white dots on red"),
        ("a dress with white dots on red", "a dress with red and white checks"),
        ("a scarf with red and white checks", "a scarf with red and white stripes"),
        ("a tablecloth with blue and yellow stripes", "a tablecloth with green and white stripes"),
        ("a balloon with green dots on white", "a white balloon"),
        ("a hot air balloon with pink and white stripes", "a pink hot air balloon"),
    ],
)
def test_a_pattern_is_met_as_drawn_and_not_otherwise(request_: str, otherwise: str) -> None:
    words = request_.partition(" with ")[2]
    assert verdict(request_, f"{request_}. {WHOLE}", words)
    assert not verdict(request_, f"{otherwise}. {WHOLE}", words)
