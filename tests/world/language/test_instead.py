"""What stands in the place of what is ruled out."""

import pytest

from genevolve.core.claim import Direction
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("request_", "noun", "colour"),
    [
        ("a ghost but not a spooky one, a friendly pink one", "ghost", "pink"),
        ("a bear, not a brown one, a white one", "bear", "white"),
        ("a car but not a big one, rather a small red one, on a road", "car", "red"),
    ],
)
def test_another_one_is_the_same_thing(request_: str, noun: str, colour: str) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert [(obj.noun, obj.count.number, obj.colour) for obj in scene.objects] == [(noun, 1, colour)]
    assert [fix.word for fix in scene.corrections] == [noun]  # "one"


def test_without_a_denial_it_is_a_second_thing() -> None:
    scene = read("a red ghost, a friendly pink one", Vocabulary.ICONS)
    assert [obj.colour for obj in scene.objects] == ["red", "pink"]


@pytest.mark.parametrize(
    ("request_", "one", "host"),
    [
        ("a christmas tree with no star on top, put a bird there instead", "bird", "christmas tree"),
        ("a cake without candles on it, place a strawberry there", "strawberry", "cake"),
        ("a snowman without a hat, put a crown on it instead", "crown", "snowman"),
    ],
)
def test_what_is_put_there_is_on_it(request_: str, one: str, host: str) -> None:
    scene = read(request_, Vocabulary.ICONS)
    put = next(obj for obj in scene.objects if obj.noun == one)
    assert [(rel.direction, rel.targets) for rel in put.relations] == [(Direction.ON, (host,))]
    assert all(obj.place is None for obj in scene.objects) and len(scene.objects) == 2 and scene.absent
