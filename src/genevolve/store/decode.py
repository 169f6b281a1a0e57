"""Untrusted bytes to a clean PNG: sniffed, capped, fully decoded, upright, re-encoded without metadata."""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genevolve.core.errors import UsageError

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 32 * 1024 * 1024
MAX_PIXELS = 40_000_000
_SHOWN = 300
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")


class NotAnImage(ValueError):
    """Why some bytes cannot be used as an image, in words for their owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A re-encoded PNG (RGB or RGBA, EXIF orientation applied) and its (width, height)."""

    png: bytes
    size: tuple[int, int]


def decode(data: bytes, *, max_pixels: int = MAX_PIXELS, first_frame: bool = False) -> Decoded:
    """Decode ``data`` fully. Raises ``NotAnImage``; an animation is refused unless ``first_frame``."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if len(data) > MAX_BYTES:
        raise NotAnImage(f"it has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes that are checked below, and of broken metadata
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height = image.size
                if width * height > max_pixels:
                    raise NotAnImage(f"it is {width}×{height} pixels; at most {max_pixels:,} pixels are read")
                frames = getattr(image, "n_frames", 1) if image.format != "MPO" else 1  # a photograph with its previews
                if frames > 1 and not first_frame:
                    raise NotAnImage(f"it is an animation of {frames} frames; save the frame you mean as its own image")
                image.load()
                upright = ImageOps.exif_transpose(image)
                clean = _eight_bits(upright).convert("RGBA" if _has_alpha(upright.mode, upright.info) else "RGB")
    except UnidentifiedImageError:
        raise NotAnImage(f"it is none of the image formats {', '.join(FORMATS)}") from None
    except NotAnImage:
        raise
    except Image.DecompressionBombError:
        raise NotAnImage(f"it has more than {max_pixels:,} pixels") from None
    except Exception as error:  # Pillow's decoders raise anything from SyntaxError to struct.error on damaged files
        raise NotAnImage(f"it cannot be decoded ({error}); it may be truncated") from None
    buffer = io.BytesIO()
    clean.save(buffer, "PNG", compress_level=1)
    return Decoded(png=buffer.getvalue(), size=clean.size)


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


def is_file(path: Path) -> bool:
    """Whether a file is there; a name that no file can have (too long, with a null character) names none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_image(path: Path, *, setting: str) -> Decoded:
    """The image file at ``path``. Raises ``UsageError`` that names the file and the ``setting`` it came from."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{setting} {path}: the file has more than {MAX_BYTES:,} bytes")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{setting} {str(path)[:_SHOWN]}: the file cannot be read ({why})") from None
    try:
        return decode(data)
    except NotAnImage as problem:
        raise UsageError(f"{setting} {path}: this is not a usable image: {problem}") from None
