"""The one place where failures of the outside world are classified."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from genevolve.core.errors import SafetyRefusal, ServiceError, UsageError
from genevolve.core.event import Boundary, Failed

T = TypeVar("T")


class Crossing(Protocol):
    """How calls to one service are made: how many at once, how often, how many tries (see ``run.limits.RateLimiter``)."""

    async def call(self, attempt: Callable[[], Awaitable[T]]) -> T: ...


class SingleTry:
    """No limits and no retries: for members that compute here and cannot fail by chance."""

    async def call(self, attempt: Callable[[], Awaitable[T]]) -> T:
        return await attempt()


async def cross(boundary: Boundary, crossing: Crossing, attempt: Callable[[], Awaitable[T]]) -> T | Failed:
    """The result of ``attempt``, or ``Failed``. ``UsageError`` (and with it ``AuthError``) stops the run; so do full disks.

    Anything else that a member raises is recorded as a failure of that member, by type, so that other rows go on.
    """
    try:
        return await crossing.call(attempt)
    except UsageError:
        raise
    except SafetyRefusal as refusal:
        return Failed(boundary=boundary, message=f"refused: {refusal}", retryable=False)
    except ServiceError as failure:
        return Failed(boundary=boundary, message=str(failure), retryable=failure.retryable)
    except OSError:
        raise
    except ModuleNotFoundError as error:  # every further call would fail alike
        raise UsageError(
            f"{boundary}: the package {error.name!r} is not installed; `genevolve doctor` says what to install"
        ) from None
    except Exception as error:
        return Failed(boundary=boundary, message=f"unexpected {type(error).__name__}: {error}", retryable=False)
