"""The template language and the small rules of English around it."""

from random import Random

import pytest

from genevolve.world.recipes.grammar import article, expand, listed, normalized, readings


def test_every_reading_is_reached_and_counted() -> None:
    template = "[a|b[1|2|]|] end"
    seen = {expand(template, Random(seed)) for seed in range(200)}
    assert seen == {"a end", "b end", "b1 end", "b2 end", "end"}
    assert readings(template) == 5
    assert readings("[a|b] and [c|d|e]") == 6
    assert readings("plain") == 1


def test_slots_are_never_read_as_choices() -> None:
    assert expand('say "{t}"', Random(0), t="[A|B] {t}") == 'say "[A|B] {t}"'


def test_a_missing_slot_is_named() -> None:
    with pytest.raises(KeyError, match="where"):
        expand("put it {where}", Random(0))


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("orange", "an orange"),
        ("unicorn", "a unicorn"),
        ("umbrella", "an umbrella"),
        ("hourglass", "an hourglass"),
        ("horse", "a horse"),
        ("ukulele", "a ukulele"),
        ("European map", "a European map"),
        ("app icon", "an app icon"),
        ("T-shirt design", "a T-shirt design"),
    ],
)
def test_article_goes_by_sound(phrase: str, expected: str) -> None:
    assert article(phrase) == expected


def test_lists_and_spaces() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert normalized(" a  b , c ,. d ") == "a b, c. d"
