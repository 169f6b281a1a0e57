"""Functions of x as people write them, and the graphs that ask for them."""

import math

import pytest

from genevolve.world.language.functions import formula
from genevolve.world.language.model import FormKind
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from tests.world.language.test_made_often import free, lost, rows


@pytest.mark.parametrize(
    ("said", "words", "at_two"),
    [
        ("x^2 with an axis", "x^2", 4), ("|x|", "|x|", 2), ("2x + 1", "2x + 1", 5), ("3(x - 1)(x + 2)", "3(x - 1)(x + 2)", 12),
        ("sin x", "sin x", math.sin(2)), ("sin(2x)", "sin(2x)", math.sin(4)), ("1/x", "1/x", 0.5), ("-x²", "-x²", -4),
        ("|x - 3| + 1", "|x - 3| + 1", 2), ("x^-1", "x^-1", 0.5), ("e^x", "e^x", math.e**2),
        ("0.5x - 3 in red", "0.5x - 3", -2),
        ("x − 5", "x − 5", -3), ("sqrt(x + 2)", "sqrt(x + 2)", 2), ("2x^3 / 4", "2x^3 / 4", 4), ("x elephants", "x", 2),
    ],
)  # fmt: skip
def test_the_longest_formula_is_read_and_evaluated(said: str, words: str, at_two: float) -> None:
    found = formula(said)
    assert found is not None and found.words == words
    assert found.at(2) == pytest.approx(at_two)


@pytest.mark.parametrize("said", ["", "7", "elephant", "y + 2", "(x", "^x", "|x", "x^x^x", "x + y", "x = 2"])
def test_what_is_no_function_of_x_is_none(said: str) -> None:
    assert formula(said) is None


@pytest.mark.parametrize(("said", "x"), [("1/x", 0), ("sqrt x", -1), ("ln x", 0), ("x^(x^x)", 9), ("x^0.5", -2)])
def test_where_it_has_no_value_it_says_so(said: str, x: float) -> None:
    found = formula(said)
    assert found is not None and found.at(x) is None


@pytest.mark.parametrize(("said", "half"), [("x", 5), ("x + 3", 5), ("x^2 + 8", 20), ("x + 400", None), ("20 + x - x", 50)])
def test_the_window_is_the_smallest_that_shows_it(said: str, half: int | None) -> None:
    found = formula(said)
    assert found is not None and found.window() == half


@pytest.mark.parametrize(
    ("request_", "texts"),
    [
        ("a graph of y = |x + 1|", ["y = |x + 1|"]),
        ("plot f(x) = 3x with labelled axes", ["f(x) = 3x", "x", "y"]),
        ("sketch of a cosine curve", ["y = cos x"]),
        ("graph of a parabola, both axes labelled", ["y = x^2", "x", "y"]),
    ],
)
def test_a_graph_is_its_formula_and_the_names_of_its_axes(request_: str, texts: list[str]) -> None:
    scene = free(request_)
    assert scene.form is not None and scene.form.kind is FormKind.PLOT
    assert rows(scene) == [texts] and not lost(scene)
    again = read(surface_text(scene), Vocabulary.ICONS)
    assert again.form is not None and rows(again) == [texts]


@pytest.mark.parametrize("request_", ["plot y = x and y = 2x", "graph of y = 7", "graph of sales", "plot y = x + 900"])
def test_what_cannot_be_plotted_is_not_claimed(request_: str) -> None:
    scene = free(request_)
    assert scene.form is None or scene.form.kind is not FormKind.PLOT
    assert lost(scene)
