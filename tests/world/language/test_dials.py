"""Things that show a value: what a request says of it, in words of many kinds, becomes the noun that carries it."""

import pytest

from genevolve.core.claim import Shows
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.claims import claims
from genevolve.world.language.dials import dial_of, noun_of, plural, singular
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def nouns(request: str) -> list[str]:
    return [obj.noun for obj in read(request, Vocabulary.ICONS).objects]


@pytest.mark.parametrize(
    ("request_", "noun"),
    [
        ("a clock on the wall showing ten past four", "clock showing 4:10"),
        ("wall clock, quarter to nine", "clock showing 8:45"),
        ("a big clock that says 10:17", "clock showing 10:17"),
        ("a clock striking midnight", "clock showing 12:00"),
        ("a clock at 15:00", "clock showing 3:00"),
        ("a clock showing seven thirty-five", "clock showing 7:35"),
        ("twenty to one on a clock", "clock showing 12:40"),
        ("an alarm clock set to 6:45 am", "alarm clock showing 6:45"),
        ("a digital clock showing 7:45 pm", "digital clock showing 19:45"),
        ("a red die showing five", "die showing 5"),
        ("a dice that landed on a four", "die showing 4"),
        ("a domino tile with two and five dots", "domino showing 2|5"),
        ("the traffic light is red", "traffic light with only red lit"),
        ("a traffic light with only the green light on", "traffic light with only green lit"),
        ("a thermometer at minus five degrees", "thermometer showing -5 °C"),
        ("a thermometer reading 98 °F", "thermometer showing 98 °F"),
        ("phone battery at 20 %", "battery charged to 20 %"),
        ("a 75% charged battery", "battery charged to 75 %"),
        ("progress bar at sixty percent", "progress bar filled to 60 %"),
        ("fuel gauge half full", "fuel gauge showing 50 %"),
        ("a glass half full of water", "glass of water filled to 50 %"),
        ("a glass of milk, three quarters full", "glass of milk filled to 75 %"),
        ("an empty glass", "glass of water filled to 0 %"),
        ("a pizza with one slice missing", "pizza missing 1 of 8 slices"),
        ("a cake with a quarter cut out", "cake missing 2 of 8 slices"),
        ("half a pie", "pie missing 4 of 8 slices"),
        ("the seven of spades", "playing card showing the 7 of spades"),
        ("queen of hearts playing card", "playing card showing the queen of hearts"),
        ("tic tac toe board, X in the middle and O in the top left corner", "tic-tac-toe board showing o__/_x_/___"),
        ("tic tac toe board where X wins on the diagonal", "tic-tac-toe board showing xo_/ox_/__x"),
        ("domino six-four", "domino showing 6|4"),
        ("a thermometer in the garden at 35 degrees", "thermometer showing 35 °C"),
        ("five candles in a row, only the second one is lit", "row of candles showing 01000"),
        ("3 lit candles and 2 unlit ones", "row of candles showing 11100"),
        ("a clock where it is five to twelve", "clock showing 11:55"),
        ("A clock. It shows ten past four.", "clock showing 4:10"),
        ("a wall clock (10:10)", "clock showing 10:10"),
        ("a glass that is half empty", "glass of water filled to 50 %"),
        ("a nearly empty fuel gauge", "fuel gauge showing 10 %"),
        ("speed limit sign 30", "speed limit sign showing 30"),
        ("a 50 km/h speed limit sign", "speed limit sign showing 50"),
        ("a speed limit sign that says 120", "speed limit sign showing 120"),
        ("a quater past six on a clock", "clock showing 6:15"),
    ],
)
def test_the_noun_carries_the_value_and_every_word_is_drawn(request_: str, noun: str) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert [obj.noun for obj in scene.objects] == [noun]
    lost = [entry.words for entry in ledger(scene, Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).losses()]
    assert lost in ([], ["big"])


@pytest.mark.parametrize(
    ("request_", "noun"),
    [
        ("a clock showing 25:70", "clock"),
        ("a clock at one side of a door", "clock"),
        ("a die showing nine", "die"),
        ("a die with 6 sides", "die"),
        ("a thermometer at 900 degrees", "thermometer"),
        ("a battery at 150 %", "battery"),
        ("three glasses: one empty, one half full", "glass"),
        ("a glass half full of sand", "glass"),
        ("an old grandfather clock striking nine", "clock"),
    ],
)
def test_what_cannot_be_shown_stays_what_it_is(request_: str, noun: str) -> None:
    assert all(dial_of(found) is None for found in nouns(request_))
    scene = read(request_, Vocabulary.ICONS)
    said = ledger(scene, Means(knowledge=AtlasKnowledge(Vocabulary.ICONS)))
    assert noun in nouns(request_) or noun == "glass"
    assert said.losses() or "one side" in request_


@pytest.mark.parametrize(
    "request_",
    ["an empty glass jar", "a full glass bottle beside a cup", "a traffic light on green grass", "a clock showing 12 numbers",
     "a clock at 5 metres", "two dice with three players", "half a pizza box", "a full battery pack", "people watch at 8:00"],
)  # fmt: skip
def test_what_is_said_of_something_else_is_no_value(request_: str) -> None:
    assert all(dial_of(noun) is None for noun in nouns(request_))


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ("two dice showing 3 and 4", [("die showing 3", 1), ("die showing 4", 1)]),
        ("a dice with a five on top", [("die showing 5", 1)]),
        ("two white dice, both showing six", [("die showing 6", 2)]),
        ("three clocks showing 4:10", [("clock showing 4:10", 3)]),
        (
            "ace of spades and king of diamonds",
            [("playing card showing the ace of spades", 1), ("playing card showing the king of diamonds", 1)],
        ),
        ("a clock at 3:00 and a clock at half past five", [("clock showing 3:00", 1), ("clock showing 5:30", 1)]),
    ],
)  # fmt: skip
def test_several_of_them(request_: str, found: list[tuple[str, int]]) -> None:
    assert [(obj.noun, obj.count.number) for obj in read(request_, Vocabulary.ICONS).objects] == found


@pytest.mark.parametrize(
    ("request_", "values"),
    [
        ("three glasses: one empty, one half full, one full", ["0", "50", "100"]),
        ("an empty glass next to a full one", ["0", "100"]),
        ("two clocks, one showing 3:00 and the other 9:15", ["3:00", "9:15"]),
        ("two clocks side by side: the left one shows noon, the right one shows six o'clock", ["12:00", "6:00"]),
        ("two glasses of milk, one full and one half empty", ["100", "50"]),
        ("three batteries at 10 %, 50 % and 100 %", ["10", "50", "100"]),
        ("three traffic lights: one red, one yellow, one green", ["red", "yellow", "green"]),
        ("three dominoes: 1|2, 2|5 and 5|6", ["1|2", "2|5", "5|6"]),
        ("jack, queen and king of clubs", ["jack of clubs", "queen of clubs", "king of clubs"]),
        ("hand of cards: 2 of hearts, 9 of clubs", ["2 of hearts", "9 of clubs"]),
    ],
)
def test_each_of_several_shows_its_own(request_: str, values: list[str]) -> None:
    found = [dial_of(obj.noun) for obj in read(request_, Vocabulary.ICONS).objects]
    assert [dial.value if dial is not None else "" for dial in found] == values


@pytest.mark.parametrize(
    "noun",
    ["clock showing 4:10", "die showing 5", "traffic light with only red and yellow lit", "thermometer showing 30 °C",
     "glass of orange juice filled to 25 %", "pizza missing 2 of 6 slices", "row of candles showing 0110"],
)  # fmt: skip
def test_a_noun_is_read_as_it_is_written(noun: str) -> None:
    dial = dial_of(noun)
    assert dial is not None and noun_of(dial) == noun
    several = plural(noun)
    assert several is not None and singular(several) == noun and singular(noun) is None
    scene = read(f"Two {several} stand on the ground.", Vocabulary.ICONS)
    assert [(obj.noun, obj.count.number) for obj in scene.objects] == [(noun, 2)]


def test_the_value_is_claimed() -> None:
    scene = read("a clock showing ten past four beside a cat", Vocabulary.ICONS)
    told = [claim.subject.looks for claim in claims(scene, AtlasKnowledge(Vocabulary.ICONS)) if isinstance(claim, Shows)]
    assert told == [("dial:clock=4:10",)]


def test_what_stands_in_a_layout_is_of_the_layout() -> None:
    scene = read("bar chart: battery 20%, solar 50%, wind 30%", Vocabulary.ICONS)
    assert scene.form is not None and len(scene.form.parts) == 3 and not scene.objects


def test_a_value_is_no_line_of_a_poster() -> None:
    scene = read('a poster that says "Tea time" with a clock showing 4 o\'clock', Vocabulary.ICONS)
    assert [text.content for text in scene.texts] == ["Tea time"] and nouns(scene.text) == ["clock showing 4:00"]


def test_policies_read_of_no_clock_but_a_clock() -> None:
    assert read("A clock showing 4:10.").objects[0].noun == "clock"


@pytest.mark.parametrize(
    ("request_", "noun"),
    [
        ("a racing car with the number 7 on it", "racing car"),
        ("a house with the number 12", "house"),
        ('a red car with "42" on it', "car"),
        ("a locker with the number 108", "locker"),
    ],
)
def test_a_number_stands_on_the_thing_that_it_was_said_with(request_: str, noun: str) -> None:
    (text,) = read(request_, Vocabulary.ICONS).texts
    assert [(relation.direction.value, relation.targets) for relation in text.relations] == [("on", (noun,))]


def test_a_number_on_somebody_or_a_title_is_none_of_a_thing() -> None:
    for request in ("a girl with the number 7", 'a dog with the title "2024"'):
        (text,) = read(request, Vocabulary.ICONS).texts
        assert not text.relations
