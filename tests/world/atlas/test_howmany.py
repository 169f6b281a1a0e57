"""How many parts a thing has, and numbers of things that are told by other numbers."""

import pytest

from genevolve.core.claim import Counted
from genevolve.core.ledger import Fate
from genevolve.world.atlas.answers import answer
from genevolve.world.atlas.asked import facts_in
from genevolve.world.atlas.howmany import counts_in, number_of
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel.derive_claims import derive_claims


@pytest.mark.parametrize(
    ("part", "owner", "number"),
    [("legs", "spider", "8"), ("arms", "octopus", "8"), ("strings", "violin", "4"), ("sides", "stop sign", "8"),
     ("corners", "honeycomb cell", "6"), ("stars", "american flag", "50"), ("legs", "table", None), ("wings", "chair", None)],
)  # fmt: skip
def test_parts_of_a_thing(part: str, owner: str, number: str | None) -> None:
    assert number_of(part, owner) == number


@pytest.mark.parametrize(
    ("request_text", "values"),
    [
        ("an octopus and how many arms it has", ["8"]),
        ("a violin with the number of strings written underneath", ["4"]),
        ("the shape of a give way sign and how many sides it has", ["3"]),
        ("an ant with the right number of legs and a label saying how many", ["6"]),
    ],
)
def test_parts_of_what_was_named_last(request_text: str, values: list[str]) -> None:
    asked = dict.fromkeys(fact.question for fact in facts_in(request_text) if fact.question and not fact.noun)
    assert [found.text for question in asked if (found := answer(question)) is not None] == values


@pytest.mark.parametrize(
    ("request_text", "number"),
    [
        ("a cake with as many candles as there are months in a year", 12),
        ("as many red apples as a spider has legs", 8),
        ("draw as many pencils as a hexagon has sides", 6),
        ("draw as many hearts as an octopus has", 3),
        ("as many eggs as there are in a dozen", 12),
        ("a cake with one candle for each month of the year", 12),
        ("a row of balloons, one for each continent", 7),
        ("flowers, one for every day of the week", 7),
    ],
)
def test_a_number_told_by_another_one_is_counted_and_accounted_for(request_text: str, number: int) -> None:
    derived = derive_claims(request_text, AtlasKnowledge(Vocabulary.ICONS), (), Vocabulary.ICONS)
    assert number in [claim.count for claim in derived.claims if isinstance(claim, Counted)]
    assert {entry.fate for entry in derived.ledger.entries} & {Fate.NOT_UNDERSTOOD, Fate.NOT_POSSIBLE} == set()


@pytest.mark.parametrize(
    "request_text",
    ["as many birds as you like", "as many cards as there are weeks in a year", "as many cups as a chair has legs"],
)
def test_what_no_number_tells_or_nobody_could_draw_is_left(request_text: str) -> None:
    assert list(counts_in(request_text)) == []


def test_a_number_that_nothing_tells_is_said_to_be_not_found_and_draws_nothing() -> None:
    text = "a castle and how many windows it has"
    derived = derive_claims(text, AtlasKnowledge(Vocabulary.ICONS), (), Vocabulary.ICONS)
    assert [obj.noun for obj in read(text, Vocabulary.ICONS, facts_in).objects] == ["castle"]
    assert Fate.NOT_POSSIBLE in {entry.fate for entry in derived.ledger.entries if "windows" in entry.words}
