"""Things all around a sheet leave its middle to the texts; a lone letter is as large as a thing."""

import pytest

from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.compose import plan
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
    rim, middle = drawn.figures[-number:], [*drawn.figures[:-number], *drawn.texts]
    assert len({figure.source.look for figure in rim}) == 1
    assert all(one.box.x >= 0 and one.box.right <= size[0] and one.box.y >= 0 and one.box.bottom <= size[1] for one in rim)
    assert all(figure.box.overlap(other.box) == 0 for figure in rim for other in middle)


def test_a_lone_letter_is_large() -> None:
    letter, word = (planned(asked, (512, 512)).texts[0].box.h for asked in ("a red B", 'the words "Brass Band"'))
    assert letter > 0.3 * 512 > word / 2


def test_a_picture_stands_before_its_entry() -> None:
    drawn = planned("menu: tea £2, cake £3, with a picture next to each", (512, 512))
    said = {text.lines[0]: text.box for text in drawn.texts}
    for name, figure in zip(("Tea", "Cake"), drawn.figures, strict=True):
        assert figure.box.right <= said[name].x
        assert abs(figure.box.cy - said[name].cy) < figure.box.h / 2
