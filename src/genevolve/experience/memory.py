"""Bundles by the request they came from, in one SQLite file that survives kills and is read by many at once."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from genevolve.core.errors import ServiceError, UsageError
from genevolve.experience.bundle import Bundle, bundle_from_json, bundle_to_json
from genevolve.store.images import write_atomically
from genevolve.store.user_file import json_of_ours

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

VERSION = 1
CAPACITY = 500
HALF_LIFE = 50.0  # steps in which the worth of a bundle halves
_APPLICATION = 0x47455650  # "GEVP": marks the file as a memory
_PATIENCE = 30.0  # seconds to wait for another writer
_TABLES = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request TEXT NOT NULL,
    step INTEGER NOT NULL,
    grp TEXT NOT NULL,
    family TEXT NOT NULL,
    gap REAL NOT NULL,
    embedding BLOB NOT NULL,
    bundle TEXT NOT NULL,
    judge TEXT NOT NULL DEFAULT '',
    UNIQUE (request, step, grp)
)""",
    f"PRAGMA application_id = {_APPLICATION}",
)
_EVICT = """
DELETE FROM entries WHERE id IN (
    SELECT id FROM entries AS one
    ORDER BY
        step = (SELECT max(step) FROM entries WHERE request = one.request),
        judge = (SELECT judge FROM entries ORDER BY id DESC LIMIT 1),
        gap * left_of((SELECT max(step) FROM entries) - step),
        id
    LIMIT max(0, (SELECT count(*) FROM entries) - ?)
)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryEntry:
    """One remembered bundle, as JSON in ``stored``. ``family`` is that of the request's recipe where it is known, else empty.

    ``embedding`` is (d,) float32, little-endian. ``judge``: who found the gap, with versions; empty in memories from before
    that was kept.
    """

    id: int
    request: str
    step: int
    group: str
    family: str
    gap: float
    embedding: bytes
    stored: str
    judge: str = ""


_COLUMNS = {
    "id": int, "request": str, "step": int, "grp": str, "family": str, "gap": float, "embedding": bytes, "bundle": str,
    "judge": str,
}  # fmt: skip


class Memory:
    """Opened for one embedder: ``embedder`` and ``dimension`` are stored with the first and must agree ever after.

    Both None open what is there for reading (``genevolve experience``). Over ``capacity``, entries go whose request has a
    newer one, then those of another judge than the newest, whose gaps are on another scale, then those with the least worth:
    reward gap × ½^(age in steps / ``half_life``).
    """

    def __init__(
        self,
        path: Path | str,
        capacity: int = CAPACITY,
        *,
        embedder: str | None = None,
        dimension: int | None = None,
        half_life: float = HALF_LIFE,
    ) -> None:
        if capacity < 1 or half_life <= 0:
            raise UsageError(f"memory: capacity is {capacity} and half_life {half_life:g}; both must be more than 0")
        self.path = Path(path)
        self.capacity = capacity
        self._lock = threading.RLock()
        wanted = (embedder, dimension) if embedder is not None and dimension is not None else None
        if wanted is None and not self.path.is_file():
            raise UsageError(f"{self.path}: there is no memory of experience here")
        with self._used():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            try:
                self._base.create_function("left_of", 1, lambda age: 0.5 ** (age / half_life), deterministic=True)
                self._open(wanted)
            except BaseException:
                self._base.close()
                raise

    def _open(self, wanted: tuple[str, int] | None) -> None:
        if wanted is not None:
            self._base.execute("PRAGMA journal_mode = DELETE")  # memories of before had a log beside them
            with self._writing():
                if not self._made():
                    self._create(*wanted)
                self._add_judges()
        elif not self._made():
            raise UsageError(f"{self.path}: this is not a memory of experience")
        self.embedder, self.dimension = self._about(self._base)
        if wanted is not None and wanted != (self.embedder, self.dimension):
            raise UsageError(
                f"{self.path} holds embeddings of {self.embedder} ({self.dimension} numbers each), but the embedder is "
                f"{wanted[0]} ({wanted[1]}): choose that embedder, or another file for the memory"
            )

    def _made(self) -> bool:
        """Whether this is a memory already. Raises ``UsageError`` for a data base of something else."""
        count = self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if count and not _is_memory(self._base):
            raise UsageError(f"{self.path} is a data base of something else, not a memory of experience")
        return bool(count)

    def _create(self, embedder: str, dimension: int) -> None:
        for statement in _TABLES:
            self._base.execute(statement)
        values = {"version": str(VERSION), "embedder": embedder, "dimension": str(dimension)}
        self._base.executemany("INSERT INTO about VALUES (?, ?)", values.items())

    def _add_judges(self) -> None:
        """Make room for judges in a memory from before they were kept."""
        if not self._knows_judges():
            self._base.execute("ALTER TABLE entries ADD COLUMN judge TEXT NOT NULL DEFAULT ''")

    def _knows_judges(self) -> bool:
        return any(column[1] == "judge" for column in self._base.execute("PRAGMA table_info(entries)"))

    def _about(self, base: sqlite3.Connection) -> tuple[str, int]:
        values = dict(base.execute("SELECT name, value FROM about"))
        if values.get("version") != str(VERSION):
            raise UsageError(
                f"{self.path} is a memory of version {values.get('version')}; this program reads version {VERSION}"
            )
        try:
            return str(values["embedder"]), int(values["dimension"])
        except (KeyError, ValueError):
            raise self._damaged("it does not say which embedder it belongs to") from None

    # ---- writing ----------------------------------------------------------------------------------------------------

    def add(
        self,
        bundle: Bundle,
        request: str,
        embedding: "Floats",
        gap: float,
        step: int,
        group: str,
        *,
        family: str = "",
        judge: str = "",
    ) -> int:
        """Remember ``bundle``; its id. The same request, step and group again replaces what is there.

        ``embedding`` is (d,), of length 1. Raises ``ValueError`` for one that is not.
        """
        texts = (request, group, family, judge, json.dumps(bundle_to_json(bundle), ensure_ascii=False))
        asked, own, kind, by, text = (each.encode("utf-8", "replace").decode() for each in texts)  # no half characters
        row = (asked, step, own, kind, float(gap), self._vector(embedding), text, by)
        with self._writing():
            added = self._base.execute(
                "INSERT OR REPLACE INTO entries (request, step, grp, family, gap, embedding, bundle, judge) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            ).lastrowid
            self._base.execute(_EVICT, (self.capacity,))
        assert added is not None
        return added

    def _vector(self, embedding: "Floats") -> bytes:
        import numpy as np

        vector = np.asarray(embedding, dtype="<f4")
        if vector.shape != (self.dimension,):
            raise ValueError(f"an embedding of {self.embedder} has shape ({self.dimension},), not {vector.shape}")
        length = float(np.linalg.norm(vector.astype(np.float64)))
        if not abs(length - 1.0) < 1e-3:  # also refuses NaN
            raise ValueError(f"the embedding has length {length:g}; it must be normalised to 1")
        return vector.tobytes()

    # ---- reading ----------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        with self._used():
            count: int = self._base.execute("SELECT count(*) FROM entries").fetchone()[0]
        return count

    def entries(self) -> list[MemoryEntry]:
        """All, oldest first. Raises ``UsageError`` naming the entry that is damaged."""
        with self._used():
            known = [name if name != "judge" or self._knows_judges() else "''" for name in _COLUMNS]
            rows = self._base.execute(f"SELECT {', '.join(known)} FROM entries ORDER BY id").fetchall()
        for row in rows:  # columns of SQLite take values of any type
            if wrong := [name for (name, kind), value in zip(_COLUMNS.items(), row, strict=True) if type(value) is not kind]:
                raise self._damaged(f"the {wrong[0]} of entry {row[0]} is of another type")
        return [
            MemoryEntry(
                id=id, request=request, step=step, group=group, family=family, gap=gap, embedding=vector, stored=text, judge=by
            )
            for id, request, step, group, family, gap, vector, text, by in rows
        ]

    def embeddings(self, entries: Sequence[MemoryEntry]) -> "Floats":
        """(n, d) float32. Raises ``UsageError`` naming the entry whose embedding is damaged."""
        import numpy as np

        for entry in entries:
            if len(entry.embedding) != 4 * self.dimension:
                raise self._damaged(f"the embedding of entry {entry.id} is not {self.dimension} numbers")
        joined = b"".join(entry.embedding for entry in entries)
        vectors = np.frombuffer(joined, dtype="<f4").reshape(len(entries), self.dimension)
        if not np.isfinite(vectors).all():
            raise self._damaged("an embedding holds what is not a number")
        return vectors.astype(np.float32)

    def bundle(self, entry: MemoryEntry) -> Bundle:
        """What ``entry`` remembers. Raises ``UsageError`` where it cannot be read."""
        try:
            return bundle_from_json(json_of_ours(entry.stored))
        except ValueError as error:
            raise self._damaged(f"the bundle of entry {entry.id} cannot be read: {str(error)[:200]}") from None

    def _damaged(self, why: str) -> UsageError:
        return UsageError(f"{self.path} is damaged ({why}); restore a snapshot of it, or move it away to begin a new one")

    # ---- copies -----------------------------------------------------------------------------------------------------

    def snapshot(self, path: Path | str) -> None:
        """An exact copy as one file, whole or not at all, while others read and write."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._used():
            write_atomically(target, self._base.serialize())

    def restore(self, path: Path | str) -> None:
        """Become what ``snapshot`` wrote to ``path``, ids included. A memory of another embedder is refused."""
        source = Path(path)
        if not source.is_file():
            raise UsageError(f"{source}: there is no snapshot of a memory here")
        with self._used(source), closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as copy:
            if not _is_memory(copy):
                raise UsageError(f"{source} is not a snapshot of a memory of experience")
            if (about := self._about(copy)) != (self.embedder, self.dimension):
                raise UsageError(f"{source} is a memory of {about[0]} ({about[1]}), not of {self.embedder} ({self.dimension})")
            copy.backup(self._base)
            self._add_judges()

    def close(self) -> None:
        self._base.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction: all of it or nothing."""
        with self._used(), self._base:
            self._base.execute("BEGIN IMMEDIATE")
            yield

    @contextmanager
    def _used(self, path: Path | None = None) -> Iterator[None]:
        """By one thread at a time; what SQLite raises, told in words: a busy file may be free later, other trouble stays."""
        where = path or self.path
        try:
            with self._lock:
                yield
        except sqlite3.OperationalError as error:
            name = getattr(error, "sqlite_errorname", "")
            if name == "SQLITE_FULL":
                fix = "free some space and start the same command again; what was remembered before is kept"
                raise ServiceError(f"{where}: the disk is full: {fix}", retryable=True) from None
            raise ServiceError(f"{where}: {error}", retryable=name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))) from None
        except sqlite3.DatabaseError as error:
            raise UsageError(
                f"{where} is damaged or no memory of experience ({error}); restore a snapshot or move it away"
            ) from None


def _is_memory(base: sqlite3.Connection) -> bool:
    return bool(base.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION)
