"""Numbers that are only compared."""

import pytest

from genevolve.world.language.objections import objection
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("request_", "numbers"),
    [
        ("more elephants than lions", {"elephant": 4, "lion": 2}),
        ("fewer red cars than blue buses on a road", {"car": 2, "bus": 4}),
        ("twice as many roses as tulips", {"rose": 4, "tulip": 2}),
        ("as many hats as scarves", {"hat": 3, "scarf": 3}),
        ("more pears than plums: five pears and two plums", {"pear": 5, "plum": 2}),  # said behind
    ],
)
def test_two_kinds_get_numbers_that_fit(request_: str, numbers: dict[str, int]) -> None:
    assert {obj.noun: obj.count.number for obj in read(request_, Vocabulary.ICONS).objects} == numbers


def test_it_is_no_change_of_an_earlier_picture() -> None:
    assert objection("more elephants than lions") is None
    assert objection("more elephants") is not None
