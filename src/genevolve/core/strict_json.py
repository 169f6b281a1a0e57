"""JSON by strangers, read strictly. Each refusal is an error of its own kind, which callers word for their readers."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

_FENCE = re.compile(r"\A```(?:json)?[ \t]*\n(?P<body>.*)\n```\Z", re.DOTALL)


class RepeatedKey(ValueError):
    """An object gives ``key`` more than once: nobody knows which of the values is meant."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key[:80]!r} is given twice in one object; keep one of them")
        self.key = key


class NotFinite(ValueError):
    """``NaN`` or ``Infinity``, which Python's reader takes and JSON does not have."""


class TooDeep(ValueError):
    """Lists and objects inside each other, deeper than the ``most`` that is allowed or (None) than can be read."""

    def __init__(self, most: int | None) -> None:
        super().__init__(f"lists and objects are nested {f'more than {most}' if most is not None else 'too'} deep")


def strict_json(text: str | bytes, *, unique: bool = True, finite: bool = True, deepest: int | None = None) -> Any:
    """The JSON value in ``text``. ``unique`` and ``finite`` refuse repeated keys and ``NaN``, ``deepest`` a deeper nesting.

    Raises ``RepeatedKey``, ``NotFinite``, ``TooDeep``, ``json.JSONDecodeError`` for what is no JSON, and ``ValueError`` for
    a number with more digits than Python reads.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_each_key_once if unique else None, parse_constant=_no_constant if finite else None
        )
    except RecursionError:
        raise TooDeep(deepest) from None
    if deepest is not None and _brackets(text) > deepest:
        refuse_deeper(value, deepest)
    return value


def fenced(text: str) -> str | None:
    """What stands inside of ``text`` where all of it is one Markdown code block of JSON; None where it is not."""
    block = _FENCE.match(text)
    return block["body"] if block else None


def refuse_deeper(value: Any, most: int) -> None:
    """Raises ``TooDeep`` where lists and objects in ``value`` are nested deeper than ``most``. No recursion: that may end."""
    level = [value]
    for _ in range(most):
        children = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [child for group in children for child in group]
        if not level:
            return
    if any(isinstance(each, dict | list) for each in level):
        raise TooDeep(most)


def _each_key_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise RepeatedKey(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return found


def _no_constant(name: str) -> NoReturn:
    raise NotFinite(f"{name} is not a JSON value")


def _brackets(text: str | bytes) -> int:
    return text.count(b"[") + text.count(b"{") if isinstance(text, bytes) else text.count("[") + text.count("{")
