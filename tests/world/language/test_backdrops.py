"""What is to be behind or around a place that is the backdrop is only drawn before it, and that is told."""

import pytest

from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary

MEANS = Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))


@pytest.mark.parametrize(
    ("request_", "gone"),
    [
        ("a volcano behind a village", ["behind"]),
        ("a dragon standing behind the old city", ["behind"]),
        ("a castle behind the hills", ["behind"]),
        ("a village with a volcano behind it", ["behind"]),
        ("a forest and behind it a castle", ["behind"]),
        ("a beach in front of a volcano", ["front"]),
        ("in a park, a bench with a dog behind it", []),
        ("a lake behind a hut", []),
        ("a volcano in front of a village", []),
        ("a rocket over a city", []),
        ("a dog behind a house", []),
        ("a cat behind a bench in a park", []),
    ],
)
def test_behind_a_backdrop_is_told(request_: str, gone: list[str]) -> None:
    told = [entry.words for entry in ledger(read(request_, Vocabulary.ICONS), MEANS).losses()]
    assert [word for word in told if word in {"behind", "front"}] == gone
