"""Whether a picture is set where the request says: by the colours along its sides, against those of every setting we can draw.

It says yes or nothing: another generator's forest has other colours, and that is no fault. Objects and texts stand in the
middle.
"""

from functools import cache
from typing import TYPE_CHECKING

from genevolve.world.language.model import Weather

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bytes, Floats
    from genevolve.world.sketch.light import Hour, Light

ROWS = 16
SIDE = 0.05  # of the width, at each side
NEAR = 14.0  # mean distance in Lab that light and clouds may make
AS_NEAR = 0.8  # as near as the nearest, for settings whose sides hardly differ
_PAINTED = (96, 96)
_VARIANTS = 2  # hills and clouds move about, which the sides hardly show
_DARK_CORNERS = 0.3  # vignette from which the sides of a picture look otherwise
_ALWAYS = {"night": {"night outdoors", "night sky", "night city", "space"}, "dusk": {"sunset"}}  # by their names already


def set_in(image: "Bytes", words: str, weather: tuple[Weather, ...] = (), light: str | None = None) -> bool:
    """Whether of all settings that can be drawn the sides of ``image`` (H, W, 3) are most like the one that ``words`` name;
    ``weather`` changes how all of them look, and so does a ``light`` that leaves the corners dark."""
    from genevolve.world.sketch.background import choose

    asked = choose(words).scenery
    if asked is None:
        return False
    distances = _distances(image, weather, light)
    nearest = min(distances.values())
    return distances[asked.name] <= min(NEAR, max(nearest * 1.05, nearest + AS_NEAR))


def lit_as(image: "Bytes", words: str, light: str | None, weather: tuple[Weather, ...] = ()) -> bool:
    """Whether the sides of ``image`` are like those of the setting that ``words`` name at the hour that ``light`` tells or with
    the dark corners that it makes, and much less like the same otherwise. Of plain daylight nothing tells."""
    from genevolve.world.sketch.background import choose
    from genevolve.world.sketch.light import Hour, hour

    asked, told = choose(words).scenery, hour(light)
    if asked is None:
        return False
    if asked.name in _ALWAYS.get(told, ()):
        return True
    seen = _sides(image)
    others = [(each, light) for each in Hour if each is not told] if told is not Hour.DAY else [(told, None)]
    near, *far = (
        min(_far(seen, sides) for sides in _painted_at(asked.name, each, weather, lit))
        for each, lit in ((told, light), *others)
    )
    return near <= NEAR and near < 0.8 * min(far)


def in_fog(image: "Bytes", words: str | None) -> bool:
    """Whether the sides of ``image`` are like those of the setting that ``words`` name (or of any) in fog, and much less like
    the same in clear air."""
    from genevolve.world.sketch.background import choose

    asked = choose(words).scenery if words else None
    every = (_distances(image, weather) for weather in ((Weather.FOG,), ()))
    foggy, clear = (found[asked.name] if asked is not None else min(found.values()) for found in every)
    return foggy <= NEAR and foggy < 0.6 * clear


def _far(seen: "Floats", sides: "Floats") -> float:
    import numpy as np

    return float(np.linalg.norm(seen - sides, axis=1).mean())


def _distances(image: "Bytes", weather: tuple[Weather, ...], light: str | None = None) -> dict[str, float]:
    """By setting, how far its sides are from those of ``image``."""
    from genevolve.world.sketch.background import SETTINGS, changes
    from genevolve.world.sketch.light import Hour

    seen = _sides(image)
    return {
        scenery.name: min(
            _far(seen, sides)
            for hour in (Hour if changes(scenery) else (Hour.DAY,))
            for sides in _painted_at(scenery.name, hour, weather, light)
        )
        for scenery in SETTINGS
    }


def _painted_at(name: str, hour: "Hour", weather: tuple[Weather, ...], light: str | None) -> "tuple[Floats, ...]":
    """The sides of a setting at an hour, in the ways that it is painted."""
    from genevolve.world.sketch.light import choose

    lit = choose(light)[0]
    return _lit_at(name, hour, weather, lit if lit.vignette >= _DARK_CORNERS else None)


@cache
def _lit_at(name: str, hour: "Hour", weather: tuple[Weather, ...], lit: "Light | None") -> "tuple[Floats, ...]":
    import numpy as np

    from genevolve.world.sketch.background import painted
    from genevolve.world.sketch.light import LIGHTS, on_background
    from genevolve.world.sketch.vector import Tracing

    pictures = [painted(name, _PAINTED, variant, hour=hour, weather=weather) for variant in range(_VARIANTS)]
    lights = [on_background(one, lit or LIGHTS[-1], Tracing(_PAINTED)) for one in pictures]
    return tuple(_sides(np.asarray(picture)) for picture in (*lights, *(pictures if lit is None else ())))


def _sides(image: "Bytes") -> "Floats":
    """(ROWS, 3): the mean colour of each row of the two sides, in Lab."""
    import cv2
    import numpy as np

    width = max(1, round(image.shape[1] * SIDE))
    both = np.concatenate([image[:, :width], image[:, -width:]], axis=1).astype(np.float32) / 255
    rows = cv2.resize(both.mean(axis=1, keepdims=True), (1, ROWS), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(rows.reshape(ROWS, 1, 3), cv2.COLOR_RGB2LAB), np.float32).reshape(ROWS, 3)
