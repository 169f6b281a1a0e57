"""One thing of an image, brought to the square of 72 × 72 units on which it is drawn, so that its parts lie at known places."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genevolve.world.pixel.arrays import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from genevolve.world.pixel.arrays import Bools, Floats

UNIT = 6  # pixels of a unit
_RAYS = 720

Spot = tuple[float, float]


def patch_of(image: "Floats", square: tuple[float, float, float, float]) -> "Patch":
    """``image`` is RGB in 0…255; ``square`` is left, top, width and height of the drawing in its pixels."""
    import cv2
    import numpy as np

    left, top, width, height = square
    across, down = 72 * UNIT / width, 72 * UNIT / height
    matrix = np.array([[across, 0, -left * across], [0, down, -top * down]], np.float32)
    pixels = cv2.warpAffine(image, matrix, (72 * UNIT, 72 * UNIT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Patch(rgb=np.asarray(pixels, np.float32))


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """``rgb`` (72·UNIT, 72·UNIT, 3). Spots and boxes are in units."""

    rgb: "Floats"

    def colour(self, spot: Spot, radius: float) -> tuple[float, float, float]:
        """The middle colour of a small square around ``spot``."""
        import numpy as np

        red, green, blue = np.median(
            self.part((spot[0] - radius, spot[1] - radius, spot[0] + radius, spot[1] + radius)), axis=(0, 1)
        )
        return float(red), float(green), float(blue)

    def part(self, box: Box) -> "Floats":
        left, top, right, bottom = (max(0, round(side * UNIT)) for side in box)
        return self.rgb[top : max(bottom, top + 1), left : max(right, left + 1)]

    def ink(self, box: Box, below: float) -> float:
        """The share of a box in which some channel is dark."""
        return float((self.part(box).min(axis=2) < below).mean())

    def line(self, start: Spot, end: Spot) -> "Floats":
        """(200, 3): the colours along a line three pixels wide."""
        import cv2
        import numpy as np

        soft = cv2.blur(self.rgb, (3, 3))
        along = np.linspace(0, 1, 200)
        xs, ys = ((a + (b - a) * along) * UNIT for a, b in zip(start, end, strict=True))
        return np.asarray(soft[_index(ys), _index(xs)], np.float32)

    def rays(self, middle: Spot, radii: tuple[float, float]) -> "Floats":
        """(rays, steps, 3): the colours along each direction, clockwise from the top."""
        import numpy as np

        angles = np.radians(np.arange(_RAYS) * 360 / _RAYS)[:, None]
        steps = np.linspace(*radii, 16)[None, :]
        xs, ys = (middle[0] + steps * np.sin(angles)) * UNIT, (middle[1] - steps * np.cos(angles)) * UNIT
        return np.asarray(self.rgb[_index(ys), _index(xs)], np.float32)

    def ring(self, middle: Spot, radii: tuple[float, float], tones: "Floats | None" = None) -> "Floats":
        """(rays,): the mean brightness along each direction, or that of ``tones``."""
        import numpy as np

        plane = self.rgb.mean(axis=2) if tones is None else tones
        found = Patch(rgb=np.repeat(plane[..., None], 3, axis=2)).rays(middle, radii)
        return np.asarray(found[..., 0].mean(axis=1), np.float32)

    def redness(self) -> "Floats":
        import numpy as np

        return np.asarray(self.rgb[..., 0] - self.rgb[..., 1:].max(axis=2), np.float32)

    def dark_blobs(self, box: Box, area: tuple[float, float]) -> "list[Bools]":
        """Round dark patches in a box whose area in square units is within ``area``."""
        part = self.part(box).mean(axis=2)
        import numpy as np

        return blobs(part < 0.5 * float(np.median(part)), area, round_=True)


def blobs(mask: "Bools", area: tuple[float, float], *, round_: bool = False, across: bool = False) -> "list[Bools]":
    """The connected parts of a mask, cut tightly, whose area in square units is within ``area``; ``round_``: no lines;
    ``across``: from the left, else from the top."""
    import cv2
    import numpy as np

    number, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    found = []
    for label in sorted(range(1, number), key=lambda one: int(stats[one][0])) if across else range(1, number):
        x, y, w, h, size = (int(value) for value in stats[label])
        compact = 0.6 < w / h < 1.7 and size > 0.6 * w * h
        if area[0] <= size / UNIT**2 <= area[1] and (compact or not round_):
            found.append(labels[y : y + h, x : x + w] == label)
    return found


def _index(values: "NDArray[np.floating[Any]]") -> "NDArray[np.intp]":
    import numpy as np

    return np.clip(np.round(values), 0, 72 * UNIT - 1).astype(np.intp)
