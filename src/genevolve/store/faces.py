"""The fonts that come with the package: pictures look the same on every machine, so no others are used."""

import io
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

MEDIUM = "Inter_500Medium"
HEAVY = "Inter_800ExtraBold"
DISPLAY = "PlayfairDisplay_800ExtraBold"
FACES = (MEDIUM, HEAVY, DISPLAY)
SANS, SERIF = "Inter", "Playfair Display"  # their families


def file_of(face: str) -> Path:
    """Where the font ``face`` lies."""
    return Path(str(files("genevolve.store").joinpath("fonts", f"{face}.ttf")))


@lru_cache(maxsize=256)
def font(face: str, px: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(io.BytesIO(_bytes(face)), px)


@cache
def _bytes(face: str) -> bytes:
    return files("genevolve.store").joinpath("fonts", f"{face}.ttf").read_bytes()


@lru_cache(maxsize=4096)
def _lacks(char: str, face: str) -> bool:
    if char.isspace() or unicodedata.category(char) in {"Mn", "Cf"}:
        return False
    at = font(face, 32)
    return bytes(at.getmask(char)) == bytes(at.getmask("\U0010ffff"))


def missing(text: str, face: str) -> tuple[str, ...]:
    """The characters of ``text`` that ``face`` has no glyph for, each once, in order."""
    return tuple(dict.fromkeys(char for char in text if _lacks(char, face)))
