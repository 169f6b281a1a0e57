"""Captions inside image files: what image generators and people write there. Read by hand, in one bounded pass over the start
of the file: nothing is decoded, nothing is followed twice, and what is damaged is no caption."""

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_READ = 1024 * 1024  # bytes of the file
_MOST_TEXT = 64 * 1024  # bytes of one text, unpacked
_MOST_PARTS = 512  # chunks, segments or fields
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_CAPTION_TEXTS = ("description", "title", "caption", "xml:com.adobe.xmp.title")  # of PNG, after "parameters"
_DESCRIPTION, _EXIF_PART, _COMMENT, _TITLE = 0x010E, 0x8769, 0x9286, 0x9C9B
_SETTINGS = re.compile(r"\n\s*(?:Negative prompt:|Steps: ?\d)|^\s*(?:Negative prompt:|Steps: ?\d)")
# What cameras and programs put there on their own.
_NO_CAPTION = re.compile(
    r"\W*(?:olympus digital camera|sony dsc|samsung|minolta dsc|kodak.{0,20}|dcim\S*|screenshot|untitled|default|oznorbr?\w*"
    r"|created with .{0,40}|exif.{0,20})?\W*",
    re.IGNORECASE | re.DOTALL,
)


def caption_in(path: Path) -> str:
    """The caption in a PNG, JPEG or WebP file: the prompt of ``parameters`` (as Stable Diffusion's programs write it), else a
    description or title; "" where there is none."""
    try:
        with path.open("rb") as file:
            return caption_of(file.read(_READ))
    except OSError:
        return ""


def caption_of(data: bytes) -> str:
    """As ``caption_in``, of the first bytes of a file."""
    try:
        return next(filter(None, map(_caption, _texts(data))), "")
    except (struct.error, IndexError):
        return ""


def _caption(text: str) -> str:
    """The prompt alone of ``parameters``; nothing for what a camera writes or a program's own data."""
    prompt = _SETTINGS.split(text.replace("\r", ""), maxsplit=1)[0].strip().strip("\0")
    return "" if prompt.startswith(("{", "[", "<")) or _NO_CAPTION.fullmatch(prompt[:200]) else prompt


def _texts(data: bytes) -> Iterator[str]:
    """The texts that may be captions, the best first."""
    if data.startswith(_PNG):
        texts, exif = _png(data)
        yield texts.get("parameters", "")
        yield from exif
        yield from (texts.get(name, "") for name in _CAPTION_TEXTS)
    elif data.startswith(_JPEG):
        yield from _jpeg(data)
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        yield from _webp(data)


def _png(data: bytes) -> tuple[dict[str, str], list[str]]:
    """The text chunks by lower-case keyword, the first of each, and the texts of its EXIF data."""
    texts: dict[str, str] = {}
    exif: list[str] = []
    place = len(_PNG)
    for _ in range(_MOST_PARTS):
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + int.from_bytes(data[place : place + 4], "big")]
        if not kind or kind == b"IEND":
            break
        place += 12 + len(body)
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, _, rest = body.partition(b"\0")
            texts.setdefault(keyword.decode("latin-1").lower(), _png_text(kind, rest))
        elif kind == b"eXIf":
            exif += _exif(body)
    return texts, exif


def _png_text(kind: bytes, rest: bytes) -> str:
    if kind == b"tEXt":
        return rest[:_MOST_TEXT].decode("latin-1")
    if kind == b"zTXt":
        return _unpacked(rest[1:]).decode("latin-1")
    packed = rest[:1] == b"\1"
    text = rest[2:].split(b"\0", 2)[-1]  # after language and translated keyword
    return (_unpacked(text) if packed else text[:_MOST_TEXT]).decode("utf-8", "replace")


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _MOST_TEXT)
    except zlib.error:
        return b""


def _jpeg(data: bytes) -> list[str]:
    place = 2
    for _ in range(_MOST_PARTS):
        if data[place : place + 1] != b"\xff" or data[place + 1] in (0xDA, 0xD9):
            break
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        body = data[place + 4 : place + 2 + length]
        if data[place + 1] == 0xE1 and body.startswith(b"Exif\0\0"):
            return _exif(body[6:])
        place += 2 + length
    return []


def _webp(data: bytes) -> list[str]:
    place = 12
    for _ in range(_MOST_PARTS):
        kind, length = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if not kind:
            break
        if kind == b"EXIF":
            return _exif(data[place + 8 : place + 8 + length].removeprefix(b"Exif\0\0"))
        place += 8 + length + length % 2
    return []


def _exif(tiff: bytes) -> list[str]:
    """User comment, description and title of EXIF data, as far as they are there."""
    if tiff[:2] not in (b"II", b"MM"):
        return []
    order = "<" if tiff.startswith(b"II") else ">"
    fields = _fields(tiff, order, struct.unpack_from(f"{order}I", tiff, 4)[0])
    if (inner := fields.get(_EXIF_PART)) is not None and len(inner) == 4:
        fields = _fields(tiff, order, struct.unpack(f"{order}I", inner)[0]) | fields
    comment = _comment(fields.get(_COMMENT, b""), order)
    title = fields.get(_TITLE, b"").decode("utf-16-le", "replace").rstrip("\0")
    return [comment, fields.get(_DESCRIPTION, b"").rstrip(b"\0").decode("utf-8", "replace"), title]


def _fields(tiff: bytes, order: str, place: int) -> dict[int, bytes]:
    """The fields of one directory as bytes. The next directory is not followed."""
    found: dict[int, bytes] = {}
    (count,) = struct.unpack_from(f"{order}H", tiff, place)
    for number in range(min(count, _MOST_PARTS)):
        at = place + 2 + 12 * number
        tag, kind, many = struct.unpack_from(f"{order}HHI", tiff, at)
        size = many * {3: 2, 4: 4}.get(kind, 1)
        start = at + 8 if size <= 4 else struct.unpack_from(f"{order}I", tiff, at + 8)[0]
        found.setdefault(tag, tiff[start : start + min(size, _MOST_TEXT)])
    return found


def _comment(value: bytes, order: str) -> str:
    """A user comment, whose first eight bytes name its encoding."""
    code, text = value[:8], value[8:]
    if not code.startswith(b"UNICODE"):
        return text.decode("utf-8", "replace") if code.startswith((b"ASCII", b"\0" * 8)) else ""
    # Programs disagree about the byte order. Zeros tell it: most letters of prompts are below 256.
    big = text[::2].count(0) >= text[1::2].count(0) if 0 in text else order == ">"
    return text.decode("utf-16-be" if big else "utf-16-le", "replace")
