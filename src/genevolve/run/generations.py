"""A directory of ``generate``: every generation that it holds, read back from the journal, so that none is ever lost."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.core.event import Answer, Event, ImageScored, NotRendered, Rendered, Replied
from genevolve.core.request import Request
from genevolve.core.score import Score, Unscored
from genevolve.run.folder import RunFolder
from genevolve.store.journal import Journal, records
from genevolve.store.wire import BadEntry, entry_from_json, request_from_json

_FIRST = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the journal says of one generation. ``digest`` is that of its image, None where there is none."""

    request: Request
    prompt: str = ""
    digest: str | None = None
    verdict: Score | Unscored | None = None
    problem: str = ""


def recorded(folder: RunFolder) -> tuple[Recorded, ...]:
    """The generations in ``folder``, the oldest first. Raises ``UsageError`` for a directory of another command and for a
    journal that is damaged."""
    about = folder.described() or {}
    if "input" in about or "until" in about:
        raise UsageError(f"--out {folder.path} holds a run over a file: choose another directory")
    found: dict[str, Recorded] = {}
    for record in records(folder.journal):
        key = str(record.get("row"))
        try:
            if "request" in record:
                found[key] = Recorded(request=request_from_json(record["request"]))
            elif key in found:
                found[key] = _with(found[key], entry_from_json(record.get("entry")))
        except BadEntry:
            raise UsageError(
                f"--out {folder.path}: the journal of generation {key!r} cannot be read; choose another directory"
            ) from None
    return tuple(found.values())


def _with(known: Recorded, event: Event) -> Recorded:
    match event:
        case Replied(action=Answer(program=program)):
            return replace(known, prompt=program.prompt)
        case Rendered():
            return replace(known, digest=event.digest)
        case NotRendered(reason=reason):
            return replace(known, problem=reason)
        case ImageScored(result=result):
            return replace(known, verdict=result)
    return known


def free_id(folder: RunFolder, earlier: tuple[Recorded, ...]) -> str:
    """``image``, ``image-2``, …: none that the journal or an image has already."""
    taken = {each.request.id for each in earlier}
    number = 1
    while (name := _FIRST if number == 1 else f"{_FIRST}-{number}") in taken or (folder.images.folder / f"{name}.png").exists():
        number += 1
    return name


def page_of(folder: RunFolder, name: str) -> Path:
    """The whole page of generation ``name``."""
    return folder.path / "pages" / f"{name}.html"


def keep_page(folder: RunFolder, earlier: tuple[Recorded, ...]) -> None:
    """Keep the page of a directory from before each generation had its own: it shows the last one."""
    if earlier and folder.page.exists() and not (kept := page_of(folder, earlier[-1].request.id)).exists():
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(folder.page, kept)


def keep_result(folder: RunFolder, result: dict[str, Any]) -> None:
    """Add one line to ``results.jsonl``."""
    with Journal(folder.results) as results:
        results.append(result)
