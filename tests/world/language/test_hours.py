"""Times of the day that a request names by themselves, and which of two holds where one is taken back."""

import pytest

from genevolve.world.language.model import Scene, Weather
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS)


@pytest.mark.parametrize(
    ("request_", "light"),
    [
        ("a city street, evening, a taxi", "at dusk"),
        ("early morning, a goat on a hill", "at sunrise"),
        ("a cow in the late afternoon", "at sunset"),
        ("a quiet morning in the village", "in soft morning light"),
        ("two boats on a lake in the evening", "at dusk"),
        ("a fox, midnight", "at night"),
        ("a fox on a night train", None),
        ("a good morning card with a sun", None),
        ("an evening dress", None),
        ("a cottage with a light on", None),
        ("a barn with its lights on, two goats", None),
    ],
)
def test_the_hour(request_: str, light: str | None) -> None:
    assert free(request_).light == light


def test_weather_before_the_hour_is_kept() -> None:
    scene = free("a misty evening at the harbour with a boat")
    assert (scene.light, scene.weather, scene.background) == ("at dusk", (Weather.FOG,), "harbour")


def test_an_hour_is_more_than_the_day() -> None:
    scene = free("rainy day in the town, evening")
    assert scene.light == "at dusk" and {fix.word for fix in scene.corrections} == {"dusk"}


@pytest.mark.parametrize(
    ("request_", "light", "background"),
    [
        ("a farmyard at night, no wait make it early morning, with a goat", "at sunrise", "farmyard"),
        ("a park at noon, no sorry, at sunset, with a bench", "at sunset", "park"),
        ("a fox at night, actually in the evening", "at dusk", "sunset"),
    ],
)
def test_the_last_hour_holds(request_: str, light: str, background: str | None) -> None:
    scene = free(request_)
    assert (scene.light, scene.background) == (light, background)
    assert scene.absent == () and scene.excluded
