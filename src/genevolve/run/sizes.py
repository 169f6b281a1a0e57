"""Sizes that are not given as numbers: ``auto`` follows the first reference, or what the request says of its format."""

from collections.abc import Iterable
from pathlib import Path

from genevolve.core.format import asked_format
from genevolve.core.request import DEFAULT_SIZE, Earlier
from genevolve.run.rows import image_size
from genevolve.store.decode import Decoded

AUTO = "auto"
_SHORTEST, _LONGEST, _MULTIPLE = 256, 1024, 8  # pixels


def wished_size(value: str, *, setting: str) -> tuple[int, int] | None:
    """(width, height) from ``WxH``; None for ``auto``. Raises ``UsageError``."""
    return None if value.strip().lower() == AUTO else image_size(value, setting=setting)


def size_for(text: str, references: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    """The size that suits a request: that of the first of ``references`` (pixels), else of the format that ``text`` names, else
    the default. A reference's aspect is kept; its short side becomes at least 256 pixels and its long side at most 1024."""
    if references:
        return _near(references[0])
    asked = asked_format(text)
    return asked.size if asked is not None else DEFAULT_SIZE


def settled_size(text: str, size: str | None, earlier: Earlier | None, *, setting: str) -> tuple[int, int] | None:
    """The size that was set (None: to follow the references), else of the format that ``text`` names, else that of what it
    changes, or the usual. Raises ``UsageError``."""
    if size is not None:
        return wished_size(size, setting=setting)
    return earlier.request.size if earlier is not None and asked_format(text) is None else size_for(text, ())


def sizes_of(opened: Iterable[tuple[Path, Decoded]]) -> tuple[tuple[int, int], ...]:
    """The sizes of images that were read from files."""
    return tuple(image.size for _, image in opened)


def _near(size: tuple[int, int]) -> tuple[int, int]:
    """Where the two bounds exclude each other, for very long images, the long side has the last word."""
    scale = max(1.0, _SHORTEST / min(size))
    scale = min(scale, _LONGEST / max(size))
    width, height = (max(_MULTIPLE * 8, round(side * scale / _MULTIPLE) * _MULTIPLE) for side in size)
    return width, height
