"""Single signs, which OCR of lines does not find: read where they stand, and nowhere else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from genevolve.world.pixel.ocr import TextLine
from genevolve.world.pixel.signs import apart_from, is_sign, lone_sign
from tests.world.pixel.judge_pictures import BUS, CAT, CLOCK, DOG, page, put, write


def with_sign(sign: str, colour: str = "#16161a") -> NDArray[np.uint8]:
    canvas = page()
    put(canvas, DOG, (150, 380), 140)
    write(canvas, sign, (360, 170), 90, colour)
    return np.asarray(canvas)


@pytest.mark.parametrize("sign", ["K", "7", "W", "€", "b"])
@pytest.mark.parametrize("colour", ["#16161a", "#ffffff"])
def test_a_sign_is_read_where_it_stands(sign: str, colour: str) -> None:
    found = lone_sign(with_sign(sign, colour), sign)
    assert found is not None
    assert found.box[0] < 360 < found.box[2] and found.box[1] < 170 < found.box[3]


def test_another_sign_is_not() -> None:
    assert [sign for sign in "MB3" if lone_sign(with_sign("K"), sign)] == []


@pytest.mark.parametrize("picture", [DOG, CAT, CLOCK, BUS])
def test_the_outlines_of_pictures_are_no_signs(picture: str) -> None:
    canvas = page()
    put(canvas, picture, (256, 256), 240)
    assert [sign for sign in "AKMRWXT479" if lone_sign(np.asarray(canvas), sign)] == []


def test_what_stands_in_a_thing() -> None:
    line = TextLine(text="K", box=(40.0, 40.0, 60.0, 80.0), confidence=1.0)
    assert apart_from(line, [(100.0, 100.0, 200.0, 200.0)])
    assert not apart_from(line, [(100.0, 100.0, 200.0, 200.0), (0.0, 0.0, 99.0, 99.0)])


def test_what_counts_as_one_sign() -> None:
    assert [text for text in ("K", " 7 ", "¥", "KO", "", ".") if is_sign(text)] == ["K", " 7 ", "¥", "."]
