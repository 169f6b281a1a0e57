"""The table of heads, eyes, necks and hands against the pictures themselves."""

import numpy as np
import pytest

from genevolve.world.atlas.raster import raster
from genevolve.world.language.bodies import Side, Spot, bears, body_of, drawn_look, looks, side_of, spot_of, turns
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize("look", looks())
def test_spots_lie_on_the_figure(look: str) -> None:
    seen = raster(look, 96)[:, :, 3] > 24
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    figure = seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = figure.shape
    for spot, anchor in body_of(look).items():
        assert 0 <= anchor.x <= 1 and 0 <= anchor.y <= 1 and 0 < anchor.width <= 1
        reach = max(2, round(0.12 * min(height, width)))
        y, x = round(anchor.y * height), round(anchor.x * width)
        near = figure[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        assert near.any(), spot


@pytest.mark.parametrize(
    ("noun", "spot"),
    [
        ("top hat", Spot.TOP),
        ("sunglasses", Spot.EYES),
        ("scarf", Spot.NECK),
        ("bow tie", Spot.NECK),
        ("chair", None),
        ("t-shirt", Spot.BODY),
        ("lab coat", Spot.BODY),
        ("hoodie", Spot.HOOD),
    ],
)
def test_where_things_are_worn(noun: str, spot: Spot | None) -> None:
    assert spot_of(noun) is spot


def test_who_bears_what() -> None:
    assert bears("cat", Spot.TOP) and bears("woman", Spot.HAND)
    assert not bears("cat", Spot.HAND) and not bears("hedgehog", Spot.TOP) and not bears("zorblax", Spot.TOP)
    assert bears("cat", Spot.BODY) and bears("cat", Spot.HOOD) and bears("woman", Spot.HOOD)
    assert not bears("duck", Spot.HOOD) and not bears("duck", Spot.BODY) and not bears("jellyfish", Spot.MOUTH)


def test_who_is_seen_from_the_side() -> None:
    assert side_of("openmoji:1F986") is Side.LEFT and side_of("openmoji:1F995") is Side.RIGHT
    assert side_of("openmoji:1F431") is None and turns("cat") and not turns("frog")


def test_the_picture_that_shows_all_is_taken() -> None:
    scene = read("a cat looking at a duck, a dog wearing glasses", Vocabulary.ICONS)
    assert {obj.noun: drawn_look(obj, scene) for obj in scene.objects[::2]} == {
        "cat": "openmoji:1F408", "dog": "openmoji:1F436",
    }  # fmt: skip
