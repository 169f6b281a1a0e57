"""``genevolve`` (the public GenEvolve-Bench layout) and ``jsonl`` (a file of the user's own)."""

from dataclasses import replace
from pathlib import Path

from genevolve.bench.measures.kscore import KScore
from genevolve.bench.suite import Suite, given_data
from genevolve.core.case import Case, Hidden
from genevolve.core.errors import UsageError
from genevolve.run.rows import BadRow, read_rows
from genevolve.run.starting_points import truth_of

_FILES = tuple(
    f"{folder}test{suffix}" for suffix in (".jsonl", ".json", ".parquet") for folder in ("", "data/", "benchmark/", "parquet/")
)
_SHARD = "data/test-*.parquet"  # as the hub names the files of a table


def genevolve_suite(*, data: Path | None, rows: int | None = None) -> Suite:
    """``test.jsonl`` of the folder ``data`` with its ground-truth images. Raises ``UsageError`` when it is not there.

    A row without its image cannot be judged as the benchmark is meant, so it is a bad row.
    """
    path = _benchmark_file(given_data(data, "genevolve"))
    return _suite("genevolve", path, rows, truth_required=True)


def jsonl_suite(*, data: Path | None, rows: int | None = None) -> Suite:
    """Rows with ``prompt`` or ``question``, and ``gt_image`` where there is one, relative to the file."""
    path = given_data(data, "jsonl")
    if path.is_dir():
        raise UsageError(f"--data {path}: the suite jsonl takes a file of requests, not a folder")
    return _suite("jsonl", path, rows, truth_required=False)


def _benchmark_file(data: Path) -> Path:
    if data.is_file():
        return data
    found = next((data / name for name in _FILES if (data / name).is_file()), None)
    if found is not None:
        return found
    match sorted(data.glob(_SHARD)):
        case []:
            raise UsageError(
                f"--data {data}: the suite genevolve needs the folder of GenEvolve-Bench, with test.jsonl or test.parquet in it"
            )
        case [path]:
            return path
        case paths:
            raise UsageError(f"--data {data}: {len(paths)} files hold parts of it ({_SHARD}); join them to one test.parquet")


def _suite(name: str, path: Path, rows: int | None, *, truth_required: bool) -> Suite:
    items: list[Case] = []
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
            bad.append(BadRow(id=row.id, reason=str(problem), fields=row.hidden.fields))
    if not items and not bad:
        raise UsageError(f"--data {path}: the file holds no requests")
    return Suite(name=name, measure=KScore(), items=tuple(items), bad=tuple(bad))


def _item(row: Case, folder: Path, *, truth_required: bool) -> Case:
    truth = truth_of(row, folder)
    if truth is None and truth_required:
        raise UsageError(f"row {row.id!r} names no ground-truth image (gt_image)")
    meta = row.hidden.fields.get("meta")
    known = {**(meta if isinstance(meta, dict) else {}), **row.hidden.fields}
    hidden = Hidden(
        track=str(known.get("eval_type") or known.get("tier") or ""),
        category=str(known.get("category") or ""),
        difficulty=str(known.get("difficulty") or ""),
        truth=truth,
        fields=row.hidden.fields,
    )
    return replace(row, hidden=hidden)
