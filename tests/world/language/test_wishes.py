"""Whose wish it is, and what is said around it: neither a headline, nor a place where words get lost without a word."""

import pytest

from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.wishes import without_wish

REQUESTS = [
    "a sign saying BACK SOON",
    "a menu for our pub: pie 9, chips 4",
    "an invitation to Ana's birthday, Saturday 3 May, 4pm",
    "a flyer for our spring fair, Sunday 4 May, 10am",
    "the poster of a red kite",
]


@pytest.mark.parametrize("wish", ["I need ", "please make me ", "Could you please draw ", "We’d like to have "])
@pytest.mark.parametrize("request_", REQUESTS)
def test_whose_wish_it_is_changes_nothing(wish: str, request_: str) -> None:
    plain, wished = (read(f"{before}{request_}", Vocabulary.ICONS) for before in ("", wish))
    assert [(text.role, text.content) for text in wished.texts] == [(text.role, text.content) for text in plain.texts]
    assert [obj.noun for obj in wished.objects] == [obj.noun for obj in plain.objects]


@pytest.mark.parametrize("text", ["make art poster", "Please ring the bell", "poster: make a wish, blow the candles", ""])
def test_what_is_no_wish_stays(text: str) -> None:
    assert without_wish(text) == text


@pytest.mark.parametrize(
    ("request_", "lost"),
    [
        ("a poster with a rose for Dr Patel", {"Dr Patel"}),
        ("Birthday card for Grandpa turning 80, he loves fishing", {"fishing"}),
        ("a card for a friend who is mad about trains", {"trains"}),
        ("birthday card for my daughter Nora, she turns 6, with a unicorn", {"6"}),
        ("a card for grandpa, he is turning eighty, with a cake", {"eighty"}),
        ("a poster with a rose for 20 people", set()),
        ("a cat on a sofa for my friend Tom", set()),
        ("a flyer with a balloon for my aunt", set()),
        ("Election poster for club treasurer: Vote Amara, she listens", {"club treasurer"}),
        ("sign for the pool: No diving, no running", set()),
    ],
)
def test_names_on_cards_and_what_somebody_loves_are_no_asides(request_: str, lost: set[str]) -> None:
    found = ledger(read(request_, Vocabulary.ICONS), Means(knowledge=AtlasKnowledge(Vocabulary.ICONS)))
    assert {
        entry.words
        for entry in found.losses()
        if entry.becomes.startswith(("a name that", "a number that", "said of", "what it is for"))
    } == lost
