"""Append-only JSON lines. A line that was cut off by a kill or a full disk is dropped when the journal is opened again."""

import errno
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from genevolve.core.errors import UsageError
from genevolve.store.user_file import json_of_ours

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)  # Windows would translate line ends
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Journal:
    """One file of JSON objects, one a line, written with one system call each; opening it repairs a torn last line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, _FLAGS, 0o644)
        self._end = _drop_torn_line(self._file)
        self._counted = os.fstat(self._file).st_nlink > 0  # some file systems do not count the names of a file

    def append(self, record: dict[str, Any]) -> int:
        """Write ``record`` and return the byte offset of its line. On failure the file is as it was before.

        Raises ``OSError``, also where the file was deleted since it was opened: nobody would ever read what is written.
        """
        return self.append_line(json_line(record))

    def append_line(self, line: bytes) -> int:
        """As ``append``, for what ``json_line`` made of a record, here or in another process."""
        return self._append([line])[0]

    def append_all(self, records: Sequence[dict[str, Any]]) -> list[int]:
        """Write all ``records`` or none; the offset of each line."""
        return self._append(list(map(json_line, records)))

    def _append(self, lines: Sequence[bytes]) -> list[int]:
        text, before = b"".join(lines), self._end
        if self._counted and not os.fstat(self._file).st_nlink:
            raise FileNotFoundError(errno.ENOENT, "this file was deleted while it was being written; start again", self.path)
        try:
            written = os.write(self._file, text)
            while written < len(text):
                written += os.write(self._file, text[written:])
        except OSError:
            os.ftruncate(self._file, before)
            raise
        self._end = before + len(text)
        return [before + sum(map(len, lines[:place])) for place in range(len(lines))]

    def close(self) -> None:
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def json_line(record: dict[str, Any]) -> bytes:
    """``record`` as one line of JSON. Half characters, which UTF-8 does not have, become the escapes that JSON has."""
    return _COMPACT.encode(record).encode("utf-8", "backslashreplace") + b"\n"


def _drop_torn_line(file: int) -> int:
    """Cut the file after its last line break; the new length."""
    end = os.lseek(file, 0, os.SEEK_END)
    position = end
    while position > 0:
        start = max(0, position - 65536)
        os.lseek(file, start, os.SEEK_SET)
        found = os.read(file, position - start).rfind(b"\n")
        if found >= 0:
            position = start + found + 1
            break
        position = start
    if position < end:
        os.ftruncate(file, position)
    return position


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The record of every whole line; none where there is no file. Raises ``UsageError`` naming the line that is no JSON
    object."""
    return (record for _, record in placed_records(path))


def placed_records(path: Path, *, start: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """As ``records``, each with the byte offset of its line, from the line at offset ``start`` on."""
    if not path.exists():
        return
    offset = start
    with path.open("rb") as file:
        file.seek(start)
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            yield offset, _record(line, path, f"byte {offset}" if start else f"line {number}")
            offset += len(line)


def _record(line: bytes, path: Path, place: str) -> dict[str, Any]:
    try:
        value = json_of_ours(line)
    except ValueError as error:
        raise UsageError(f"{path}, {place}: the journal is damaged ({error}); move it away to start this run again") from None
    if not isinstance(value, dict):
        raise UsageError(f"{path}, {place}: the journal is damaged (not a JSON object); move it away to start this run again")
    return value
