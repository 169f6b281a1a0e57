"""Colours by name: does an area, a background or a text have the palette colour that was asked for?"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from genevolve.world.language.colours import PALETTE, akin
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.detect import Instance
from genevolve.world.pixel.fills import own_areas

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Floats


GREY = 0.035  # OKLab chroma under which a colour is a grey and only lightness tells it apart
NEUTRAL = 0.014  # chroma under which a pixel has no hue: a black cat is not dark brown, a grey wall not tan
HUELESS = 0.08  # how much farther a colour with a hue is from a pixel without one
LIGHTNESS = 0.45  # how much lightness counts between chromatic colours: shade changes it, another paint changes the hue
CLOSE = 0.05  # OKLab distance at which a colour has the name, whatever else is near
MAJORITY = 0.5
LARGEST = 0.35  # share of a thing from which a colour that no other part exceeds is its main one
KNOWN = 0.5  # share of a thing whose colours must be known to say one of the whole
_TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_FROM_CONES = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


@cache
def _palette() -> "tuple[tuple[str, ...], Floats]":
    import numpy as np

    return tuple(PALETTE), oklab(np.array(list(PALETTE.values()), np.float32))


def known(name: str) -> bool:
    return name in PALETTE


def share(pixels: "Floats", name: str) -> float:
    """Share of (N, 3) RGB pixels that a person would call ``name`` (or by a name of the same family)."""
    import numpy as np

    if not len(pixels):
        return 0.0
    names, colours = _palette()
    family = np.array([akin(name, other) for other in names])
    distance = _distance(oklab(pixels)[:, None], colours[None])
    return float(np.mean(family[distance.argmin(axis=1)] | (distance[:, names.index(name)] < CLOSE)))


def nearest(pixels: "Floats") -> str:
    """The palette name of the median of (N, 3) RGB pixels."""
    import numpy as np

    names, colours = _palette()
    middle = oklab(np.median(pixels, axis=0)[None])
    return names[int(_distance(middle[:, None], colours[None])[0].argmin())]


def oklab(rgb: "Floats") -> "Floats":
    """(N, 3) sRGB in 0…255 to OKLab, the vector form of ``genevolve.world.language.colours.oklab``."""
    import numpy as np

    cones = np.cbrt(_linear(np.clip(rgb, 0, 255)) @ np.array(_TO_CONES, np.float32).T)
    return np.asarray(cones @ np.array(_FROM_CONES, np.float32).T, np.float32)


def _distance(one: "Floats", other: "Floats") -> "Floats":
    import numpy as np

    difference = one - other
    own, others = np.hypot(one[..., 1], one[..., 2]), np.hypot(other[..., 1], other[..., 2])
    weight = np.where(np.maximum(own, others) < GREY, 1.0, LIGHTNESS)
    apart = np.where((own < NEUTRAL) & (others >= GREY), HUELESS, 0.0)
    return np.asarray(apart + np.sqrt((weight * difference[..., 0]) ** 2 + difference[..., 1] ** 2 + difference[..., 2] ** 2))


def has_colour(image: "Floats", instance: Instance, name: str, hidden: "Floats | None" = None) -> tuple[bool | None, str]:
    """Whether the main area of ``instance`` is ``name``, and the name of the colour that it has; None where too little of it
    can be seen to say."""
    areas = [area for area in own_areas(image, instance, hidden) if len(area.pixels)]
    if sum(area.weight for area in areas) < KNOWN:
        return None, ""
    asked, rivals = 0.0, defaultdict[str, float](float)
    for area in areas:
        part = share(area.pixels, name)
        asked += area.weight * part
        if part < MAJORITY:
            rivals[nearest(area.pixels)] += area.weight
    other = max(rivals, key=lambda rival: rivals[rival], default=name)
    total = sum(area.weight for area in areas)
    return asked >= MAJORITY * total or (asked >= LARGEST * total and asked > rivals.get(other, 0.0)), other


def background_share(image: "Floats", background: "Bools", name: str) -> float:
    """Share of the background's pixels that are ``name``."""
    return share(image[background][::7], name)


def ink(image: "Floats", box: Box) -> "tuple[Floats, Floats]":
    """(colour of the letters, colour around them) in RGB: two clusters; the border of the box is ground."""
    import cv2
    import numpy as np

    left, top, right, bottom = (round(value) for value in box)
    part = image[max(0, top) : bottom + 1, max(0, left) : right + 1]
    flat = part.reshape(-1, 3)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 1.0)
    cv2.setRNGSeed(7)
    start = np.zeros((len(flat), 1), np.int32)
    _, labels, centres = cv2.kmeans(np.ascontiguousarray(flat), 2, start, criteria, 2, cv2.KMEANS_PP_CENTERS)
    labelled = labels.reshape(part.shape[:2])
    ring = np.concatenate([labelled[0], labelled[-1], labelled[:, 0], labelled[:, -1]])
    ground = int(ring.mean() > 0.5)
    # letters are thin: their true colour is at the far end of the mixture, not in its middle
    away = np.linalg.norm(flat - centres[ground], axis=1)
    core = flat[away >= np.quantile(away, 0.93)]
    return np.asarray(np.median(core, axis=0), np.float32), np.asarray(centres[ground], np.float32)


def text_has_colour(image: "Floats", boxes: Sequence[Box], name: str) -> tuple[bool, str]:
    import numpy as np

    pixels = np.array([ink(image, box)[0] for box in boxes], np.float32)
    return share(pixels, name) >= MAJORITY, nearest(pixels)


def contrast(image: "Floats", box: Box) -> float:
    """WCAG contrast ratio between letters and ground, 1 to 21."""
    import numpy as np

    light = [float(np.dot(_linear(colour), (0.2126, 0.7152, 0.0722))) for colour in ink(image, box)]
    return (max(light) + 0.05) / (min(light) + 0.05)


def _linear(rgb: "Floats") -> "Floats":
    import numpy as np

    part = rgb / 255.0
    return np.asarray(np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4), np.float32)
