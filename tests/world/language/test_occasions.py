"""What is chosen where a request leaves it open, and what is drawn of a match."""

import pytest

from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("request_", "noun", "background"),
    [
        ("something cheerful for my fridge", "smiley", None),
        ("anything romantic", "heart", None),
        ("something really spooky please", "ghost", None),
        ("football match", "football", "football pitch"),
        ("a tennis game", "tennis ball", "tennis court"),
    ],
)
def test_what_stands_for_it(request_: str, noun: str, background: str | None) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert ([obj.noun for obj in scene.objects], scene.background) == ([noun], background)


def test_the_players_of_a_match_are_told_as_lost() -> None:
    entries = ledger(read("football match", Vocabulary.ICONS), Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).entries
    assert [entry.words for entry in entries if entry.fate.value.startswith("not")] == ["match"]


@pytest.mark.parametrize(
    "request_", ["a box of matches", "a football under a table", "a cat and something cheerful", "something happy with a cat"]
)
def test_nothing_else_is_chosen(request_: str) -> None:
    nouns = [obj.noun for obj in read(request_, Vocabulary.ICONS).objects]
    assert "smiley" not in nouns and read(request_, Vocabulary.ICONS).background is None
