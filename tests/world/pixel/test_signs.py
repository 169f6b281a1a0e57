"""Single signs, which OCR of lines does not find: read where they stand, and nowhere else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from genevolve.world.pixel.signs import is_sign, lone_sign
from tests.world.pixel.judge_pictures import page, put, write

WHOLE = (0.0, 0.0, 512.0, 512.0)


def with_sign(sign: str, colour: str = "#16161a") -> NDArray[np.uint8]:
    canvas = page()
    put(canvas, "1F415", (150, 380), 140)
    write(canvas, sign, (360, 170), 90, colour)
    return np.asarray(canvas)


@pytest.mark.parametrize("sign", ["K", "7", "W", "€", "b"])
@pytest.mark.parametrize("colour", ["#16161a", "#ffffff"])
def test_a_sign_is_read_where_it_stands(sign: str, colour: str) -> None:
    found = lone_sign(with_sign(sign, colour), WHOLE, sign)
    assert found is not None
    assert found.box[0] < 360 < found.box[2] and found.box[1] < 170 < found.box[3]


def test_another_sign_and_none_at_all_are_not() -> None:
    assert lone_sign(with_sign("K"), WHOLE, "M") is None
    canvas = page()
    put(canvas, "1F415", (256, 256), 240, shadow=False)
    left, top, right, bottom = dog = (136.0, 136.0, 376.0, 376.0)
    image = np.asarray(canvas)
    assert [sign for sign in "AKMRWX479" if lone_sign(image, WHOLE, sign, avoided=[dog])] == []
    assert [sign for sign in "AKMRWX479" if lone_sign(image, (left, top + 40, right, bottom - 40), sign)] == []


def test_it_is_looked_for_in_its_box_and_beside_what_was_recognised() -> None:
    image = with_sign("K")
    assert lone_sign(image, (0.0, 0.0, 250.0, 512.0), "K") is None
    assert lone_sign(image, WHOLE, "K", avoided=[(300.0, 100.0, 420.0, 240.0)]) is None


def test_what_counts_as_one_sign() -> None:
    assert [text for text in ("K", " 7 ", "¥", "KO", "", ".") if is_sign(text)] == ["K", " 7 ", "¥", "."]
