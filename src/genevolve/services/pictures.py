"""Pictures as they go over the wire: true media types, data URLs, and no larger than asked."""

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)


def media_type(data: bytes) -> str:
    """The media type that the bytes themselves show, whatever a file name or header says. Raises ``ValueError``."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    raise ValueError("these bytes are not a PNG, JPEG, WebP, GIF or BMP image")


def data_url(data: bytes) -> str:
    """``data`` as ``data:image/…;base64,…`` with its true media type."""
    return f"data:{media_type(data)};base64,{base64.b64encode(data).decode('ascii')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a picture is sent. ``max_side`` None keeps its size; ``jpeg_quality`` None keeps it lossless (PNG)."""

    max_side: int | None = None
    jpeg_quality: int | None = None


def encode(data: bytes, encoding: Encoding) -> bytes:
    """A clean picture (as ``store.decode`` gives it) as PNG or JPEG, shrunk to ``max_side``, never enlarged.

    JPEG has no transparency, so transparent pictures are laid on white. A picture that already fits is sent as it is.
    """
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        wanted = "PNG" if encoding.jpeg_quality is None else "JPEG"
        fits = encoding.max_side is None or max(image.size) <= encoding.max_side
        if fits and image.format == wanted:
            return data
        picture: Image.Image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if not fits and encoding.max_side is not None:
        picture.thumbnail((encoding.max_side, encoding.max_side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if encoding.jpeg_quality is None:
        picture.save(buffer, "PNG", compress_level=1)
    else:
        _on_white(picture).save(buffer, "JPEG", quality=encoding.jpeg_quality)
    return buffer.getvalue()


def plain_png(size: tuple[int, int], colour: str) -> bytes:
    """A picture of one colour, for trying a service out."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def _on_white(picture: "Image.Image") -> "Image.Image":
    from PIL import Image

    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground
