"""Texts on things stand on a plain part of them."""

import itertools
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.world.language.inventory import lookup
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.boards import board_of
from genevolve.world.sketch.compose import plan


def look(noun: str) -> str:
    entry = lookup(noun, Vocabulary.ICONS)
    assert entry is not None
    return entry.looks[0]


@pytest.mark.parametrize(("noun", "wiped"), [("sign", True), ("book", False), ("balloon", False), ("clipboard", True)])
def test_the_plain_part_of_a_picture(noun: str, wiped: bool) -> None:
    board = board_of(look(noun))
    assert board is not None
    assert board.wiped is wiped
    left, top, right, bottom = board.box
    assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
    assert (right - left) * (bottom - top) > 0.15


@pytest.mark.parametrize("noun", ["house", "dog"])
def test_some_pictures_have_none(noun: str) -> None:
    assert board_of(look(noun)) is None


def test_a_text_stands_on_the_board_of_its_sign_only_in_free_requests() -> None:
    asked = (
        "A sign is in the center of the image, standing on the ground with a soft contact shadow. "
        'The label "OPEN" is written in bold letters on the sign.'
    )
    free, trained = (plan(read(asked, vocabulary), (), (512, 512), 0) for vocabulary in (Vocabulary.ICONS, Vocabulary.EVERYDAY))
    (text,), (sign,) = free.texts, free.figures
    board = board_of(sign.source.look)
    assert board is not None and text.wipes is not None
    left, top, right, bottom = board.box
    assert sign.box.x + left * sign.box.w <= text.box.x and text.box.right <= sign.box.x + right * sign.box.w
    assert sign.box.y + top * sign.box.h <= text.box.y and text.box.bottom <= sign.box.y + bottom * sign.box.h
    assert trained.texts[0].wipes is None and trained.figures[0].source.board is None


NOUNS = st.lists(
    st.sampled_from(["dog", "cat", "tree", "car", "house", "sign", "book", "clock", "apple", "owl"]),
    min_size=1,
    max_size=4,
    unique=True,
)
WORDS = st.lists(
    st.sampled_from(["SALE", "Open on Monday", "Room 12", "Welcome to our garden"]), min_size=0, max_size=3, unique=True
)
PLACES = ("at the top", "at the bottom", "under the {0}", "above the {0}", "on the {0}")
LINKS = ("next to", "to the left of", "above", "on", "in front of", "behind", "inside")


def tidy(nouns: list[str], texts: list[str], dice: Random) -> None:
    """Plans a scene of these and looks for texts on texts and for what the edge cuts."""
    things = [f"A {nouns[0]} is there."]
    things += [
        f"A {noun} is {dice.choice(LINKS)} the {dice.choice(nouns[:number])}." for number, noun in enumerate(nouns[1:], 1)
    ]
    written = [
        f'The {role} "{text}" is written {dice.choice(PLACES).format(nouns[0])}.'
        for role, text in zip(("title", "caption", "label"), texts, strict=False)
    ]
    found = plan(read(surface_text(read(" ".join([*things, *written]), Vocabulary.ICONS)), Vocabulary.ICONS), (), (512, 512), 0)
    for box in [figure.box for figure in found.figures] + [text.box for text in found.texts]:
        assert box.x >= -0.5 and box.y >= -0.5 and box.right <= 512.5 and box.bottom <= 512.5
    for one, other in itertools.combinations([text.box for text in found.texts], 2):
        assert one.overlap(other) <= 0.02 * min(one.w * one.h, other.w * other.h), found.texts


@settings(max_examples=20, deadline=None, derandomize=True)
@given(nouns=NOUNS, texts=WORDS, dice=st.randoms(use_true_random=False))
def test_no_text_lies_on_a_text_and_nothing_is_cut(nouns: list[str], texts: list[str], dice: Random) -> None:
    tidy(nouns, texts, dice)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(nouns=NOUNS, texts=WORDS, dice=st.randoms(use_true_random=False))
def test_so_in_a_hundred_scenes(nouns: list[str], texts: list[str], dice: Random) -> None:
    tidy(nouns, texts, dice)
