"""Whole-image styles by what they do to pixels, measured in every part of the image so that half a style does not pass."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from genevolve.scene.model import Style

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

PARTS = 3  # the image is judged in PARTS × PARTS tiles
COLOURLESS = frozenset({Style.BLACK_AND_WHITE, Style.SEPIA, Style.BLUEPRINT, Style.PENCIL, Style.NEON, Style.POP_ART})


def has_style(image: "Floats", style: Style) -> bool:
    """Whether all of the image is in ``style``. ``image`` is RGB in 0…255."""
    return _TESTS[style](image)


def _tiles(image: "Floats") -> "list[Floats]":
    height, width = image.shape[0] // PARTS, image.shape[1] // PARTS
    return [
        image[row * height : (row + 1) * height, column * width : (column + 1) * width]
        for row in range(PARTS)
        for column in range(PARTS)
    ]


def _chroma(image: "Floats") -> "Floats":
    return image.max(axis=2) - image.min(axis=2)


def _black_and_white(image: "Floats") -> bool:
    import numpy as np

    return all(float(np.quantile(_chroma(tile), 0.96)) < 24 for tile in _tiles(image))


def _sepia(image: "Floats") -> bool:
    """Everywhere red ≥ green ≥ blue, with a brownish middle."""
    import numpy as np

    red, green, blue = np.moveaxis(image, 2, 0)
    order = (red >= green - 6) & (green >= blue - 6) & (red - blue < 125)
    warm = [float(np.median((tile[..., 0] - tile[..., 2]))) for tile in _tiles(image)]
    return all(float(part.mean()) > 0.95 for part in _tiles(order[..., None])) and min(warm) > 8


def _blueprint(image: "Floats") -> bool:
    """Blue ground with pale lines: blue leads nearly everywhere."""
    import numpy as np

    red, blue = image[..., 0], image[..., 2]
    leads = ((blue - red > 12) | (image.min(axis=2) > 150))[..., None]
    ground = [np.median(tile.reshape(-1, 3), axis=0) for tile in _tiles(image)]
    return all(float(part.mean()) > 0.9 for part in _tiles(leads)) and all(g[2] - g[0] > 25 for g in ground)


_TESTS: Mapping[Style, Callable[["Floats"], bool]] = {
    Style.BLACK_AND_WHITE: _black_and_white,
    Style.SEPIA: _sepia,
    Style.BLUEPRINT: _blueprint,
}


def visible(style: str) -> Style | None:
    """The style that can be judged under this name; None for one that cannot."""
    try:
        known = Style(style)
    except ValueError:
        return None
    return known if known in _TESTS else None
