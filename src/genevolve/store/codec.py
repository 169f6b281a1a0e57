"""Bytes to a clean PNG, in this process and with no limit of time: see ``store.decode`` for what calls it where."""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 32 * 1024 * 1024
MAX_PIXELS = 40_000_000
WEB_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
FORMATS = (*WEB_FORMATS, "TIFF")
_COUNTED = frozenset({"PNG", "WEBP", "AVIF"})  # formats whose header says how many frames there are
_MOST_SCANS = 2000  # of a JPEG; encoders write about ten, and each costs as much as the whole image
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PLAIN_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"gAMA", b"pHYs", b"IDAT", b"IEND"})
_PLAIN_CHANNELS = frozenset({0, 2, 3, 4, 6})  # grey, RGB, palette, and those with alpha
_MOST_CHUNKS = 4096
_SHORTEST = 33  # bytes: signature and header
_PLAIN_PIXELS = 2048 * 2048  # takes about a third of a second


class NotAnImage(ValueError):
    """Why some bytes cannot be used as an image, in words for their owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is taken. ``max_side`` None leaves the size as it is; an animation is refused unless ``first_frame``."""

    max_pixels: int = MAX_PIXELS
    max_side: int | None = None
    first_frame: bool = False
    formats: tuple[str, ...] = FORMATS


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A re-encoded PNG (RGB or RGBA, EXIF orientation applied) and its (width, height)."""

    png: bytes
    size: tuple[int, int]


def decode_here(data: bytes, terms: Terms) -> Decoded:
    """Decode ``data`` fully, shrink it to ``terms.max_side`` and encode it as PNG. Raises ``NotAnImage``."""
    from PIL import Image, UnidentifiedImageError

    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > _MOST_SCANS:
        raise NotAnImage(f"it is a JPEG of more than {_MOST_SCANS:,} scans, which no camera or program writes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes that are checked below, and of broken metadata
            with Image.open(io.BytesIO(data), formats=terms.formats) as image:
                clean = _loaded(image, terms)
    except UnidentifiedImageError:
        raise NotAnImage(f"it is none of the image formats {', '.join(terms.formats)}") from None
    except NotAnImage:
        raise
    except Image.DecompressionBombError:
        raise NotAnImage(f"it has more than {terms.max_pixels:,} pixels") from None
    except Exception as error:  # Pillow's decoders raise anything from SyntaxError to struct.error on damaged files
        raise NotAnImage(f"it cannot be decoded ({error}); it may be truncated") from None
    if terms.max_side is not None and max(clean.size) > terms.max_side:
        clean.thumbnail((terms.max_side, terms.max_side))
    buffer = io.BytesIO()
    clean.save(buffer, "PNG", compress_level=1)
    return Decoded(png=buffer.getvalue(), size=clean.size)


def _loaded(image: "Image.Image", terms: Terms) -> "Image.Image":
    """The upright image in RGB or RGBA."""
    from PIL import ImageOps

    width, height = image.size
    if width * height > terms.max_pixels:
        raise NotAnImage(f"it is {width}×{height} pixels; at most {terms.max_pixels:,} pixels are read")
    if not terms.first_frame and (frames := _frames(image)):
        raise NotAnImage(f"it is an animation of {frames} frames; save the frame you mean as its own image")
    image.load()
    upright = ImageOps.exif_transpose(image)
    return _eight_bits(upright).convert("RGBA" if _has_alpha(upright.mode, upright.info) else "RGB")


def _frames(image: "Image.Image") -> str:
    """How many frames there are, if more than one. They are never walked through: a file may chain millions of them."""
    if image.format == "MPO" or not getattr(image, "is_animated", False):  # MPO: a photograph with its previews
        return ""
    return str(getattr(image, "n_frames", "several")) if image.format in _COUNTED else "several"


def _eight_bits(image: "Image.Image") -> "Image.Image":
    """Grey of 16 bits scaled to 8, which Pillow would cut off at 255. Raises ``NotAnImage`` for values without a white."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda grey: grey * (1 / 257)).convert("L")
    if image.mode == "I" and _within(image, 65535):  # how some versions of Pillow open such files
        return image.point(lambda grey: grey * (1 / 257)).convert("L")
    if image.mode in {"I", "F"}:
        raise NotAnImage("its grey values have 32 bits, and nothing says which is white; save it with 8 or 16 bits")
    return image


def _within(image: "Image.Image", most: int) -> bool:
    extremes: Any = image.getextrema()
    return bool(extremes[0] >= 0 and extremes[1] <= most)


def _has_alpha(mode: str, info: dict[str | tuple[int, int], object]) -> bool:
    return mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in info


def is_plain_png(data: bytes) -> bool:
    """Whether ``data`` is a PNG of one frame, 8 bits and moderate size without metadata, such as all that we write.

    Decoding one takes a time that its number of pixels limits. Checksums are verified, compressed data are not.
    """
    if not data.startswith(_SIGNATURE) or data[12:16] != b"IHDR" or not _SHORTEST <= len(data) <= MAX_BYTES:
        return False
    width, height, bits, channels, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    if not 0 < width * height <= _PLAIN_PIXELS or bits != 8 or channels not in _PLAIN_CHANNELS or interlaced:
        return False
    place = len(_SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        body_end = place + 8 + length
        if (
            kind not in _PLAIN_CHUNKS
            or zlib.crc32(data[place + 4 : body_end]).to_bytes(4, "big") != data[body_end : body_end + 4]
        ):
            return False
        place = body_end + 4
        if kind == b"IEND":
            return place == len(data)
    return False
