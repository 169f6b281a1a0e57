"""What people are pictured doing: read, written for a generator, told in the ledger; every picture of the table exists."""

import pytest

from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.atlas.raster import PREFIX, svg
from genevolve.world.language.activities import activities
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary

KNOWLEDGE = AtlasKnowledge(Vocabulary.ICONS)


@pytest.mark.parametrize(
    ("request_", "doing", "gone"),
    [
        ("a woman riding her bicycle", ["biking"], []),
        ("two kids playing basketball", ["playing basketball"], []),
        ("a man swimming in the sea", ["swimming"], []),
        ("a girl and a boy running", ["running", "running"], []),
        ("a person in a wheelchair", ["using a wheelchair"], []),
        ("a girl riding a horse on a beach", ["riding a horse"], []),
        ("a boy with red hair swimming", [], ["swimming"]),
        ("a woman climbing a mountain", [], ["climbing"]),
    ],
)
def test_what_people_do(request_: str, doing: list[str], gone: list[str]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert [part.name for obj in scene.objects for part in obj.parts if part.colour is None] == doing
    again = read(surface_text(scene), Vocabulary.ICONS)
    assert [part.name for obj in again.objects for part in obj.parts if part.colour is None] == doing
    assert [entry.words for entry in ledger(scene, Means(knowledge=KNOWLEDGE)).losses()] == gone


def test_who_walks_a_dog_is_not_walking_alone() -> None:
    assert all(not obj.parts for obj in read("a man walking his dog", Vocabulary.ICONS).objects)


def test_a_hat_on_who_is_pictured_from_afar_is_lost() -> None:
    scene = read("a woman riding a bicycle, wearing a hat", Vocabulary.ICONS)
    assert "wearing" in " ".join(entry.words for entry in ledger(scene, Means(knowledge=KNOWLEDGE)).losses())


def test_every_picture_exists() -> None:
    assert all(svg(PREFIX + look) for activity in activities().values() for look in activity.looks.values())
