"""Rows of an earlier stage, ours or the public release's, as trajectories that stand where that stage ended."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from genevolve.core.case import Case, TruthFile, TruthImage, TruthProgram
from genevolve.core.episode import Episode, Limits, given, step
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import Rendered, png
from genevolve.core.picture import Picture, image_id
from genevolve.core.program import Program, Selection
from genevolve.core.request import Request
from genevolve.run.folder import origins
from genevolve.store.decode import NotAnImage, decode, is_file, read_image
from genevolve.store.images import ImageStore

Fetch = Callable[[str], Awaitable[str]]  # URL → digest in the image store
IMAGE_FIELDS = ("output_path", "image_path", "generated_image", "gen_image")
_SHOWN = 200  # characters of a path
_TABLE_FOLDERS = ("parquet", "data")
TRUTH_FIELDS = ("gt_image", "ground_truth", "target_image")


async def given_program(case: Case, request: Request, folder: Path, images: ImageStore, fetch: Fetch | None) -> Episode:
    """The trajectory with the row's program, its references read from ``local_path`` or else fetched from ``url``.

    Raises ``UsageError`` or ``ServiceError`` where the row has no program or a reference cannot be had: an image is never
    rendered with fewer references than its program names.
    """
    fields = case.hidden.fields
    prompt = fields.get("gen_prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        why = f": {said}" if (said := _text(fields, "error")) else ""
        ended = f"termination {fields.get('termination')!r}{why}"[:_SHOWN]
        raise UsageError(f"row {case.id!r} has no gen_prompt ({ended}); nothing to render")
    listed = fields.get("reference_images") or []
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise UsageError(f"row {case.id!r}: reference_images must be a list of objects")
    pictures = [await _picture(case, entry, folder, images, fetch) for entry in listed]
    selections = tuple(Selection(img_id=image_id(position), note=_text(entry, "note")) for position, entry in enumerate(listed))
    return _given(request, tuple(pictures), Program(prompt=prompt.strip(), references=selections))


def given_image(case: Case, request: Request, folder: Path, images: ImageStore) -> Episode:
    """The trajectory with the row's image. Raises ``UsageError`` when it is missing or unreadable: it is not judged then."""
    status = case.hidden.fields.get("image_status")
    path = _file(case, IMAGE_FIELDS, folder)
    if path is None:
        why = f" ({status})" if isinstance(status, str) and status else ""
        raise UsageError(f"row {case.id!r} has no image{why}: {' or '.join(IMAGE_FIELDS[:2])} names no file")
    digest = images.put(read_image(path, setting=f"row {case.id!r}: image").png)
    prompt = case.hidden.fields.get("gen_prompt")
    program = Program(prompt=prompt if isinstance(prompt, str) and prompt.strip() else case.text)
    return step(_given(request, (), program), Rendered(artifacts=png(digest)))


def truth_of(case: Case, folder: Path) -> TruthImage | TruthFile | None:
    """The ground-truth image that lies in the row of ``case``, or that it names, relative to ``folder`` or to the data set that
    it came from. Tables lie in a folder of a data set, whose paths start above it.

    Raises ``UsageError`` for one that cannot be read, or is not there.
    """
    pictures = case.hidden.pictures
    if (inside := next((pictures[name] for name in TRUTH_FIELDS if name in pictures), None)) is not None:
        try:
            return TruthImage(png=decode(inside).png)
        except NotAnImage as error:
            raise UsageError(f"row {case.id!r}: its ground-truth image cannot be used: {error}") from None
    named = _named(case, TRUTH_FIELDS)
    places = [*origins(folder), *([folder.parent] if folder.name in _TABLE_FOLDERS else [])]
    found = next((path for place in places for name in named if is_file(path := place / name)), None)
    if found is None and named:
        raise UsageError(
            f"row {case.id!r}: {named[0][:_SHOWN]!r} is not a file in {folder}, or next to the input that this was made from"
        )
    return TruthFile(path=str(found)) if found is not None else None


def truth_png(truth: TruthImage | TruthFile | TruthProgram | None, *, setting: str) -> bytes | None:
    """The ground truth as a clean PNG file; None where there is none, or none that is drawn. Raises ``UsageError`` that names
    ``setting``."""
    match truth:
        case TruthFile(path=path):
            return read_image(Path(path), setting=setting).png
        case TruthImage(png=png):
            return png
    return None


def _given(request: Request, pictures: tuple[Picture, ...], program: Program) -> Episode:
    """An episode that someone else has led to its program."""
    return given(request, Limits(max_references=max(2, len(pictures))), pictures, program)


async def _picture(case: Case, entry: Mapping[str, object], folder: Path, images: ImageStore, fetch: Fetch | None) -> Picture:
    name = _text(entry, "img_id") or "a reference"
    local, url = _text(entry, "local_path"), _text(entry, "url")
    path = folder / local if local else None
    if path is not None and is_file(path):
        digest = images.put(read_image(path, setting=f"row {case.id!r}: {name}").png)
    elif fetch is not None and url.startswith(("http://", "https://")):
        digest = await fetch(url)
    else:
        raise ServiceError(
            f"row {case.id!r}: {name} cannot be had: local_path {local[:_SHOWN]!r} is not a file, and it has no web address"
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


def _file(case: Case, names: tuple[str, ...], folder: Path) -> Path | None:
    """The first of the fields ``names`` that names a file, relative to the input's folder."""
    return next((path for name in _named(case, names) if is_file(path := folder / name)), None)


def _named(case: Case, names: tuple[str, ...]) -> list[str]:
    """What the fields ``names`` say, also those inside ``meta``."""
    meta = case.hidden.fields.get("meta")
    holders = [case.hidden.fields, meta if isinstance(meta, dict) else {}]
    return [str(holder[name]) for holder in holders for name in names if isinstance(holder.get(name), str) and holder[name]]


def _text(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    return value.strip() if isinstance(value, str) else ""
