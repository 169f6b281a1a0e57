"""Rows of an earlier stage, ours or the public release's, as trajectories that stand where that stage ended."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from genevolve.core.episode import Episode, Limits, given, step
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import Rendered, png
from genevolve.core.picture import Picture, image_id
from genevolve.core.program import Program, Selection
from genevolve.core.request import Request
from genevolve.run.folder import origins
from genevolve.run.rows import Row
from genevolve.store.decode import NotAnImage, decode, is_file, read_image
from genevolve.store.images import ImageStore

Fetch = Callable[[str], Awaitable[str]]  # URL → digest in the image store
IMAGE_FIELDS = ("output_path", "image_path", "generated_image", "gen_image")
_SHOWN = 200  # characters of a path
_TABLE_FOLDERS = ("parquet", "data")
TRUTH_FIELDS = ("gt_image", "ground_truth", "target_image")


async def given_program(row: Row, request: Request, folder: Path, images: ImageStore, fetch: Fetch | None) -> Episode:
    """The trajectory with the row's program, its references read from ``local_path`` or else fetched from ``url``.

    Raises ``UsageError`` or ``ServiceError`` where the row has no program or a reference cannot be had: an image is never
    rendered with fewer references than its program names.
    """
    prompt = row.fields.get("gen_prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        why = f": {said}" if (said := _text(row.fields, "error")) else ""
        ended = f"termination {row.fields.get('termination')!r}{why}"[:_SHOWN]
        raise UsageError(f"row {row.key!r} has no gen_prompt ({ended}); nothing to render")
    listed = row.fields.get("reference_images") or []
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise UsageError(f"row {row.key!r}: reference_images must be a list of objects")
    pictures = [await _picture(row, entry, folder, images, fetch) for entry in listed]
    selections = tuple(Selection(img_id=image_id(position), note=_text(entry, "note")) for position, entry in enumerate(listed))
    return _given(request, tuple(pictures), Program(prompt=prompt.strip(), references=selections))


def given_image(row: Row, request: Request, folder: Path, images: ImageStore) -> Episode:
    """The trajectory with the row's image. Raises ``UsageError`` when it is missing or unreadable: it is not judged then."""
    status = row.fields.get("image_status")
    path = _file(row, IMAGE_FIELDS, folder)
    if path is None:
        why = f" ({status})" if isinstance(status, str) and status else ""
        raise UsageError(f"row {row.key!r} has no image{why}: {' or '.join(IMAGE_FIELDS[:2])} names no file")
    digest = images.put(read_image(path, setting=f"row {row.key!r}: image").png)
    prompt = row.fields.get("gen_prompt")
    program = Program(prompt=prompt if isinstance(prompt, str) and prompt.strip() else row.text)
    return step(_given(request, (), program), Rendered(artifacts=png(digest)))


def truth_inside(row: Row) -> bytes | None:
    """The row's ground-truth image as a clean PNG file, where it lies in the row itself. Raises ``UsageError``."""
    data = next((row.pictures[name] for name in TRUTH_FIELDS if name in row.pictures), None)
    if data is None:
        return None
    try:
        return decode(data).png
    except NotAnImage as error:
        raise UsageError(f"row {row.key!r}: its ground-truth image cannot be used: {error}") from None


def truth_file(row: Row, folder: Path) -> Path | None:
    """The row's ground-truth image, if it names one, relative to ``folder`` or to the data set that it came from. Tables lie
    in a folder of a data set, whose paths start above it.

    Raises ``UsageError`` when that file is not there.
    """
    named = _named(row, TRUTH_FIELDS)
    places = [*origins(folder), *([folder.parent] if folder.name in _TABLE_FOLDERS else [])]
    found = next((path for place in places for name in named if is_file(path := place / name)), None)
    if found is None and named:
        raise UsageError(
            f"row {row.key!r}: {named[0][:_SHOWN]!r} is no file in {folder}, nor beside the input that this was made from"
        )
    return found


def _given(request: Request, pictures: tuple[Picture, ...], program: Program) -> Episode:
    """An episode that someone else has led to its program."""
    return given(request, Limits(max_references=max(2, len(pictures))), pictures, program)


async def _picture(row: Row, entry: dict[str, Any], folder: Path, images: ImageStore, fetch: Fetch | None) -> Picture:
    name = _text(entry, "img_id") or "a reference"
    local, url = _text(entry, "local_path"), _text(entry, "url")
    path = folder / local if local else None
    if path is not None and is_file(path):
        digest = images.put(read_image(path, setting=f"row {row.key!r}: {name}").png)
    elif fetch is not None and url.startswith(("http://", "https://")):
        digest = await fetch(url)
    else:
        raise ServiceError(
            f"row {row.key!r}: {name} cannot be had: local_path {local[:_SHOWN]!r} is no file, and it has no web address"
        )
    source = _text(entry, "source") or "given"
    return Picture(
        title=_text(entry, "title"),
        digest=digest,
        source=source,
        url=url,
        page_url=_text(entry, "page_url"),
        licence=_text(entry, "licence"),
    )


def _file(row: Row, names: tuple[str, ...], folder: Path) -> Path | None:
    """The first of the fields ``names`` that names a file, relative to the input's folder."""
    return next((path for name in _named(row, names) if is_file(path := folder / name)), None)


def _named(row: Row, names: tuple[str, ...]) -> list[str]:
    """What the fields ``names`` say, also those inside ``meta``."""
    meta = row.fields.get("meta")
    holders = [row.fields, meta if isinstance(meta, dict) else {}]
    return [str(holder[name]) for holder in holders for name in names if isinstance(holder.get(name), str) and holder[name]]


def _text(entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    return value.strip() if isinstance(value, str) else ""
