"""TOML files that are called by a name: shipped ones or the user's, each on top of another where it says ``extends``."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.store.user_file import expanded, toml_table

_MOST_BASES = 5
Replaces = Callable[[str, Mapping[str, Any], Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The TOML files in ``folder`` of a package, and those that a user names.

    ``kind`` is what messages call one ("profile"), ``argument`` where its name comes from ("--profile"). ``replaces`` says of
    a key and its two tables that the upper one stands alone.
    """

    package: str
    folder: str
    kind: str
    argument: str
    replaces: Replaces = lambda key, below, over: False

    def shipped(self) -> tuple[str, ...]:
        """The names of the files inside the package, in alphabetical order."""
        entries = files(self.package).joinpath(self.folder).iterdir()
        return tuple(sorted(entry.name.removesuffix(".toml") for entry in entries if entry.name.endswith(".toml")))

    def values(self, name: str) -> dict[str, Any]:
        """The tables of the file called ``name`` on top of those that it extends. Raises ``UsageError``."""
        return self._values(name, 0)

    def _values(self, name: str, depth: int) -> dict[str, Any]:
        if depth > _MOST_BASES:
            raise UsageError(f"{self.kind} {name}: the 'extends' settings form a circle")
        try:
            values = toml_table(self._content(name))
        except ValueError as error:
            raise UsageError(f"{self.kind} {name}: not valid TOML ({error})") from None
        base = values.pop("extends", None)
        if base is None:
            return values
        if not isinstance(base, str):
            raise UsageError(f"{self.kind} {name}: 'extends' must be the name of a {self.kind}")
        try:
            below = self._values(base, depth + 1)
        except UsageError as problem:
            if base in self.shipped() or depth:
                raise
            raise UsageError(f"{self.kind} {name}: extends = {base[:200]!r}: {problem}") from None
        return merged(below, values, self.replaces)

    def _content(self, name: str) -> bytes:
        if name in self.shipped():
            return files(self.package).joinpath(self.folder, f"{name}.toml").read_bytes()
        try:
            return expanded(name).read_bytes()
        except (PermissionError, IsADirectoryError) as error:
            raise UsageError(f"{self.kind} {name}: the file cannot be read ({error.strerror})") from None
        except (OSError, ValueError):
            known = self.shipped()
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise UsageError(
                f"{self.argument} {name[:200]}: there is no built-in {self.kind} ({', '.join(known)}) and no readable file "
                f"of this name{hint}"
            ) from None


def merged(
    base: Mapping[str, Any], over: Mapping[str, Any], replaces: Replaces = lambda key, below, over: False
) -> dict[str, Any]:
    """``over`` on top of ``base``, table by table."""
    found = dict(base)
    for key, value in over.items():
        below = found.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping) and not replaces(key, below, value):
            found[key] = merged(below, value, replaces)
        else:
            found[key] = value
    return found
