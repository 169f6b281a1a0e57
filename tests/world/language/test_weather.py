"""Weather of free requests: read apart from the setting, told in the prompt, and accounted for in the ledger."""

import pytest

from genevolve.core.ledger import Fate
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import Scene, Weather
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS)


@pytest.mark.parametrize(
    ("request_", "weather", "background"),
    [
        ("a rainy street at night with a bus", (Weather.RAIN,), "street"),
        ("a foggy forest with an owl", (Weather.FOG,), "forest"),
        ("a goat in the mist", (Weather.FOG,), None),
        ("snow is falling on a village", (Weather.SNOW,), "village"),
        ("a mill by the sea, drizzle and fog", (Weather.RAIN, Weather.FOG), "sea shore"),
        ("a bear on a hill while it snows", (Weather.SNOW,), "hill"),
        ("a barn in a meadow, thunderstorm", (Weather.RAIN,), "meadow"),
        ("a snowman in the snow", (), "snow"),
        ("rain boots and an umbrella", (), None),
        ("a snow globe", (), None),
    ],
)
def test_weather_is_read_apart_from_the_setting(request_: str, weather: tuple[Weather, ...], background: str | None) -> None:
    scene = free(request_)
    assert (scene.weather, scene.background) == (weather, background)
    again = free(surface_text(scene))
    assert again.weather == weather


def test_the_ledger_says_what_became_of_its_words() -> None:
    entries = ledger(free("a misty lake with a swan"), Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).entries
    told = next(entry for entry in entries if entry.words == "misty")
    assert (told.fate, told.aspect, told.key) == (Fate.APPLIED, "weather", "fog")


def test_everyday_readings_have_no_weather() -> None:
    assert read("a rainy street with a bus").weather == ()
    assert read("a rainy street with a bus").background == "rainy street"
