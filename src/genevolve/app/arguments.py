"""Arguments of the commands, checked against their annotations: in one place for Python and for the command line."""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

from genevolve.core.errors import UsageError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number must lie between, both included."""

    least: int
    most: int | None = None


Count = Annotated[int, Bounds(1)]
NotNegative = Annotated[int, Bounds(0)]
Seed = Annotated[int, Bounds(-1, 2**63 - 1)]  # -1 is drawn
_WORDS = {int: "a whole number", float: "a number", bool: "True or False", str: "text", Path: "a path", NoneType: "None"}


def checked(function: Callable[P, T]) -> Callable[P, T]:
    """``function``, which raises ``UsageError`` naming the argument that does not fit its annotation, before it does anything.

    Annotations that name what is not imported, such as types that only a checker reads, are left to the function.
    """
    if inspect.iscoroutinefunction(function):

        async def later(*args: P.args, **named: P.kwargs) -> Any:
            _check(function, args, named)
            return await function(*args, **named)

        return wraps(function)(later)  # type: ignore[return-value]  # a coroutine function, as the other one

    @wraps(function)
    def call(*args: P.args, **named: P.kwargs) -> T:
        _check(function, args, named)
        return function(*args, **named)

    return call


def fitting(name: str, value: Any, annotation: Any) -> Any:
    """``value``, called ``name``. Raises ``UsageError`` where it does not fit ``annotation``."""
    if not _fits(value, annotation):
        shown = repr(value)
        shown = shown if len(shown) <= 80 else f"{shown[:79]}…"
        raise UsageError(f"{name} is {shown}; it must be {' or '.join(dict.fromkeys(_said(annotation)))}")
    return value


def _check(function: Callable[..., object], args: tuple[object, ...], named: dict[str, Any]) -> None:
    """A ``TypeError`` of Python for arguments that the function does not have."""
    given = inspect.signature(function).bind(*args, **named).arguments
    for name, annotation in _annotations(function).items():
        if name in given:
            fitting(name, given[name], annotation)


@lru_cache
def _annotations(function: Callable[..., object]) -> dict[str, Any]:
    """Those that are known, but of a method's object and of further arguments."""
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        plain = parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if plain and parameter.annotation is not parameter.empty:
            try:
                told = parameter.annotation
                found[name] = eval(told, function.__globals__) if isinstance(told, str) else told
            except NameError:
                continue
    return found


def _fits(value: object, annotation: Any) -> bool:
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _fits(value, inside[0]) and all(_within(value, each) for each in inside[1:])
    if origin in (Union, UnionType):
        return any(_fits(value, each) for each in inside)
    if origin is Literal:
        return any(value is each or (isinstance(value, str) and value == each) for each in inside)
    if origin is tuple and inside[-1:] != (...,):
        return isinstance(value, tuple | list) and len(value) == len(inside) and all(map(_fits, value, inside))
    if origin in (tuple, list, Sequence):
        listed = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        return listed and all(_fits(each, inside[0]) for each in value)  # type: ignore[attr-defined]  # a sequence here
    if origin is Mapping:
        return isinstance(value, Mapping)
    if origin is Callable:
        return callable(value)
    return _is(value, NoneType if annotation is None else annotation)


def _is(value: object, kind: Any) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    protocol = getattr(kind, "_is_protocol", False)
    return protocol or not isinstance(kind, type) or isinstance(value, kind)


def _within(value: object, bounds: object) -> bool:
    if not isinstance(bounds, Bounds) or not isinstance(value, int | float):
        return True
    return bounds.least <= value and (bounds.most is None or value <= bounds.most)


def _said(annotation: Any) -> Iterator[str]:
    """What fits, in words, one for each kind."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        (bounds,) = (each for each in inside[1:] if isinstance(each, Bounds))
        between = f"of {bounds.least} or more" if bounds.most is None else f"from {bounds.least} to {bounds.most}"
        yield f"{_WORDS[inside[0]]} {between}"
    elif origin in (Union, UnionType):
        for each in inside:
            yield from _said(each)
    elif origin is Literal:
        yield from map(repr, inside)
    elif origin in (tuple, list, Sequence):
        yield f"a list of {' or '.join(_said(inside[0]))}"
    elif origin is Callable:
        yield "a function"
    else:
        kind = NoneType if annotation is None else origin or annotation
        yield _WORDS.get(kind) or f"a {getattr(kind, '__name__', kind)}"
