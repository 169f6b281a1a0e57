"""Bundles by the request they came from, in one SQLite file that survives kills and is read by many at once."""

import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from genevolve.core.errors import ServiceError, UsageError
from genevolve.experience.bundle import Bundle, bundle_from_json, bundle_to_json
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
_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (
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
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryEntry:
    """One remembered bundle. ``family`` is that of the request's recipe where it is known, else empty; ``judge`` who found the
    gap, with versions, empty in memories from before they were kept."""

    id: int
    request: str
    step: int
    group: str
    family: str
    gap: float
    bundle: Bundle
    judge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """What retrieval needs of all entries, oldest first. ``embeddings`` is (n, d) float32."""

    ids: tuple[int, ...]
    steps: tuple[int, ...]
    groups: tuple[str, ...]
    families: tuple[str, ...]
    embeddings: "Floats"


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
        self.half_life = half_life
        self._lock = threading.RLock()
        reading = embedder is None or dimension is None
        if reading and not self.path.is_file():
            raise UsageError(f"{self.path}: there is no memory of experience here")
        with self._trouble():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            try:
                self._open(embedder, dimension)
            except BaseException:
                self._base.close()
                raise

    def _open(self, embedder: str | None, dimension: int | None) -> None:
        self._base.execute(f"PRAGMA busy_timeout = {int(_PATIENCE * 1000)}")
        with self._writing() if embedder is not None else _nothing():
            if not self._tables():
                if embedder is None or dimension is None:
                    raise UsageError(f"{self.path}: this is no memory of experience")
                self._create(embedder, dimension)
        if embedder is not None:
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
            self._add_judges()
        self.embedder, self.dimension = self._about(self._base)
        if embedder is not None and (embedder, dimension) != (self.embedder, self.dimension):
            raise UsageError(
                f"{self.path} holds embeddings of {self.embedder} ({self.dimension} numbers each), but the embedder is "
                f"{embedder} ({dimension}): choose that embedder, or another file for the memory"
            )

    def _tables(self) -> bool:
        """Whether this is a memory already. Raises ``UsageError`` for a data base of something else."""
        mark = self._base.execute("PRAGMA application_id").fetchone()[0]
        count = self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if count and mark != _APPLICATION:
            raise UsageError(f"{self.path} is a data base of something else, not a memory of experience")
        return bool(count)

    def _create(self, embedder: str, dimension: int) -> None:
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                self._base.execute(statement)
        values = {"version": str(VERSION), "embedder": embedder, "dimension": str(dimension)}
        self._base.executemany("INSERT INTO about VALUES (?, ?)", values.items())
        self._base.execute(f"PRAGMA application_id = {_APPLICATION}")

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
        import json

        vector = self._vector(embedding)
        text = json.dumps(bundle_to_json(bundle), ensure_ascii=False).encode("utf-8", "replace").decode()
        row = (_storable(request), step, _storable(group), _storable(family), float(gap), vector, text, _storable(judge))
        marks = ", ".join("?" * len(row))
        with self._trouble(), self._lock, self._writing():
            self._base.execute("DELETE FROM entries WHERE request = ? AND step = ? AND grp = ?", (row[0], row[1], row[2]))
            added = self._base.execute(
                f"INSERT INTO entries (request, step, grp, family, gap, embedding, bundle, judge) VALUES ({marks})", row
            ).lastrowid
            self._evict()
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

    def _evict(self) -> None:
        rows = self._base.execute("SELECT id, request, step, gap, judge FROM entries ORDER BY id").fetchall()
        if len(rows) <= self.capacity:
            return
        if any(not isinstance(step, int) or not isinstance(gap, int | float) for _, _, step, gap, _ in rows):
            raise self._damaged("the step or the gap of an entry is no number")
        now, judge = max(step for _, _, step, _, _ in rows), rows[-1][4]
        newest = {request: entry for entry, request, *_ in sorted(rows, key=lambda row: (row[2], row[0]))}

        def worth(row: tuple[int, str, int, float, str]) -> tuple[bool, bool, float, int]:
            entry, request, step, gap, by = row
            return newest[request] == entry, by == judge, gap * 0.5 ** ((now - step) / self.half_life), entry

        gone = sorted(rows, key=worth)[: len(rows) - self.capacity]
        self._base.executemany("DELETE FROM entries WHERE id = ?", [(row[0],) for row in gone])

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._base.in_transaction:  # a full disk has ended it already
                self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    # ---- reading ----------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        with self._trouble(), self._lock:
            count: int = self._base.execute("SELECT count(*) FROM entries").fetchone()[0]
        return count

    def entries(self) -> list[MemoryEntry]:
        """All, oldest first."""
        return self._entries("ORDER BY id", ())

    def entry(self, id: int) -> MemoryEntry:
        """Raises ``UsageError`` where there is none."""
        found = self._entries("WHERE id = ?", (id,))
        if not found:
            raise UsageError(f"{self.path} has no entry {id}; `genevolve experience list` shows them")
        return found[0]

    def bundles(self, ids: Sequence[int]) -> dict[int, MemoryEntry]:
        """The entries called ``ids``; one that has been evicted meanwhile is missing."""
        marks = ",".join("?" * len(ids))
        return {entry.id: entry for entry in self._entries(f"WHERE id IN ({marks})", tuple(ids))}

    def _entries(self, where: str, values: tuple[int, ...]) -> list[MemoryEntry]:
        with self._trouble(), self._lock:
            judge = "judge" if self._knows_judges() else "''"
            query = f"SELECT id, request, step, grp, family, gap, bundle, {judge} FROM entries {where}"
            rows = self._base.execute(query, values).fetchall()
        return [self._entry(*row) for row in rows]

    def _entry(
        self, id: int, request: object, step: object, group: object, family: object, gap: object, text: object, judge: object
    ) -> MemoryEntry:
        """Columns of SQLite take values of any type, so each is looked at. Raises ``UsageError`` naming the entry."""
        texts = {"request": request, "group": group, "family": family, "bundle": text, "judge": judge}
        if wrong := next((name for name, value in texts.items() if not isinstance(value, str)), None):
            raise self._damaged(f"the {wrong} of entry {id} is no text")
        if not isinstance(step, int) or not isinstance(gap, int | float):
            raise self._damaged(f"the step or the gap of entry {id} is no number")
        try:
            bundle = bundle_from_json(json_of_ours(str(text)))
        except ValueError as error:
            raise self._damaged(f"the bundle of entry {id} cannot be read: {str(error)[:200]}") from None
        said = {"request": str(request), "group": str(group), "family": str(family), "judge": str(judge)}
        return MemoryEntry(id=id, step=step, gap=gap, bundle=bundle, **said)

    def _damaged(self, why: str) -> UsageError:
        return UsageError(f"{self.path} is damaged ({why}); restore a snapshot of it, or move it away to begin a new one")

    def index(self) -> Index:
        import numpy as np

        with self._trouble(), self._lock:
            rows = self._base.execute("SELECT id, step, grp, family, embedding FROM entries ORDER BY id").fetchall()
        for id, step, group, family, kept in rows:
            if not isinstance(kept, bytes) or len(kept) != 4 * self.dimension:
                raise self._damaged(f"the embedding of entry {id} is not {self.dimension} numbers")
            if not (isinstance(step, int) and isinstance(group, str) and isinstance(family, str)):
                raise self._damaged(f"the step, group or family of entry {id} is of another type")
        vectors = np.frombuffer(b"".join(row[4] for row in rows), dtype="<f4").reshape(len(rows), self.dimension)
        if not np.isfinite(vectors).all():
            raise self._damaged("an embedding holds what is no number")
        return Index(
            ids=tuple(row[0] for row in rows),
            steps=tuple(row[1] for row in rows),
            groups=tuple(row[2] for row in rows),
            families=tuple(row[3] for row in rows),
            embeddings=vectors.astype(np.float32),
        )

    # ---- copies -----------------------------------------------------------------------------------------------------

    def snapshot(self, path: Path | str) -> None:
        """An exact copy as one file, whole or not at all, while others read and write."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        os.close(handle)
        try:
            with self._trouble(), self._lock, closing(sqlite3.connect(temporary)) as copy:
                self._base.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            with Path(temporary).open("rb+") as file:
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def restore(self, path: Path | str) -> None:
        """Become what ``snapshot`` wrote to ``path``, ids included. A memory of another embedder is refused."""
        source = Path(path)
        if not source.is_file():
            raise UsageError(f"{source}: there is no snapshot of a memory here")
        with self._trouble(source), self._lock, closing(_readonly(source)) as copy:
            if copy.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
                raise UsageError(f"{source} is not a snapshot of a memory of experience")
            if (about := self._about(copy)) != (self.embedder, self.dimension):
                raise UsageError(f"{source} is a memory of {about[0]} ({about[1]}), not of {self.embedder} ({self.dimension})")
            copy.backup(self._base)
            self._base.execute("PRAGMA journal_mode = WAL")
            self._add_judges()

    def close(self) -> None:
        self._base.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @contextmanager
    def _trouble(self, path: Path | None = None) -> Iterator[None]:
        """What SQLite raises, told in words: a busy file may be free later, any other trouble stays."""
        where = path or self.path
        try:
            yield
        except sqlite3.OperationalError as error:
            name = getattr(error, "sqlite_errorname", "")
            if name == "SQLITE_FULL":
                raise ServiceError(f"{where}: the disk is full; what was remembered before is kept", retryable=True) from None
            raise ServiceError(f"{where}: {error}", retryable=name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))) from None
        except sqlite3.DatabaseError as error:
            raise UsageError(
                f"{where} is damaged or no memory of experience ({error}); restore a snapshot or move it away"
            ) from None


def _readonly(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _storable(text: str) -> str:
    """Half characters cannot be stored; they become the replacement character."""
    return text.encode("utf-8", "replace").decode("utf-8")
