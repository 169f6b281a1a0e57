"""Sizes between an order and a service."""

import asyncio
from math import log

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genevolve.core.errors import ServiceError
from genevolve.generators.fitting import FinalSize, finished, from_base64, nearest_aspect, scaled
from tests.services.orders import order
from tests.services.pictures import animation, encoded, opened

SIDES = st.integers(1, 5000)


@given(SIDES, SIDES)
def test_a_scaled_size_has_the_long_side_and_the_aspect(width: int, height: int) -> None:
    found = scaled((width, height), long_side=1024)
    assert max(found) == 1024 and all(side % 16 == 0 and side >= 16 for side in found)
    assert (found[0] >= found[1]) == (width >= height) or found[0] == found[1]
    if max(width, height) <= 8 * min(width, height):
        assert abs(log(found[0] / found[1]) - log(width / height)) < 0.07


def test_the_nearest_aspect_is_as_near_upright_as_across() -> None:
    choices = [(1, 1), (3, 2), (2, 3)]
    assert [nearest_aspect(size, choices) for size in [(9, 10), (1600, 900), (900, 1600)]] == choices


@given(st.integers(1, 200), st.integers(1, 200), st.integers(1, 200), st.integers(1, 200))
@example(1, 58, 1, 31)  # where rounding once pushed the crop over the edge
def test_every_image_gets_exactly_the_ordered_size(width: int, height: int, wide: int, high: int) -> None:
    drawn = encoded(size=(wide, high))
    asked = order(size=(width, height))
    rendering = asyncio.run(finished(drawn, asked, service="it", final_size=FinalSize.ORDER))
    assert opened(rendering.data).size == (width, height)
    lost = 1 - min(width / wide, height / high) / max(width / wide, height / high)
    assert bool(rendering.notes) == (lost > 0.02) or abs(lost - 0.02) < 1e-9
    native = asyncio.run(finished(drawn, asked, service="it", final_size=FinalSize.NATIVE))
    assert opened(native.data).size == (wide, high) and not native.notes


def test_the_middle_is_what_stays() -> None:
    rendering = asyncio.run(
        finished(encoded(size=(300, 100)), order(size=(100, 100)), service="it", final_size=FinalSize.ORDER, notes=("first",))
    )
    image = opened(rendering.data).convert("RGB")
    assert image.getpixel((20, 20)) == (0, 0, 255) and image.getpixel((80, 20)) == (255, 0, 0)
    assert rendering.notes == ("first", "it drew 300×100; 67% at the edges were cropped to make it 100×100")


@pytest.mark.parametrize("data", [b"", b"{}", encoded()[:40], animation(), b"<svg/>"])
def test_what_is_no_image_is_a_retryable_failure(data: bytes) -> None:
    with pytest.raises(ServiceError, match="it answered with something that is not a usable image") as caught:
        asyncio.run(finished(data, order(), service="it", final_size=FinalSize.NATIVE))
    assert caught.value.retryable


@pytest.mark.parametrize("text", ["aGVsbG8=", "data:image/png;base64,aGVsbG8=", "aGVs\nbG8="])
def test_base64_comes_in_several_dresses(text: str) -> None:
    assert from_base64(text, "it") == b"hello"


@pytest.mark.parametrize("text", [None, "", 5, ["aGVsbG8="], "aGVsbG8", "hällo", "data:image/png;base64"])
def test_what_is_no_base64_is_a_failure(text: object) -> None:
    with pytest.raises(ServiceError):
        from_base64(text, "it")
