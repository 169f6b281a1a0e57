"""Calls that are made at once and all end, whatever becomes of one of them."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def all_ended(calls: Iterable[Awaitable[T]]) -> list[T]:
    """The results of ``calls``, in their order. Raises the first error, but only when every call has ended.

    ``asyncio.gather`` alone raises at once, and what the others were paid for is lost.
    """
    ends = await asyncio.gather(*calls, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return [end for end in ends if not isinstance(end, BaseException)]
