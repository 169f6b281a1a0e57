"""Weather as it is painted over a setting: rain, snow and fog."""

from genevolve.world.language.model import Weather
from genevolve.world.sketch.stage import Canvas

_FLAKE = (255, 255, 255)


def _raining(stage: Canvas) -> None:
    """A dull day, and slanted streaks."""
    stage.dimmed((176, 184, 200))
    thick = max(2, round(min(stage.size) * 0.0032))
    for _ in range(260):
        x, y, long = stage.rng.uniform(-0.05, 1.05), stage.rng.uniform(-0.05, 1), stage.rng.uniform(0.035, 0.06)
        stage.line(stage.at(x, y), stage.at(x - 0.22 * long, y + long), (222, 232, 244), thick)


def _snowing(stage: Canvas) -> None:
    """A cold day, and flakes before everything."""
    stage.dimmed((168, 180, 206))
    for _ in range(190):
        x, y = stage.at(stage.rng.random(), stage.rng.random())
        stage.dot(x, y, min(stage.size) * stage.rng.uniform(0.005, 0.011), _FLAKE)


def _misting(stage: Canvas) -> None:
    """Pale air in which what is far fades."""
    stage.misted((222, 227, 231), 0.66)
    stage.light((228, 232, 236), (0.5, 0.62), 1.3, 0.45)


FALLING = {Weather.RAIN: _raining, Weather.SNOW: _snowing, Weather.FOG: _misting}
