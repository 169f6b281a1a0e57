"""Keys: read from the environment, never shown, and removed from every text that is written, shown or sent on.

A key is found in any text, also where it is encoded, broken up, or where there is only a part of it (``services.key_finder``).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, NoReturn, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from genevolve.core.errors import UsageError
from genevolve.services.key_finder import REDACTED, KeyFinder

__all__ = ["REDACTED", "Secret", "Secrets", "cleaned", "learn", "recordable", "shown_address"]
# Shorter values, and the fillers that local servers are given, are no secrets: removing them would only garble texts.
_SHORTEST = 6
_FILLERS = frozenset({"empty", "none", "null", "dummy", "not-needed", "no-key", "sk-no-key-required", "local", "default"})
_SECRET_NAME = re.compile(
    r"(?:^|[_-]|(?-i:(?<=[a-z0-9])(?=[A-Z])))"  # API_KEY, api-key, apiKey
    r"(?:API_?-?KEY|ACCESS_?-?KEY|KEY|TOKEN|SECRET|PASS|PASSWORD|PASSWD|PASSPHRASE|PAT|BEARER|COOKIE"
    r"|CREDENTIALS?|AUTHORIZATION|SIG|SIGNATURE)$",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(?:Bearer|Basic|Token|Key)\s+", re.IGNORECASE)
_USER = re.compile(r"(?<=://)[^/?#\s@]*@")
_QUERY = re.compile(r"(?<=[?&])([^=&#\s]+)=([^&#\s]+)")
T = TypeVar("T")

# What settings give away of keys: passwords in addresses and the like. Known to all of the process, because a profile is read
# by one part of it and an error shown by another.
_learned: set[str] = set()


def learn(settings: object, name: str = "") -> None:
    """Remember the keys that lie in ``settings`` (tables, lists and values of a profile or recipe): they will be redacted."""
    match settings:
        case Mapping():
            for key, value in settings.items():
                learn(value, str(key))
        case list() | tuple():
            for value in settings:
                learn(value, name)
        case str() if REDACTED not in settings:
            _learned.update(_keys_in_address(settings))
            if _SECRET_NAME.search(name):
                _learned.add(_SCHEME.sub("", settings).strip())


def recordable(about: T) -> T:
    """``about`` (settings, and what else made something) as it may be written: without keys in its addresses and headers."""
    learn(about)
    return cleaned(about, Secrets({}).redact)


def shown_address(url: str) -> str:
    """``url`` for messages and records: without user name and password, and without what keys in its query say."""
    bare = _USER.sub(f"{REDACTED}@", url)
    return _QUERY.sub(lambda found: f"{found[1]}={REDACTED}" if _SECRET_NAME.search(found[1]) else found[0], bare)


def _keys_in_address(url: str) -> list[str]:
    """Password, ``user:password`` and the values of keys in the query of ``url``; nothing for other texts."""
    if "://" not in url:
        return []
    try:
        parts = urlsplit(url.strip())
        queries = [*parse_qsl(parts.query), *parse_qsl(parts.fragment)]
    except ValueError:
        return []
    return [value for key, value in queries if _SECRET_NAME.search(key)] + _keys_of_user(parts.netloc)


def _keys_of_user(address: str) -> list[str]:
    """The same, of what stands before the ``@``: a proxy may be written without ``http://``."""
    userinfo, at, _ = address.rpartition("://")[2].rpartition("@")
    user, colon, password = (unquote(part) for part in userinfo.partition(":"))
    return [password, f"{user}:{password}"] if colon else [user] if at else []


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
    """The keys in ``environ``: values whose variable is named like a key or was asked for, and passwords in addresses, such as
    that of a proxy. What settings hold (``learn``) is redacted, too."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._asked: set[str] = {name for name in self._environ if _SECRET_NAME.search(name)}
        self._in_addresses = {key for value in self._environ.values() for key in _keys_in_address(value)}
        proxies = (value for name, value in self._environ.items() if name.lower().endswith("_proxy"))
        self._in_addresses.update(key for value in proxies for key in _keys_of_user(value))
        self._finder = KeyFinder(())
        self._known = -1  # how many values were learned when the finder was made

    def get(self, name: str) -> Secret | None:
        """The key in the variable ``name``; None when it is unset or blank. A line break at its end is dropped."""
        value = self._environ.get(name, "").strip()
        if not value:
            return None
        if not value.isascii() or not value.isprintable() or " " in value:
            raise UsageError(f"the environment variable {name} holds characters that no key has; copy the key again")
        if name not in self._asked:
            self._asked.add(name)
            self._known = -1
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
        """``text`` without any known key, whole or in part, however it is written."""
        if self._known != len(_learned):
            self._known = len(_learned)
            values = {self._environ.get(name, "").strip() for name in self._asked} | self._in_addresses | _learned
            self._finder = KeyFinder(value for value in values if len(value) >= _SHORTEST and value.lower() not in _FILLERS)
        return self._finder.redact(text)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._asked))})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys cannot be pickled")


def cleaned(value: T, redact: Callable[[str], str]) -> T:
    """``value`` with ``redact`` done on every text in it: JSON values, tuples and dataclasses. What has no key stays the same
    object."""
    found: Any = value
    match value:
        case str():
            found = redact(value) if type(value) is str else value  # not the value of an enumeration
        case dict():
            pairs = {redact(key) if isinstance(key, str) else key: cleaned(each, redact) for key, each in value.items()}
            found = pairs if pairs != value else value
        case list() | tuple():
            each = [cleaned(one, redact) for one in value]
            if any(new is not old for new, old in zip(each, value, strict=True)):
                found = each if isinstance(value, list) else tuple(each)
        case _ if is_dataclass(value) and not isinstance(value, type):
            changed = {}
            for field in fields(value):
                old = getattr(value, field.name)
                if (new := cleaned(old, redact)) is not old:
                    changed[field.name] = new
            found = replace(value, **changed) if changed else value
    result: T = found
    return result
