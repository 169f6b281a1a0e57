"""Curves on two axes as the pixel judge sees them, with one defect each."""

from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw

from tests.world.pixel.judge_pictures import page
from tests.world.pixel.test_slots import At, faults

LEFT, RIGHT, MIDDLE, UNIT = 96, 416, 256, 32


def curve(y: Callable[[float], float], *, axes: bool = True, unit: float = UNIT, more: bool = False) -> Image.Image:
    canvas = page()
    pen = ImageDraw.Draw(canvas)
    if axes:
        pen.line((LEFT, MIDDLE, RIGHT, MIDDLE), fill="#202020", width=4)
        pen.line((MIDDLE, LEFT, MIDDLE, RIGHT), fill="#202020", width=4)
    points = [(MIDDLE + x / 20 * UNIT, MIDDLE - y(x / 20) * unit) for x in range(-99, 100)]
    pen.line([point for point in points if LEFT <= point[1] <= RIGHT], fill="#2663c9", width=5)
    if more:
        pen.line((LEFT, RIGHT, RIGHT, LEFT), fill="#d64c22", width=5)
    return canvas


def square(x: float) -> float:
    return x * x - 2


AXES = {"y = x^2 - 2": (256, 40), "x": (440, 256), "y": (256, 80)}


@pytest.mark.parametrize(
    ("canvas", "texts", "words"),
    [
        (curve(square), AXES, ""),
        (curve(lambda x: -square(x)), AXES, "runs as"),
        (curve(lambda x: x), AXES, "runs as"),
        (curve(square, unit=2 * UNIT), AXES, "runs as"),
        (curve(square, axes=False), AXES, "runs as"),
        (curve(square, more=True), AXES, "runs as"),
        (curve(square), {**AXES, "x": (256, 450)}, "has its name"),
    ],
)
def test_a_curve_runs_as_its_function_says(canvas: Image.Image, texts: dict[str, At], words: str) -> None:
    found = " ".join(faults("graph of y = x^2 - 2 with labelled axes", canvas, texts))
    assert words in found and bool(found) is bool(words)
