"""Libraries of the user's own images: kept as PNG by digest, with their captions in one SQLite file."""

import io
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from genevolve.core.errors import ServiceError, UsageError
from genevolve.store.decode import NotAnImage, decode
from genevolve.store.images import ImageStore
from genevolve.store.user_file import expanded
from genevolve.world.atlas.folder import ImageFile, Refused, survey
from genevolve.world.atlas.iconify import read_set
from genevolve.world.atlas.search import AtlasMatch, Searcher
from genevolve.world.atlas.text import name_key, words

SCHEMA = 1
MAX_SIDE = 2048  # pixels; larger images are stored smaller, for nothing that reads them needs more
_NAME = re.compile(r"[^\W_][\w .+&()-]{0,63}")
_TITLE_LENGTH = 160
_TABLES = """
CREATE TABLE libraries (name TEXT PRIMARY KEY, folder TEXT);
CREATE TABLE images (id INTEGER PRIMARY KEY, library TEXT, file TEXT, size INTEGER, mtime INTEGER, caption TEXT,
                     title TEXT, url TEXT, page_url TEXT, snippet TEXT, look TEXT, prior REAL);
CREATE VIRTUAL TABLE images_words USING fts5(title, names, body, keys, near, tokenize='porter unicode61');
CREATE TABLE images_names (key TEXT, id INTEGER, further INTEGER);
CREATE INDEX images_by_key ON images_names (key);
CREATE INDEX images_by_library ON images (library);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryInfo:
    name: str
    folder: Path
    images: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddReport:
    """What ``add`` did. ``added`` counts new and changed images, ``removed`` those whose file is gone."""

    name: str
    added: int
    unchanged: int
    removed: int
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """An image as it goes into the table."""

    file: ImageFile
    digest: str
    fresh: bool


class Libraries:
    """The libraries below ``home``. A change of one is a single transaction: it happens whole or not at all."""

    def __init__(self, home: Path) -> None:
        self._path = home / "libraries" / "index.sqlite"
        self._store = ImageStore(home / "libraries" / "images")
        self._lock = threading.Lock()
        self._reader: sqlite3.Connection | None = None

    # ---- keeping -----------------------------------------------------------------------------------------------------

    def add(self, folder: Path, name: str | None = None, progress: Callable[[int, int], None] | None = None) -> AddReport:
        """Index ``folder`` as library ``name`` (its own name by default), or bring it up to date.

        ``folder`` may also be an icon set in Iconify's JSON format: each icon is an image, its name the caption, and the
        library is called as the set is. Unchanged files (size and time of change) are not read again. ``progress`` gets (done,
        of). Raises ``UsageError`` for a name that cannot be used and for a folder without one usable image; the library then
        stays as it was.
        """
        folder = expanded(folder)
        found = _found(folder)
        name = _checked_name(name if name is not None else found.name)
        refused = list(found.refused)
        root = folder.resolve()
        with self._database() as database:
            self._check_folder(database, name, root)
            known = _known(database, name)
            kept: list[_Kept] = []
            for number, file in enumerate(found.files, start=1):
                outcome = self._keep(file, known.get(file.name))
                kept += [outcome] if isinstance(outcome, _Kept) else []
                refused += [outcome] if isinstance(outcome, Refused) else []
                if progress is not None:
                    progress(number, len(found.files))
            if not kept:
                raise UsageError(_nothing_usable(folder, refused))
            dropped = self._replace(database, name, root, kept)
        fresh = sum(image.fresh for image in kept)
        return AddReport(name=name, added=fresh, unchanged=len(kept) - fresh, removed=dropped, refused=tuple(refused))

    def listing(self) -> list[LibraryInfo]:
        if not self._path.exists():
            return []
        with self._database() as database:
            rows = database.execute(
                "SELECT name, folder, (SELECT count(*) FROM images WHERE library = name) FROM libraries ORDER BY name"
            )
            return [LibraryInfo(name=name, folder=Path(folder), images=images) for name, folder, images in rows]

    def remove(self, name: str) -> None:
        """Forget library ``name``; the user's files stay. Raises ``UsageError`` when there is none of this name."""
        self.checked([name])
        with self._database() as database, database:
            database.execute("BEGIN IMMEDIATE")
            held = {digest for (digest,) in database.execute("SELECT look FROM images WHERE library = ?", (name,))}
            _delete(database, [number for (number,) in database.execute("SELECT id FROM images WHERE library = ?", (name,))])
            database.execute("DELETE FROM libraries WHERE name = ?", (name,))
            self._forget(database, held)

    # ---- finding -----------------------------------------------------------------------------------------------------

    def find(self, query: str, limit: int, names: Sequence[str] | None = None) -> list[AtlasMatch]:
        """Images whose captions fit, best first; ``look`` is the digest, ``page_url`` the source ``library:NAME``."""
        with self._lock:
            if self._reader is None and self._path.exists():
                self._open().close()  # checks the version, or says what is wrong
                self._reader = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
            if self._reader is None:
                return []
            return Searcher(self._reader, "images", library=names).find(query, limit)

    def close(self) -> None:
        """Close what ``find`` has opened; it opens it again when it is called again."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()
            self._reader = None

    def load(self, digest: str) -> bytes:
        return self._store.load(digest)

    def checked(self, names: Sequence[str] | None) -> tuple[str, ...] | None:
        """``names`` when there is a library for each. Raises ``UsageError`` naming the ones that there are."""
        if names is None:
            return None
        known = [library.name for library in self.listing()]
        for name in names:
            if name not in known:
                there = f"there are {', '.join(known)}" if known else "there is none yet: genevolve library add DIR"
                raise UsageError(f"library {name[:80]!r} is unknown; {there}")
        return tuple(names)

    # ---- inside ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """A connection that is closed at the end; what goes wrong with it (a full disk, a lock) is a ``ServiceError``."""
        with closing(self._open()) as database:
            try:
                yield database
            except sqlite3.Error as error:
                raise ServiceError(f"the index of libraries {self._path} cannot be used ({error})") from None

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            (version,) = database.execute("PRAGMA user_version").fetchone()
            with database:
                if version == 0:
                    database.execute("BEGIN IMMEDIATE")
                    (version,) = database.execute("PRAGMA user_version").fetchone()
                if version == 0:
                    for statement in _TABLES.split(";"):
                        database.execute(statement)
                    database.execute(f"PRAGMA user_version = {SCHEMA}")
        except OSError as error:
            raise ServiceError(f"{self._path.parent} cannot be written ({error.strerror}); set GENEVOLVE_HOME") from None
        except sqlite3.Error as error:
            raise ServiceError(f"the index of libraries {self._path} cannot be opened ({error})") from None
        if version not in {0, SCHEMA}:
            database.close()
            raise UsageError(f"{self._path} was made by another version of genevolve; delete it and add the libraries again")
        return database

    def _check_folder(self, database: sqlite3.Connection, name: str, folder: Path) -> None:
        row = database.execute("SELECT folder FROM libraries WHERE name = ?", (name,)).fetchone()
        if row is not None and row[0] != _text(folder):
            raise UsageError(f"library {name!r} already holds {row[0]}; choose another --name, or remove that library first")

    def _keep(self, file: ImageFile, known: tuple[int, int, str, str] | None) -> _Kept | Refused:
        size, mtime, caption, digest = known or (-1, -1, "", "")
        if (size, mtime) == (file.size, file.mtime_ns) and self._store.path(digest).exists():
            return _Kept(file=file, digest=digest, fresh=caption != file.caption)
        try:
            stored = self._store.put(_drawn(file.svg) if file.svg else _fitted(decode(file.path.read_bytes()).png))
        except NotAnImage as problem:
            return Refused(path=file.path, reason=str(problem))
        except OSError as error:
            if not self._store.folder.exists() or error.errno == 28:
                raise ServiceError(f"images cannot be stored in {self._store.folder} ({error.strerror})") from None
            return Refused(path=file.path, reason=f"it cannot be read ({error.strerror})")
        return _Kept(file=file, digest=stored, fresh=digest != stored or caption != file.caption)

    def _replace(self, database: sqlite3.Connection, name: str, folder: Path, kept: Iterable[_Kept]) -> int:
        """Put the new state of a library in place of the old one; the number of images that went."""
        wanted = {image.file.name: image for image in kept}
        with database:
            database.execute("BEGIN IMMEDIATE")
            self._check_folder(database, name, folder)
            held = {file: (number, digest) for number, file, digest in database.execute(
                "SELECT id, file, look FROM images WHERE library = ?", (name,))}  # fmt: skip
            gone = [number for file, (number, _) in held.items() if file not in wanted]
            stale = [number for file, (number, _) in held.items() if file in wanted and wanted[file].fresh]
            _delete(database, [*gone, *stale])
            database.execute("INSERT OR REPLACE INTO libraries VALUES (?, ?)", (name, _text(folder)))
            for image in wanted.values():
                if image.fresh or image.file.name not in held:
                    _insert(database, name, image)
                if not self._store.path(image.digest).exists():
                    raise ServiceError(f"{image.file.path} was removed from the store meanwhile; add the library again")
            self._forget(database, {digest for _, digest in held.values()})
        return len(gone)

    def _forget(self, database: sqlite3.Connection, digests: Iterable[str]) -> None:
        """Delete stored images that no library holds any more. Runs inside a transaction, so nobody adds meanwhile."""
        for digest in digests:
            if database.execute("SELECT 1 FROM images WHERE look = ? LIMIT 1", (digest,)).fetchone() is None:
                self._store.path(digest).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contents:
    """What a folder or an icon set holds, and what it is called."""

    name: str
    files: tuple[ImageFile, ...]
    refused: tuple[Refused, ...]


def _found(place: Path) -> _Contents:
    """Raises ``UsageError`` for a place that is neither a folder nor an icon set."""
    if place.suffix.lower() != ".json" or not place.is_file():
        files, refused = survey(place)
        return _Contents(name=place.resolve().name, files=tuple(files), refused=tuple(refused))
    icons, changed = read_set(place), place.stat().st_mtime_ns
    return _Contents(
        name=icons.prefix,
        files=tuple(
            ImageFile(
                path=place,
                name=f"{icon.name}.svg",
                size=len(icon.body),
                mtime_ns=changed,
                caption=icon.name.replace("-", " "),
                svg=icon.svg(),
                licence=icons.licence,
            )
            for icon in icons.icons
        ),
        refused=tuple(Refused(path=place / name, reason=why) for name, why in icons.refused),
    )


def _drawn(svg: str) -> bytes:
    """Raises ``NotAnImage`` for what resvg cannot draw or what shows nothing."""
    from PIL import Image
    from resvg_py import svg_to_bytes

    try:
        png = bytes(svg_to_bytes(svg_string=svg, skip_system_fonts=True))
    except Exception as problem:  # resvg raises what its parser raises
        raise NotAnImage(f"its drawing cannot be drawn ({str(problem)[:80]})") from None
    if Image.open(io.BytesIO(png)).convert("RGBA").getbbox() is None:
        raise NotAnImage("its drawing shows nothing")
    return png


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name) or name != name.strip():
        raise UsageError(
            f"library name {name[:80]!r} cannot be used: take up to 64 letters, digits, spaces and . + & ( ) -, "
            "starting with a letter or digit (--name)"
        )
    return name


def _text(path: Path) -> str:
    return str(path).encode("utf-8", "replace").decode()


def _nothing_usable(folder: Path, refused: Sequence[Refused]) -> str:
    reasons = "; ".join(f"{entry.path.name}: {entry.reason}" for entry in refused[:3])
    more = f" and {len(refused) - 3} more" if len(refused) > 3 else ""
    return f"library folder {str(folder)!r} holds no usable image" + (f" ({reasons}{more})" if reasons else "")


def _known(database: sqlite3.Connection, name: str) -> dict[str, tuple[int, int, str, str]]:
    rows = database.execute("SELECT file, size, mtime, caption, look FROM images WHERE library = ?", (name,))
    return {file: (size, mtime, caption, digest) for file, size, mtime, caption, digest in rows}


def _delete(database: sqlite3.Connection, numbers: Iterable[int]) -> None:
    for number in numbers:
        database.execute("DELETE FROM images_words WHERE rowid = ?", (number,))
        database.execute("DELETE FROM images_names WHERE id = ?", (number,))
        database.execute("DELETE FROM images WHERE id = ?", (number,))


def _insert(database: sqlite3.Connection, name: str, image: _Kept) -> None:
    file = image.file
    title = file.caption if len(file.caption) <= _TITLE_LENGTH else file.caption[: _TITLE_LENGTH - 1].rstrip() + "…"
    source = f"library:{name}"
    url = f"{source}/{file.name}"
    columns = (name, file.name, file.size, file.mtime_ns, file.caption, title, url, source, file.licence, image.digest, 1.0)
    number = database.execute(
        "INSERT INTO images (library, file, size, mtime, caption, title, url, page_url, snippet, look, prior) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        columns,
    ).lastrowid
    stem = Path(file.name).stem
    searched = (number, " ".join(words(title)), "", " ".join(words(file.caption)), " ".join(words(stem.replace("_", " "))))
    database.execute("INSERT INTO images_words (rowid, title, names, body, keys) VALUES (?, ?, ?, ?, ?)", searched)
    if key := name_key(title):
        database.execute("INSERT INTO images_names VALUES (?, ?, 0)", (key, number))


def _fitted(png: bytes) -> bytes:
    from PIL import Image

    image = Image.open(io.BytesIO(png))
    if max(image.size) <= MAX_SIDE:
        return png
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
