"""Texts alone on the sheet of a free request: in its middle, and on what they can be read on."""

from dataclasses import replace

import pytest

from genevolve.core.claim import Place
from genevolve.world.expert.skill_edits import SKILL_EDITS
from genevolve.world.language.model import Scene
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def edited(text: str, vocabulary: Vocabulary = Vocabulary.ICONS) -> Scene:
    return SKILL_EDITS["text_rendering"](SKILL_EDITS["aesthetic_drawing"](read(text, vocabulary)))


@pytest.mark.parametrize(
    ("request_", "places"),
    [
        ("happy birthday mum", [Place.CENTER]),
        ("merry christmas from Ann", [Place.CENTER, Place.CENTER]),
        ('the words "Well done" with stars in the corners', [Place.CENTER]),
        ('the words "Well done" and a cat', [Place.TOP]),
    ],
)
def test_texts_alone_stand_in_the_middle(request_: str, places: list[Place]) -> None:
    assert [text.place for text in edited(request_).texts] == places


def test_only_of_free_requests() -> None:
    assert edited('the words "Well done"', Vocabulary.EVERYDAY).texts[0].place is Place.TOP


@pytest.mark.parametrize(("ink", "grounds"), [("orange", {"navy", "black"}), ("red", {"cream", "white"})])
def test_letters_are_lighter_or_darker_than_their_ground(ink: str, grounds: set[str]) -> None:
    assert edited(f'a sticker that says "fragile" in {ink}').background in grounds


def test_the_colour_of_a_text_on_a_thing_is_left_to_who_sees_it() -> None:
    scene = read("a poster titled “Monday” with a chalkboard that says “No school”", Vocabulary.ICONS)
    edited = SKILL_EDITS["text_rendering"](replace(scene, background="white"))
    colours = {text.content: text.colour for text in edited.texts}
    assert colours["No school"] is None and colours["Monday"] is not None
