"""What a follow-up goes on from: a generation, its directory, or one of several in a directory, found and read back."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from genevolve.app.profile import Profile
from genevolve.core.errors import UsageError
from genevolve.core.request import Earlier
from genevolve.run.folder import RunFolder
from genevolve.run.generations import Recorded, carried_over, of_a_file, read_back
from genevolve.store.user_file import json_of_ours

LATEST = "latest"
RUNS = Path("runs")


class Made(Protocol):
    """A finished generation."""

    @property
    def folder(self) -> Path: ...
    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The generation ``id`` of ``folder``, with those that it follows itself: ``chain``, the first one first."""

    folder: RunFolder
    chain: tuple[Recorded, ...]

    @property
    def earlier(self) -> Earlier:
        found = self.chain[-1].earlier
        assert found is not None
        return found

    @property
    def home(self) -> Path | None:
        """The directory where follow-ups are kept when nobody says otherwise; None: one of its own."""
        return None if of_a_file(self.folder) else self.folder.path

    @property
    def about(self) -> dict[str, Any]:
        """What made it."""
        return self.folder.described() or {}

    def within(self, folder: RunFolder) -> tuple[Earlier, tuple[Recorded, ...]]:
        """What to go on from in ``folder``, and what has to be written into its journal before."""
        if folder.path.resolve() == self.folder.path.resolve():
            return self.earlier, ()
        copies = carried_over(self.chain, self.folder.images, folder)
        found = copies[-1].earlier
        assert found is not None
        return found, copies


def followed(after: "Made | Path | str") -> Followed:
    """The generation that ``after`` names: itself, ``latest``, a directory (its result), DIRECTORY/ID, or its image file.

    Raises ``UsageError``, also for a generation without an image.
    """
    folder, name = named(after) if isinstance(after, Path | str) else (RunFolder(Path(after.folder)), after.id)
    known = {each.request.id: each for each in read_back(folder)}
    if name is None:
        name = _result_of(folder, tuple(known.values()))
    if name not in known:
        raise UsageError(f"{folder.path} has no generation {name!r}; it has {', '.join(list(known)[-8:]) or 'none'}")
    if known[name].earlier is None:
        raise UsageError(f"{folder.path}: {name} has no image that could be changed; make one first")
    chain = [known[name]]
    while (before := chain[0].request.after) is not None:
        chain.insert(0, known[before.request.id])
    return Followed(folder=folder, chain=tuple(chain))


def made_with(source: Followed | None) -> str | Profile:
    """The profile of what is followed; the usual one where nothing is. Raises ``UsageError`` where it cannot be used here."""
    held = source.about.get("profile") if source is not None else None
    if not isinstance(held, dict):
        return "offline"
    try:
        return Profile.model_validate(held)
    except (UsageError, ValidationError):
        raise UsageError("the profile of the earlier generation cannot be used any more: choose one with --profile") from None


def named(after: Path | str) -> tuple[RunFolder, str | None]:
    """The directory, and which of its generations, that a user names. Raises ``UsageError`` where there is none."""
    path = _latest() if str(after) == LATEST and not Path(LATEST).exists() else Path(after)
    tries: Sequence[tuple[Path, str | None]] = [(path, None), (path.parent, path.name), (path.parent.parent, path.stem)]
    for place, name in tries:
        if RunFolder(place).journal.is_file():
            return RunFolder(place), name
    raise UsageError(
        f"there is no generation at {after}: name a directory of `generate`, a generation in it (DIRECTORY/image-2), or latest"
    )


def _latest() -> Path:
    journals = sorted(RUNS.glob("*/journal.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    if not journals:
        raise UsageError(f"there is no generation in {RUNS}/ yet: make one with `genevolve generate`, or name its directory")
    return journals[-1].parent


def _result_of(folder: RunFolder, known: Sequence[Recorded]) -> str:
    """The one that the directory's page shows; in one from before that was written down the last with an image."""
    try:
        result = json_of_ours((folder.path / "result.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        result = None
    if isinstance(result, dict) and isinstance(result.get("id"), str):
        return str(result["id"])
    return next((each.request.id for each in reversed(known) if each.digest), known[-1].request.id if known else "image")
