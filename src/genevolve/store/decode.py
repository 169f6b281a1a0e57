"""Untrusted bytes to a clean PNG: sniffed, capped, fully decoded, upright, re-encoded without metadata.

An image of a few megabytes can keep a decoder busy for hours. So all but plain PNG files, such as we write, are decoded in a
process apart, which is ended when it takes too long (``store.decoders``).
"""

from pathlib import Path

from genevolve.core.errors import UsageError
from genevolve.store.codec import (
    FORMATS,
    MAX_BYTES,
    MAX_PIXELS,
    WEB_FORMATS,
    Decoded,
    NotAnImage,
    Terms,
    decode_here,
    is_plain_png,
)
from genevolve.store.decoders import decode_apart

__all__ = ["FORMATS", "MAX_BYTES", "MAX_PIXELS", "WEB_FORMATS", "Decoded", "NotAnImage", "decode", "is_file", "read_image"]
_SHOWN = 300


def decode(
    data: bytes,
    *,
    max_pixels: int = MAX_PIXELS,
    max_side: int | None = None,
    first_frame: bool = False,
    formats: tuple[str, ...] = FORMATS,
) -> Decoded:
    """Decode ``data`` fully. Raises ``NotAnImage``; an animation is refused unless ``first_frame``.

    ``max_side`` shrinks what is larger. Blocks for as long as it takes, 20 s of computing at most: call it in a thread.
    """
    if len(data) > MAX_BYTES:
        raise NotAnImage(f"it has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    terms = Terms(max_pixels=max_pixels, max_side=max_side, first_frame=first_frame, formats=formats)
    return decode_here(data, terms) if is_plain_png(data) else decode_apart(data, terms)


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
