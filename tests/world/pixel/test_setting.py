"""The setting of a picture, seen along its sides."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from genevolve.world.language.reader import read
from genevolve.world.pixel.setting import lit_as, set_in
from genevolve.world.sketch import draw, places
from genevolve.world.sketch.background import painted
from genevolve.world.sketch.light import Hour, choose, on_background
from genevolve.world.sketch.vector import Tracing

PLACES = ("forest", "underwater", "space", "kitchen", "street", "beach", "desert", "mountains", "room", "outdoors at night")
EVERYDAY = ("office", "bathroom", "jungle", "lake", "park", "cave", "station")


@pytest.mark.parametrize("place", PLACES)
def test_the_place_is_recognised_and_no_other(place: str) -> None:
    scene = replace(
        read("One dog stands on the ground, complete and undistorted. Soft light. A light blue background."), background=place
    )
    picture = Image.open(io.BytesIO(draw(scene, size=(256, 256), seed=2).data)).convert("RGB")
    assert [name for name in PLACES if set_in(np.asarray(picture), name)] == [place]


def test_a_plain_colour_is_no_place() -> None:
    assert [name for name in PLACES if set_in(np.full((64, 64, 3), (200, 180, 220), np.uint8), name)] == []


@pytest.mark.parametrize("place", sorted({scenery.name for scenery in (*places.BEFORE_OTHERS, *places.PLACES)}))
def test_each_place_is_told_from_all_others(place: str) -> None:
    others = [name for name in EVERYDAY if name != place]
    picture = np.asarray(painted(place, (200, 200), 3))
    assert set_in(picture, place) and not any(set_in(picture, name) for name in others)


@pytest.mark.parametrize(("hour", "light"), [(Hour.NIGHT, "at night"), (Hour.DUSK, "at sunset")])
@pytest.mark.parametrize("place", ["zoo", "beach", "island"])
def test_the_hour_is_seen_and_no_other(place: str, hour: Hour, light: str) -> None:
    by_hour = {each: np.asarray(painted(place, (200, 200), 0, hour=each)) for each in Hour}
    assert [each for each, picture in by_hour.items() if lit_as(picture, place, light)] == [hour]


def test_a_spotlight_is_seen_by_its_dark_corners() -> None:
    plain = painted("stage", (200, 200), 0)
    lit = on_background(plain, choose("spotlight")[0], Tracing((200, 200)))
    told = [
        (set_in(np.asarray(one), "stage", light="spotlight"), lit_as(np.asarray(one), "stage", "spotlight"))
        for one in (lit, plain)
    ]
    assert told[0] == (True, True) and told[1][1] is False
