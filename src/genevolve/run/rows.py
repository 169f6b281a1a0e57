"""Input files: requests as JSON, tables or lines of text, read row by row. A row that cannot be used is said, not dropped."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genevolve.core.case import Case, Hidden
from genevolve.core.errors import UsageError
from genevolve.run.row_files import BadRowText, Cells, columns_of, row_values

MAX_REQUEST_CHARACTERS = 20_000
MAX_SIDE, MIN_SIDE = 4096, 64
PROMPT_COLUMNS = ("prompt", "question")
_LIKELY = ("prompt", "question", "caption", "text", "request", "description", "instruction", "input")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be run, and why. ``id`` is its own, or its place in the file when it has none."""

    id: str
    reason: str
    fields: Mapping[str, object] = field(default_factory=dict)


def request_text(value: object, *, setting: str) -> str:
    """A usable request. Raises ``UsageError`` naming ``setting`` for what is empty, too long, or not text."""
    if not isinstance(value, str):
        raise UsageError(f"{setting} must be text, not {type(value).__name__}")
    if "\x00" in value or _share_of_control(value) > 0.1:
        raise UsageError(f"{setting} looks like binary data; write the request as plain text")
    text = value.encode("utf-8", "replace").decode("utf-8").strip()
    if not re.search(r"[^\W_]|[^\x00-\x7f]", text):
        raise UsageError(f"{setting} is empty; say in words what the image should show")
    if len(text) > MAX_REQUEST_CHARACTERS:
        raise UsageError(f"{setting} has {len(text):,} characters; at most {MAX_REQUEST_CHARACTERS:,} are read. Shorten it")
    return text


def _share_of_control(text: str) -> float:
    """Share of characters that no text has: control characters, and bytes that were not UTF-8."""
    strange = sum((ord(char) < 32 and char not in "\t\n\r\x0b\x0c") or "\ud800" <= char <= "\udfff" for char in text[:4096])
    return strange / max(1, len(text[:4096]))


def image_size(value: str, *, setting: str) -> tuple[int, int]:
    """(width, height) from ``WxH``. Raises ``UsageError``."""
    match = re.fullmatch(r"\s*(\d{1,5})\s*[xX×]\s*(\d{1,5})\s*", value)
    if not match:
        raise UsageError(f"{setting} is {value[:40]!r}; write it as WIDTHxHEIGHT, such as 768x512")
    size = int(match[1]), int(match[2])
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in size):
        raise UsageError(f"{setting} is {value[:40]!r}; each side must have {MIN_SIDE} to {MAX_SIDE} pixels")
    return size


def read_rows(path: Path, column: str | None = None) -> Iterator[Case | BadRow]:
    """Every row of the file in order, ids unique; ``column`` holds the requests, else prompt (or question). The row as it
    came is in ``hidden.fields``. Raises ``UsageError`` when the file as a whole cannot be read."""
    _check_column(path, column)
    seen: set[str] = set()
    rows = ((place, value) for place, value in row_values(path) if not _summary(value))
    for position, (place, value) in enumerate(rows):
        row = _row(position, place, value, column)
        if row.id in seen:
            reason = f"{place}: the id {row.id!r} occurs twice; give every row its own id"
            name = f"{row.id}#{position}"
            while name in seen:
                name += "#"
            row = BadRow(id=name, reason=reason, fields=row.fields if isinstance(row, BadRow) else row.hidden.fields)
        seen.add(row.id)
        yield row


def _check_column(path: Path, column: str | None) -> None:
    """Raise ``UsageError`` for a table without the column that is to be read: no row of it could be run."""
    wanted = (column,) if column is not None else PROMPT_COLUMNS
    if (names := columns_of(path)) is None or {*wanted} & {*names}:
        return
    raise UsageError(f"INPUT {path}: no column is called {' or '.join(wanted)}; {_offered(names)}")


def _offered(names: Iterable[str]) -> str:
    """What to do where the request stands under another name."""
    listed = [name for name in names if name]
    known = [name for name in listed if name.lower() in _LIKELY]
    shown = ", ".join(repr(name[:40]) for name in listed[:12]) or "nothing"
    return f"there is {shown}; call one of them prompt, or name it: `genevolve run --column {known[0] if known else 'NAME'}`"


def _summary(value: object) -> bool:
    """The averages at the end of the public release's stage 3 file; they are no row."""
    return isinstance(value, dict) and "summary_type" in value and not {"prompt", "question"} & set(value)


def _row(position: int, place: str, value: object, column: str | None) -> Case | BadRow:
    if isinstance(value, ValueError):
        wrong = str(value) if isinstance(value, BadRowText) else f"not valid JSON ({value})"
        return BadRow(id=f"#{position}", reason=f"{place}: {wrong}; fix or remove this line")
    cells = value if isinstance(value, Cells) else Cells(values={})
    value = value.values if isinstance(value, Cells) else value
    if not isinstance(value, dict):
        return BadRow(id=f"#{position}", reason=f"{place}: a row must be an object with a prompt, not {type(value).__name__}")
    fields, key = _finite(value), value.get("id", position)
    if isinstance(key, bool) or not isinstance(key, str | int):
        return BadRow(id=f"#{position}", reason=f"{place}: the id must be text or a whole number", fields=fields)
    if fields is not value:
        reason = f"{place}: it holds NaN, Infinity or a number too large, which JSON does not have; write null instead"
        return BadRow(id=str(key), reason=reason, fields=fields)
    try:
        text = _asked(value, place, column)
    except UsageError as problem:
        return BadRow(id=str(key), reason=str(problem), fields=value)
    return Case(id=str(key), text=text, hidden=Hidden(fields=value, pictures=cells.pictures))


def _asked(fields: dict[str, Any], place: str, column: str | None) -> str:
    """The request of a row; files with both fields may leave one of them empty. Raises ``UsageError``."""
    wanted = (column,) if column is not None else PROMPT_COLUMNS
    filled = (name for name in wanted if isinstance(text := fields.get(name), str) and text.strip())
    name = next(filled, next((name for name in wanted if fields.get(name) is not None), None))
    if name is not None:
        return request_text(fields[name], setting=f"{place}: {name!r}")
    if present := next((name for name in wanted if name in fields), None):
        raise UsageError(f"{place}: {present!r} is empty; say in words what the image should show")
    raise UsageError(f"{place}: the row has no {' or '.join(map(repr, wanted))}; {_offered(fields)}")


def _finite(value: Any) -> Any:
    """``value`` with null in the place of what is no number; the same object where there is nothing of the kind."""
    try:
        json.dumps(value, allow_nan=False)
        return value
    except (ValueError, RecursionError):
        return json.loads(json.dumps(value), parse_constant=lambda name: None)
