"""Patterns painted over pictograms: both colours come, lines and small pieces stay."""

import pytest

from genevolve.world.atlas.raster import pattern_area, raster
from genevolve.world.language.colours import PALETTE


@pytest.mark.parametrize("plain", ["openmoji:1F457", "openmoji:2615", "game-icons:pillow", "genevolve:rug"])
@pytest.mark.parametrize("pattern", ["red and blue stripes", "blue dots on red", "red and blue checks"])
def test_both_colours_cover_the_area_and_nothing_else(plain: str, pattern: str) -> None:
    look = f"painted:{plain}|{pattern}="
    drawn, area = raster(look, 144), pattern_area(look, 144)
    red, blue = ((drawn[..., :3] == PALETTE[name]).all(axis=2) for name in ("red", "blue"))
    solid = drawn[..., 3] > 250
    whole = solid.sum()
    assert red.sum() > 0.1 * whole
    assert blue.sum() > 0.04 * whole
    assert (area[(red | blue) & solid] > 120).all()


def test_steam_over_a_cup_stays() -> None:
    area = pattern_area("painted:openmoji:2615|red and white stripes=", 72)
    assert area[:20].max() < 30
