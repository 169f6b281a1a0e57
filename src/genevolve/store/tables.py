"""What the readers of our TOML files share: strict tables, and problems told by key, value and what would do."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo


class StrictTable(BaseModel):
    """A table of a file: an unknown key is an error, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def explain(problem: Mapping[str, Any], root: type[BaseModel]) -> str:
    """One problem of pydantic's in words: the key, its value, and the nearest key where there is no such key."""
    where: Sequence[Any] = problem["loc"]
    path = key_path(where)
    if problem["type"] == "extra_forbidden":
        known = _keys(root, where[:-1])
        close = difflib.get_close_matches(str(where[-1])[:80], known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
        return f"{path} is not a setting; {hint}"
    said = str(problem["msg"]).removeprefix("Value error, ")
    value = problem.get("input")
    if not path or isinstance(value, dict):
        return f"{path}: {said}" if path else said
    return f"{path} = {repr(value)[:200]}: {said}"


def key_path(where: Sequence[object]) -> str:
    """The place of a problem as dotted keys, on one line and no longer than anybody reads."""
    shown = ("".join(char if char.isprintable() else "?" for char in str(part))[:80] for part in where)
    return ".".join(shown)[:400]


def _keys(table: type[BaseModel], path: Sequence[Any]) -> list[str]:
    """The keys of the table at ``path`` below ``table``, as a file writes them."""
    for part in path:
        field = next(
            (
                field
                for name, field in table.model_fields.items()
                if str(part) in (name, field.alias, field.serialization_alias)
            ),
            None,
        )
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        table = inner
    return [_key(name, field) for name, field in table.model_fields.items() if not field.exclude]


def _key(name: str, field: FieldInfo) -> str:
    """What a file calls the field ``name``."""
    return field.alias or field.serialization_alias or name
