"""Constraints laid onto the words of a request: what they copy, what they repeat, and what is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.judges.coverage import Constraint, laid

FOX = 'A red fox in a dense forest at night, with a sign that says "Stay Home", three owls and no moon.'


def copied(*words: str) -> list[Constraint]:
    """Constraints worded in a way of their own."""
    return [Constraint(requirement="…", words=each) for each in words]


def worded(*requirements: str) -> list[Constraint]:
    return [Constraint(requirement=each) for each in requirements]


@pytest.mark.parametrize(
    ("constraints", "left"),
    [
        (copied("A red fox in a dense forest at night", 'a sign that says "Stay Home"', "three owls", "no moon"), ()),
        (copied("red fox", "dense forest", "night", "sign", "Stay Home", "three owls", "no moon"), ()),
        (copied("RED FOX", "forest", "stay home", "sign", "owls"), ("dense", "night", "three", "no moon")),
        (worded("the fox is red", "a forest, dense", "it is night", 'the sign reads "Stay Home"', "three owls", "no moon"), ()),
        (worded("a fox", "owl"), ("red", "dense forest", "night", "sign", '"Stay Home"', "three owls", "no moon")),
        ([], ("red fox", "dense forest", "night", "sign", '"Stay Home"', "three owls", "no moon")),
    ],
)
def test_what_no_constraint_answers_for_is_left(constraints: list[Constraint], left: tuple[str, ...]) -> None:
    found = laid(FOX, constraints)
    assert found.open == left
    assert found.share == (1.0 if not left else pytest.approx(1 - sum(map(words_of, left)) / 11, abs=1e-4))


def words_of(phrase: str) -> int:
    return 1 if phrase.startswith('"') else len(phrase.split())


def test_a_description_that_was_resolved_is_covered_by_the_words_that_it_resolves() -> None:
    request = "The flag of the country whose capital is Nairobi"
    resolved = Constraint(requirement="The flag is that of Kenya", words="flag of the country whose capital is Nairobi")
    assert laid(request, [resolved]).share == 1.0
    assert laid(request, [Constraint(requirement="The flag is that of Kenya")]).open == ("country", "capital", "Nairobi")


@pytest.mark.parametrize(
    ("request_", "constraints", "left"),
    [
        ("雪地里有一只红色的狗", copied("红色的狗", "一只"), ("雪地里有",)),
        ("雪地里有一只红色的狗", copied("雪地里有一只红色的狗"), ()),
        ("Ein roter Hund auf der Wiese", copied("Ein roter Hund auf der Wiese"), ()),
        ("Ein roter Hund auf der Wiese", worded("Der Hund ist rot", "er steht auf einer Wiese"), ("Ein roter",)),
        ("красная лиса ночью", copied("Красная лиса"), ("ночью",)),
    ],
)
def test_any_language(request_: str, constraints: list[Constraint], left: tuple[str, ...]) -> None:
    assert laid(request_, constraints).open == left


@pytest.mark.parametrize(
    ("request_", "requirement", "covered"),
    [
        ("cartoon", "a car", False),
        ("apples", "an apple", True),
        ("a panda", "a pan", False),
        ("12 boats", "1 boat", False),
        ("3.5 metres", "3 metres", False),
        ("3 metres", "3, in metres", True),
        ("black-and-white", "black and white", True),
    ],
)
def test_a_word_is_the_same_or_another_form_of_it(request_: str, requirement: str, covered: bool) -> None:
    assert (laid(request_, worded(requirement)).share == 1.0) is covered


def test_copied_words_are_whole_words() -> None:
    assert laid("a cartoon carpet", copied("car pet", "toon")).share == 0.0


@given(st.text(max_size=120), st.lists(st.text(max_size=40), max_size=4))
def test_any_text(request_: str, words: list[str]) -> None:
    found = laid(request_, copied(*words))
    assert 0.0 <= found.share <= 1.0 and (found.share == 1.0) == (not found.open)
    assert laid(request_, copied(request_)).share in (0.0, 1.0)
