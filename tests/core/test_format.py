"""The shape of an image by its words."""

import pytest

from genevolve.core.format import asked_format


@pytest.mark.parametrize(
    ("request_", "wide"),
    [("a poster, landscape format, with a cat", True), ("a portrait picture of a dog", False), ("a wide banner", True),
     ("in 16:9", True), ("a tall poster", False), ("landscape banner", True), ("a landscape blog header with a fox", True)],
)  # fmt: skip
def test_shapes(request_: str, wide: bool) -> None:
    asked = asked_format(request_)
    assert asked is not None
    assert (asked.size[0] > asked.size[1]) is wide


@pytest.mark.parametrize("request_", ["a square icon of a cactus", "square sticker", "a square logo"])
def test_a_square(request_: str) -> None:
    asked = asked_format(request_)
    assert asked is not None and asked.size[0] == asked.size[1]


@pytest.mark.parametrize(
    "request_", ["a landscape with a river", "a portrait of a queen", "a wide river", "a tall tower at 9:30"]
)
def test_words_that_name_no_shape(request_: str) -> None:
    assert asked_format(request_) is None
