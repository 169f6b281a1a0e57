"""One or some of several things: each is a thing of its own, the others lose it, and nothing is said of all by mistake."""

import pytest

from genevolve.core.claim import Direction, InColumns
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.expert.normalize import normalized
from genevolve.world.language.claims import claims
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import Scene, Size
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS)


def told(scene: Scene) -> list[tuple[str, int | None, str | None, Size | None]]:
    return [(obj.noun, obj.count.number, obj.colour, obj.size) for obj in scene.objects]


@pytest.mark.parametrize(
    ("request_", "things"),
    [
        ("nine kites, all blue except one yellow", [("kite", 8, "blue", None), ("kite", 1, "yellow", None)]),
        ("four hats in a row, one of them is green", [("hat", 3, None, None), ("hat", 1, "green", None)]),
        ("three owls, the left one purple", [("owl", 2, None, None), ("owl", 1, "purple", None)]),
        ("six chairs, one of which is red and the rest green", [("chair", 5, "green", None), ("chair", 1, "red", None)]),
        ("five fish, two big and three small", [("fish", 3, None, Size.SMALL), ("fish", 2, None, Size.LARGE)]),
        ("two big and three small bells", [("bell", 2, None, Size.LARGE), ("bell", 3, None, Size.SMALL)]),
        ("a huge pear between two tiny ones", [("pear", 1, None, Size.HUGE), ("pear", 2, None, Size.TINY)]),
        ("a red kite above a blue one", [("kite", 1, "red", None), ("kite", 1, "blue", None)]),
        ("nine candles, all blue apart from one red", [("candle", 8, "blue", None), ("candle", 1, "red", None)]),
        ("two tall and four short trees", [("tree", 2, None, Size.LARGE), ("tree", 4, None, Size.SMALL)]),
        ("three chairs, the one on the left is pink", [("chair", 2, None, None), ("chair", 1, "pink", None)]),
        ("three hats: blue, green and pink", [("hat", 1, "pink", None), ("hat", 1, "blue", None), ("hat", 1, "green", None)]),
        ("two kites in red and yellow", [("kite", 1, "yellow", None), ("kite", 1, "red", None)]),
        ("three kites in red and yellow", [("kite", 3, "red", None)]),  # which of them has which is not said
        ("eight bells, half of them blue", [("bell", 4, None, None), ("bell", 4, "blue", None)]),
        ("four bells, half of them blue, the other half red", [("bell", 2, "red", None), ("bell", 2, "blue", None)]),
        (
            "six candles on a cake, half of them red",
            [("candle", 3, None, None), ("cake", 1, None, None), ("candle", 3, "red", None)],
        ),
        ("three chairs in a row; the middle chair is green", [("chair", 2, None, None), ("chair", 1, "green", None)]),
        ("six eggs, two of them cracked", [("egg", 6, None, None)]),
        ("deer", [("deer", 1, None, None)]),
        ("deer and a fox", [("deer", None, None, None), ("fox", 1, None, None)]),
    ],
)
def test_some_of_several_are_things_of_their_own(
    request_: str, things: list[tuple[str, int | None, str | None, Size | None]]
) -> None:
    assert told(free(request_)) == things


@pytest.mark.parametrize(
    ("request_", "numbers"),
    [
        ("four yellow cups and one purple one", [(4, "yellow"), (1, "purple")]),
        ("six black cats and two white ones", [(6, "black"), (2, "white")]),
        ("six cats and two white ones", [(4, None), (2, "white")]),
        ("six black cats, two of them white", [(4, "black"), (2, "white")]),
    ],
)
def test_what_the_several_are_already_others_are_not(request_: str, numbers: list[tuple[int, str | None]]) -> None:
    """ "Seven white sheep and one black one" are eight."""
    scene = read(request_, Vocabulary.ICONS)
    assert [(obj.count.number if obj.count else None, obj.colour) for obj in scene.objects] == numbers


def test_others_stand_where_the_several_stand() -> None:
    """ "Three blue mugs and one yellow one on a shelf": all four."""
    scene = read("four black bottles and two green ones on a table", Vocabulary.ICONS)
    on = [[one.targets for one in obj.relations if one.direction is Direction.ON] for obj in scene.objects]
    assert on == [[("table",)], [("table",)], []]


def test_everyday_readings_stay_as_they_were() -> None:
    assert told(read("four hats in a row, one of them is green")) == [("hat", 4, "green", None)]


def test_the_middle_one_is_between_the_others_and_claimed_so() -> None:
    scene = free("five cups in a row, the middle one is larger")
    assert scene.objects[1].relations[0].direction is Direction.BETWEEN
    assert scene.objects[1].larger_than == ("cup",)
    assert any(claim.kind == "related" for claim in claims(scene, AtlasKnowledge(Vocabulary.ICONS)))


def test_where_all_stand_each_stands() -> None:
    scene = free("four birds on a branch, one of them wearing a crown")
    assert [obj.relations[0].targets for obj in scene.objects if obj.noun == "bird"] == [("branch",), ("branch",)]


def test_the_others_get_another_colour_where_they_are_things() -> None:
    cars, one = normalized(free("four cars, one of them blue"), 0).objects
    assert one.colour == "blue" and cars.colour not in (None, "blue")
    cats, one = normalized(free("four cats, one of them black"), 0).objects
    assert cats.colour is None


def test_each_of_its_own_colour_stands_where_all_stand() -> None:
    scene = free("three cats: black, white and orange, on a sofa")
    assert [obj.relations[0].targets for obj in scene.objects if obj.noun == "cat"] == [("sofa",)] * 3


@pytest.mark.parametrize(
    ("request_", "columns"), [("ten hats in two rows", 5), ("two rows of three bells", 3), ("seven kites in 3 rows", 3)]
)
def test_rows_are_claimed_by_their_columns_and_no_number_is_lost(request_: str, columns: int) -> None:
    scene = free(request_)
    found = [claim.columns for claim in claims(scene, AtlasKnowledge(Vocabulary.ICONS)) if isinstance(claim, InColumns)]
    assert found == [columns]
    assert ledger(scene, Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).losses() == ()


@pytest.mark.parametrize(
    "request_", ["half a dozen pears", "two owls, one big and one small", "four bells, half of them red, the other half blue"]
)
def test_words_for_numbers_are_accounted_for(request_: str) -> None:
    assert ledger(free(request_), Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).losses() == ()


def test_colours_in_a_row_stand_as_they_are_told() -> None:
    scene = free("three hats in a row: red, blue and green")
    right_of = {obj.colour: scene.object_of(one.targets[0]).colour for obj in scene.objects for one in obj.relations}
    assert right_of == {"blue": "red", "green": "blue"}


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("twelve roses in a vase, all white except one",
         {("rose", 11, "white", ()), ("rose", 1, None, ("white",)), ("vase", 1, None, ())}),
        ("ten tulips, all red but one", {("tulip", 9, "red", ()), ("tulip", 1, None, ("red",))}),
        ("six eggs, all white except one brown one", {("egg", 5, "white", ()), ("egg", 1, "brown", ())}),
        ("six cups; one is red, the others are not", {("cup", 5, None, ("red",)), ("cup", 1, "red", ())}),
        ("four ducks, one is yellow, the rest aren't", {("duck", 3, None, ("yellow",)), ("duck", 1, "yellow", ())}),
        ("five frogs: one wears a crown, the others don't",
         {("frog", 4, None, ()), ("frog", 1, None, ()), ("crown", 1, None, ())}),
        ("three cats: one has a hat, the others have none",
         {("cat", 2, None, ()), ("cat", 1, None, ()), ("hat", 1, None, ())}),
    ],
)  # fmt: skip
def test_what_is_said_of_all_but_one_is_ruled_out_for_that(request_: str, told: set[tuple[object, ...]]) -> None:
    scene = free(request_)
    assert {(obj.noun, obj.count.number, obj.colour, obj.avoided) for obj in scene.objects} == told
    assert ledger(scene, Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).losses() == ()
