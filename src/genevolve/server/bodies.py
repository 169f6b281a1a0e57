"""What clients send, read without trust: JSON objects and multipart forms, as named values and files."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from genevolve.server.trouble import NotServed
from genevolve.store.user_file import json_value

if TYPE_CHECKING:
    from starlette.requests import Request

_MOST_FILES, _MOST_FIELDS = 32, 64
_LONGEST_FIELD = 256 * 1024  # bytes
_SHOWN = 80
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """``values`` by name; ``files`` by the name of their field, each (file name, bytes)."""

    values: Mapping[str, Any]
    files: Mapping[str, Sequence[tuple[str, bytes]]] = field(default_factory=dict)

    def files_of(self, *names: str) -> list[tuple[str, bytes]]:
        return [file for name in names for file in self.files.get(name, ())]

    def text(self, name: str) -> str | None:
        """None where it is not given. Raises ``NotServed`` for anything but text; so do all that follow."""
        value = self._given(name)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(name, value, "text")

    def number(self, name: str, default: T) -> int | T:
        """A whole number; forms have it as text."""
        value = self._given(name)
        if value is None:
            return default
        if isinstance(value, str) and value.strip().removeprefix("-").isdecimal() and len(value) < 20:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(name, value, "a whole number")
        return value

    def flag(self, name: str) -> bool:
        value = self._given(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        if isinstance(value, str) and value.lower() in ("true", "false", "1", "0"):
            return value.lower() in ("true", "1")
        raise self._wrong(name, value, "true or false")

    def choice(self, name: str, known: Sequence[str]) -> str:
        """One of ``known``, the first where it is not given."""
        value = self.text(name) or known[0]
        if value not in known:
            raise NotServed(f"{name} is {value[:_SHOWN]!r}; it is one of {', '.join(known)}", param=name, code="invalid_value")
        return value

    def _given(self, name: str) -> Any:
        value = self.values.get(name)
        return None if value == "" else value

    @staticmethod
    def _wrong(name: str, value: object, wanted: str) -> NotServed:
        return NotServed(f"{name} must be {wanted}, not {repr(value)[:_SHOWN]}", param=name, code="invalid_type")


async def sent(request: "Request", *, form: bool) -> Sent:
    """The body of ``request``: a JSON object, or, where ``form`` allows it, a multipart form. Raises ``NotServed``."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data" and form:
        return await _form(request)
    if kind != "application/json":
        wanted = "application/json or multipart/form-data" if form else "application/json"
        raise NotServed(
            f"the body is {kind[:_SHOWN] or 'of no type'}; send {wanted}", status=415, code="unsupported_media_type"
        )
    body = await request.body()
    try:
        value = await asyncio.to_thread(json_value, body, finite=True)
    except ValueError as error:
        raise NotServed(f"the body is no JSON that can be used: {str(error)[:300]}", code="invalid_json") from None
    if not isinstance(value, dict):
        raise NotServed("the body must be a JSON object", code="invalid_json")
    return Sent(values=value)


async def _form(request: "Request") -> Sent:
    from starlette.datastructures import UploadFile

    values: dict[str, Any] = {}
    files: dict[str, list[tuple[str, bytes]]] = {}
    async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files.setdefault(name, []).append((value.filename or "reference.png", await value.read()))
            else:
                values[name] = value
    return Sent(values=values, files=files)
