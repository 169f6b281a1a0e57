"""What must not have the colour of the others of its kind is drawn in a chosen one."""

import pytest

from genevolve.world.expert.apart import told_apart
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("request_", "colours"),
    [
        ("six eggs, all white except one", ["white", "red"]),
        ("ten tulips, all red but one", ["red", "white"]),
        ("six cups; one is red, the others are not", ["white", "red"]),
        ("five cats, none of them black", [None]),
    ],
)
def test_a_colour_is_chosen_beside_others_of_its_kind(request_: str, colours: list[str | None]) -> None:
    assert [obj.colour for obj in told_apart(read(request_, Vocabulary.ICONS)).objects] == colours
