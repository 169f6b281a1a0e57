"""A coroutine function as a plain one, for programs that run no event loop of their own."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def blocking(make: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """``NAME_async`` as ``NAME``: the same arguments and the same result, in an event loop that ends with the call."""

    @wraps(make)
    def run(*args: P.args, **named: P.kwargs) -> T:
        return asyncio.run(make(*args, **named))

    run.__name__ = run.__qualname__ = make.__name__.removesuffix("_async")
    return run
