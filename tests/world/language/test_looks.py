"""Materials, styles, postures and parts of pictures in free requests: applied so that it is seen, or told as lost."""

import pytest

from genevolve.core.claim import Direction
from genevolve.core.ledger import Fate
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import Scene, Style
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS)


def fates(text: str) -> dict[str, Fate]:
    return {entry.words: entry.fate for entry in ledger(free(text), Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).entries}


@pytest.mark.parametrize(
    ("request_", "colour"),
    [
        ("a wooden boat", "brown"),
        ("a steel anchor", "silver"),
        ("a lion made of stone", "grey"),
        ("a chocolate rabbit", "dark brown"),
        ("a red wooden boat", "red"),
        ("a glass bottle", None),
    ],
)
def test_a_material_that_a_colour_tells_is_that_colour(request_: str, colour: str | None) -> None:
    assert free(request_).objects[0].colour == colour
    assert read(request_).objects[0].colour in (None, "red")


def test_materials_are_accounted_for() -> None:
    assert fates("a wooden boat")["wooden"] is Fate.DRAWN
    assert fates("a lion made of stone") == {"lion": Fate.DRAWN, "made": Fate.APPLIED, "stone": Fate.DRAWN}
    assert fates("a red wooden boat")["wooden"] is Fate.NOT_POSSIBLE
    assert fates("a glass bottle")["glass"] is Fate.NOT_POSSIBLE


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        ("a ladder leaning against a barn", "leaning"),
        ("a bell hanging from a rope", "hanging"),
        ("an aquarium with no fish", "no"),
        ("a pirate with a parrot on her shoulder", "shoulder"),
        ("a Christmas tree, no lights", "lights"),
        ("Art nouveau style picture of a swan", "nouveau"),
    ],
)
def test_what_a_picture_cannot_show_is_told(request_: str, word: str) -> None:
    assert fates(request_)[word] in (Fate.NOT_POSSIBLE, Fate.NOT_UNDERSTOOD)


def test_lines_are_a_style() -> None:
    assert free("black and white line drawing of a rose").style is Style.PENCIL
    assert set(fates("black and white line drawing of a rose").values()) <= {Fate.APPLIED, Fate.DRAWN, Fate.ASIDE}


@pytest.mark.parametrize(
    ("request_", "on"),
    [
        ("a penguin with a pink umbrella on an iceberg", {"penguin", "umbrella"}),
        ("a monkey playing a drum on a raft", {"monkey", "drum"}),
        ("a woman with a cake on a plate", {"cake"}),
        ("a vase with a rose on a table", {"vase"}),
    ],
)
def test_who_has_something_is_where_it_is(request_: str, on: set[str]) -> None:
    scene = free(request_)
    assert {obj.key for obj in scene.objects if any(one.direction is Direction.ON for one in obj.relations)} >= on - {"vase"}
    if "woman" in request_:
        assert not scene.object_of("woman").relations


def test_the_ground_of_the_moon_is_a_setting() -> None:
    assert free("a robot and a dog on the moon").background == "moon surface"
    assert [obj.noun for obj in free("a cow jumping over the moon").objects] == ["cow", "moon"]


@pytest.mark.parametrize(
    ("request_", "words", "lost"),
    [
        ("a cartoon shark", "cartoon", False),
        ("a flat-style illustration of a tent", "flat-style", False),
        ("a volcano erupting behind a palm tree", "erupting", False),
        ("a house burning", "burning", True),
        ("a striped zebra", "striped", False),
        ("a striped cat", "striped", True),
    ],
)
def test_what_pictures_show_anyway(request_: str, words: str, lost: bool) -> None:
    knowledge = AtlasKnowledge(Vocabulary.ICONS)
    (entry,) = (
        one for one in ledger(read(request_, Vocabulary.ICONS), Means(knowledge=knowledge)).entries if one.words == words
    )
    assert entry.lost is lost
