"""What a thing shows is measured in its picture, whatever it was to show."""

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from genevolve.world.atlas.raster import UnknownPictogram, raster
from genevolve.world.language.dials import dial_of_look
from genevolve.world.pixel.dials import shows_value
from genevolve.world.pixel.match import Pose

_SIDE, _MARGIN = 220, 20

KINDS = [  # a look, and others of which none is it
    ("clock=4:10", ["4:20", "3:10", "2:20", "10:04", "4:12"]),
    ("clock=12:00", ["6:00", "12:30", "11:58"]),
    ("clock=6:33", ["6:30", "7:33", "5:33"]),
    ("alarm clock=8:45", ["8:40", "9:45", "7:45"]),
    ("watch=1:05", ["1:00", "12:05", "1:10"]),
    ("digital clock=07:45", ["07:46", "17:45", "01:45"]),
    ("die=5", ["4", "6", "3"]),
    ("domino=2|5", ["5|2", "2|6", "0|5"]),
    ("speed limit sign=30", ["50", "80", "130"]),
    ("speed limit sign=120", ["100", "130", "20"]),
    ("traffic light=green", ["red", "yellow", "red and yellow"]),
    ("traffic light=red and yellow", ["red", "yellow", "green"]),
    ("thermometer=30 °c", ["25 °c", "35 °c", "-30 °c"]),
    ("battery=20", ["25", "0", "100"]),
    ("progress bar=60", ["50", "70", "0"]),
    ("fuel gauge=50", ["0", "75", "45"]),
    ("glass=50=water", ["0=water", "25=water", "100=water"]),
    ("glass=100=milk", ["75=milk", "0=milk"]),
    ("round=1 of 8=pizza", ["2 of 8=pizza", "3 of 8=pizza"]),
    ("round=2 of 6=cake", ["2 of 8=cake", "1 of 6=cake"]),
    ("card=7 of spades", ["8 of spades", "7 of clubs", "7 of hearts"]),
    ("card=queen of hearts", ["king of hearts", "queen of diamonds", "jack of hearts", "ace of hearts"]),
    ("card=ace of clubs", ["ace of spades", "2 of clubs", "king of clubs"]),
    ("tic-tac-toe=o__/_x_/___", ["x__/_o_/___", "__o/_x_/___", "o__/_x_/__x"]),
    ("candles=01000", ["10000", "01100", "0100", "00000"]),
]


@cache
def _drawn(look: str) -> np.ndarray[Any, Any]:
    """The picture on light blue."""
    pixels = raster(look, _SIDE).astype(np.float32)
    page = np.full((_SIDE + 2 * _MARGIN, _SIDE + 2 * _MARGIN, 3), (173, 216, 230), np.float32)
    cover = pixels[..., 3:] / 255
    inner = page[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    page[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = inner * (1 - cover) + pixels[..., :3] * cover
    return page


def _pose(look: str, side: float = 1.0) -> Pose:
    seen = raster(look, _SIDE)[..., 3] > 40
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    wide, high = (columns[-1] + 1 - columns[0]) * side, (rows[-1] + 1 - rows[0]) * side
    return Pose(x=float(_MARGIN + columns[0]), y=float(_MARGIN + rows[0]), width=float(wide), height=float(high))


def _told(drawn: str, asked: str, side: float = 1.0) -> bool | None:
    """Whether the picture of ``drawn``, found as ``asked``, passes for it."""
    found: Any = SimpleNamespace(template=SimpleNamespace(look=asked), pose=_pose(asked, side))
    measured = shows_value(_drawn(drawn), found)
    return None if measured is None else measured.right


@pytest.mark.parametrize(("look", "others"), KINDS)
def test_the_value_passes_and_no_other_does(look: str, others: list[str]) -> None:
    kind = look.partition("=")[0]
    assert _told(f"dial:{look}", f"dial:{look}")
    assert not any(_told(f"dial:{kind}={other}", f"dial:{look}") for other in others)


def test_what_is_too_small_is_not_told() -> None:
    assert _told("dial:clock=4:10", "dial:clock=4:10", side=0.15) is None


def test_only_what_has_a_value_has_such_a_picture() -> None:
    assert dial_of_look("openmoji:1F552") is None
    with pytest.raises(UnknownPictogram):
        raster("dial:sundial=4:10", 64)
