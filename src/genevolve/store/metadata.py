"""Texts that travel inside an image file: text chunks of PNG, EXIF of JPEG and WebP. The pixels are never touched, and to read
the texts none is decoded.

Sources: PNG (third edition) 11.3.3; Exif 3.0, tags UserComment (0x9286) and MakerNote (0x927C).
"""

import io
import warnings
from collections.abc import Mapping
from typing import Any, Literal

from genevolve.store.codec import MAX_BYTES, WEB_FORMATS, NotAnImage

PARAMETERS, OWN = "parameters", "genevolve"  # the keys of the common infotext, and of what this program adds
PixelKind = Literal["png", "jpg", "webp"]
FileKind = Literal["png", "jpg", "webp", "svg", "pdf"]  # what pictures are shown as
MEDIA_TYPES: Mapping[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
}
MOST_CHARACTERS = 1_000_000  # of a text that is read
_MOST_TEXTS = 100
_HEADER = 33  # bytes of a PNG before its second chunk
_EXIF_IFD, _COMMENT, _MAKER = 0x8769, 0x9286, 0x927C
_MOST_EXIF = 65_000  # bytes: a JPEG has room for 65,533 in one segment
_NAMED = {0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x0131: "Software", 0x013B: "Artist"}
_UNICODE, _ASCII, _OURS = b"UNICODE\0", b"ASCII\0\0\0", b"genevolve\0"


def with_texts(png: bytes, texts: Mapping[str, str]) -> bytes:
    """The PNG file with a text chunk for each of ``texts``; every other byte stays as it is."""
    from PIL.PngImagePlugin import PngInfo, putchunk

    info = PngInfo()
    for key, text in texts.items():
        info.add_text(key, _plain(text))
    buffer = io.BytesIO()
    for kind, data, *_ in info.chunks:
        putchunk(buffer, kind, data)
    return png[:_HEADER] + buffer.getvalue() + png[_HEADER:]


def copy_of(png: bytes, kind: PixelKind, texts: Mapping[str, str], *, quality: int = 95) -> bytes:
    """The stored picture as a file of ``kind`` with ``texts``; JPEG lays what is transparent on white.

    ``quality``, 0 to 100, is that of JPEG and WebP.
    """
    from PIL import Image

    if kind == "png":
        return with_texts(png, texts)
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        if kind == "jpg":
            ground = Image.new("RGBA", image.size, "white")
            ground.alpha_composite(image.convert("RGBA"))
            ground.convert("RGB").save(buffer, "JPEG", quality=quality, subsampling=0, exif=exif_of(texts))
        else:
            image.save(buffer, "WEBP", quality=quality, exif=exif_of(texts))
    return buffer.getvalue()


def exif_of(texts: Mapping[str, str]) -> bytes:
    """EXIF for a JPEG or WebP file: ``parameters`` as UserComment, ``genevolve`` as MakerNote.

    What has no room in the segment of a JPEG is left out, the MakerNote first; then there may be nothing: ``b""``.
    """
    comment = {_COMMENT: _UNICODE + _plain(texts[PARAMETERS]).encode("utf-16-be")} if PARAMETERS in texts else {}
    maker = {_MAKER: _OURS + _plain(texts[OWN]).encode()} if OWN in texts else {}
    tries = (_exif({**comment, **maker}), _exif(comment))
    return next((exif for exif in tries if len(exif) <= _MOST_EXIF), b"")


def texts_of(data: bytes) -> dict[str, str]:
    """Every text in an image file by its key; EXIF texts by the names that the PNG texts of the same meaning have.

    Raises ``NotAnImage`` for what is no image, for a text of more than a million characters and for more than a hundred.
    """
    from PIL import Image, UnidentifiedImageError

    if len(data) > MAX_BYTES:
        raise NotAnImage(f"it has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes, which do not matter here, and of broken metadata
            with Image.open(io.BytesIO(data), formats=WEB_FORMATS) as image:
                found = {**_exif_texts(image.getexif()), **_chunks(image.info)}
    except UnidentifiedImageError:
        raise NotAnImage(f"it is none of the image formats {', '.join(WEB_FORMATS)}, or its head is damaged") from None
    except Exception as error:  # Pillow's readers raise anything from SyntaxError to struct.error on damaged files
        raise NotAnImage(f"its texts cannot be read ({str(error)[:200]})") from None
    _check(found)
    return found


def _check(found: Mapping[str, str]) -> None:
    if len(found) > _MOST_TEXTS:
        raise NotAnImage(f"it holds {len(found)} texts; at most {_MOST_TEXTS} are read")
    for key, text in found.items():
        if len(text) > MOST_CHARACTERS:
            raise NotAnImage(f"its text {key[:80]!r} has {len(text):,} characters; at most {MOST_CHARACTERS:,} are read")


def _plain(text: str) -> str:
    """``text`` as every file takes it: no NUL, which ends texts, and no half characters."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _exif(tags: Mapping[int, bytes]) -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif[_EXIF_IFD] = dict(tags)
    return exif.tobytes()


def _chunks(info: Mapping[Any, Any]) -> dict[str, str]:
    return {key: str(text) for key, text in info.items() if isinstance(key, str) and isinstance(text, str)}


def _exif_texts(exif: Any) -> dict[str, str]:
    inner = exif.get_ifd(_EXIF_IFD)
    found = {name: _shown(exif[tag]) for tag, name in _NAMED.items() if tag in exif}
    if _COMMENT in inner:
        found[PARAMETERS] = _shown(inner[_COMMENT])
    maker = inner.get(_MAKER)
    if isinstance(maker, bytes) and maker.startswith(_OURS):
        found[OWN] = maker.removeprefix(_OURS).decode("utf-8", "replace")
    return found


def _shown(value: object) -> str:
    """The text of a tag. Programs write UserComment with either order of bytes: most of them are zero in that of the text."""
    if not isinstance(value, bytes):
        return str(value)
    text = value[len(_UNICODE) :]
    if value.startswith(_UNICODE):
        order = "be" if text[::2].count(0) >= text[1::2].count(0) else "le"
        return text.decode(f"utf-16-{order}", "replace")
    return (text if value.startswith(_ASCII) else value).decode("utf-8", "replace")
