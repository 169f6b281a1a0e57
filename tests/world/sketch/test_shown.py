"""Which words for a setting its picture answers for."""

import pytest

from genevolve.core.ledger import Fate
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.background import choose
from genevolve.world.sketch.shown import shows


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("snowy street", "snowy street"),
        ("snow-covered village", "snowy village"),
        ("street in winter", "snowy street"),
        ("snowy mountains", "snowy mountains"),
        ("frozen pond", "frozen lake"),
        ("alpine village", "mountain village"),
        ("market square", "market"),
        ("small town", "village"),
        ("snowy field", "snow"),
        ("city street", "street"),
        ("street at night", "night city"),
        ("swimming pool", "swimming pool"),
        ("barn yard", "farm"),
        ("old fishing harbour", "harbour"),
        ("football stadium", "football pitch"),
        ("tennis court", "tennis court"),
        ("river bank", "river bank"),
        ("mountain field", "mountains"),
        ("wall", "room"),
    ],
)
def test_what_is_painted(setting: str, name: str) -> None:
    scenery = choose(setting).scenery
    assert scenery is not None and scenery.name == name


@pytest.mark.parametrize(
    ("setting", "lost"),
    [
        ("snowy street", []),
        ("snow-covered field", []),
        ("wide sandy beach", []),
        ("empty meadow", []),
        ("dense pine forest", []),
        ("crowded beach", ["crowded"]),
        ("flooded street", ["flooded"]),
        ("old library", ["old", "library"]),
        ("snowy playground", ["playground"]),
        ("Japanese garden", ["japanese"]),
    ],
)
def test_a_word_that_the_picture_does_not_show_is_lost(setting: str, lost: list[str]) -> None:
    assert [word for word in setting.lower().split() if not shows(setting, word)] == lost
    means = Means(knowledge=AtlasKnowledge(Vocabulary.ICONS), setting=shows)
    found = ledger(read(f"a fox in a {setting}", Vocabulary.ICONS), means)
    assert [entry.words.lower() for entry in found.entries if entry.fate is Fate.NOT_POSSIBLE] == lost


def test_a_setting_without_a_picture_shows_nothing() -> None:
    assert not shows("airport")
    assert shows("light blue", "light")
