"""A border around the image as the pixel judge sees it, each time with one defect."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from genevolve.world.language.model import Edging, Span
from genevolve.world.pixel.edging import border_seen
from genevolve.world.sketch.border import Rim
from genevolve.world.sketch.edging import edged

SIZE = (512, 512)


def asked(colour: str = "red", width: str = "") -> Edging:
    return Edging(colour=colour, width=width, span=Span(start=0, end=1))


def drawn(edging: Edging, ground: str = "#dceefb", without: int = -1) -> Image.Image:
    canvas = Image.new("RGB", SIZE, ground)
    pen = ImageDraw.Draw(canvas)
    for number, mark in enumerate(edged(Rim(), edging, SIZE).marks):
        if number != without and mark.box is not None:
            pen.rectangle((mark.box.x, mark.box.y, mark.box.right, mark.box.bottom), fill=mark.fill)
    return canvas


def fault(edging: Edging, canvas: Image.Image, request: str = "a card with a red border") -> str:
    return border_seen(edging, request, np.asarray(canvas, np.float32)).detail


@pytest.mark.parametrize("colour", ["red", "gold", "navy", "black", "white", "dark green"])
@pytest.mark.parametrize("width", ["", "thin", "thick"])
def test_a_border_as_it_is_drawn_passes(colour: str, width: str) -> None:
    assert not fault(asked(colour, width), drawn(asked(colour, width), "#f2b8c6"))


@pytest.mark.parametrize(
    ("canvas", "words"),
    [
        (drawn(asked("blue")), "not red"),
        (drawn(asked(), without=1), "no border"),
        (drawn(asked(), ground="#dc2828"), "no border"),
        (Image.new("RGB", SIZE, "white"), "no border"),
    ],
)
def test_no_other_border_passes(canvas: Image.Image, words: str) -> None:
    assert words in fault(asked(), canvas)


def test_its_width_and_the_words_of_the_request_count() -> None:
    assert "not thick" in fault(asked(width="thick"), drawn(asked()))
    assert "not thin" in fault(asked(width="thin"), drawn(asked(width="thick")))
    assert "names no border" in fault(asked(), drawn(asked()), "a card with a fox")
