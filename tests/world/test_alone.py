"""One thing alone fills the picture: what its lines, shadow and colour look like at that size is no fault of it."""

from pathlib import Path

import pytest

from genevolve.app.generate import generate
from genevolve.core.score import Score

REQUESTS = [
    "a train",
    "a red train",
    "an orange",
    "blue trousers",
    "a number 5 in a green circle",  # what a text covers speaks neither for nor against a shape
    "a headstone that says RIP",
    "a birthday cake with 5 candles",
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_thing_alone_is_that_thing_once(request_: str, tmp_path: Path) -> None:
    found = generate(request_, out=tmp_path / "out").score
    assert isinstance(found, Score)
    assert [one.requirement for one in found.diagnostics if not one.passed] == []
