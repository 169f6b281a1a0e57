"""Looks to template images: pictograms from the atlas, pictures from the image store."""

import io
from typing import TYPE_CHECKING, Any

from genevolve.atlas.raster import raster
from genevolve.store.images import ImageStore

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class LookLoader:
    """``loader("openmoji:1F34E", 96)`` or ``loader("image:<digest>", 96)``: RGBA, 8 bits, (size, size, 4), aspect kept."""

    def __init__(self, images: ImageStore) -> None:
        self._images = images

    def __call__(self, look: str, size: int) -> "npt.NDArray[np.uint8]":
        kind, _, name = look.partition(":")
        if kind != "image":
            return raster(look, size)
        return _contained(self._images.load(name), size)


def _contained(data: bytes, size: int) -> Any:
    """The image scaled to fit a transparent square."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        picture = image.convert("RGBA")
    scale = size / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    square = Image.new("RGBA", (size, size))
    square.paste(picture.resize((width, height), Image.Resampling.LANCZOS), ((size - width) // 2, (size - height) // 2))
    return np.asarray(square)
