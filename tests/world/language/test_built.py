"""What is made of other things: read, written for a generator, told in the ledger; what cannot be drawn so is lost."""

import pytest

from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.built import parts_of
from genevolve.world.language.claims import claims
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary

KNOWLEDGE = AtlasKnowledge(Vocabulary.ICONS)


@pytest.mark.parametrize(
    ("request_", "shape", "made_of", "gone"),
    [
        ("a house built out of books", "house", "book", []),
        ("a cat made entirely of cheese", "cat", "cheese", []),
        ("two robots made from donuts", "robot", "doughnut", []),
        ("a castle made of blue marbles", "castle", "", ["made blue marbles"]),
        ("a tree made of yellow lemons", "tree", "lemon", ["yellow"]),
        ("a guitar made of carrots", "guitar", "", ["made carrots"]),
        ("a green star made of candies", "star", "", ["made candies"]),
        ("a bear made of stone", "bear", "", []),
    ],
)
def test_what_it_is_made_of(request_: str, shape: str, made_of: str, gone: list[str]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    (obj,) = scene.objects
    assert (obj.noun, obj.made_of) == (shape, made_of)
    if made_of:
        assert [one.made_of for one in read(surface_text(scene), Vocabulary.ICONS).objects] == [made_of]
    assert [entry.words for entry in ledger(scene, Means(knowledge=KNOWLEDGE)).losses()] == gone


def test_the_judge_looks_for_the_filled_outline() -> None:
    (subject,) = {claim.subject for claim in claims(read("a heart made of roses", Vocabulary.ICONS), KNOWLEDGE)}  # type: ignore[union-attr]
    assert all(parts_of(look)[1] == "openmoji:1F339" for look in subject.looks)
    assert parts_of("openmoji:2764") == ("openmoji:2764", "")


def test_everyday_readings_stay_as_they_were() -> None:
    assert [obj.made_of for obj in read("a castle made of sandwiches").objects] == [""]
