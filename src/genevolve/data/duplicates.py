"""Prompts that say the same thing: exactly, or in all but a few words.

Signatures come from datasketch's MinHash; its bands lie in a SQLite file, so that memory does not grow with the pool, and
every candidate is compared word by word before it is called a duplicate. datasketch's own MinHashLSH keeps its tables in
memory (or on a Redis or Cassandra server): 8 KiB for each prompt of 30 words against 0.7 here, measured at 20,000 prompts.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from genevolve.core.errors import UsageError
from genevolve.data.splits import normal

if TYPE_CHECKING:
    import numpy as np

NEAR = 0.75  # share of equal word triples from which two prompts are near-duplicates
_BANDS, _ROWS = 24, 4  # at likeness 0.75 a pair shares no band in 1 of 8,000 cases
_SHINGLE = 3  # words


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """``of`` is the id of the earlier prompt; ``likeness`` 1.0 means the same words."""

    of: str
    likeness: float

    @property
    def exact(self) -> bool:
        return self.likeness == 1.0


class Seen:
    """The prompts so far. ``path`` is a scratch file that is made anew; None keeps the index in memory."""

    def __init__(self, path: Path | None = None, *, near: float = NEAR) -> None:
        if not 0.5 <= near <= 1:
            raise UsageError(f"near_duplicates is {near}; it must be between 0.5 and 1")
        self.near = near
        self._path = path
        if path is not None:
            path.unlink(missing_ok=True)
        self._base = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._base.executescript(
            "pragma journal_mode=off; pragma synchronous=off; pragma cache_size=-16000;"
            "create table prompt (number integer primary key, id text, words text);"
            "create table band (key integer, number integer, primary key (key, number)) without rowid;"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._base.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def add(self, key: str, prompt: str) -> None:
        """Remember a prompt that is known to be new."""
        words = normal(prompt)
        self._remember(key, words, _keys(shingles(words)))

    def find_or_add(self, key: str, prompt: str) -> Duplicate | None:
        """The earlier prompt that this one repeats (the most alike of them); else it is remembered."""
        words = normal(prompt)
        own = shingles(words)
        keys = _keys(own)
        found = max(self._alike(words, own, keys), key=lambda duplicate: duplicate.likeness, default=None)
        if found is None:
            self._remember(key, words, keys)
        return found

    def alike(self, prompt: str) -> list[Duplicate]:
        """Every earlier prompt that this one repeats, the most alike first."""
        words = normal(prompt)
        own = shingles(words)
        return sorted(self._alike(words, own, _keys(own)), key=lambda duplicate: -duplicate.likeness)

    def _remember(self, key: str, words: str, keys: list[int]) -> None:
        number = self._base.execute("insert into prompt (id, words) values (?, ?)", (key, words)).lastrowid
        self._base.executemany("insert or ignore into band values (?, ?)", [(band, number) for band in keys])

    def _alike(self, words: str, own: frozenset[str], keys: list[int]) -> Iterator[Duplicate]:
        marks = ",".join("?" * len(keys))
        query = f"select id, words from prompt where number in (select number from band where key in ({marks}))"
        for key, other in self._base.execute(query, keys):
            likeness = 1.0 if other == words else min(_jaccard(own, shingles(other)), 0.999)
            if likeness >= self.near:
                yield Duplicate(of=key, likeness=likeness)


def shingles(words: str) -> frozenset[str]:
    """The runs of three words of a normalised prompt (the prompt itself, if it is shorter)."""
    listed = words.split()
    return frozenset(" ".join(listed[at : at + _SHINGLE]) for at in range(max(1, len(listed) - _SHINGLE + 1)))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _keys(parts: Iterable[str]) -> list[int]:
    """One 64-bit key for each band of the signature."""
    signature = _signature(parts).reshape(_BANDS, _ROWS)
    return [
        int.from_bytes(hashlib.blake2b(bytes([band]) + row.tobytes(), digest_size=8).digest(), signed=True)
        for band, row in enumerate(signature)
    ]


def _signature(parts: Iterable[str]) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    hashed = _blank().copy()
    hashed.update_batch([part.encode() for part in sorted(parts)])
    values: np.ndarray[tuple[int], np.dtype[np.uint64]] = hashed.hashvalues
    return values


@cache
def _blank() -> Any:
    """An empty signature; drawing its permutations costs more than hashing a prompt. Raises ``UsageError`` without
    datasketch.
    """
    try:
        from datasketch import MinHash
    except ModuleNotFoundError:
        raise UsageError("finding near-duplicates needs the package 'datasketch': pip install 'genevolve[data]'") from None
    return MinHash(num_perm=_BANDS * _ROWS, seed=1)
