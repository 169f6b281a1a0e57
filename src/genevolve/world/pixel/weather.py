"""Whether rain, snow or fog is seen in a picture, by what each does to the ground between things: streaks, flakes, pale air.

Measured on pixels alone, against pictures without weather in every setting (tests/world/pixel/test_weather.py).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from genevolve.world.language.model import Weather
from genevolve.world.pixel.setting import in_fog

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Floats

PARTS = 3  # weather is everywhere: marks must lie in most of PARTS × PARTS tiles
FEWEST = 5  # marks in a tile
MOST_TILES = 6


def seen(kind: Weather, image: "Floats", ground: "Bools", setting: str | None = None) -> bool:
    """Whether ``kind`` is in ``image`` (H, W, 3; RGB in 0…255) where ``ground`` (H, W) says that no thing stands; fog is seen
    by what it makes of the ``setting``."""
    import numpy as np

    match kind:
        case Weather.RAIN:
            return _rain(image, ground)
        case Weather.SNOW:
            return _snow(image, ground)
        case Weather.FOG:
            return in_fog(np.asarray(image.clip(0, 255), np.uint8), setting)


def _marks(image: "Floats", ground: "Bools", fits: Callable[[int, int, int], bool]) -> bool:
    """Whether small bright marks of a form (width, height, area) lie in most tiles that are free."""
    import cv2
    import numpy as np

    grey = np.asarray(image.mean(axis=2), np.float32)
    lighter = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (17, 17)))
    bright = ((lighter > 16) & ground).astype(np.uint8)
    count, _, stats, centres = cv2.connectedComponentsWithStats(bright, connectivity=8)
    tall, wide = grey.shape
    found = np.zeros((PARTS, PARTS), int)
    for (_, _, width, height, area), (x, y) in zip(stats[1:count], centres[1:count], strict=True):
        if fits(int(width), int(height), int(area)):
            found[min(PARTS - 1, int(y * PARTS / tall)), min(PARTS - 1, int(x * PARTS / wide))] += 1
    rows = np.array_split(ground, PARTS, axis=0)
    free = np.array([[part.mean() > 0.5 for part in np.array_split(row, PARTS, axis=1)] for row in rows])
    enough = (found >= FEWEST) & free
    return bool(enough.sum() >= min(MOST_TILES, 0.75 * free.sum()) and enough[-1].any() and enough.sum() >= PARTS)


def _rain(image: "Floats", ground: "Bools") -> bool:
    return _marks(image, ground, lambda width, height, area: height >= 9 and height >= 1.9 * width and area >= 9)


def _snow(image: "Floats", ground: "Bools") -> bool:
    def flake(width: int, height: int, area: int) -> bool:
        return 3 <= width <= 15 and 3 <= height <= 15 and 0.55 < width / height < 1.8 and area > 0.55 * width * height

    return _marks(image, ground, flake)
