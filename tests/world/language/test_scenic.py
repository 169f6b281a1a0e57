"""A place that is said between commas with how it looks there is where the picture is set, and no text."""

import pytest

from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("request_", "background", "written"),
    [
        ("a goat, misty meadow", "meadow", []),
        ("a boat and a gull, calm lake", "calm lake", []),
        ("book cover, “The Key” by Ann Bell, dark pine forest and an owl", "dark pine forest", ["The Key", "Ann Bell"]),
        ("album cover, “Drive” by The Lamps, rainy city and a car", "city", ["Drive", "The Lamps"]),
        ("party flyer, sunny beach, 5 pm, a crab", "sunny beach", ["Party", "5 pm"]),
        ("fair poster, saturday 2pm, city park, a balloon", None, ["Fair", "Saturday 2pm", "City park"]),
        ("concert poster, Dark Forest, 8 pm", None, ["Concert", "Dark Forest", "8 pm"]),
    ],
)
def test_a_place_in_small_letters_with_its_looks_is_the_setting(
    request_: str, background: str | None, written: list[str]
) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert scene.background == background
    assert [text.content for text in scene.texts] == written
