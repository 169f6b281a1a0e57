"""Edge fields: what stays of a picture when it is recoloured, shaded, blurred a little or compressed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Floats


SOFT = 14.0  # grey levels of gradient at which an edge counts half


def edge_field(rgb: "Floats") -> "Floats":
    """(H, W, 3) in 0…255 to (H, W, 2): edge direction at double angle, length in [0, 1) by strength.

    Double angle makes a dark-to-light edge equal to a light-to-dark one, and the three channels are summed as tensors,
    so that red on green of one lightness is an edge too.
    """
    import cv2
    import numpy as np

    horizontal = cv2.Scharr(rgb, cv2.CV_32F, 1, 0) / 32.0
    vertical = cv2.Scharr(rgb, cv2.CV_32F, 0, 1) / 32.0
    even = ((horizontal - vertical) * (horizontal + vertical)).sum(axis=2)
    odd = 2.0 * (horizontal * vertical).sum(axis=2)
    strength = np.sqrt(np.hypot(even, odd))
    gain = 1.0 / ((strength + SOFT) * (strength + 1e-3))
    return np.dstack([even * gain, odd * gain]).astype(np.float32)


def cells(field: "Floats", cell: int) -> "Floats":
    """(H, W, 2) to (H // cell, W // cell, 4): mean rectified direction per cell, for coarse scanning."""
    import cv2
    import numpy as np

    height, width = field.shape[0] // cell, field.shape[1] // cell
    even, odd = field[..., 0], field[..., 1]
    split = np.dstack([np.maximum(even, 0), np.maximum(-even, 0), np.maximum(odd, 0), np.maximum(-odd, 0)])
    cut = np.ascontiguousarray(split[: height * cell, : width * cell])
    return np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA), np.float32)
