"""Small copies of stored images for a page, each embedded once however often it is shown."""

import base64
import io
from dataclasses import dataclass, field

from markupsafe import Markup

from genevolve.core.errors import ServiceError
from genevolve.store.images import ImageStore

_QUALITY = 74


@dataclass(slots=True)
class Thumbnails:
    """``show`` names the class of the page's style that paints an image; ``style`` is that style."""

    _classes: dict[tuple[str, int], str] = field(default_factory=dict)
    _data: list[str] = field(default_factory=list)

    def show(self, images: ImageStore, digest: str | None, side: int) -> str:
        """A class name, empty when there is no such image or its file cannot be read."""
        if not digest:
            return ""
        key = (digest, side)
        if key not in self._classes and (data := _small(images, digest, side)):
            self._classes[key] = f"t{len(self._data)}"
            self._data.append(data)
        return self._classes.get(key, "")

    def style(self) -> Markup:
        """The rules of all shown images; base64 holds no character that could end the style."""
        rules = (f".t{number}{{background-image:url(data:image/webp;base64,{data})}}" for number, data in enumerate(self._data))
        return Markup("\n").join(Markup(rule) for rule in rules)  # base64 and numbers of ours only


def _small(images: ImageStore, digest: str, side: int) -> str:
    from PIL import Image

    try:
        data = images.load(digest)
        with Image.open(io.BytesIO(data)) as image:
            small = image.convert("RGBA" if image.has_transparency_data else "RGB")
            small.thumbnail((side, side), Image.Resampling.LANCZOS)
            buffer = io.BytesIO()
            small.save(buffer, "WEBP", quality=_QUALITY, method=2)
    except (ServiceError, OSError, ValueError, Image.DecompressionBombError):
        return ""
    return base64.b64encode(buffer.getvalue()).decode("ascii")
