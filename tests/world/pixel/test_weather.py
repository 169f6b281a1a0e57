"""Weather is seen where it was drawn, and not in the same settings without it, nor where another weather is."""

import numpy as np
import pytest

from genevolve.world.language.model import Weather
from genevolve.world.pixel import weather
from genevolve.world.sketch import light
from genevolve.world.sketch.background import made
from genevolve.world.sketch.vector import Tracing

SIZE = (384, 384)


def seen(kind: Weather, setting: str, drawn: tuple[Weather, ...], *, night: bool) -> bool:
    image, _ = made(setting, SIZE, 1, hour=light.Hour.NIGHT if night else light.Hour.DAY, weather=drawn)
    lit = light.choose("at night" if night else "Soft daylight falls from the upper left")[0]
    pixels = np.asarray(light.on_background(image, lit, Tracing(SIZE)), np.float32)
    return weather.seen(kind, pixels, np.ones(pixels.shape[:2], bool), setting)


@pytest.mark.parametrize("setting", ["street", "forest", "meadow", "cream", "snow", "night city"])
@pytest.mark.parametrize("night", [False, True])
@pytest.mark.parametrize("kind", [Weather.RAIN, Weather.SNOW])
def test_rain_and_snow_are_seen_where_they_fall(kind: Weather, setting: str, night: bool) -> None:
    other = Weather.SNOW if kind is Weather.RAIN else Weather.RAIN
    assert seen(kind, setting, (kind,), night=night)
    assert not seen(kind, setting, (), night=night)
    assert not seen(kind, setting, (other,), night=night)


@pytest.mark.parametrize("setting", ["street", "forest", "meadow", "mountains", "beach"])
def test_fog_is_seen_where_it_hangs(setting: str) -> None:
    assert seen(Weather.FOG, setting, (Weather.FOG,), night=False)
    assert not seen(Weather.FOG, setting, (), night=False)
    assert not seen(Weather.FOG, setting, (Weather.RAIN,), night=False)
