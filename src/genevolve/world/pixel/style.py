"""Whole-image styles by what they do to pixels, measured in every part of the image so that half a style does not pass.

Text does not count: it is often set over the finished picture.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from genevolve.world.language.model import Style
from genevolve.world.pixel.arrays import Box

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Floats


PARTS = 3  # most measures must hold in PARTS × PARTS tiles
COLOURLESS = frozenset({Style.BLACK_AND_WHITE, Style.SEPIA, Style.BLUEPRINT, Style.PENCIL, Style.NEON, Style.POP_ART})
"""Styles that change colours, so that colours by name cannot be checked under them."""

SHADOWLESS = frozenset({Style.BLUEPRINT, Style.PENCIL, Style.NEON, Style.PIXEL_ART})
"""Styles that leave no soft shadows."""
LINES_ONLY = frozenset({Style.BLUEPRINT, Style.PENCIL, Style.NEON, Style.WATERCOLOR, Style.PIXEL_ART})
"""Styles that change outlines so much that a look is known by fewer signs."""

STAIRS = 1.8  # blur, in pixels, that turns the stairs of pixel art into edges again


def smoothed(image: "Floats", styles: Collection[str]) -> "Floats":
    """The image as looks are searched in it."""
    import cv2
    import numpy as np

    return np.asarray(cv2.GaussianBlur(image, (0, 0), STAIRS), np.float32) if Style.PIXEL_ART in styles else image


def hides_colours(style: str) -> bool:
    return style in COLOURLESS


def has_style(image: "Floats", style: Style, text_boxes: Sequence[Box]) -> bool:
    """Whether all of ``image`` (RGB in 0…255) is in ``style``, text aside."""
    return _TESTS[style](_without(image, text_boxes))


def visible(style: str) -> Style | None:
    """The style that can be judged under this name; None for one that cannot."""
    return Style(style) if style in set(Style) else None


def _without(image: "Floats", text_boxes: Sequence[Box]) -> "Floats":
    """The image with each text filled by the row above it, so that it is ground of the same kind."""
    result = image.copy()
    for box in text_boxes:
        left, top, right, bottom = (max(0, round(value)) for value in box)
        height = bottom - top + 4
        source = top - 3 - height if top - 3 - height >= 0 else min(bottom + 3, image.shape[0] - height)
        if source >= 0 and height > 0:
            result[max(0, top - 2) : max(0, top - 2) + height, left : right + 2] = image[
                source : source + height, left : right + 2
            ][: result[max(0, top - 2) : max(0, top - 2) + height].shape[0]]
    return result


def _tiles(image: "Floats") -> "list[Floats]":
    height, width = image.shape[0] // PARTS, image.shape[1] // PARTS
    return [
        image[row * height : (row + 1) * height, column * width : (column + 1) * width]
        for row in range(PARTS)
        for column in range(PARTS)
    ]


def _halves(image: "Floats") -> "list[Floats]":
    height, width = image.shape[0] // 2, image.shape[1] // 2
    return [image[:height], image[height:], image[:, :width], image[:, width:]]


def _chroma(image: "Floats") -> "Floats":
    import numpy as np

    return np.asarray(image.max(axis=2) - image.min(axis=2), np.float32)


def _grey(image: "Floats") -> bool:
    import numpy as np

    return all(float(np.quantile(_chroma(tile), 0.95)) < 26 for tile in _tiles(image))


def _black_and_white(image: "Floats") -> bool:
    return _grey(image)


def _pencil(image: "Floats") -> bool:
    """Grey strokes on pale paper."""
    import numpy as np

    return _grey(image) and all(float(np.median(tile)) > 185 for tile in _tiles(image))


def _sepia(image: "Floats") -> bool:
    """Everywhere red ≥ green ≥ blue, with a brownish middle."""
    import numpy as np

    red, green, blue = np.moveaxis(image, 2, 0)
    order = ((red >= green - 8) & (green >= blue - 8) & (red - blue < 130))[..., None]
    warm = [float(np.median(tile[..., 0] - tile[..., 2])) for tile in _tiles(image)]
    return all(float(part.mean()) > 0.94 for part in _tiles(order)) and min(warm) > 8


def _blueprint(image: "Floats") -> bool:
    """Blue ground with pale lines: blue leads nearly everywhere."""
    import numpy as np

    leads = ((image[..., 2] - image[..., 0] > 12) | (image.min(axis=2) > 150))[..., None]
    ground = [np.median(tile.reshape(-1, 3), axis=0) for tile in _tiles(image)]
    return all(float(part.mean()) > 0.9 for part in _tiles(leads)) and all(
        g[2] - g[0] > 40 and g[0] < 120 and g[2] > g[1] for g in ground
    )


def _neon(image: "Floats") -> bool:
    """Bright, saturated light on a dark ground."""
    import numpy as np

    dark = all(float(np.median(tile.max(axis=2))) < 110 for tile in _tiles(image))
    glow = (image.max(axis=2) > 150) & (_chroma(image) > 70)
    return dark and float(glow.mean()) > 0.004


def _pop_art(image: "Floats") -> bool:
    """Few, loud levels: posterised in every part, vivid over all."""
    import numpy as np

    steps = np.array([0, 85, 170, 255], np.float32)
    few = (np.abs(image[..., None] - steps).min(axis=3) < 14).all(axis=2)[..., None]
    vivid = (_chroma(image) > 70) & (_chroma(image) > 0.3 * image.max(axis=2))
    return float(vivid.mean()) > 0.02 and all(float(part.mean()) > 0.3 for part in _tiles(few))


def _watercolor(image: "Floats") -> bool:
    """Paper grain or uneven wash everywhere, and no hard black."""
    import cv2
    import numpy as np

    grey = np.asarray(image.mean(axis=2), np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), 3.0) - cv2.GaussianBlur(grey, (0, 0), 14.0)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.6)
    uneven = np.dstack([np.abs(smooth), np.abs(fine)]).astype(np.float32)
    textured = [np.median(tile.reshape(-1, 2), axis=0) for tile in _tiles(uneven)]
    hard = [float(np.mean(tile < 22)) for tile in _tiles(grey[..., None])]
    return max(hard) < 0.004 and all(t[0] > 0.2 and t[1] > 0.2 for t in textured)


def _pixel_art(image: "Floats") -> bool:
    """Changes of colour only on a lattice, in every half."""
    return all(_lattice(half, 1) and _lattice(half, 0) for half in _halves(image))


def _lattice(image: "Floats", axis: int) -> bool:
    """Whether the steps along ``axis`` come at one period: a sharp line in the spectrum of their profile."""
    import numpy as np

    steps = np.abs(np.diff(image, axis=axis)).sum(axis=2)
    profile = np.minimum(steps, 60.0).sum(axis=1 - axis)
    spread = np.abs(np.fft.rfft(profile - profile.mean(), n=4096))
    frequencies = np.arange(len(spread)) / 4096
    inside = (frequencies > 1 / 26) & (frequencies < 1 / 2.4)
    return bool(spread[inside].max() > LATTICE * profile.sum())


LATTICE = 0.24  # of all steps on the lattice: 0.9 for clean blocks, 0.3 after JPEG, under 0.18 for other pictures

_TESTS: Mapping[Style, Callable[["Floats"], bool]] = {
    Style.WATERCOLOR: _watercolor,
    Style.PIXEL_ART: _pixel_art,
    Style.BLUEPRINT: _blueprint,
    Style.BLACK_AND_WHITE: _black_and_white,
    Style.SEPIA: _sepia,
    Style.PENCIL: _pencil,
    Style.NEON: _neon,
    Style.POP_ART: _pop_art,
}
