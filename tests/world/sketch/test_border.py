"""Things all around a sheet leave its middle to the texts; a lone letter is as large as a thing."""

import pytest

from genevolve.world.language.colours import PALETTE
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.paint import paint
from genevolve.world.sketch.plan import LayoutPlan


def planned(asked: str, size: tuple[int, int]) -> LayoutPlan:
    scene = read(asked, Vocabulary.ICONS)
    return plan(read(surface_text(scene), Vocabulary.ICONS), (), size, 0)


@pytest.mark.parametrize("size", [(512, 512), (768, 512), (400, 640)])
@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ('a card that says "Good luck to all of you" with flowers around the edge', 8),
        ('a card that says "Good luck to all of you" with roses in the corners', 4),
        ('a card that says "Good luck" with stars in the corners and a cat', 4),
    ],
)
def test_nothing_in_the_middle_lies_over_what_is_around(asked: str, number: int, size: tuple[int, int]) -> None:
    drawn = planned(asked, size)
    rim = drawn.figures[-number:]
    middle = [*(figure.box for figure in drawn.figures[:-number]), *(text.box for text in drawn.texts)]
    assert len({figure.source.look for figure in rim}) == 1
    assert all(one.box.x >= 0 and one.box.right <= size[0] and one.box.y >= 0 and one.box.bottom <= size[1] for one in rim)
    assert all(figure.box.overlap(box) == 0 for figure in rim for box in middle)


def test_a_lone_letter_is_large() -> None:
    letter, word = (planned(asked, (512, 512)).texts[0].box.h for asked in ("a red B", 'the words "Brass Band"'))
    assert letter > 0.3 * 512 > word / 2


@pytest.mark.parametrize(
    ("asked", "plain"), [("white letters on a green background", True), ("red letters on a green background", False)]
)
def test_large_letters_stand_in_the_colours_that_were_asked_for(asked: str, plain: bool) -> None:
    scene = read(surface_text(read(f'"PLEASE SHUT THE GATE" sign, {asked}', Vocabulary.ICONS)), Vocabulary.ICONS)
    drawn = plan(scene, (), (512, 512), 0)
    box = drawn.texts[0].box
    ground = paint(scene, drawn, (), 0).image.getpixel((round(box.x) - 2, round(box.cy)))
    assert isinstance(ground, tuple)
    near = max(abs(one - other) for one, other in zip(ground, PALETTE[scene.background or ""], strict=True)) < 40
    assert near is plain


def test_a_picture_stands_before_its_entry() -> None:
    drawn = planned("menu: tea £2, cake £3, with a picture next to each", (512, 512))
    said = {text.lines[0]: text.box for text in drawn.texts}
    for name, figure in zip(("Tea", "Cake"), drawn.figures, strict=True):
        assert figure.box.right <= said[name].x
        assert abs(figure.box.cy - said[name].cy) < figure.box.h / 2
