"""Several things that somebody holds: apart from each other, each at a hand or on a string to it."""

from itertools import combinations

import pytest

from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.plan import LayoutPlan, MarkKind


def planned(text: str) -> LayoutPlan:
    return plan(read(text, Vocabulary.ICONS), (), (640, 640), 1)


@pytest.mark.parametrize("number", [2, 3, 4, 5, 6])
def test_balloons_fan_out_and_cover_neither_each_other_nor_the_face(number: int) -> None:
    layout = planned(f"A girl. Exactly {number} balloons are held by the girl.")
    balloons, (girl,) = layout.of("balloon"), layout.of("girl")
    assert len(balloons) == number
    for one, other in combinations(balloons, 2):
        assert one.box.overlap(other.box) < 0.12 * one.box.w * one.box.h
    for one in balloons:
        assert one.box.overlap(girl.box) < 0.5 * one.box.w * one.box.h
    strings = [mark for mark in layout.marks if mark.kind is MarkKind.LINE]
    assert len(strings) >= number - 2


def test_differently_coloured_ones_are_apart_too() -> None:
    layout = planned("a girl holding four balloons: pink, yellow, blue and purple")
    balloons = [figure for figure in layout.figures if figure.key.startswith("balloon")]
    assert len(balloons) == 4
    assert all(one.box.overlap(two.box) < 0.12 * one.box.w * one.box.h for one, two in combinations(balloons, 2))


def test_two_in_one_hand_are_over_and_under_it() -> None:
    layout = planned("A man. Two books are held by the man. A cup is held by the man.")
    things = [*layout.of("book"), *layout.of("cup")]
    assert all(one.box.overlap(other.box) == 0 for one, other in combinations(things, 2))
    assert not layout.marks


def test_each_of_two_holds_one() -> None:
    layout = planned("Two girls. Two balloons are held by the two girls.")
    girls, balloons = layout.of("girl"), layout.of("balloon")
    assert all(any(one.box.overlap(girl.box) > 0 and one.box.cx > girl.box.cx for one in balloons) for girl in girls)


@pytest.mark.parametrize(("who", "thing"), [("bear", "book"), ("owl", "newspaper"), ("woman", "guitar"), ("ghost", "letter")])
def test_what_is_held_before_somebody_is_before_the_body_and_under_the_face(who: str, thing: str) -> None:
    layout = planned(f"A {who}. A {thing} is held before the {who}.")
    (bearer,), (held,) = layout.of(who), layout.of(thing)
    assert held.z > bearer.z
    assert abs(held.box.cx - bearer.box.cx) < 0.1 * bearer.box.w
    assert held.box.y > bearer.box.y + 0.4 * bearer.box.h
    assert held.box.overlap(bearer.box) > 0


@pytest.mark.parametrize("who", ["boy", "snowman"])
def test_a_kite_is_in_the_air_with_its_tail_and_a_string_towards_the_hand(who: str) -> None:
    layout = planned(f"A {who}. A kite is held by the {who}.")
    (bearer,), (kite,) = layout.of(who), layout.of("kite")
    (string,) = layout.marks
    assert kite.box.bottom < bearer.box.bottom - 0.3 * bearer.box.h
    assert kite.source.mirrored
    assert kite.box.x - 2 < string.start[0] < kite.box.cx
    assert string.end[1] > string.start[1]
