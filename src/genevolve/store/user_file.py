"""What users hand over as JSON, TOML and paths, read without trust: any fault is one sentence, never a traceback."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError

DEEPEST = 100  # lists and objects inside each other; people and programs write about ten
_TOO_DEEP = f"lists and objects are nested more than {DEEPEST} deep"


def json_value(text: str | bytes, *, finite: bool = False) -> Any:
    """The JSON value in ``text``. Raises ``ValueError`` for anything else, for an object that gives a key twice (which of the
    two is meant nobody knows), and for what is nested too deep. ``finite``: ``NaN`` and ``Infinity`` are no JSON."""
    return _checked(text, json.JSONDecoder(object_pairs_hook=_each_key_once, parse_constant=_no_constant if finite else None))


def json_of_ours(text: str | bytes) -> Any:
    """As ``json_value``, for files that this program wrote and that may be damaged: faster, and keys are not counted."""
    return _checked(text, json.JSONDecoder())


def _checked(text: str | bytes, decoder: json.JSONDecoder) -> Any:
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    try:
        value = decoder.decode(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if text.count("[") + text.count("{") > DEEPEST and _deeper(value):
        raise ValueError(_TOO_DEEP)
    return value


def _each_key_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} is given twice in one object; keep one of them")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def toml_table(text: str) -> dict[str, Any]:
    """The table in ``text``. Raises ``ValueError`` for what is no TOML, and for what is nested too deep."""
    try:
        value = tomllib.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if text.count("[") + text.count("{") + text.count(".") > DEEPEST and _deeper(value):
        raise ValueError(_TOO_DEEP)
    return value


def _deeper(value: Any) -> bool:
    """Whether ``value`` is nested deeper than ``DEEPEST``; without recursion, which is what would end."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)


def expanded(path: str | Path) -> Path:
    """``path`` with the user's folder in the place of ``~``. Raises ``UsageError`` where there is no such user or folder."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise UsageError(
            f"{path}: what '~' stands for is not known (no such user, or HOME is not set); write the whole path"
        ) from None
