"""The edges of sheets as the pixel judge sees them, each with one defect."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw

from genevolve.world.language.model import Cut, CutSheet, Span
from genevolve.world.pixel.cuts import sheet_seen
from genevolve.world.sketch.border import Rim
from genevolve.world.sketch.cuts import on_cut_sheet
from tests.world.pixel.judge_pictures import page

WORDS = {Cut.PERFORATED: "stamp", Cut.NOTCHED: "ticket", Cut.HOLED: "gift tag", Cut.ROUND: "badge"}


def sheet(cut: Cut, colour: str | None = None) -> CutSheet:
    return CutSheet(cut=cut, noun=WORDS[cut], span=Span(start=0, end=1), colour=colour)


def drawn(
    points: Sequence[tuple[float, float]], fill: str = "white", hole: tuple[float, ...] = (), ground: str = ""
) -> Image.Image:
    canvas = page(top=ground, bottom=ground) if ground else page()
    pen = ImageDraw.Draw(canvas)
    pen.polygon(list(points), fill=fill)
    pen.line([*points, *points[:2]], fill="#20242c", width=4, joint="curve")
    if hole:
        pen.ellipse(hole, fill="#20242c")
    return canvas


def outline(cut: Cut) -> tuple[tuple[float, float], ...]:
    return on_cut_sheet(Rim(), sheet(cut), (512, 512)).marks[0].points


def fault(asked: CutSheet, canvas: Image.Image, request: str = "") -> str:
    return sheet_seen(asked, request or f"a {asked.noun} with a cat", np.asarray(canvas.convert("RGB"), np.float32)).detail


SQUARE = ((60, 60), (450, 60), (450, 450), (60, 450))
OVAL = [(256 + 220 * math.cos(t / 20), 256 + 150 * math.sin(t / 20)) for t in range(126)]
HOLE = (236.0, 50.0, 276.0, 90.0)


@pytest.mark.parametrize("cut", list(Cut))
def test_a_sheet_as_it_is_drawn_passes_and_a_plain_one_does_not(cut: Cut) -> None:
    hole = HOLE if cut is Cut.HOLED else ()
    assert fault(sheet(cut), drawn(outline(cut), hole=hole)) == ""
    assert fault(sheet(cut), drawn(outline(cut), hole=hole, ground="#101018")) == ""
    assert "is not" in fault(sheet(cut), drawn(SQUARE))
    assert "no sheet" in fault(sheet(cut), page())
    others = [other for other in Cut if other is not cut]
    assert all(fault(sheet(cut), drawn(outline(other))) for other in others)


@pytest.mark.parametrize(
    ("asked", "canvas", "request_", "words"),
    [
        (sheet(Cut.ROUND), drawn(OVAL), "", "round"),
        (sheet(Cut.HOLED), drawn(outline(Cut.HOLED)), "", "hole"),
        (sheet(Cut.HOLED), drawn(outline(Cut.HOLED), hole=(130.0, 50.0, 170.0, 90.0)), "", "hole"),
        (sheet(Cut.ROUND, "red"), drawn(outline(Cut.ROUND), fill="#2d64d7"), "a red badge with a cat", "not red"),
        (sheet(Cut.ROUND), drawn(outline(Cut.ROUND)), "a poster with a cat", "names nothing"),
    ],
)
def test_defects_of_a_sheet(asked: CutSheet, canvas: Image.Image, request_: str, words: str) -> None:
    assert words in fault(asked, canvas, request_)
