"""Who looks at whom is mirrored where its picture looks away, and takes along what it bears."""

from dataclasses import replace

import pytest
from PIL import ImageOps

from genevolve.world.language.bodies import Side, side_of
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch import figures
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.plan import LayoutPlan, Sprite
from genevolve.world.sketch.vector import Tracing


def planned(text: str) -> LayoutPlan:
    return plan(read(text, Vocabulary.ICONS), (), (640, 640), 1)


def faced(figure: Sprite) -> Side:
    side = side_of(figure.source.look)
    assert side is not None
    return side.other if figure.source.mirrored else side


@pytest.mark.parametrize(
    "text",
    [
        "A duck. A goat is turned towards the duck.",
        "A horse to the right of a snail. The horse is turned towards the snail.",
        "A rocket. A dinosaur is turned towards the rocket.",
    ],
)
def test_a_face_is_towards_what_it_looks_at(text: str) -> None:
    layout = planned(text)
    (one,) = [figure for figure in layout.figures if figure.key in {"goat", "horse", "dinosaur"}]
    (other,) = [figure for figure in layout.figures if figure is not one]
    assert faced(one) is (Side.RIGHT if other.box.cx > one.box.cx else Side.LEFT)


def test_two_of_a_kind_look_at_each_other() -> None:
    left, right = sorted(planned("Two cats are turned towards each other.").of("cat"), key=lambda cat: cat.box.x)
    assert (faced(left), faced(right)) == (Side.RIGHT, Side.LEFT)
    assert abs(left.box.cy - right.box.cy) < 0.1 * left.box.h


def test_what_is_borne_is_turned_along() -> None:
    layout = planned("A duck. A goose is to the left of the duck, turned towards the duck. A hat is worn by the goose.")
    (goose,), (hat,) = layout.of("goose"), layout.of("hat")
    assert goose.source.mirrored and hat.box.cx > goose.box.cx


def test_the_shapes_of_a_file_are_mirrored_as_the_pixels_are() -> None:
    plain = figures.pictogram("openmoji:1F986")
    tracing = Tracing((100, 100))
    tracing.drawing(
        '<svg viewBox="0 0 10 10"><rect width="4" height="10"/></svg>', (0, 0, 1, 1), (20, 0, 50, 50), colours={}, mirrored=True
    )
    assert "translate(70 0) scale(-5 5)" in tracing.svg()
    drawn = figures.picture(plain, (60, 60), None, None)
    turned = figures.picture(replace(plain, mirrored=True), (60, 60), None, None)
    assert ImageOps.mirror(turned).tobytes() == drawn.tobytes()
