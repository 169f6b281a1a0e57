"""What a pictogram shows around the thing that it names: the water that a boat lies in."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Pixels = NDArray[numpy.uint8]
    Mask = NDArray[numpy.bool_]

WIDE = 0.97  # of the picture's width that water fills somewhere near its foot; a blue shirt does not
LEAST, MOST = 0.1, 0.85  # of what is not outline: less is a puddle, more is the thing itself
FOOT = 1 / 12  # of the height, from below


def water(rgba: "Pixels") -> "Mask":
    """(H, W): the pale blue that fills a pictogram's foot from side to side; nowhere true where there is none."""
    import numpy as np

    rgb = rgba[..., :3].astype(np.int16)
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    seen = rgba[..., 3] > 128
    fill = seen & (rgb.max(axis=2) > 60)
    pale = fill & (blue > 200) & (blue - red > 60) & (green > red) & (blue >= green)
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not rows.size:
        return np.zeros(seen.shape, np.bool_)
    part = pale[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    foot = part[-max(2, round(FOOT * len(part))) :].mean(axis=1).max()
    return np.asarray(pale & bool(foot >= WIDE and LEAST <= pale.sum() / fill.sum() <= MOST), np.bool_)
