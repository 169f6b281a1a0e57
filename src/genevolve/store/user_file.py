"""What users hand over as JSON, TOML and paths, read without trust: any fault is one sentence, never a traceback."""

import tomllib
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.core.strict_json import TooDeep, refuse_deeper, strict_json

DEEPEST = 100  # lists and objects inside each other; people and programs write about ten
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")  # of UTF-16 and UTF-32, by their byte orders


def json_value(text: str | bytes, *, finite: bool = False) -> Any:
    """The JSON value in ``text``. Raises ``ValueError`` for anything else, for an object that gives a key twice (which of the
    two is meant nobody knows), and for what is nested too deep. ``finite``: ``NaN`` and ``Infinity`` are no JSON."""
    return strict_json(_decoded(text), finite=finite, deepest=DEEPEST)


def json_of_ours(text: str | bytes) -> Any:
    """As ``json_value``, for files that this program wrote and that may be damaged: faster, and keys are not counted."""
    return strict_json(_decoded(text), unique=False, finite=False, deepest=DEEPEST)


def utf8_text(data: bytes) -> str:
    """``data`` as UTF-8, without a byte order mark. Raises ``ValueError`` that says what to do where it is not UTF-8."""
    if data.startswith(_WIDE_MARKS) or b"\0" in data[:4]:
        raise ValueError("it is UTF-16 or UTF-32; save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 (byte {error.start}); save it as UTF-8") from None


def _decoded(text: str | bytes) -> str:
    return utf8_text(text) if isinstance(text, bytes) else text


def toml_table(text: str | bytes) -> dict[str, Any]:
    """The table in ``text``. Raises ``ValueError`` for what is no TOML or no UTF-8, and for what is nested too deep."""
    text = _decoded(text)
    try:
        value = tomllib.loads(text)
    except RecursionError:
        raise TooDeep(DEEPEST) from None
    if text.count("[") + text.count("{") + text.count(".") > DEEPEST:
        refuse_deeper(value, DEEPEST)
    return value


def expanded(path: str | Path) -> Path:
    """``path`` with the user's folder in the place of ``~``. Raises ``UsageError`` where there is no such user or folder."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise UsageError(
            f"{path}: what '~' stands for is not known (no such user, or HOME is not set); write the full path"
        ) from None
