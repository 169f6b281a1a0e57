"""Reading what a self-evolution run kept of its steps (written by ``step_log`` and ``disagreement``). Imports nothing heavy.

All raise ``UsageError`` naming the file, and the line, that is damaged.
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.store.user_file import json_value


def read_episodes(folder: Path) -> list[dict[str, Any]]:
    """The episodes of a step's folder, of all processes."""
    return [episode for path in sorted(folder.glob("episodes.*.jsonl.gz")) for episode in _episodes(path)]


def read_episode(folder: Path, process: int, row: int) -> dict[str, Any] | None:
    """The record of one episode of a step."""
    path = folder / f"episodes.{process}.jsonl.gz"
    return next((episode for at, episode in enumerate(_episodes(path)) if at == row), None) if path.is_file() else None


def read_disagreement(folder: Path, process: int, row: int) -> dict[str, Any] | None:
    """The line of one row; None where it had no lesson (or the step ended before its loss)."""
    return next((line for line in _taught(folder, process) if line["row"] == row), None)


def guided_rows(folder: Path, process: int) -> list[int]:
    """The rows of a step that a teacher scored."""
    return sorted(line["row"] for line in _taught(folder, process))


def _episodes(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = gzip.decompress(path.read_bytes())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is damaged ({error}); restore it from a copy of the run") from None
    return _objects(path, text)


def _taught(folder: Path, process: int) -> Iterator[dict[str, Any]]:
    path = folder / f"teacher.{process}.jsonl"
    if not path.is_file():
        return
    for number, line in enumerate(_objects(path, path.read_bytes()), start=1):
        if type(line.get("row")) is not int:
            raise UsageError(f"{path}, line {number} is damaged: 'row' is not a number; restore it from a copy of the run")
        yield line


def _objects(path: Path, text: bytes) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            value = json_value(line)
            if not isinstance(value, dict):
                raise ValueError(f"it is a JSON {type(value).__name__}, not an object")
        except ValueError as error:
            raise UsageError(f"{path}, line {number} is damaged: {error}; restore it from a copy of the run") from None
        yield value
