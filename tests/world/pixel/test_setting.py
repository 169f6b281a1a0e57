"""The setting of a picture, seen along its sides."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from genevolve.world.language.reader import read
from genevolve.world.pixel.setting import set_in
from genevolve.world.sketch import draw

PLACES = ("forest", "underwater", "space", "kitchen", "street", "beach", "desert", "mountains", "room", "outdoors at night")


@pytest.mark.parametrize("place", PLACES)
def test_the_place_is_recognised_and_no_other(place: str) -> None:
    scene = replace(
        read("One dog stands on the ground, complete and undistorted. Soft light. A light blue background."), background=place
    )
    picture = Image.open(io.BytesIO(draw(scene, size=(256, 256), seed=2).data)).convert("RGB")
    assert [name for name in PLACES if set_in(np.asarray(picture), name)] == [place]


def test_a_plain_colour_is_no_place() -> None:
    assert [name for name in PLACES if set_in(np.full((64, 64, 3), (200, 180, 220), np.uint8), name)] == []
