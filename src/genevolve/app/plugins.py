"""Components by name: our own, those of installed plug-ins (entry points), and ``module:Name`` of anything importable."""

import difflib
import hashlib
import importlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType

from genevolve.app.roles import ROLES, Component
from genevolve.core.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """Where a component from outside comes from. ``distribution`` is None for a module that no package brought; its version
    is then a digest of its file."""

    place: str
    distribution: str | None
    version: str | None

    def __str__(self) -> str:
        if self.distribution is None:
            return self.place
        return f"{self.place} of the plug-in {self.distribution} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A component and what it is called. ``made`` is the class, function or value itself; ``plugin`` is None for our own."""

    role: str
    name: str
    made: object
    component: Component
    plugin: Plugin | None = None

    def __str__(self) -> str:
        return f"{self.role} {self.name!r}" + (f" ({self.plugin})" if self.plugin else "")


def names(role: str) -> tuple[str, ...]:
    """What can be chosen for ``role`` by name: our own components, then those of installed plug-ins."""
    return tuple(dict.fromkeys((*ROLES[role].components, *(point.name for point in _points(role)))))


def find(role: str, name: str) -> Found:
    """The component called ``name``: one of ours, of a plug-in, or ``module:Name``. It is imported, but not built.

    Raises ``UsageError`` where there is none, where a package is missing, and where a plug-in cannot be imported.
    """
    if (own := ROLES[role].components.get(name)) is not None:
        return Found(role=role, name=name, made=ours(role, name, own), component=own)
    points = [point for point in _points(role) if point.name == name]
    if len({point.value for point in points}) > 1:
        told = " and ".join(f"{point.value} of {_distribution(point)}" for point in points)
        raise UsageError(f"{role} {name!r} is the name of two plug-ins: write {told.replace(' and ', ' or ')} by module:Name")
    if points:
        return _from_outside(role, name, points[0].value, points[0].dist)
    if ":" in name:
        return _from_outside(role, name, name, None)
    raise UsageError(f"{role} {name!r} is unknown: {_choices(role, name)}")


def found_object(role: str, name: str, given: object) -> Found:
    """As ``find``, for a class, a function or an instance that a program hands over; ``name`` is its ``module:Name``."""
    module = sys.modules.get(name.partition(":")[0])
    own = next((each for each in ROLES[role].components.values() if each.place == name), None)
    if own is not None:
        return Found(role=role, name=name, made=given, component=own)
    plugin = _plugin(name, module, None)
    return Found(role=role, name=name, made=given, component=_declared(name, given), plugin=plugin)


def shadowed(role: str) -> Iterator[str]:
    """Plug-ins whose name one of our components has already, so that only ``module:Name`` reaches them."""
    own = ROLES[role].components
    return (f"{_distribution(point)} brings {point.name!r}" for point in _points(role) if point.name in own)


def _points(role: str) -> list[metadata.EntryPoint]:
    return sorted(metadata.entry_points(group=ROLES[role].group), key=lambda point: (point.name, point.value))


def _distribution(point: metadata.EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.module


def _choices(role: str, name: str) -> str:
    known = names(role)
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"choose one of {', '.join(known)}{hint} (or module:Name of a class of yours)"


def ours(role: str, name: str, component: Component) -> object:
    """What a component of ours names. Raises ``UsageError`` with the extra to install where a package is missing."""
    try:
        return load(component.place)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("genevolve"):
            raise
        fix = f": pip install 'genevolve[{component.extra}]'" if component.extra else ""
        raise UsageError(f"{role} {name!r} needs the package {error.name!r}{fix}") from None


def load(place: str) -> object:
    """What ``module:Name`` names. Raises what importing it raises."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def _from_outside(role: str, name: str, place: str, distribution: metadata.Distribution | None) -> Found:
    module_name, _, path = place.partition(":")
    what = f"{role} {name!r}" + (f" of the plug-in {distribution.name} {distribution.version}" if distribution else "")
    if not path or not all(part.isidentifier() for part in (*module_name.split("."), *path.split("."))):
        raise UsageError(f"{what}: {place!r} is not of the form module:Name")
    module = _module(module_name, what)
    made: object = module
    for part in path.split("."):
        if not hasattr(made, part):
            close = difflib.get_close_matches(part, dir(made), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise UsageError(f"{what}: {module_name} ({module.__file__}) has no {part!r}{hint}")
        made = getattr(made, part)
    plugin = _plugin(place, module, distribution)
    return Found(role=role, name=name, made=made, component=_declared(place, made), plugin=plugin)


def _declared(place: str, made: object) -> Component:
    """What a component of a plug-in says of itself by the attributes ``offline`` and ``parallel``."""
    parallel = getattr(made, "parallel", False) is True
    return Component(place, service=getattr(made, "offline", parallel) is not True, parallel=parallel)


def _module(name: str, what: str) -> ModuleType:
    """The module ``name``, also where it lies in the working directory. Raises ``UsageError``."""
    try:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if not _is_or_holds(error.name, name) or _searched():
                raise
            sys.path.append(str(Path.cwd()))
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if _is_or_holds(error.name, name):
            raise UsageError(f"{what}: there is no module {error.name!r}, neither installed nor in {Path.cwd()}") from None
        raise UsageError(f"{what}: {name} needs the package {error.name!r}, which is not installed") from None
    except Exception as error:
        raise UsageError(f"{what}: {name} cannot be imported ({type(error).__name__}: {error})") from error


def _is_or_holds(missing: str | None, name: str) -> bool:
    return missing is not None and f"{name}.".startswith(f"{missing}.")


def _searched() -> bool:
    here = Path.cwd()
    return any(Path(entry or ".").absolute() == here for entry in sys.path)


def _plugin(place: str, module: ModuleType | None, distribution: metadata.Distribution | None) -> Plugin:
    if distribution is None and module is not None:
        distribution = _distribution_of(module)
    if distribution is not None:
        return Plugin(place=place, distribution=distribution.name, version=distribution.version)
    file = getattr(module, "__file__", None)
    known = isinstance(file, str) and Path(file).is_file()
    version = f"sha256:{hashlib.sha256(Path(str(file)).read_bytes()).hexdigest()[:16]}" if known else None
    return Plugin(place=place, distribution=None, version=version)


def _distribution_of(module: ModuleType) -> metadata.Distribution | None:
    """The installed package that brought ``module``."""
    top = module.__name__.partition(".")[0]
    found = _installed(tuple(sys.path)).get(top, [])
    return metadata.distribution(found[0]) if found else None


@cache
def _installed(path: tuple[str, ...]) -> Mapping[str, list[str]]:
    """Which packages brought the modules of ``path``: reading that of some hundred packages takes about a second."""
    return metadata.packages_distributions()
