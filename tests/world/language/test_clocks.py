"""The time that a clock shows."""

import pytest

from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("request_", "noun"),
    [
        ("a clock showing 3 o'clock", "clock at three o'clock"),
        ("a wall clock at half past four next to a door", "clock at half past four"),
        ("a big clock that says 10:30", "clock at half past ten"),
        ("a clock striking midnight", "clock at twelve o'clock"),
        ("a clock at 15:00", "clock at three o'clock"),
        ("a clock showing 10:17", "clock"),  # there is no picture of it
        ("a clock at one side of a door", "clock"),
        ("a clock", "clock"),
    ],
)
def test_a_clock_shows_whole_and_half_hours(request_: str, noun: str) -> None:
    assert read(request_, Vocabulary.ICONS).objects[0].noun == noun


def test_its_words_are_accounted_for_and_it_has_a_picture() -> None:
    knowledge = AtlasKnowledge(Vocabulary.ICONS)
    entries = ledger(read("a wall clock at half past four", Vocabulary.ICONS), Means(knowledge=knowledge)).entries
    assert {entry.fate.value for entry in entries} == {"drawn"}
    assert knowledge.looks("clock at half past four") == ("openmoji:1F55F",)


def test_policies_read_of_no_clock_but_a_clock() -> None:
    assert read("A clock at three o'clock.").objects[0].noun == "clock"
