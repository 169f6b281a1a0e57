"""Files of rows in each form that people have them in: JSON lines, JSON arrays, CSV, TSV, a request a line, Parquet.

What comes out is (place, value) of each row in order: the value is what the row holds, or a ``ValueError`` that says what is
wrong with it. The form follows from the name; a file whose text is JSON is read as JSON whatever it is called.
"""

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.store.user_file import json_value, utf8_text

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_MOST_WHOLE = 64 * 1024 * 1024  # bytes
_BLANK = b" \t\r\n\xef\xbb\xbf"
_TABLES = {".csv": ",", ".tsv": "\t"}
_WHOLE_NUMBER = re.compile(r"-?\d{1,18}")
_BATCH = 64  # rows of a Parquet file in memory


class BadRowText(ValueError):
    """What is wrong with a row, in words that need no "not valid JSON" before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A row of a Parquet file that holds pictures: ``pictures`` are files by the name of their column."""

    values: dict[str, Any]
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def row_values(path: Path) -> Iterator[tuple[str, object]]:
    """(place, decoded value, ``Cells`` or ``ValueError``) of every row. Raises ``UsageError`` for a file that is no such
    file as a whole."""
    try:
        if path.suffix.lower() == ".parquet":
            yield from _parquet(path)
        elif path.suffix.lower() in (*_TABLES, ".txt") and not _is_json(path):
            yield from _lines_of_text(path) if path.suffix.lower() == ".txt" else _table(path)
        else:
            yield from _json(path)
    except OSError as error:
        raise UsageError(f"INPUT {path}: the file cannot be read ({error.strerror or error})") from None


def columns_of(path: Path) -> list[str] | None:
    """The names in the header of a table; None for a file of another form."""
    if path.suffix.lower() == ".parquet":
        with _opened(path) as file:
            return list(map(str, file.schema_arrow.names))
    if path.suffix.lower() in _TABLES and path.is_file() and not _is_json(path):
        return _header(path)[0]
    return None


# ---- JSON -------------------------------------------------------------------------------------------------------------


def _is_json(path: Path) -> bool:
    """Whether a file with the name of a text is JSON lines or an array of objects."""
    with path.open("rb") as file:
        head = _after_mark(file.read(4096)).lstrip()
        if not head.startswith((b"{", b"[")):
            return False
        file.seek(0)
        first = next((line for line in file if line.strip(_BLANK)), b"")
    if head.startswith(b"{"):
        return isinstance(json_line(first), dict)
    return re.match(rb"\[\s*(\{|\Z)", head) is not None


def _json(path: Path) -> Iterator[tuple[str, object]]:
    with path.open("rb") as file:
        first = _after_mark(file.read(4096)).lstrip()[:1]
        if first == b"[":
            yield from _array(path)
            return
        file.seek(0)
        if first == b"{" and isinstance(json_line(file.readline()), ValueError):
            _refuse_single(path)
        file.seek(0)
        for number, line in enumerate(file, start=1):
            if line.strip(_BLANK):
                yield f"{path.name}, line {number}", json_line(line)


def _after_mark(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf")


def _refuse_single(path: Path) -> None:
    """Raise ``UsageError`` for a file that is one JSON object over several lines: rows inside it would not be found."""
    if path.stat().st_size <= _MOST_WHOLE and isinstance(json_line(path.read_bytes()), dict):
        raise UsageError(f"INPUT {path}: this is one JSON object over several lines; write a JSON array, or one object a line")


def _array(path: Path) -> Iterator[tuple[str, object]]:
    try:
        values = json_value(path.read_bytes())
    except ValueError as error:
        raise UsageError(f"INPUT {path}: this is not a JSON array ({error})") from None
    for number, value in enumerate(values, start=1):
        yield f"{path.name}, entry {number}", encodable(value)


def json_line(line: bytes) -> object:
    """The value of one line, or the ``ValueError`` that says why there is none."""
    try:
        value = json_value(line)
        return encodable(value) if _HALF.search(line) else value
    except ValueError as error:
        return error


def encodable(value: Any) -> Any:
    """A decoded JSON value without halves of surrogate pairs, which "\\ud83d" may smuggle in and no file can take."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case list():
            return [encodable(entry) for entry in value]
        case dict():
            return {encodable(key): encodable(entry) for key, entry in value.items()}
    return value


# ---- text -------------------------------------------------------------------------------------------------------------


def _lines_of_text(path: Path) -> Iterator[tuple[str, object]]:
    """A request a line."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip(_BLANK):
                yield f"{path.name}, line {number}", _request_line(line)


def _request_line(line: bytes) -> object:
    try:
        return {"prompt": utf8_text(line).strip()}
    except ValueError as error:
        return BadRowText(str(error))


def _header(path: Path) -> tuple[list[str], str]:
    """(the names of the columns, what stands between them)."""
    usual = _TABLES[path.suffix.lower()]
    with path.open("rb") as raw:
        try:
            line = utf8_text(raw.readline())
        except ValueError as error:
            raise UsageError(f"INPUT {path}, line 1: {error}") from None
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        mark = ";" if usual == "," and "," not in line and ";" in line else usual
        try:
            names = next(csv.reader(file, delimiter=mark, strict=True), [])
        except csv.Error as error:
            raise UsageError(f"INPUT {path}, line 1: the names of the columns cannot be read ({error})") from None
    if not any(name.strip() for name in names):
        raise UsageError(f"INPUT {path}: its first line names no columns; a table starts with their names, one of them prompt")
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise UsageError(f"INPUT {path}, line 1: the column {twice[0]!r} is there twice; give each column its own name")
    return names, mark


def _table(path: Path) -> Iterator[tuple[str, object]]:
    """Rows of CSV or TSV as objects: empty cells are not there, and a seed is a number."""
    names, mark = _header(path)
    with path.open(encoding="utf-8-sig", newline="", errors="surrogateescape") as file:
        rows = csv.reader(file, delimiter=mark, strict=True)
        next(rows)
        while True:
            start = rows.line_num + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield (
                    f"{path.name}, line {start}",
                    BadRowText(f'it cannot be read ({error}); put texts in double quotes, "" inside'),
                )
                continue
            if row:
                yield f"{path.name}, line {start}", _cells(names, row)


def _cells(names: list[str], row: list[str]) -> object:
    if len(row) > len(names):
        return BadRowText(f"it has {len(row)} cells, but there are {len(names)} columns; quote texts with commas")
    if any("\udc80" <= char <= "\udcff" for cell in row for char in cell):
        return BadRowText("it is not UTF-8; save it as UTF-8")
    values: dict[str, Any] = {name: cell for name, cell in zip(names, row, strict=False) if name and cell.strip()}
    if _WHOLE_NUMBER.fullmatch(seed := str(values.get("seed", "")).strip()):
        values["seed"] = int(seed)
    if isinstance(listed := values.get("references"), str):
        values["references"] = found if isinstance(found := json_line(listed.encode()), list) else [listed.strip()]
    return values


# ---- Parquet ----------------------------------------------------------------------------------------------------------


def _opened(path: Path) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ModuleNotFoundError:
        raise UsageError(f"INPUT {path}: reading Parquet needs the package 'pyarrow': pip install 'genevolve[data]'") from None
    try:
        return parquet.ParquetFile(path)
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise UsageError(f"INPUT {path}: this Parquet file cannot be read ({str(error)[:200]})") from None


def _parquet(path: Path) -> Iterator[tuple[str, object]]:
    with _opened(path) as file:
        number = 0
        batches = file.iter_batches(batch_size=_BATCH)
        while True:
            try:
                rows = next(batches, None)
                found = rows.to_pylist() if rows is not None else None
            except Exception as error:  # pyarrow raises anything on damaged pages
                raise UsageError(f"INPUT {path}, after row {number}: the file is damaged ({str(error)[:200]})") from None
            if found is None:
                return
            for row in found:
                number += 1
                yield f"{path.name}, row {number}", _of_parquet(row)


def _of_parquet(row: dict[str, Any]) -> Cells:
    pictures: dict[str, bytes] = {}
    values: dict[str, Any] = {}
    for name, cell in row.items():
        if isinstance(cell, dict) and {*cell} == {"bytes", "path"}:
            if isinstance(cell["bytes"], bytes):
                pictures[name] = cell["bytes"]
            values[name] = encodable(str(cell["path"] or f"{name} in the row"))
        elif cell is not None:
            values[name] = _as_json(cell)
    return Cells(values=values, pictures=pictures)


def _as_json(cell: Any) -> Any:
    """A cell as JSON has it: dates and the like as text, bytes by their number, what is no number as null."""
    match cell:
        case None | bool() | int() | str():
            return encodable(cell)
        case float():
            return cell if math.isfinite(cell) else None
        case bytes():
            return f"{len(cell)} bytes"
        case dict():
            return {str(name): _as_json(entry) for name, entry in cell.items()}
        case list() | tuple():
            return [_as_json(entry) for entry in cell]
    return json.loads(json.dumps(str(cell)))
