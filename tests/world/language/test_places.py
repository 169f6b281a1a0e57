"""Nouns that are places in one company and things in another, and what is said of where things are in them."""

import pytest

from genevolve.core.claim import Piling, Place
from genevolve.world.language.model import Scene
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS)


@pytest.mark.parametrize(
    ("request_", "nouns", "background"),
    [
        ("an elephant by the river bank", ["elephant"], "river bank"),
        ("a taxi by the bank", ["taxi", "bank"], None),
        ("a swimming pool with a rubber ring", ["lifebuoy"], "swimming pool"),
        ("a farmyard with a tractor", ["tractor"], "farmyard"),
        ("bread on a wooden board", ["bread", "cutting board"], None),
        ("a kettle on the counter", ["kettle", "kitchen counter"], None),
        ("a cat on the windowsill", ["cat", "windowsill"], None),
        ("a picture hanging on the wall above a sofa", ["picture", "sofa"], "wall"),
        ("a fox, two colours only", ["fox"], None),
        ("misty mountains, a deer", ["deer"], "mountains"),
        ("rolling hills with a goat", ["goat"], "rolling hills"),
        ("a picnic by the lake with a dog", ["dog"], "lake shore"),
        ("Picnic in the park: a blanket and a basket", ["blanket", "basket"], "park"),
    ],
)
def test_what_is_a_place_and_what_a_thing(request_: str, nouns: list[str], background: str | None) -> None:
    scene = free(request_)
    assert ([obj.noun for obj in scene.objects], scene.background) == (nouns, background)


@pytest.mark.parametrize(
    "request_", ["A picture of a dog", "a picture with a fox on the left", "The picture is in neon style: a cat"]
)
def test_the_picture_itself_is_no_thing(request_: str) -> None:
    assert "picture" not in [obj.noun for obj in free(request_).objects]


@pytest.mark.parametrize(
    ("request_", "places"),
    [
        ("a bed, a lamp in the corner", [None, Place.BOTTOM_RIGHT]),
        ("three buns, two cups, a tree on the right", [None, None, Place.RIGHT]),
        ("a dog and a cat on the left", [Place.LEFT, Place.LEFT]),
        ("a clock on the wall, a desk", [Place.TOP, None]),
        ("a door and a bicycle leaning on the wall", [None, None]),
        ("a cat on the wall", [None]),
    ],
)
def test_of_a_list_the_last_is_there(request_: str, places: list[Place | None]) -> None:
    assert [obj.place for obj in free(request_).objects] == places


def test_a_pile_is_a_stack() -> None:
    book, desk = free("four books in a pile on a desk").objects
    assert (book.noun, book.count.number, book.arrangement, desk.noun) == ("book", 4, Piling.PILE, "desk")
