"""Signs, notices and stickers are the sheet itself; single letters and numbers; how the texts of a sheet look."""

import pytest

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.core.ledger import Fate
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import FormKind, Scene
from genevolve.world.language.reader import read
from genevolve.world.language.rims import CORNERS, EDGE
from genevolve.world.language.vocabulary import Vocabulary


class Anything:
    def looks(self, noun: str, of: str) -> tuple[str, ...]:
        return (noun,)

    def wording(self, describes: str) -> str | None:
        return None


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS)


def lost(scene: Scene) -> list[str]:
    told = ledger(scene, Means(knowledge=Anything())).entries
    return [entry.words for entry in told if entry.fate in {Fate.NOT_UNDERSTOOD, Fate.NOT_POSSIBLE}]


@pytest.mark.parametrize(
    ("request_", "texts", "nouns", "background"),
    [
        ("no cats on the sofa sign", ["No cats on the sofa"], [], None),
        ("please knock twice notice for my door", ["Please knock twice"], [], None),
        ("yellow slippery steps sign", ["Slippery steps"], [], "yellow"),
        ("lost and found box label", ["Lost and found box"], [], None),
        ("handle with care sticker", ["Handle with care"], [], None),
        ('"CLOSED" sign for a bakery, with a loaf of bread', ["CLOSED"], ["bread"], None),
        ('a big red "SALE" banner', ["SALE"], [], "red"),
        ('"Wet Paint" warning sign in yellow and black', ["Wet Paint"], [], "yellow"),
        ("quiet please, exam in progress - sign to stick on a door", ["Quiet please", "Exam in progress"], [], None),
        ('book sale sign with an arrow pointing left and the words "In here"', ["Book sale", "In here"], ["left arrow"], None),
    ],
)
def test_a_sign_is_the_sheet(request_: str, texts: list[str], nouns: list[str], background: str | None) -> None:
    scene = free(request_)
    assert scene.form is not None and scene.form.kind is FormKind.CARD
    assert [text.content for text in scene.texts] == texts
    assert [obj.noun for obj in scene.objects] == nouns
    assert scene.background == background
    assert not lost(scene)


@pytest.mark.parametrize(
    ("request_", "nouns"),
    [
        ("a man holding a sign", {"man", "sign"}),
        ('a "To Let" sign on a fence', {"hanging sign", "fence"}),
        ("old wooden sign", {"sign"}),
        ("a stop sign", {"stop sign"}),
        ("a dollar sign", {"dollar sign"}),
        ('a hand-lettered sign "Fresh Eggs" with a hen', {"chicken"}),
        ("a no-smoking sign", {"no smoking"}),
    ],
)
def test_what_is_a_thing_of_the_picture(request_: str, nouns: set[str]) -> None:
    assert {obj.noun for obj in free(request_).objects} == nouns


@pytest.mark.parametrize("request_", ['a "To Let" sign on a fence', 'a "Best Dad" mug', "number 8 balloon", "number 1 medal"])
def test_words_before_what_bears_them_stand_on_it(request_: str) -> None:
    scene = free(request_)
    assert [one.direction for one in scene.texts[0].relations] == [Direction.ON]
    assert scene.objects[0].count.number == 1


@pytest.mark.parametrize(
    ("request_", "said", "colour", "background"),
    [
        ("a big white P on blue", "P", "white", "blue"),
        ("a red 3", "3", "red", None),
        ("letter K in green", "K", "green", None),
        ('the red number "42"', "42", "red", None),
        ('the letters "ABC" in blue', "ABC", "blue", None),
        ("the number seven in gold", "7", "gold", None),
    ],
)
def test_a_letter_or_number_alone(request_: str, said: str, colour: str, background: str | None) -> None:
    scene = free(request_)
    assert [(text.content, text.colour) for text in scene.texts] == [(said, colour)]
    assert not scene.objects and scene.background == background
    assert not lost(scene)


@pytest.mark.parametrize(
    "request_", ["3 cats", "a T-shirt", "an A", "a letter on a table", "a red 3 wheeler", "atomic number 6"]
)
def test_what_is_no_letter_to_be_shown(request_: str) -> None:
    assert not free(request_).texts


@pytest.mark.parametrize(
    ("request_", "look"),
    [
        ("no ball games sign in red letters", ("red", None, None, Place.CENTER)),
        ("farewell card for Ida, no pictures, big bold letters", (None, True, True, Place.CENTER)),
        ("thank you card, a cat, title at the bottom", (None, None, None, Place.BOTTOM)),
        ("welcome baby girl banner, pink and white", ("pink", None, None, Place.CENTER)),
    ],
)
def test_how_the_title_of_a_sheet_looks(request_: str, look: tuple[str | None, bool | None, bool | None, Place]) -> None:
    scene = free(request_)
    title = scene.texts[0]
    assert (title.colour, title.large, title.bold, title.place) == look
    assert not lost(scene)


@pytest.mark.parametrize(
    ("request_", "noun", "places"),
    [
        ("wedding invitation for Tom and Priya, 14 June, roses in the corners", "rose", CORNERS),
        ("thank you card with a star in each corner", "star", CORNERS),
        ("the word HOPE with flowers round the edge", "flower", EDGE),
        ('a card with a border of stars that says "You are 6"', "star", EDGE),
        ('"Book Club" poster framed by leaves', "leaf", EDGE),
    ],
)
def test_things_all_around(request_: str, noun: str, places: tuple[Place, ...]) -> None:
    scene = free(request_)
    assert [(obj.noun, obj.place) for obj in scene.objects] == [(noun, place) for place in places]
    assert all(text.place in {None, Place.CENTER} for text in scene.texts)
    assert not lost(scene)


@pytest.mark.parametrize(
    "request_", ["three ducks around the edge of a pond", "a cat in the corner", "a vase in a picture frame"]
)
def test_what_is_not_all_around(request_: str) -> None:
    assert len(free(request_).objects) <= 2


def test_a_letter_said_of_a_thing_stands_on_it() -> None:
    scene = free("a whiteboard with the letter Q on it next to an apple")
    assert [one.direction for one in scene.texts[0].relations] == [Direction.ON]
    assert [one.direction for one in scene.objects[0].relations] == [Direction.NEXT_TO]


def test_things_around_a_text() -> None:
    scene = free("letter K with stars around it")
    assert scene.objects[0].arrangement is Arrangement.CIRCLE
    assert scene.texts[0].relations[0].direction is Direction.INSIDE
    assert not lost(scene)


@pytest.mark.parametrize(
    ("request_", "pictures"),
    [
        ("menu: tea £2, cake 50p, with a little picture next to each one", ["tea", "cake"]),
        ("shopping list with milk, eggs and carrot cake, with drawings", ["milk", "egg", "cake"]),
        ("price list: pizza $6, gravel $2. put a picture beside every item", ["pizza", "gravel"]),
        ("menu: tea 2, cake 3", [None, None]),
    ],
)
def test_pictures_beside_the_entries_of_a_list(request_: str, pictures: list[str | None]) -> None:
    scene = free(request_)
    assert scene.form is not None and scene.form.kind is FormKind.LIST
    assert [part.picture for part in scene.form.parts] == pictures
    assert not lost(scene)
