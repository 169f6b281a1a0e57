"""Generations as clients see them: JSON objects with links, and the files behind the links."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from genevolve.core.errors import ServiceError
from genevolve.report.trajectory import trajectory_page
from genevolve.server.archive import Archived
from genevolve.server.job import PROGRAM, Job
from genevolve.server.steps import Steps, drawings, pictures
from genevolve.server.studio import Studio
from genevolve.server.trouble import NotServed
from genevolve.services.pictures import Encoding, encode
from genevolve.store.codec import NotAnImage
from genevolve.store.metadata import MEDIA_TYPES, OWN, PARAMETERS, PixelKind, copy_of, texts_of
from genevolve.store.vectors import vector_file

SIDES = (192, 384, 768)  # pixels: what a picture may be shrunk to
_FILES: dict[str, PixelKind] = {"png": "png", "jpeg": "jpg", "jpg": "jpg", "webp": "webp"}
KINDS = {kind: MEDIA_TYPES[file] for kind, file in _FILES.items()}
SHAPES = {kind: MEDIA_TYPES[kind] for kind in ("svg", "pdf")}
_FINAL = "image"  # the name of the picture that is the result
_QUALITY = 95
_PREVIEW_SIDE, _PREVIEW_BYTES = 768, 700_000  # under 1 MiB as base64
Sign = Callable[[str], str]  # a path of this server → an address of it that opens


def path_of(name: str, file: str = "") -> str:
    """The path of generation ``name``, or of one of its files."""
    return f"/api/generations/{name}" + (f"/files/{file}" if file else "")


def brief(studio: Studio, found: Job | Archived, sign: Sign) -> dict[str, Any]:
    """A generation in a list: what was asked, how far it is, how it came out."""
    job = found if isinstance(found, Job) else None
    row = job.result if job is not None else studio.row(found.id)
    text = job.request.text if job is not None else str((row or {}).get("request", ""))
    made = bool(row and row.get("image_path"))
    shown = {
        "id": found.id,
        "state": _state(job, row),
        "created": found.at,
        "request": text,
        "after": _changed(found),
        "links": {
            "self": sign(path_of(found.id)),
            "events": sign(f"{path_of(found.id)}/events"),
            "page": sign(path_of(found.id, "page.html")) if row else None,
            "image": sign(path_of(found.id, "image.png")) if made else None,
            **{kind: sign(path_of(found.id, f"{_FINAL}.{kind}")) if made else None for kind in ("jpeg", "webp")},
        },
        "until": (row or {}).get("until"),
    }
    if job is not None:
        return {**shown, "position": studio.position(job), "problem": job.problem or None}
    score = (row or {}).get("score")
    return {
        **shown,
        "kscore": score["kscore_renormalized"] if isinstance(score, dict) else None,
        "error": (row or {}).get("error"),
    }


def _changed(found: Job | Archived) -> str | None:
    """The id of the generation in which it changes something."""
    if isinstance(found, Archived):
        return found.after
    return found.request.after.request.id if found.request.after is not None else None


def _state(job: Job | None, row: dict[str, Any] | None) -> str:
    if row is not None:
        written = row.get("until") == PROGRAM and row.get("program") and not row.get("error")
        return "done" if row.get("image_path") or written else "failed"
    assert job is not None
    if job.problem:
        return "stopped"
    return "running" if job.started else "queued"


def whole(studio: Studio, name: str, sign: Sign) -> dict[str, Any]:
    """A generation with its result and every step so far."""
    found, request = studio.find(name), studio.request(name)
    row = studio.row(name)
    result = {key: value for key, value in (row or {}).items() if key not in ("image_path", "image_digest", "run_dir", "page")}
    for chosen in result.get("references", ()):
        chosen.pop("local_path", None)
        chosen["image"] = sign(path_of(name, f"{chosen['img_id']}.png"))
    for before in result.get("after", ()):
        before["image"] = sign(path_of(before["id"], "image.png"))
    steps = Steps(request, lambda file: sign(path_of(name, file)))
    making = found.making.profile if isinstance(found, Job) else found.about.get("profile")
    shown = brief(studio, found, sign)
    shapes = [kind for kind in SHAPES if _has(studio, name, kind)]
    return {
        **shown,
        "links": {**shown["links"], **{kind: sign(path_of(name, f"{_FINAL}.{kind}")) for kind in shapes}},
        "shapes": shapes,
        "size": list(request.size),
        "seed": request.seed,
        "profile": making,
        "references": [picture.title for picture in request.references],
        "steps": list(steps.each(studio.events(name))),
        "result": result or None,
    }


def _has(studio: Studio, name: str, kind: str) -> bool:
    """Whether its picture is to be had as a file of ``kind``."""
    try:
        studio.check_kind(kind, studio.making(name).profile, setting="file")
    except NotServed:
        return False
    return final_digest(studio, name) is not None


async def file_of(studio: Studio, name: str, file: str, side: int | None = None) -> tuple[bytes, str]:
    """(bytes, media type) of a file of generation ``name``. Raises ``NotServed`` (404) for any other name.

    Names are looked up among what the generation has; no path is made of them.
    """
    if file == "page.html":
        return await asyncio.to_thread(_page, studio, name), "text/html; charset=utf-8"
    stem, _, kind = file.rpartition(".")
    if stem == _FINAL and kind in SHAPES:
        return await drawing(studio, name, kind), SHAPES[kind]
    digest = _digest(studio, name, stem)
    if digest is None or kind not in KINDS:
        raise NotServed("this generation has no such file", status=404, code="not_found")
    if side is not None:
        return await _shrunk(studio, digest, side, 85), "image/jpeg"
    texts = await asyncio.to_thread(told_by, studio, name) if stem == _FINAL else {}
    return await encoded(studio, digest, kind, _QUALITY, texts), KINDS[kind]


async def drawing(studio: Studio, name: str, kind: str) -> bytes:
    """The picture of generation ``name`` in shapes, as ``svg`` or ``pdf``. Raises ``NotServed``."""
    studio.check_kind(kind, studio.making(name).profile, setting="file")
    svg = await studio.shapes(name)
    title = str((studio.row(name) or {}).get("request", ""))
    texts = await asyncio.to_thread(told_by, studio, name)
    return await asyncio.to_thread(vector_file, svg, "pdf" if kind == "pdf" else "svg", texts, title)


def _digest(studio: Studio, name: str, stem: str) -> str | None:
    """Of the picture behind a file's name without its ending: ``image``, ``round-N`` or ``IMG_NNN``."""
    events = studio.events(name)
    if stem == _FINAL:
        return final_digest(studio, name)
    if stem in (drawn := drawings(events)):
        return drawn[stem]
    found = pictures(studio.request(name), events).get(stem)
    return found.digest if found is not None else None


async def encoded(studio: Studio, digest: str, kind: str, quality: int, texts: Mapping[str, str]) -> bytes:
    """A stored picture as ``png``, ``jpeg`` or ``webp``, with ``texts``. Raises ``NotServed`` (404) where it is gone."""
    data = await _loaded(studio, digest)
    return await asyncio.to_thread(copy_of, data, _FILES[kind], texts, quality=quality)


def told_by(studio: Studio, name: str) -> dict[str, str]:
    """The texts that tell the story of a finished picture, as its file had them when it was made; none where that is gone."""
    path = str((studio.row(name) or {}).get("image_path") or "")
    try:
        found = texts_of((studio.folder.images.folder / Path(path).name).read_bytes())
    except (OSError, NotAnImage):
        return {}
    return {key: found[key] for key in (PARAMETERS, OWN) if key in found}


async def _shrunk(studio: Studio, digest: str, side: int, quality: int) -> bytes:
    return await asyncio.to_thread(encode, await _loaded(studio, digest), Encoding(max_side=side, jpeg_quality=quality))


async def _loaded(studio: Studio, digest: str) -> bytes:
    try:
        return await asyncio.to_thread(studio.folder.images.load, digest)
    except ServiceError as gone:
        raise NotServed(str(gone), status=404, code="not_found") from None


def final_digest(studio: Studio, name: str) -> str | None:
    """Of the picture that is the result; None where there is none (yet)."""
    row = studio.row(name)
    if row is None or not row.get("image_path"):
        return None
    if isinstance(digest := row.get("image_digest"), str):
        return digest
    return next(reversed(drawings(studio.events(name)).values()), None)  # of ``genevolve generate`` in this directory


def _page(studio: Studio, name: str) -> bytes:
    row = studio.row(name)
    if row is None:
        raise NotServed("this generation is not finished", status=404, code="not_found")
    about = {"profile": row.get("profile"), "generation": name}
    return trajectory_page(studio.episode(name), studio.folder.images, about=about).encode()


async def thumbnail(studio: Studio, digest: str) -> bytes:
    """The stored picture as a small JPEG."""
    return await _shrunk(studio, digest, SIDES[1], 80)


async def preview(studio: Studio, digest: str) -> bytes:
    """The stored picture as JPEG of at most 768 pixels, under 1 MiB in base64."""
    for side, quality in ((_PREVIEW_SIDE, 85), (_PREVIEW_SIDE, 60), (_PREVIEW_SIDE // 2, 60)):
        small = await _shrunk(studio, digest, side, quality)
        if len(small) <= _PREVIEW_BYTES:
            return small
    raise NotServed("the picture has no preview of less than 1 MiB", status=500)
