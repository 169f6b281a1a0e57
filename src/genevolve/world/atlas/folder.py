"""The images of a user's folder with their captions. Nothing in the folder is trusted: links, pipes, names, captions."""

import os
import posixpath
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genevolve.core.errors import UsageError
from genevolve.store.decode import MAX_BYTES
from genevolve.store.user_file import json_value
from genevolve.world.atlas.embedded import caption_in

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".avif", ".tif", ".tiff"})
OTHER_PICTURE_SUFFIXES = frozenset({".svg", ".heic", ".heif", ".psd", ".ai", ".eps", ".ico", ".jxl", ".raw", ".pdf"})
CAPTION_LISTS = ("metadata.jsonl", "captions.jsonl")
CAPTION_KEYS = ("text", "caption", "title")
MAX_CAPTION = 2000
_MAX_LIST_BYTES = 64 * 1024 * 1024
_SEPARATORS = re.compile(r"[\s_\-.+~]+")
_COPY_MARK = re.compile(r"\s*\((?:\d+|copy)\)\s*$|\s+copy$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that was left out, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """An image file as found: ``name`` is its path below the folder, with slashes.

    ``svg`` is the drawing itself where ``path`` holds many (an icon set), which then tells the ``licence``.
    """

    path: Path
    name: str
    size: int
    mtime_ns: int
    caption: str
    svg: str = ""
    licence: str = ""


def survey(folder: Path) -> tuple[list[ImageFile], list[Refused]]:
    """Every image file below ``folder``, sorted by name, and what had to be left out. Hidden files are passed over.

    Raises ``UsageError`` when ``folder`` is not a readable folder.
    """
    if not folder.is_dir():
        raise UsageError(f"library folder {str(folder)!r} is not a folder")
    root = folder.resolve()
    images: list[ImageFile] = []
    refused: list[Refused] = []
    captions: dict[str, str] = {}

    def unreadable(error: OSError) -> None:
        refused.append(Refused(path=Path(error.filename), reason=f"it cannot be read ({error.strerror})"))

    for place, folders, files in os.walk(root, onerror=unreadable):
        here = Path(place)
        linked = [name for name in folders if not name.startswith(".") and (here / name).is_symlink()]
        refused += [Refused(path=here / name, reason="it is a link to a folder; add that folder itself") for name in linked]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in linked)
        captions |= _listed_captions(here, root, files, refused)
        for name in sorted(files):
            if not name.startswith("."):
                found = _look_at(here / name, root, captions)
                images += [found] if isinstance(found, ImageFile) else []
                refused += [found] if isinstance(found, Refused) else []
    if not images and refused and refused[0].path == root:
        raise UsageError(f"library folder {str(folder)!r} {refused[0].reason.removeprefix('it ')}")
    return sorted(images, key=lambda image: image.name), refused


def _look_at(path: Path, root: Path, captions: dict[str, str]) -> ImageFile | Refused | None:
    """The image at ``path``, or why it is none; None for what does not claim to be a picture."""
    suffix = path.suffix.lower()
    if suffix not in IMAGE_SUFFIXES:
        known = suffix in OTHER_PICTURE_SUFFIXES
        return Refused(path=path, reason=f"{suffix} files are not read; save it as PNG or JPEG") if known else None
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            return Refused(path=path, reason="it is a link that leads out of the folder")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Refused(path=path, reason="it is not a regular file")
        if status.st_size > MAX_BYTES:
            return Refused(path=path, reason=f"it has {status.st_size:,} bytes; at most {MAX_BYTES:,} are read")
    except (OSError, RuntimeError) as error:
        return Refused(path=path, reason=f"it cannot be read ({getattr(error, 'strerror', None) or error})")
    name = _storable(path.relative_to(root).as_posix())
    said = _sidecar(path) or captions.get(name, "") or _cleaned(caption_in(path))
    caption = said or caption_of_name(_storable(path.stem))
    return ImageFile(path=path, name=name, size=status.st_size, mtime_ns=status.st_mtime_ns, caption=caption)


def _storable(name: str) -> str:
    """File names need not be text; what is not is shown as a replacement character."""
    return os.fsencode(name).decode("utf-8", "replace")


def caption_of_name(stem: str) -> str:
    """ "acme_logo-v2 (1)" → "acme logo v2"."""
    spaced = _SEPARATORS.sub(" ", _COPY_MARK.sub("", stem))
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", spaced).strip() or stem


def _sidecar(path: Path) -> str:
    for beside in (path.with_suffix(".txt"), path.with_name(path.name + ".txt")):
        try:
            if beside.is_file() and not beside.is_symlink():
                with beside.open("rb") as file:
                    return _cleaned(file.read(4 * MAX_CAPTION).decode("utf-8-sig", "replace"))
        except (OSError, ValueError):
            continue
    return ""


def _cleaned(text: str) -> str:
    kept = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(kept.split())[:MAX_CAPTION]


def _listed_captions(here: Path, root: Path, files: list[str], refused: list[Refused]) -> dict[str, str]:
    """Path below ``root`` → caption, of the caption lists in this folder. Bad lines are reported."""
    above = _storable(here.relative_to(root).as_posix())
    found: dict[str, str] = {}
    for name in CAPTION_LISTS:
        path = here / name
        if name not in files or path.is_symlink() or not path.is_file():
            continue
        for number, line in enumerate(_lines(path, refused), start=1):
            if line.strip():
                entry = _entry(line)
                if isinstance(entry, str):
                    refused.append(Refused(path=path, reason=f"line {number}: {entry}"))
                else:
                    found.setdefault(posixpath.normpath(f"{above}/{entry[0]}"), entry[1])
    return found


def _lines(path: Path, refused: list[Refused]) -> Iterator[bytes]:
    try:
        if path.stat().st_size > _MAX_LIST_BYTES:
            refused.append(Refused(path=path, reason=f"it has more than {_MAX_LIST_BYTES:,} bytes"))
            return
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        refused.append(Refused(path=path, reason=f"it cannot be read ({error.strerror})"))


def _entry(line: bytes) -> tuple[str, str] | str:
    """(file name, caption) of one line, or what is wrong with it."""
    try:
        value = json_value(line)
    except ValueError as error:
        return f"it is not a JSON object ({str(error)[:120]})"
    if not isinstance(value, dict) or not isinstance(value.get("file_name"), str):
        return 'it has no text "file_name"'
    texts = [value[key] for key in CAPTION_KEYS if isinstance(value.get(key), str)]
    caption = next((cleaned for cleaned in map(_cleaned, texts) if cleaned), "")
    return (value["file_name"], caption) if caption else f"it has none of {', '.join(CAPTION_KEYS)}"
