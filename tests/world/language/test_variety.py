"""Several that differ: by colour each is a thing of its own; other differences are lost, and the things are drawn."""

import pytest

from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary

MEANS = Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))


@pytest.mark.parametrize(
    ("request_", "colours", "gone"),
    [
        ("five balloons of different colours", 5, []),
        ("three cups, each in a different colour", 3, []),
        ("flowers in different colors", 5, []),
        ("three candles of different heights", 0, ["different heights"]),
        ("four dogs of different breeds", 0, ["different breeds"]),
    ],
)
def test_several_that_differ(request_: str, colours: int, gone: list[str]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert len({obj.colour for obj in scene.objects if obj.colour}) == colours
    assert [entry.words for entry in ledger(scene, MEANS).losses()] == gone


def test_what_is_said_of_them_is_said_of_all() -> None:
    scene = read("three pencils of different colours in a jar", Vocabulary.ICONS)
    assert [relation.targets for obj in scene.objects[:3] for relation in obj.relations] == [("jar",)] * 3
