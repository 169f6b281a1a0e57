"""Whether a picture is set where the request says: by the colours along its sides, against those of every setting we can draw.

It says yes or nothing: another generator's forest has other colours, and that is no fault. Objects and texts stand in the
middle.
"""

from functools import cache
from typing import TYPE_CHECKING

from genevolve.world.language.model import Weather

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from genevolve.world.pixel.arrays import Bytes, Floats

ROWS = 16
SIDE = 0.05  # of the width, at each side
NEAR = 14.0  # mean distance in Lab that light and clouds may make
_PAINTED = (128, 128)


def set_in(image: "Bytes", words: str, weather: tuple[Weather, ...] = ()) -> bool:
    """Whether of all settings that can be drawn the sides of ``image`` (H, W, 3) are most like the one that ``words`` name;
    ``weather`` changes how all of them look."""
    from genevolve.world.sketch.background import choose

    asked = choose(words).scenery
    if asked is None:
        return False
    distances = _distances(image, weather)
    return distances[asked.name] <= min(NEAR, min(distances.values()) * 1.05)


def in_fog(image: "Bytes", words: str | None) -> bool:
    """Whether the sides of ``image`` are like those of the setting that ``words`` name (or of any) in fog, and much less like
    the same in clear air."""
    from genevolve.world.sketch.background import choose

    asked = choose(words).scenery if words else None
    every = (_distances(image, weather) for weather in ((Weather.FOG,), ()))
    foggy, clear = (found[asked.name] if asked is not None else min(found.values()) for found in every)
    return foggy <= NEAR and foggy < 0.6 * clear


def _distances(image: "Bytes", weather: tuple[Weather, ...]) -> dict[str, float]:
    """By setting, how far its sides are from those of ``image``."""
    import numpy as np

    seen = _sides(image)
    found: dict[str, float] = {}
    for name, sides in _known(weather):
        distance = float(np.linalg.norm(seen - sides, axis=1).mean())
        found[name] = min(distance, found.get(name, distance))
    return found


@cache
def _known(weather: tuple[Weather, ...]) -> "tuple[tuple[str, NDArray[np.float32]], ...]":
    """(name, sides) of every setting, by day, at sunset and by night."""
    import numpy as np

    from genevolve.world.sketch.background import SETTINGS, painted
    from genevolve.world.sketch.light import Hour

    return tuple(
        (scenery.name, _sides(np.asarray(painted(scenery.name, _PAINTED, variant, hour=hour, weather=weather))))
        for scenery in SETTINGS
        for variant in range(4)
        for hour in Hour
    )


def _sides(image: "Bytes") -> "Floats":
    """(ROWS, 3): the mean colour of each row of the two sides, in Lab."""
    import cv2
    import numpy as np

    width = max(1, round(image.shape[1] * SIDE))
    both = np.concatenate([image[:, :width], image[:, -width:]], axis=1).astype(np.float32) / 255
    rows = cv2.resize(both.mean(axis=1, keepdims=True), (1, ROWS), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(rows.reshape(ROWS, 1, 3), cv2.COLOR_RGB2LAB), np.float32).reshape(ROWS, 3)
