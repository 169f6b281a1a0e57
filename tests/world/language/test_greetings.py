"""A greeting at the start of a request is written, also where nobody speaks of a card."""

import pytest

from genevolve.world.language.greetings import begins_with_greeting
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("request_", "texts", "nouns"),
    [
        (
            "Merry Christmas from the Miller family, with a tree and presents",
            ["Merry Christmas", "From the Miller family"],
            ["christmas tree", "gift"],
        ),
        ("Happy Birthday Tom, with a cake", ["Happy Birthday Tom"], ["cake"]),
        ("Congratulations to Anna and Ben, two doves", ["Congratulations", "To Anna and Ben"], ["dove"]),
        ("Happy dog on a beach", [], ["dog"]),
        ("happy birthday grandma", ["Happy birthday grandma"], []),
        ("good luck everyone!", ["Good luck everyone"], []),
        ("i miss you, with a teddy bear", ["I miss you"], ["teddy bear"]),
        ("happy new year 2031", ["Happy new year 2031"], []),
        ("good luck in your exams!", ["Good luck in your exams"], []),
        ("congratulations on your new boat, with a cake", ["Congratulations on your new boat"], ["cake"]),
        ("thanks teacher", ["Thanks teacher"], []),
        ("happy 40th birthday priya", ["Happy 40th birthday priya"], []),
        ("thank you for helping us move", ["Thank you for helping us move"], []),
        ("best dad ever", ["Best dad ever"], []),
    ],
)
def test_what_is_written_and_what_is_drawn(request_: str, texts: list[str], nouns: list[str]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert [text.content for text in scene.texts] == texts
    assert [obj.noun for obj in scene.objects if obj.noun in {*nouns, "family"}] == nouns


@pytest.mark.parametrize(
    "text",
    [
        "Thank you note on a desk",
        "Happy Birthday balloons",
        "good luck charm",
        "happy birthday cake",
        "a card: Merry Christmas",
        "Thanks! Draw a cat",
        "love birds",
        "welcome mat",
        "",
    ],
)
def test_what_is_no_greeting_by_itself(text: str) -> None:
    assert begins_with_greeting(text) == []
