"""A run directory: what lies where, who holds it, and what made it."""

import contextlib
import errno
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.services.secrets import recordable
from genevolve.store.images import ImageStore, write_atomically
from genevolve.store.lock import HeldElsewhere, HeldFile
from genevolve.store.metadata import FileKind, PixelKind, copy_of
from genevolve.store.user_file import json_of_ours

_MOST_STAGES = 6
# A directory with one of these can not be worked in; anything else, such as a full disk, is no matter of the directory.
_UNUSABLE = (errno.EEXIST, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG, errno.EISDIR, errno.ELOOP)
_PACE = ("limits", "traffic", "signing")  # tables of a profile that decide nothing of what is made
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
# Names of stored images, names that Windows keeps for devices, whatever their extension, and names as ``safe_name`` makes
# them: a row that is called so itself gets another, or it would take the picture of the row that the name was made for.
_TAKEN = re.compile(r"[0-9a-f]{64}|(?i:con|prn|aux|nul|com\d|lpt\d)(\..*)?|.*-(?i:[0-9a-f]{10})")


@contextlib.contextmanager
def usable(path: Path) -> Iterator[None]:
    """What the system says where the directory ``path`` cannot be made or written, as a ``UsageError``."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNUSABLE:
            raise
        raise UsageError(f"--out {path}: this directory cannot be used ({error.strerror})") from None


def held_directory(path: Path) -> HeldFile:
    """Hold ``path``, which is made where it is missing. Raises ``UsageError`` when it is held elsewhere or cannot be used."""
    try:
        with usable(path):
            path.mkdir(parents=True, exist_ok=True)
            return HeldFile(path / ".lock")
    except HeldElsewhere:
        raise UsageError(f"--out {path}: another genevolve process is working in this directory") from None


class RunFolder:
    """``run.json`` (profile, versions), ``journal.jsonl``, ``results.jsonl``, ``images/``, ``index.html``.

    ``sign``: what signs the pictures that tell their story, from the file, its kind and its texts.
    """

    sign: Callable[[bytes, FileKind, Mapping[str, str]], bytes] | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.about = path / "run.json"
        self.journal = path / "journal.jsonl"
        self.results = path / "results.jsonl"
        self.page = path / "index.html"
        self.images = ImageStore(path / "images")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the directory against other processes. Raises ``UsageError`` when it is held or cannot be made or written."""
        with held_directory(self.path):
            self._check_writable()
            yield

    def _check_writable(self) -> None:
        """Raises ``UsageError`` for what could not be written later, when it is paid for."""
        where = self.images.folder
        try:
            where.mkdir(exist_ok=True)
            tempfile.TemporaryFile(dir=where).close()
            for where in (self.journal, self.results, self.about, self.page):
                if where.exists() and not (where.is_file() and os.access(where, os.W_OK)):
                    raise PermissionError(errno.EACCES, "it is not a file that can be written")
        except OSError as error:
            if error.errno not in _UNUSABLE:
                raise
            raise UsageError(f"--out {self.path}: {where} cannot be used ({error.strerror})") from None

    def describe(self, about: dict[str, Any]) -> dict[str, Any]:
        """Write what makes this run, or check that it is what made it; what ``run.json`` says then.

        Raises ``UsageError`` naming the first difference."""
        about = recordable(about)
        if (earlier := self.described()) is not None and (earlier.get("profile") or not about.get("profile")):
            for name in ("profile", "input", "until"):
                _same(deciding(recordable(earlier.get(name))), deciding(about.get(name)), name, self.path)
            return earlier
        text = json.dumps(about, indent=2, ensure_ascii=False)
        write_atomically(self.about, text.encode("utf-8", "backslashreplace"))  # names of files may hold half characters
        return about

    def described(self) -> dict[str, Any] | None:
        """What ``run.json`` says; None where there is none, or none that can be read."""
        try:
            earlier = json_of_ours(self.about.read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
            return None
        return earlier if isinstance(earlier, dict) else None

    def agree(self, known: dict[str, Any]) -> None:
        """Check what is known already of a run against what made this one. Raises ``UsageError`` naming the difference."""
        if (earlier := self.described()) is not None:
            _agrees(earlier, known, (), self.path)

    def show_as(self, digest: str, key: str, texts: Mapping[str, str] | None = None, *, kind: PixelKind = "png") -> str:
        """Give the stored image a readable name, ``images/KEY.png``; the path relative to the run directory.

        With ``texts``, or as another ``kind`` of file, it is a copy (``store.metadata``); the stored image stays as it is.
        Raises ``ServiceError`` where that is gone.
        """
        if texts or kind != "png":
            return self.keep_file(copy_of(self.images.load(digest), kind, texts or {}), key, kind, texts or {})
        target, source = self._shown(key, kind), self.images.path(digest)
        if not (target.exists() and target.samefile(source)):
            self._linked(source, target)
        return f"images/{target.name}"

    def keep_file(self, data: bytes, key: str, kind: FileKind, texts: Mapping[str, str]) -> str:
        """``data``, which tells ``texts``, as the file ``images/KEY.kind``; the path relative to the run directory."""
        target = self._shown(key, kind)
        write_atomically(target, data if self.sign is None else self.sign(data, kind, texts))
        return f"images/{target.name}"

    def _shown(self, key: str, kind: FileKind) -> Path:
        """The file with the readable name of a picture."""
        name = f"{safe_name(key)}.{kind}"
        if self._differs_in_case(name):
            name = f"{safe_name(key)}-{_digest(key)}.{kind}"
        return self.images.folder / name

    def _linked(self, source: Path, target: Path) -> None:
        temporary = self.images.folder / f".{target.name}.link"
        temporary.unlink(missing_ok=True)
        try:
            os.link(source, temporary)
        except OSError:  # a file system without hard links
            temporary.write_bytes(source.read_bytes())
        temporary.replace(target)

    def _differs_in_case(self, name: str) -> bool:
        """Whether a file of another row has ``name`` but for upper and lower case, which is one file on macOS and Windows."""
        folder = self.images.folder
        return (folder / name).exists() and name not in (entry.name for entry in folder.iterdir())


def origins(folder: Path) -> Iterator[Path]:
    """``folder``, and where it is a run directory the folder of that run's input, and so on: paths that rows carry from
    stage to stage are relative to one of them."""
    for _ in range(_MOST_STAGES):
        yield folder
        try:
            source = json_of_ours((folder / "run.json").read_bytes())["file"]
            folder = Path(source).parent
        except (OSError, ValueError, KeyError, TypeError):
            return


def safe_name(key: str) -> str:
    """``key`` as a file name on every system: itself where it is harmless, else its harmless part and a digest that keeps it
    unique."""
    if SAFE_NAME.fullmatch(key) and not _TAKEN.fullmatch(key):
        return key
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", key).strip("-")[:40]
    return f"{readable or 'row'}-{_digest(key)}"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:10]


def deciding(settings: Any) -> Any:
    """``settings`` without those that only say how fast and for how much money services are called: a budget can be raised."""
    return {key: value for key, value in settings.items() if key not in _PACE} if isinstance(settings, dict) else settings


def _same(earlier: Any, now: Any, name: str, path: Path) -> None:
    if earlier == now:
        return
    if isinstance(earlier, dict) and isinstance(now, dict):
        for key in sorted({*earlier, *now}):
            _same(earlier.get(key), now.get(key), f"{name}.{key}", path)
        return
    raise UsageError(
        f"--out {path} holds a run with {name} = {json.dumps(earlier)}, but this one has {json.dumps(now)}; "
        "continue it with the same settings, or choose another directory"
    )


def _agrees(earlier: Any, known: dict[str, Any], above: tuple[str, ...], path: Path) -> None:
    """``_same`` for the keys of ``known`` alone."""
    if not isinstance(earlier, dict):
        return
    for key, value in known.items():
        if isinstance(value, dict) and isinstance(earlier.get(key), dict):
            _agrees(earlier[key], value, (*above, key), path)
        else:
            _same(earlier.get(key), value, ".".join((*above, key)), path)
