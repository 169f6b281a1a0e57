"""Positions, relations and arrangements of boxes, at the limits that docs/judges.md states."""

import math

import pytest

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.core.score import Dimension, kscore
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.geometry import arranged, in_place, in_the_middle, related, rows_of
from genevolve.world.pixel.grading import grade
from genevolve.world.pixel.ocr import TextLine, best_match, credible, similarity
from genevolve.world.pixel.verdict import ClaimVerdict


def at(x: float, y: float, width: float = 10, height: float = 10) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


@pytest.mark.parametrize("place", list(Place))
def test_a_ninth_of_the_canvas_is_that_place_and_not_the_opposite(place: Place) -> None:
    words = place.value.split()
    x = {"left": 20, "right": 80}.get(words[-1], 50)
    y = {"top": 20, "bottom": 80}.get(words[0], 50)
    assert in_place(at(x, y), place, (100, 100))
    if place is not Place.CENTER:
        assert not in_place(at(100 - x, 100 - y), place, (100, 100))


@pytest.mark.parametrize(
    ("direction", "there", "not_there"),
    [
        (Direction.LEFT_OF, at(20, 50), at(80, 50)),
        (Direction.RIGHT_OF, at(80, 50), at(20, 50)),
        (Direction.ABOVE, at(50, 20), at(50, 80)),
        (Direction.BELOW, at(50, 80), at(50, 20)),
        (Direction.NEXT_TO, at(68, 52), at(50, 95)),
        (Direction.ON, at(50, 40), at(50, 70)),
        (Direction.INSIDE, at(50, 52, 6, 6), at(58, 50)),
    ],
)
def test_relations(direction: Direction, there: Box, not_there: Box) -> None:
    target = [at(50, 52, 14, 14)]
    assert related(direction, [there], [target])
    assert not related(direction, [not_there], [target])


def test_between_two_targets_or_two_of_one_kind() -> None:
    ends = [at(10, 50)], [at(90, 50)]
    assert related(Direction.BETWEEN, [at(50, 55)], ends)
    assert related(Direction.BETWEEN, [at(50, 55)], [[*ends[0], *ends[1]]])
    assert not related(Direction.BETWEEN, [at(98, 50)], ends)
    assert not related(Direction.BETWEEN, [at(50, 99)], ends)


def test_arrangements_are_told_apart() -> None:
    row = [at(x, 50 + x % 3) for x in (10, 30, 50, 70)]
    column = [at(50, y) for y in (10, 30, 50, 70)]
    grid = [at(x, y) for y in (20, 50) for x in (20, 50, 80)]
    circle = [at(50 + 30 * math.cos(a), 50 + 30 * math.sin(a)) for a in (0.3 + i * math.tau / 6 for i in range(6))]
    for arrangement, good in zip(Arrangement, (row, column, grid, circle), strict=True):
        assert arranged(arrangement, good)
        assert [other for other in Arrangement if arranged(other, good)] == [arrangement]
    assert not arranged(Arrangement.GRID, [*grid[:-1], at(90, 90)])
    assert not any(arranged(arrangement, row[:1]) for arrangement in Arrangement)


@pytest.mark.parametrize(
    ("read", "likeness"),
    [("visit burkina", 1.0), ("VISITBURKINA", 1.0), ("Vislt Burkina", 1.0), ("V1SIT BURKINA!", 1.0), ("VISIT BURKNA", 0.96)],
)
def test_spelling_forgives_what_ocr_cannot_know_and_nothing_else(read: str, likeness: float) -> None:
    line = TextLine(text=read, box=(0, 0, 10, 2), confidence=1.0)
    assert best_match("VISIT BURKINA", [line]).likeness == pytest.approx(likeness, abs=0.01)


def test_extra_letters_are_a_misspelling_but_other_words_beside_are_not() -> None:
    def read(text: str) -> float:
        return best_match("Open Day", [TextLine(text=text, box=(0, 0, 10, 2), confidence=1.0)]).likeness

    assert read("OPEN DAYS") < 1.0
    assert read("the OPEN DAY 2026") == 1.0
    assert similarity("", "x") == 0.0


def test_outlines_read_as_signs_are_no_lettering() -> None:
    lines = [TextLine(text=text, box=(0, 0, 9, 9), confidence=0.99) for text in ("自", "S", "5555555", "Real words", "MALI")]
    assert [line.text for line in credible(lines, ["Mali"])] == ["Real words", "MALI"]


def test_a_stray_sign_before_a_text_is_no_part_of_it() -> None:
    star, text = (
        TextLine(text=t, box=box, confidence=0.9) for t, box in (("★", (0, 0, 99, 99)), ("NEW HERE", (20, 5, 80, 15)))
    )
    assert best_match("NEW HERE", [star, text]).lines == (text,)
    first, sign, second = (TextLine(text=t, box=(0, 0, 9, 9), confidence=0.9) for t in ("Midnight", "CO", "Journey"))
    assert best_match("Midnight Journey", [first, sign, second]).exact


def verdict(dimension: Dimension, value: float, *, vital: bool = False) -> ClaimVerdict:
    return ClaimVerdict(skill="spatial_layout", dimension=dimension, requirement="r", value=value, vital=vital)


def test_the_mapping_to_four_dimensions() -> None:
    f, v, t, a = Dimension
    whole = grade([verdict(f, 1), verdict(v, 1, vital=True), verdict(t, 1), verdict(a, 1)])
    assert kscore(whole) == pytest.approx(1.0)
    half = grade([verdict(f, 1), verdict(f, 0), verdict(v, 1, vital=True), verdict(v, 0), verdict(t, 0.5), verdict(a, 0)])
    assert (half.faithfulness, half.visual_correctness, half.text_accuracy, half.aesthetics) == (0.5, 0.5, 0.5, 0.5)
    missing = grade([verdict(v, 0, vital=True), verdict(v, 1, vital=True), verdict(v, 1), verdict(v, 1), verdict(a, 1)])
    assert (missing.visual_correctness, missing.text_accuracy) == (0, None)
    ugly = grade([verdict(v, 1), verdict(a, 0), verdict(a, 0)])
    assert ugly.aesthetics == 0
    only_text = grade([verdict(t, 0.5), verdict(a, 1)])
    assert (only_text.faithfulness, only_text.visual_correctness) == (0.5, 0.5)


def test_the_middle_of_tall_things_that_stand_side_by_side() -> None:
    tall = [at(20, 50, 18, 90), at(80, 51, 18, 90)]
    assert in_the_middle([at(49, 49, 18, 90)], tall)
    assert not in_the_middle([at(95, 50, 18, 90)], tall)


def test_rows_from_the_top() -> None:
    assert [len(row) for row in rows_of([at(x, y) for y in (10, 30) for x in (10, 30, 50)] + [at(10, 50)])] == [3, 3, 1]
    assert rows_of([]) == []
