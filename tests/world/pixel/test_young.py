"""A grown one beside its young ones, of which nobody says how many: the smaller ones are these."""

import pytest

from tests.world.pixel.test_bearing import WHOLE, verdict


@pytest.mark.parametrize(
    ("otherwise", "passed"),
    [
        ("A large fox is on the left side of the image. Exactly three small foxes are on the right side of the image", True),
        ("four foxes", False),
    ],
)
def test_the_larger_one_is_the_grown_one(otherwise: str, passed: bool) -> None:
    assert verdict("a fox and its young", f"{otherwise}. {WHOLE}", "fox is larger than fox") is passed
