"""Template images for looks: pictograms by hexcode, stored images by digest."""

import io
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from genevolve.store.images import ImageStore
from genevolve.world.atlas.raster import PREFIX, UnknownPictogram, raster

if TYPE_CHECKING:
    from genevolve.world.atlas.raster import Pixels

IMAGE_PREFIX = "image:"
_KEPT = 64


class LookLoader:
    """``loader(look, size)`` → RGBA, uint8, read-only, ``size`` pixels on the longer side (pictograms: square).

    Raises ``UnknownPictogram`` for a look of neither kind, ``ServiceError`` when a stored image is gone.
    """

    def __init__(self, images: ImageStore) -> None:
        self._images = images
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[str, int], Pixels] = OrderedDict()

    def __call__(self, look: str, size: int) -> "Pixels":
        if not look.startswith(IMAGE_PREFIX):
            return raster(look, size)
        key = (look, size)
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        pixels = self._stored(look.removeprefix(IMAGE_PREFIX), size)
        with self._lock:
            self._held[key] = pixels
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)
        return pixels

    def _stored(self, digest: str, size: int) -> "Pixels":
        import numpy
        from PIL import Image

        if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise UnknownPictogram(
                f"{digest[:80]!r} is no digest; a look is written like {PREFIX}1F34E or {IMAGE_PREFIX}<sha256>"
            )
        image = Image.open(io.BytesIO(self._images.load(digest))).convert("RGBA")
        scale = size / max(image.size)
        scaled = image.resize(
            (max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.LANCZOS
        )
        pixels = numpy.array(scaled)
        pixels.setflags(write=False)
        return pixels
