"""What was made: the generations that lie in a folder of run directories, and where the page of one is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from genevolve.app.arguments import checked
from genevolve.app.followed import RUNS, named
from genevolve.core.errors import UsageError
from genevolve.run.folder import RunFolder
from genevolve.run.generations import page_of
from genevolve.store.journal import records

_DEEPEST = 3  # folders between the one that is listed and a run directory


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeEntry:
    """One result: ``at`` is when it was finished, in local time; ``kscore`` is renormalised where no text is needed, None where
    nobody judged; ``size`` is (width, height) in pixels; ``image`` is None where there is none, ``error`` says why."""

    id: str
    at: datetime
    request: str
    kscore: float | None
    size: tuple[int, int] | None
    folder: Path
    image: Path | None
    error: str = ""

    @property
    def name(self) -> str:
        """What ``genevolve open`` and ``genevolve revise`` take."""
        return f"{self.folder}/{self.id}"

    def to_json(self) -> dict[str, Any]:
        """One object of ``genevolve runs --json``."""
        return {
            "id": self.id,
            "at": self.at.isoformat(timespec="seconds"),
            "request": self.request,
            "kscore": self.kscore,
            "size": list(self.size) if self.size else None,
            "folder": str(self.folder),
            "image": str(self.image) if self.image else None,
            "error": self.error or None,
        }


@checked
def list_runs(folder: Path | str = RUNS) -> tuple[MadeEntry, ...]:
    """Every result in the run directories at or below ``folder``, the newest first. Raises ``UsageError`` for no folder."""
    folder = Path(folder)
    if not folder.is_dir():
        if folder == RUNS:
            return ()
        raise UsageError(f"DIR {folder}: there is no such folder")
    found = [entry for path in _directories(folder) for entry in _entries(RunFolder(path))]
    return tuple(sorted(found, key=lambda entry: (entry.at, entry.name), reverse=True))


def page_to_open(run: Path | str) -> Path:
    """The page of ``run``: a run directory, a generation in it (DIRECTORY/image-2), its image, or ``latest``.

    Raises ``UsageError`` where there is no generation or no page of it.
    """
    folder, name = named(run)
    pages = [page_of(folder, name)] if name is not None else []
    for page in (*pages, folder.page):
        if page.is_file():
            return page.absolute()
    raise UsageError(f"{folder.path} has no page: `genevolve generate` writes one; its results are in {folder.results}")


def _directories(folder: Path) -> Iterator[Path]:
    for depth in range(_DEEPEST + 1):
        yield from (path.parent for path in folder.glob("*/" * depth + "results.jsonl"))


def _entries(folder: RunFolder) -> Iterator[MadeEntry]:
    """The results of one directory, the newest of each; none of a command that makes no pictures of requests."""
    made: dict[str, MadeEntry] = {}
    for row in records(folder.results):
        if isinstance(row.get("request"), str) and "image_path" in row:
            entry = _entry(row, folder)
            made[entry.id] = entry
    yield from made.values()


def _entry(row: dict[str, Any], folder: RunFolder) -> MadeEntry:
    score, size, shown = row.get("score"), row.get("size"), row.get("image_path")
    image = folder.images.folder / Path(shown).name if isinstance(shown, str) else None
    image = image if image is not None and image.is_file() else None
    kscore = score.get("kscore_renormalized") if isinstance(score, dict) else None
    return MadeEntry(
        id=str(row.get("id")),
        at=_when(row, image or folder.results),
        request=str(row["request"]),
        kscore=kscore if isinstance(kscore, int | float) else None,
        size=(size[0], size[1]) if isinstance(size, list) and len(size) == 2 else None,
        folder=folder.path,
        image=image,
        error=str(row.get("error") or ""),
    )


def _when(row: dict[str, Any], written: Path) -> datetime:
    """When the row says that it was asked for, else when its file was written."""
    at = row.get("at")
    return datetime.fromtimestamp(at if isinstance(at, int | float) else written.stat().st_mtime).astimezone()
