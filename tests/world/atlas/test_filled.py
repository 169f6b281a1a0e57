"""A thing made of other things: its outline stays, its areas hold their pictures, and what is too thin for that is known."""

import cv2
import numpy as np
import pytest

from genevolve.world.atlas.filled import areas
from genevolve.world.atlas.raster import is_flag, raster, svg
from genevolve.world.atlas.surroundings import water
from genevolve.world.language import inventory
from genevolve.world.language.built import filled_look
from genevolve.world.language.vocabulary import Vocabulary

SIDE = 144


def fit(look: str) -> bool:
    """Whether rows of pictures can be seen within the coloured areas of a pictogram."""
    mask, whole = areas(svg(look), SIDE) > 128, raster(look, SIDE)[:, :, 3] > 128
    widest = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5).max()
    roomy = mask.mean() > 0.12 and mask.sum() > 0.45 * whole.sum() and widest > SIDE / 9
    return bool(roomy) and water(raster(look, SIDE)).sum() < 0.05 * whole.sum() and not is_flag(look)


def looks() -> list[str]:
    entries = inventory._index(Vocabulary.ICONS).by_name.values()
    return sorted({look for entry in entries for look in entry.looks if look.startswith("openmoji:")})


@pytest.mark.parametrize("noun", ["castle", "heart", "elephant", "guitar", "ship", "key"])
def test_the_list_of_the_thin_tells_what_pixels_show(noun: str) -> None:
    entry = inventory.lookup(noun, Vocabulary.ICONS)
    assert entry is not None
    assert (filled_look(entry.looks[0], "apple") is not None) == fit(entry.looks[0])


@pytest.mark.slow
def test_the_list_of_the_thin_is_whole() -> None:
    assert [look for look in looks() if (filled_look(look, "apple") is not None) != fit(look)] == []


def test_the_outline_stays_and_the_areas_are_filled() -> None:
    look = filled_look("openmoji:2764", "apple")
    assert look is not None
    plain, made = raster("openmoji:2764", SIDE), raster(look, SIDE)
    ink = (plain[:, :, 3] > 250) & (plain[:, :, :3].max(axis=2) < 20)
    assert (made[ink][:, :3].max(axis=1) < 40).mean() > 0.98
    assert ((made[:, :, 3] > 128) == (plain[:, :, 3] > 128)).mean() > 0.98
    area = areas(svg("openmoji:2764"), SIDE) > 250
    shades = made[area][:, :3].astype(int)
    assert 0.2 < ((shades[:, 0] - shades[:, 1]) > 90).mean() < 0.8  # red of the apples, and what is between them


@pytest.mark.parametrize(
    ("look", "made_of"), [("game-icons:desk", "apple"), ("openmoji:2764", "zorblax"), ("openmoji:2764", "desk")]
)
def test_only_pictograms_with_lines_of_their_own_are_filled(look: str, made_of: str) -> None:
    assert filled_look(look, made_of) is None
