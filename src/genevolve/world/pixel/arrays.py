"""The array types of this package: what an image, a mask and a box are."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Bytes = NDArray[np.uint8]
    Bools = NDArray[np.bool_]

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels
