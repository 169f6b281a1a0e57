"""Which things come where when somebody does something with them."""

import pytest

from genevolve.core.claim import Direction
from genevolve.world.language.bodies import Spot, bears, is_wear, spot_for
from genevolve.world.language.handling import handled, is_handling, verbs


@pytest.mark.parametrize(
    ("verb", "noun", "way"),
    [
        ("reading", "newspaper", Direction.HELD_BEFORE),
        ("plays", "electric guitar", Direction.HELD_BEFORE),
        ("hugging", "teddy bear", Direction.HELD_BEFORE),
        ("flies", "kite", Direction.HELD),
        ("playing", "chess", None),
        ("flying", "airplane", None),
        ("holding", "book", None),
    ],
)
def test_a_verb_and_its_thing_say_how_it_is_borne(verb: str, noun: str, way: Direction | None) -> None:
    assert handled(verb, noun) is way
    assert way is None or verb in verbs()[way]


def test_only_these_verbs_are_looked_at() -> None:
    assert is_handling("reading")
    assert not is_handling("carrying")


def test_a_face_is_enough_for_a_book_and_a_body_is_needed_for_a_guitar() -> None:
    book, guitar = (spot_for(Direction.HELD_BEFORE, noun) for noun in ("comic book", "guitar"))
    assert (book, guitar) == (Spot.CHIN, Spot.LAP)
    assert bears("fox", Spot.CHIN)
    assert not bears("fox", Spot.LAP)
    assert bears("girl", Spot.LAP)
    assert not bears("horse", Spot.CHIN)


def test_what_is_put_on_somewhere() -> None:
    assert all(is_wear(noun) for noun in ("boxing glove", "wellington boot", "top hat", "roller skate"))
    assert not any(is_wear(noun) for noun in ("suitcase", "guitar", "dog"))
