"""Parts with colours of their own: read, written for a generator, told in the ledger; the table fits the files."""

import pytest

from genevolve.core.claim import Direction
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.atlas.painted import repainted
from genevolve.world.atlas.raster import PREFIX, svg
from genevolve.world.language.claims import claims
from genevolve.world.language.icons import PAINTED
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.part_looks import fills, part_of, people, variant_of
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary

KNOWLEDGE = AtlasKnowledge(Vocabulary.ICONS)


@pytest.mark.parametrize(
    ("request_", "parts", "gone"),
    [
        ("a blue house with a red roof and a green door", {"roof": "red", "door": "green"}, []),
        ("a cake with pink icing and a candle", {"icing": "pink"}, []),
        ("a woman who has purple hair", {"hair": "purple"}, []),
        ("a castle whose roofs are blue", {"roofs": "blue"}, []),
        ("A house on a hill. Its door is orange.", {"door": "orange"}, []),
        ("the roof of the house is blue", {"roof": "blue"}, []),
        ("a red-haired girl", {"hair": "red"}, []),
        ("a boy with blond hair holding a balloon", {"hair": "gold"}, []),
        ("a man with a brown beard", {"beard": "brown"}, []),
        ("a bald man", {"bald": None}, []),
        ("a man with curly hair", {"curly": None}, []),
        ("a woman with long black hair", {"hair": "black"}, []),
        ("a girl with short black hair", {"hair": "black"}, ["short"]),
        ("a sad man with green hair", {"hair": "green", "sad": None}, []),
        ("a smiling woman holding a balloon", {"happy": None}, []),
        ("a grumpy cat", {"angry": None}, []),
        ("a happy dog", {"happy": None}, []),
        ("a sad dog", {}, ["sad"]),
        ("an apple with a leaf", {"leaf": None}, []),
        ("a mug with a red handle", {}, ["red", "handle"]),
        ("a red house with two green doors", {}, ["with"]),
    ],
)
def test_parts_are_read_written_and_told(request_: str, parts: dict[str, str | None], gone: list[str]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert {part.name: part.colour for part in scene.objects[0].parts} == parts
    again = read(surface_text(scene), Vocabulary.ICONS)
    assert {part.name: part.colour for part in again.objects[0].parts} == parts
    assert {word for entry in ledger(scene, Means(knowledge=KNOWLEDGE)).losses() for word in entry.words.split()} == set(gone)


def test_the_colour_of_a_part_is_not_that_of_the_whole() -> None:
    (house,) = read("a house with a red roof", Vocabulary.ICONS).objects
    assert house.colour is None
    found = claims(read("a house with a red roof", Vocabulary.ICONS), KNOWLEDGE)
    assert [(one.part, one.colour) for one in found if one.kind == "part_coloured"] == [("roof", "red")]
    assert all(look.startswith(PAINTED) for one in found if one.kind == "present" for look in one.subject.looks)


@pytest.mark.parametrize("code", sorted(fills()))
def test_every_part_of_the_table_is_in_the_file(code: str) -> None:
    source = svg(PREFIX + code)
    for part, listed in fills()[code].items():
        painted = repainted(source, PREFIX + code, ((part, "#123456"),))
        assert ("#123456" in painted) is bool(listed)


def test_people_have_hair_and_variants_exist() -> None:
    for code in people():
        assert "#123456" in repainted(svg(PREFIX + code), PREFIX + code, (("hair", "#123456"),))
        assert part_of(PREFIX + code, "hair") == "hair"
    assert svg(variant_of(PREFIX + "1F468", "beard") or "")


@pytest.mark.parametrize("worn", ["glasses", "a black hat", "a green scarf"])
def test_what_is_worn_may_follow_a_part(worn: str) -> None:
    _, other = read(f"a woman with red hair and {worn}", Vocabulary.ICONS).objects
    assert [relation.direction for relation in other.relations] == [Direction.WORN]


def test_everyday_readings_stay_as_they_were() -> None:
    assert [obj.parts for obj in read("a house with a red roof").objects] == [()]


def test_a_part_may_follow_what_no_picture_shows() -> None:
    (snowman,) = read("a snowman with a carrot nose and a black hat", Vocabulary.ICONS).objects
    assert [(part.name, part.colour) for part in snowman.parts] == [("hat", "black")]
