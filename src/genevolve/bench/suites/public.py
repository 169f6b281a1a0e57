"""``genevolve`` (the public GenEvolve-Bench layout) and ``jsonl`` (a file of the user's own)."""

from pathlib import Path

from genevolve.bench.suite import Item, Suite
from genevolve.core.errors import UsageError
from genevolve.run.rows import BadRow, Row, read_rows
from genevolve.run.starting_points import truth_file

_FILES = ("test.jsonl", "test.json", "data/test.jsonl", "benchmark/test.jsonl")


def genevolve_suite(data: Path, rows: int | None = None) -> Suite:
    """``test.jsonl`` of the folder ``data`` with its ground-truth images. Raises ``UsageError`` when it is not there.

    A row without its image cannot be judged as the benchmark is meant, so it is a bad row.
    """
    path = _benchmark_file(data)
    return _suite("genevolve", path, rows, truth_required=True)


def jsonl_suite(data: Path, rows: int | None = None) -> Suite:
    """Rows with ``prompt`` or ``question``, and ``gt_image`` where there is one, relative to the file."""
    if data.is_dir():
        raise UsageError(f"--data {data}: the suite jsonl takes a file of requests, not a folder")
    return _suite("jsonl", data, rows, truth_required=False)


def _benchmark_file(data: Path) -> Path:
    if data.is_file():
        return data
    found = next((data / name for name in _FILES if (data / name).is_file()), None)
    if found is None:
        raise UsageError(f"--data {data}: the suite genevolve needs the folder of GenEvolve-Bench, with test.jsonl in it")
    return found


def _suite(name: str, path: Path, rows: int | None, *, truth_required: bool) -> Suite:
    items: list[Item] = []
    bad: list[BadRow] = []
    for row in read_rows(path):
        if rows is not None and len(items) + len(bad) >= rows:
            break
        if isinstance(row, BadRow):
            bad.append(row)
            continue
        try:
            items.append(_item(row, path.parent, truth_required=truth_required))
        except UsageError as problem:
            bad.append(BadRow(key=row.key, reason=str(problem), fields=row.fields))
    if not items and not bad:
        raise UsageError(f"--data {path}: the file holds no requests")
    return Suite(name=name, measure="kscore", items=tuple(items), bad=tuple(bad))


def _item(row: Row, folder: Path, *, truth_required: bool) -> Item:
    truth = truth_file(row, folder)
    if truth is None and truth_required:
        raise UsageError(f"row {row.key!r} names no ground-truth image (gt_image)")
    meta = row.fields.get("meta")
    known = {**(meta if isinstance(meta, dict) else {}), **row.fields}
    return Item(
        id=row.key,
        request=row.text,
        track=str(known.get("eval_type") or known.get("tier") or ""),
        category=str(known.get("category") or ""),
        difficulty=str(known.get("difficulty") or ""),
        truth=truth,
        fields=row.fields,
    )
