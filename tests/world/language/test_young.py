"""Young animals beside a grown one are small ones of its kind, and what told it is accounted for."""

import pytest

from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import Size
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("request_", "noun", "number"),
    [
        ("a bear and her two cubs", "bear", 2),
        ("a mother duck with five ducklings", "duck", 5),
        ("a cow and its calf in a meadow", "cow", 1),
        ("an elephant and her baby", "elephant", 1),
        ("a baby elephant and its mother", "elephant", 1),
        ("a fox and its young in the snow", "fox", None),
        ("polar bear with two cubs", "polar bear", 2),
        ("a lion with two lion cubs", "lion", 2),
        ("penguin with its chick", "penguin", 1),
    ],
)
def test_young_ones_are_small_ones_beside_a_large_one(request_: str, noun: str, number: int | None) -> None:
    scene = read(request_, Vocabulary.ICONS)
    animals = {obj.size: (obj.noun, obj.count.number) for obj in scene.objects}
    assert animals == {Size.LARGE: (noun, 1), Size.SMALL: (noun, number)}
    entries = ledger(scene, Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).entries
    assert not [entry.words for entry in entries if entry.lost]
    assert any(entry.aspect == "larger" for entry in entries)


@pytest.mark.parametrize(
    "request_", ["a kitten on a sofa", "three lion cubs", "a hen with her chicks", "a boy and his baby sister"]
)
def test_without_a_grown_one_of_its_kind_no_size_is_told(request_: str) -> None:
    assert all(obj.size is None for obj in read(request_, Vocabulary.ICONS).objects)


def test_other_vocabularies_read_as_before() -> None:
    assert all(obj.size is None for obj in read("a cat with four kittens").objects)
