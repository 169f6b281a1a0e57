"""Domain objects to plain JSON values and back, validated. The only place that knows the shape of journal entries."""

from functools import cache
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from genevolve.core.event import Failed, Replied, Returned
from genevolve.core.request import Request
from genevolve.core.trajectory import Entry, ImageScored, NotRendered, ProgramScored, Rendered

_Entry = Annotated[
    Replied | Returned | Failed | Rendered | NotRendered | ImageScored | ProgramScored, Field(discriminator="kind")
]


class BadEntry(ValueError):
    """A JSON value that is no journal entry of this version."""


@cache
def _entries() -> TypeAdapter[Any]:
    return TypeAdapter(_Entry)


@cache
def _requests() -> TypeAdapter[Request]:
    return TypeAdapter(Request)


def entry_to_json(entry: Entry) -> dict[str, Any]:
    value: dict[str, Any] = _entries().dump_python(entry, mode="json")
    return value


def entry_from_json(value: object) -> Entry:
    """Raises ``BadEntry``."""
    try:
        entry: Entry = _entries().validate_python(value)
    except ValidationError as error:
        raise BadEntry(str(error)) from None
    return entry


def request_to_json(request: Request) -> dict[str, Any]:
    value: dict[str, Any] = _requests().dump_python(request, mode="json")
    return value


def request_from_json(value: object) -> Request:
    """Raises ``BadEntry``."""
    try:
        return _requests().validate_python(value)
    except ValidationError as error:
        raise BadEntry(str(error)) from None
