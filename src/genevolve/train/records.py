"""Reading what a self-evolution run kept of its steps (written by ``step_log`` and ``disagreement``). Imports nothing heavy."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def read_episodes(folder: Path) -> list[dict[str, Any]]:
    """The episodes of a step's folder, of all processes."""
    found: list[dict[str, Any]] = []
    for path in sorted(folder.glob("episodes.*.jsonl.gz")):
        found += [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    return found


def read_episode(folder: Path, process: int, row: int) -> dict[str, Any] | None:
    """The record of one episode of a step."""
    path = folder / f"episodes.{process}.jsonl.gz"
    if not path.is_file():
        return None
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    return json.loads(lines[row]) if 0 <= row < len(lines) else None


def read_disagreement(folder: Path, process: int, row: int) -> dict[str, Any] | None:
    """The line of one row; None where it had no lesson (or the step ended before its loss)."""
    return next((line for line in _lines(folder, process) if line["row"] == row), None)


def guided_rows(folder: Path, process: int) -> list[int]:
    """The rows of a step that a teacher scored."""
    return sorted(line["row"] for line in _lines(folder, process))


def _lines(folder: Path, process: int) -> Iterator[dict[str, Any]]:
    path = folder / f"teacher.{process}.jsonl"
    if path.is_file():
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())
