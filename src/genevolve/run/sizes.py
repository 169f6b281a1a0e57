"""Sizes that are not given as numbers: ``auto`` follows the first reference, or what the request says of its format."""

import re
from collections.abc import Iterable
from pathlib import Path

from genevolve.core.request import DEFAULT_SIZE
from genevolve.run.rows import image_size
from genevolve.store.decode import Decoded

AUTO = "auto"
_LANDSCAPE, _PORTRAIT, _SQUARE = (768, 512), (512, 768), (512, 512)
_SHORTEST, _LONGEST, _MULTIPLE = 256, 1024, 8  # pixels
_SIDEWAYS = r"(?:format|orientation|orientated|oriented|mode|layout|aspect|canvas)\b"
# "a landscape", "a portrait of my aunt" and "a red square" are what an image shows; only these say what shape it has.
_FORMATS = (
    (re.compile(rf"\blandscape[ -]{_SIDEWAYS}|\bin landscape(?=[,.;!]|\s*$)", re.IGNORECASE), _LANDSCAPE),
    (re.compile(rf"\bportrait[ -]{_SIDEWAYS}|\bin portrait(?=[,.;!]|\s*$)", re.IGNORECASE), _PORTRAIT),
    (re.compile(rf"\bsquare[ -](?:{_SIDEWAYS}|(?:image|picture|photo|poster|card)\b)", re.IGNORECASE), _SQUARE),
)


def wished_size(value: str, *, setting: str) -> tuple[int, int] | None:
    """(width, height) from ``WxH``; None for ``auto``. Raises ``UsageError``."""
    return None if value.strip().lower() == AUTO else image_size(value, setting=setting)


def size_for(text: str, references: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    """The size that suits a request: that of the first of ``references`` (pixels), else of the format that ``text`` names, else
    the default. A reference's aspect is kept; its short side becomes at least 256 pixels and its long side at most 1024."""
    if references:
        return _near(references[0])
    found = [(match.start(), size) for pattern, size in _FORMATS if (match := pattern.search(text))]
    return min(found)[1] if found else DEFAULT_SIZE


def sizes_of(opened: Iterable[tuple[Path, Decoded]]) -> tuple[tuple[int, int], ...]:
    """The sizes of images that were read from files."""
    return tuple(image.size for _, image in opened)


def _near(size: tuple[int, int]) -> tuple[int, int]:
    """Where the two bounds exclude each other, for very long images, the long side has the last word."""
    scale = max(1.0, _SHORTEST / min(size))
    scale = min(scale, _LONGEST / max(size))
    width, height = (max(_MULTIPLE * 8, round(side * scale / _MULTIPLE) * _MULTIPLE) for side in size)
    return width, height
