"""What is crossed out, on pixels: as drawn, and as drawn for something else."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from genevolve.world.atlas.crossed import crossed
from genevolve.world.atlas.raster import raster, svg
from genevolve.world.pixel.crossed import crossing_fault
from genevolve.world.pixel.detect import Instance
from genevolve.world.pixel.match import Agreement, Pose
from genevolve.world.pixel.templates import RASTER, cut_template
from tests.world.pixel.test_bearing import WHOLE, verdict

CAR = "crossed:openmoji:1F697"


@pytest.mark.parametrize(
    ("request_", "otherwise"),
    [
        ("a crossed-out car", "a car"),
        ("a sign with a crossed-out hammer", "a hammer"),
        ("no ice cream sign", "an ice cream"),
        ("two crossed-out bananas", "two bananas"),
        ("a crossed-out dog", "a crossed-out cat"),
        ("“No cats” poster with a crossed-out cat", "“No cats” poster with a cat"),
    ],
)
def test_it_is_met_as_drawn_and_not_otherwise(request_: str, otherwise: str) -> None:
    assert verdict(request_, f"{request_}. {WHOLE}", "is pictured so")
    assert not verdict(request_, f"{otherwise}. {WHOLE}", "is pictured so")


def drawn(source: str, side: int = 200) -> Image.Image:
    from resvg_py import svg_to_bytes

    canvas = Image.new("RGBA", (300, 300), "#b7d7f0")
    picture = Image.open(io.BytesIO(bytes(svg_to_bytes(svg_string=source, width=side, height=side)))).convert("RGBA")
    canvas.alpha_composite(picture, (50, 50))
    return canvas.convert("RGB")


def fault(canvas: Image.Image, side: int = 200) -> str:
    """Of a picture that was taken for a crossed-out car."""
    seen = np.argwhere(np.asarray(raster(CAR, side))[..., 3] > 40)
    (top, left), (bottom, right) = seen.min(axis=0), seen.max(axis=0) + 1
    pose = Pose(x=50.0 + left, y=50.0 + top, width=float(right - left), height=float(bottom - top))
    agreement = Agreement(pose=pose, structure=1.0, colour=1.0, regions=1.0, tones=1.0, visible=1.0)
    instance = Instance(template=cut_template(CAR, raster(CAR, RASTER)), agreement=agreement)
    return crossing_fault(np.asarray(canvas, np.float32), instance, [CAR])


SIGN = crossed(svg("openmoji:1F697"))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (SIGN, ""),
        (SIGN.replace("#d22f27", "#1f6fd2"), "no red ring"),
        (re.sub(r"<line x1=\"1[^>]*stroke=\"#d22f27\"[^>]*/>", "", SIGN), "no red bar"),
        (crossed(svg("openmoji:1F415")), "something else"),
        (crossed(svg("openmoji:1F681")), "something else"),
        (crossed(svg("openmoji:1F6B2")), "something else"),
        (crossed(svg("openmoji:1F68C")), "something else"),
        (crossed('<svg viewBox="0 0 72 72"></svg>'), "something else"),
    ],
)
def test_ring_bar_and_the_thing_itself_are_looked_for(source: str, words: str) -> None:
    found = fault(drawn(source))
    assert (words in found) if words else not found
