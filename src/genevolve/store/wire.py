"""Domain objects to plain JSON values and back, validated. The only place that knows the shape of journal entries.

Journals up to November 2026 had one kind of action and result for each tool, and one image for a rendering; ``_today`` turns
them into the shapes of today.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from genevolve.core.event import (
    Event,
    Failed,
    ImageScored,
    NotRendered,
    ProgramScored,
    Rendered,
    Replied,
    Returned,
    Reviewed,
    Stopped,
)
from genevolve.core.request import Earlier, Request

_Entry = Annotated[
    Replied | Returned | Failed | Rendered | NotRendered | ImageScored | ProgramScored | Reviewed | Stopped,
    Field(discriminator="kind"),
]


NOTHING_BEFORE: Mapping[str, Earlier] = MappingProxyType({})


class BadEntry(ValueError):
    """A JSON value that is no journal entry of this version."""


@cache
def _entries() -> TypeAdapter[Any]:
    return TypeAdapter(_Entry)


@cache
def _requests() -> TypeAdapter[Request]:
    return TypeAdapter(Request)


def entry_to_json(entry: Event) -> dict[str, Any]:
    value: dict[str, Any] = _entries().dump_python(entry, mode="json")
    if not value.get("credits", True):  # entries from before there were any read the same
        del value["credits"]
    if not value["spent"]:
        del value["spent"]
    return value


def entry_from_json(value: object) -> Event:
    """Raises ``BadEntry``."""
    try:
        entry: Event = _entries().validate_python(_today(value))
    except ValidationError as error:
        raise BadEntry(_said(error)) from None
    return entry


def request_to_json(request: Request) -> dict[str, Any]:
    """``request``; what it follows up on by its id."""
    value: dict[str, Any] = _requests().dump_python(replace(request, after=None), mode="json", exclude={"after"})
    return value if request.after is None else {**value, "after": request.after.request.id}


def request_from_json(value: object, earlier: Mapping[str, Earlier] = NOTHING_BEFORE) -> Request:
    """``earlier`` holds what it may follow up on, by id. Raises ``BadEntry``."""
    after = value.get("after") if isinstance(value, Mapping) else None
    if after is not None and not (isinstance(after, str) and after in earlier):
        raise BadEntry(f"after: there is no finished generation {after!r}")
    own = {name: held for name, held in value.items() if name != "after"} if isinstance(value, Mapping) else value
    try:
        request = _requests().validate_python(own)
    except ValidationError as error:
        raise BadEntry(_said(error)) from None
    return request if after is None else replace(request, after=earlier[after])


def _said(error: ValidationError) -> str:
    """The first problem in one line."""
    problem = error.errors()[0]
    return f"{'.'.join(map(str, problem['loc'])) or 'it'}: {problem['msg']}"[:300]


# ---- earlier shapes ---------------------------------------------------------------------------------------------------

_RESULTS = {
    "text_results": ("search", {"results": "facts"}),
    "image_results": ("image_search", {"query": "about", "pictures": "pictures", "first": "first"}),
    "skill_text": ("query_knowledge", {"skill_name": "about", "text": "text"}),
}
_CALLS = {"search": ("queries", "top_k"), "image_search": ("query", "top_k"), "query_knowledge": ("skill_name",)}


def _today(entry: Any) -> Any:
    """``entry`` in the shapes of today; what is in them already, or in none, as it is."""
    match entry:
        case {"kind": "replied", "action": {"kind": kind} as action} if kind in _CALLS:
            return {**entry, "action": _call(kind, action)}
        case {"kind": "returned", "result": {"kind": kind} as result} if kind in _RESULTS:
            tool, names = _RESULTS[kind]
            return {**entry, "result": {"kind": "tool_result", "tool": tool, **_renamed(result, names)}}
        case {"kind": "rendered", "digest": digest, **others}:
            return {"kind": "rendered", **others, "artifacts": [{"media_type": "image/png", "digest": digest}]}
    return entry


def _call(name: str, action: Mapping[str, object]) -> dict[str, object]:
    arguments = {key: action[key] for key in _CALLS[name] if key in action}
    return {"kind": "tool_call", "name": name, "arguments": arguments}


def _renamed(value: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    return {names.get(key, key): held for key, held in value.items() if key != "kind"}
