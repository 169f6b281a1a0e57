"""What a request takes back, leaves out or forbids: it is not drawn, and the words are accounted for."""

import pytest

from genevolve.core.claim import NotColoured
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.expert.normalize import normalized
from genevolve.world.language.claims import claims
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import Scene
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS)


def lost(text: str) -> list[str]:
    entries = ledger(free(text), Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).entries
    return [entry.words for entry in entries if entry.fate.value.startswith("not")]


@pytest.mark.parametrize(
    ("request_text", "found"),
    [
        ("two rabbits, no wait, make it three, on a sofa", [("rabbit", 3, None), ("sofa", 1, None)]),
        ("three dogs, actually four", [("dog", 4, None)]),
        ("a red car, sorry, blue, next to a tree", [("car", 1, "blue"), ("tree", 1, None)]),
        ("Draw a bus. Not a yellow one, blue.", [("bus", 1, "blue")]),
        ("a cat instead of a dog on a chair", [("cat", 1, None), ("chair", 1, None)]),
        ("three dogs, actually four cats", [("dog", 3, None), ("cat", 4, None)]),  # a number of something else
    ],
)
def test_the_last_word_holds(request_text: str, found: list[tuple[str, int | None, str | None]]) -> None:
    scene = free(request_text)
    assert [(obj.noun, obj.count.number, obj.colour) for obj in scene.objects] == found


def test_another_text_takes_the_place_of_the_one_taken_back() -> None:
    request = 'A tulip and the title WINTER FAIR - sorry, I meant "SPRING FAIR"'
    (text,) = free(request).texts
    assert (text.content, text.role.value) == ("SPRING FAIR", "title")
    assert lost(request) == []


@pytest.mark.parametrize(
    ("request_text", "absent"),
    [
        ("a basket with pears, please leave out bananas, my daughter is allergic", ("banana",)),
        ("a bus on a road and nobody in it", ("person",)),
        ("a cat instead of a dog", ("dog",)),
    ],
)
def test_what_is_left_out_is_absent_and_told(request_text: str, absent: tuple[str, ...]) -> None:
    assert free(request_text).absent == absent
    assert lost(request_text) == []


def test_a_prohibition_is_a_sign_and_no_absence() -> None:
    scene = free('no smoking sign with the words "THANK YOU"')
    assert [obj.noun for obj in scene.objects] == ["no smoking"]
    assert scene.absent == ()


def test_a_quality_that_is_ruled_out_is_no_object() -> None:
    assert [obj.noun for obj in free("a garden full of flowers but no red ones").objects] == ["flower"]
    assert lost("a table with apples, but not green ones") == []


def test_another_noun_takes_the_place_of_the_one_taken_back() -> None:
    assert [(obj.noun, obj.count.number) for obj in free("two dogs, sorry, cats, on a red sofa").objects] == [
        ("cat", 2),
        ("sofa", 1),
    ]


@pytest.mark.parametrize(
    ("request_text", "avoided"),
    [
        ("four cars, none of them red", ("red",)),
        ("a car that isn't red", ("red",)),
        ("a flower in any colour but pink", ("pink",)),
        ("a boat, anything but white, on a lake", ("white",)),
        ("a red hat in any colour", ()),
    ],
)
def test_a_colour_that_is_ruled_out_is_not_chosen(request_text: str, avoided: tuple[str, ...]) -> None:
    (thing,) = normalized(free(request_text), 0).objects
    assert thing.avoided == avoided
    assert thing.colour is not None and thing.colour not in avoided


def test_a_colour_that_is_ruled_out_is_a_claim_of_its_own() -> None:
    scene = free("a car that isn't red")
    (red,) = (one for one in ledger(scene, Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).entries if one.words == "red")
    assert (red.aspect, red.key) == ("not_coloured", "car")
    found = claims(scene, AtlasKnowledge(Vocabulary.ICONS))
    assert [one.colour for one in found if isinstance(one, NotColoured)] == ["red"]
