"""The composition plan: nothing collides, what the request fixes is kept, and relations hold between the cells."""

from itertools import product

import pytest

from genevolve.core.claim import Direction, Place
from genevolve.world.expert.layout import free_places
from genevolve.world.language.model import Count, Relation, SceneObject, Span, TextElement

ORDER = list(Place)


def obj(key: str, *relations: Relation, place: Place | None = None, count: int = 1) -> SceneObject:
    return SceneObject(
        key=key,
        noun=key,
        span=Span(start=0, end=0),
        place=place,
        relations=relations,
        count=Count(number=count, exact=count > 1),
    )


def to(direction: Direction, *targets: str) -> Relation:
    return Relation(direction=direction, targets=targets)


def row(place: Place) -> int:
    return ORDER.index(place) // 3


def column(place: Place) -> int:
    return ORDER.index(place) % 3


@pytest.mark.parametrize("number", range(1, 10))
def test_up_to_nine_things_get_cells_of_their_own(number: int) -> None:
    places = free_places([obj(str(n)) for n in range(number)], ())
    assert len(set(places.values())) == number


def test_ten_things_are_more_than_there_are_cells() -> None:
    assert free_places([obj(str(n)) for n in range(10)], ()) == {}


@pytest.mark.parametrize("place", ORDER)
def test_a_placed_thing_keeps_its_cell_to_itself(place: Place) -> None:
    places = free_places([obj("a", place=place), obj("b"), obj("c")], ())
    assert "a" not in places
    assert place not in places.values() and len(set(places.values())) == 2


def test_rows_with_lettering_are_used_last() -> None:
    title = TextElement(key="t", span=Span(start=0, end=0), content="X", quoted=True, place=Place.TOP)
    places = free_places([obj("a"), obj("b"), obj("c"), obj("d"), obj("e")], [title])
    assert all(row(place) > 0 for place in places.values())


def test_left_and_right_follow_the_relation() -> None:
    for direction, first_is_left in ((Direction.LEFT_OF, True), (Direction.RIGHT_OF, False)):
        places = free_places([obj("cat", to(direction, "clock")), obj("clock")], ())
        assert (column(places["cat"]) < column(places["clock"])) is first_is_left
        assert row(places["cat"]) == row(places["clock"])


def test_above_below_and_between_follow_the_relation() -> None:
    places = free_places([obj("a", to(Direction.ABOVE, "b")), obj("b"), obj("c", to(Direction.BELOW, "b"))], ())
    assert row(places["a"]) < row(places["b"]) < row(places["c"])
    places = free_places([obj("a", to(Direction.BETWEEN, "b", "c")), obj("b"), obj("c")], ())
    assert column(places["b"]) != column(places["a"]) != column(places["c"])
    assert row(places["a"]) == row(places["b"]) == row(places["c"])


def test_what_stands_on_or_in_another_thing_gets_no_cell() -> None:
    for direction in (Direction.ON, Direction.INSIDE, Direction.BEHIND, Direction.IN_FRONT_OF, Direction.NEXT_TO):
        places = free_places([obj("cat", to(direction, "box")), obj("box"), obj("tree")], ())
        assert set(places) == {"box", "tree"}


def test_a_wide_group_has_its_row_to_itself() -> None:
    places = free_places([obj("flag"), obj("camels", to(Direction.BELOW, "flag"), count=6)], ())
    assert row(places["camels"]) > row(places["flag"])


def test_relations_that_contradict_the_places_leave_the_thing_to_its_relation() -> None:
    fixed = obj("clock", place=Place.LEFT)
    assert free_places([obj("cat", to(Direction.LEFT_OF, "clock")), fixed, obj("dog")], ()).keys() == {"dog"}


@pytest.mark.parametrize(("one", "other"), list(product(Direction, Direction)))
def test_every_pair_of_relations_ends_in_a_plan(one: Direction, other: Direction) -> None:
    objects = [obj("a", to(one, "b", "c")), obj("b", to(other, "c", "a")), obj("c"), obj("d", count=5)]
    places = free_places(objects, ())
    assert len(set(places.values())) == len(places)
    assert "d" in places
