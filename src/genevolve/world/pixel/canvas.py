"""Image files as arrays of the size that the judge works on."""

import io
from typing import TYPE_CHECKING

from genevolve.store.decode import NotAnImage, decode

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bytes


WORK = 512  # long side, in pixels, of the image that is looked at
SAME = 128  # long side at which two pictures are compared
SAME_MEAN, SAME_WORST = 4.0, 22.0  # grey levels of difference, over all and in the worst small block


def opened(data: bytes) -> "Bytes":
    """An image file as RGB on white, long side ``WORK``. Raises ``NotAnImage``."""
    return _scaled(picture(data), WORK)


def picture(data: bytes) -> "Bytes":
    """An image file as RGBA, at most ``2 · WORK`` pixels long (a photo of 40 megapixels must not fill the memory).

    Raises ``NotAnImage``.
    """
    import numpy as np
    from PIL import Image

    image = Image.open(io.BytesIO(decode(data, first_frame=True).png))
    image.thumbnail((2 * WORK, 2 * WORK), Image.Resampling.BOX)
    return np.array(image.convert("RGBA"), np.uint8)


def same_picture(image: "Bytes", other: bytes) -> bool:
    """Whether an opened image and an image file show the same, compression and scaling aside."""
    import cv2
    import numpy as np

    try:
        intended = opened(other)
    except NotAnImage:
        return False
    one = _scaled(np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]), SAME).astype(np.float32)
    two = np.asarray(cv2.resize(intended, (one.shape[1], one.shape[0]), interpolation=cv2.INTER_AREA), np.float32)
    ratio = (image.shape[1] / image.shape[0]) / (intended.shape[1] / intended.shape[0])
    difference = cv2.blur(np.abs(one - two).mean(axis=2), (5, 5))
    return bool(0.97 < ratio < 1.03 and difference.mean() < SAME_MEAN and difference.max() < SAME_WORST)


def _scaled(rgba: "Bytes", long_side: int) -> "Bytes":
    """RGB on white."""
    import cv2
    import numpy as np

    alpha = rgba[..., 3:].astype(np.float32) / 255.0
    pixels = np.asarray((rgba[..., :3] * alpha + 255.0 * (1 - alpha)).round(), np.uint8)
    factor = long_side / max(pixels.shape[:2])
    if factor == 1.0:
        return pixels
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)
