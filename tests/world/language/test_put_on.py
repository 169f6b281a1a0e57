"""What is worn or held, told from the other side: "a scarf on a snowman", "a rose in the mouth of a wolf"."""

import pytest

from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("request_", "relation", "lost"),
    [
        ("a green scarf on a snowman", ("scarf", "worn by", "snowman"), []),
        ("a bow tie on a teddy bear", ("bow tie", "worn by", "teddy bear"), []),
        ("a blue scarf around the neck of a goose", ("scarf", "worn by", "goose"), []),
        ("a crown on a frog's head", ("crown", "worn by", "frog"), []),
        ("a necklace around a cow's neck", ("necklace", "worn by", "cow"), []),
        ("a rose in the beak of an owl", ("rose", "held at the mouth of", "owl"), []),
        ("a kite in the hand of a girl", ("kite", "held by", "girl"), []),
        ("a tie on an elephant", ("tie", "worn by", "elephant"), ["on"]),  # no picture of it shows its neck
        ("a straw hat on a donkey", ("hat", "worn by", "donkey"), ["on"]),
        ("a cap on a chair", ("cap", "on", "chair"), []),
        ("a hat on a snowman", ("hat", "on", "snowman"), []),  # who has one of its own
        ("a bird on the head of a cow", ("bird", "on", "cow"), []),
    ],
)
def test_who_bears_it(request_: str, relation: tuple[str, str, str], lost: list[str]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    found = [(obj.key, one.direction.value, one.targets[0]) for obj in scene.objects for one in obj.relations]
    assert found == [relation]
    told = ledger(scene, Means(knowledge=AtlasKnowledge(Vocabulary.ICONS)))
    assert [entry.words for entry in told.losses()] == lost
