"""The water under a boat is found, and nothing that is only pale blue at its foot."""

import numpy as np
import pytest

from genevolve.world.atlas.raster import raster
from genevolve.world.atlas.surroundings import water
from genevolve.world.language.colours import PALETTE
from genevolve.world.sketch.figures import recolour


@pytest.mark.parametrize("code", ["26F5", "1F6A4", "1F6A2"])
def test_a_boat_lies_in_water_and_keeps_it_when_it_is_painted(code: str) -> None:
    pixels = np.asarray(raster(code, 96))
    wet = water(pixels)
    assert 0.1 < wet[pixels[..., 3] > 128].mean() < 0.9
    painted = recolour(pixels, "red", wet)
    assert np.array_equal(painted[wet], pixels[wet])
    assert (np.abs(painted[..., :3].astype(int) - PALETTE["red"]).max(axis=2) < 8).sum() > 50


@pytest.mark.parametrize("code", ["1F469", "1F30A", "1F4A7", "1F7E6"])  # a blue shirt, a wave, a drop, a blue square
def test_what_is_blue_itself_has_no_water(code: str) -> None:
    assert not water(np.asarray(raster(code, 96))).any()
