"""Input files: a JSON array or JSON lines of requests, read row by row. A row that cannot be used is said, not dropped."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError

MAX_REQUEST_CHARACTERS = 20_000
MAX_SIDE, MIN_SIDE = 4096, 64
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_MOST_WHOLE = 64 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One request of a file. ``fields`` is the row as it came; unknown fields are carried through to the results."""

    key: str
    text: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be run, and why. ``key`` is its id, or its place in the file when it has none."""

    key: str
    reason: str
    fields: dict[str, Any] = field(default_factory=dict)


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


def read_rows(path: Path) -> Iterator[Row | BadRow]:
    """Every row of the file in order, ids unique. Raises ``UsageError`` when the file as a whole cannot be read."""
    seen: set[str] = set()
    rows = ((place, value) for place, value in _values(path) if not _summary(value))
    for position, (place, value) in enumerate(rows):
        row = _row(position, place, value)
        if row.key in seen:
            reason = f"{place}: the id {row.key!r} occurs twice; give every row its own id"
            row = BadRow(key=f"{row.key}#{position}", reason=reason, fields=row.fields)
        seen.add(row.key)
        yield row


def _summary(value: object) -> bool:
    """The averages at the end of the public release's stage 3 file; they are no row."""
    return isinstance(value, dict) and "summary_type" in value and not {"prompt", "question"} & set(value)


def _values(path: Path) -> Iterator[tuple[str, object]]:
    """(place, decoded JSON value or a ``ValueError``) of every row."""
    try:
        with path.open("rb") as file:
            first = _first_character(file.read(4096))
            if first == b"[":
                yield from _array(path)
                return
            file.seek(0)
            if first == b"{" and isinstance(_line(file.readline()), ValueError):
                _refuse_single(path)
            file.seek(0)
            for number, line in enumerate(file, start=1):
                if line.strip(b" \t\r\n\xef\xbb\xbf"):
                    yield f"{path.name}, line {number}", _line(line)
    except OSError as error:
        raise UsageError(f"INPUT {path}: the file cannot be read ({error.strerror})") from None


def _refuse_single(path: Path) -> None:
    """Raise ``UsageError`` for a file that is one JSON object over several lines: rows inside it would not be found."""
    if path.stat().st_size <= _MOST_WHOLE and isinstance(_line(path.read_bytes()), dict):
        raise UsageError(f"INPUT {path}: this is one JSON object over several lines; write a JSON array, or one object a line")


def _first_character(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]


def _array(path: Path) -> Iterator[tuple[str, object]]:
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"INPUT {path}: this is not a JSON array ({error})") from None
    for number, value in enumerate(values, start=1):
        yield f"{path.name}, entry {number}", encodable(value)


def _line(line: bytes) -> object:
    try:
        value = json.loads(line.decode("utf-8-sig"))
        return encodable(value) if _HALF.search(line) else value
    except (ValueError, RecursionError) as error:
        return error if isinstance(error, ValueError) else ValueError("nested too deeply")


def _row(position: int, place: str, value: object) -> Row | BadRow:
    if isinstance(value, ValueError):
        return BadRow(key=f"#{position}", reason=f"{place}: not valid JSON ({value}); fix or remove this line")
    if not isinstance(value, dict):
        return BadRow(key=f"#{position}", reason=f"{place}: a row must be an object with a prompt, not {type(value).__name__}")
    fields, key = _finite(value), value.get("id", position)
    if isinstance(key, bool) or not isinstance(key, str | int):
        return BadRow(key=f"#{position}", reason=f"{place}: the id must be text or a whole number", fields=fields)
    if fields is not value:
        reason = f"{place}: it holds NaN, Infinity or a number too large, which JSON does not have; write null instead"
        return BadRow(key=str(key), reason=reason, fields=fields)
    name = _asked(value)
    try:
        text = request_text(value.get(name), setting=f"{place}: {name!r}" if name in value else f"{place}: 'prompt'")
    except UsageError as problem:
        return BadRow(key=str(key), reason=str(problem), fields=value)
    return Row(key=str(key), text=text, fields=value)


def _asked(fields: dict[str, Any]) -> str:
    """The field that holds the request; files with both may leave one of them empty."""
    filled = (name for name in ("prompt", "question") if isinstance(text := fields.get(name), str) and text.strip())
    return next(filled, "prompt" if "prompt" in fields else "question")


def _finite(value: Any) -> Any:
    """``value`` with null in the place of what is no number; the same object where there is nothing of the kind."""
    try:
        json.dumps(value, allow_nan=False)
        return value
    except (ValueError, RecursionError):
        return json.loads(json.dumps(value), parse_constant=lambda name: None)
