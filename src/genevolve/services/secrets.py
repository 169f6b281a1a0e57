"""Keys: read from the environment only, never shown, and removed from every text that leaves the program."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NoReturn
from urllib.parse import quote

from genevolve.core.errors import UsageError

REDACTED = "[redacted]"
# Shorter values, and the fillers that local servers are given, are no secrets: removing them would only garble texts.
_SHORTEST = 6
_FILLERS = frozenset({"empty", "none", "null", "dummy", "not-needed", "no-key", "sk-no-key-required", "local", "default"})
_SECRET_NAME = re.compile(r"(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$", re.IGNORECASE)


class Secret:
    """A key that shows itself to nobody: ``repr``, ``str``, formatting and pickling do not give it away."""

    __slots__ = ("_value", "name")

    def __init__(self, value: str, *, name: str) -> None:
        self._value = value
        self.name = name  # the environment variable it came from

    def reveal(self) -> str:
        """The key itself, to be put into a request header and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.name}, {REDACTED})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} cannot be pickled")


class Secrets:
    """The keys in ``environ``. Every value whose variable is named like a key, or was asked for, is redacted."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._asked: set[str] = {name for name in self._environ if _SECRET_NAME.search(name)}
        self._pattern: re.Pattern[str] | None = None
        self._compile()

    def get(self, name: str) -> Secret | None:
        """The key in the variable ``name``; None when it is unset or blank. A line break at its end is dropped."""
        value = self._environ.get(name, "").strip()
        if not value:
            return None
        if not value.isascii() or not value.isprintable() or " " in value:
            raise UsageError(f"the environment variable {name} holds characters that no key has; copy the key again")
        if name not in self._asked:
            self._asked.add(name)
            self._compile()
        return Secret(value, name=name)

    def first(self, *names: str) -> Secret | None:
        """The first of ``names`` that is set."""
        return next((found for name in names if (found := self.get(name)) is not None), None)

    def require(self, *names: str, service: str) -> Secret:
        """The first of ``names`` that is set. Raises ``UsageError`` that says which variable to set for ``service``."""
        if (found := self.first(*names)) is not None:
            return found
        raise UsageError(f"{service} needs a key: set the environment variable {' or '.join(names)}")

    def redact(self, text: str) -> str:
        """``text`` without any known key, be it plain, percent-encoded, base64-encoded or JSON-escaped, in any case."""
        return self._pattern.sub(REDACTED, text) if self._pattern is not None else text

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._asked))})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys cannot be pickled")

    def _compile(self) -> None:
        values = (self._environ.get(name, "").strip() for name in self._asked)
        forms = set(_forms(value for value in values if len(value) >= _SHORTEST and value.lower() not in _FILLERS))
        longest_first = sorted(forms, key=lambda form: (-len(form), form))  # a key may be the beginning of another
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if forms else None


def _forms(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield value
        yield quote(value, safe="")
        yield json.dumps(value)[1:-1]
        yield base64.b64encode(value.encode()).decode().rstrip("=")
