"""How calls to services are made: how many at once, how often, how many tries, for how much. The only place that retries.

A member makes one attempt and says what went wrong; a ``RateLimiter`` decides what follows. One ``SharedLimits`` is shared by
the gates of a run. Attempts must not go through another gate while they run, or two services could wait for each other.
"""

import asyncio
import random as _random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from genevolve.core.errors import AuthError, SafetyRefusal, ServiceError, UsageError
from genevolve.core.protocols import Rendering, Reply
from genevolve.core.score import ProgramScore, Score, Unscored

T = TypeVar("T")
_INSTANT = 1e-9  # seconds; floats do not add up more exactly than this


class BudgetExhausted(UsageError):
    """A budget is used up. It names the setting; what has been done is kept, and a resumed run goes on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLimits:
    """Of one service. Seconds, requests, and the currency of the price list; None means unlimited.

    ``requests_per_minute`` holds for every 60 seconds when ``burst`` is 1. A service that asks for a longer pause than
    ``max_retry_after`` is not waited for. Budgets count every attempt, also those that failed.
    """

    max_concurrency: int = 16
    requests_per_minute: float | None = None
    burst: int = 1
    max_attempts: int = 5
    base_backoff: float = 1.0
    max_backoff: float = 60.0
    jitter: bool = True
    max_retry_after: float = 600.0
    budget_calls: int | None = None
    budget_money: float | None = None

    def __post_init__(self) -> None:
        for name, least in (("max_concurrency", 1), ("burst", 1), ("max_attempts", 1), ("base_backoff", 0), ("max_backoff", 0)):
            if not getattr(self, name) >= least:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be {least} or more")
        if self.requests_per_minute is not None and not self.requests_per_minute > 0:
            raise UsageError(f"requests_per_minute is {self.requests_per_minute}; it must be more than 0")


class SharedLimits:
    """What the gates of a run share: the number of calls in flight, the clock, and the reason to stop, once there is one."""

    def __init__(
        self,
        *,
        max_concurrency: int = 256,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = _random.random,
    ) -> None:
        self.clock = clock
        self.random = random
        self.places = FairSemaphore(max_concurrency, self)
        self._sleep = sleep
        self._stopped: UsageError | None = None
        self._waiting: set[asyncio.Future[None]] = set()

    def stop(self, reason: UsageError) -> None:
        """End every wait, now and later, with ``reason``. Calls in flight go on: their answers are paid for."""
        self._stopped = self._stopped or reason
        for future in tuple(self._waiting):
            if not future.done():
                future.set_exception(_again(reason))

    def check(self) -> None:
        """Raise the reason to stop, if there is one."""
        if self._stopped is not None:
            raise _again(self._stopped)

    async def wait(self, future: asyncio.Future[None]) -> None:
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def pause(self, seconds: float) -> None:
        """Sleep, unless the run is stopped meanwhile."""
        self.check()
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def ring(slept: asyncio.Future[None]) -> None:
            if not wake.done():
                wake.set_result(None)

        timer = asyncio.ensure_future(self._sleep(seconds))
        timer.add_done_callback(ring)
        try:
            await self.wait(wake)
        finally:
            timer.cancel()


def _again(reason: UsageError) -> UsageError:
    """A fresh copy: one exception raised in many tasks would gather all their tracebacks."""
    return type(reason)(*reason.args)


class FairSemaphore:
    """A fixed number of places, given out in the order of asking. Unlike ``asyncio.Semaphore``, a stop ends the waiting."""

    def __init__(self, count: int, traffic: SharedLimits) -> None:
        self._free = count
        self._traffic = traffic
        self._line: deque[asyncio.Future[None]] = deque()

    async def acquire(self) -> None:
        self._traffic.check()
        if self._free > 0:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(place)
        try:
            await self._traffic.wait(place)
        except BaseException:
            if place.done() and not place.cancelled() and place.exception() is None:
                self.release()  # it was handed to us in the very moment in which we were cancelled
            raise

    def release(self) -> None:
        while self._line:
            place = self._line.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1


def cost_of(result: object) -> float:
    """What a member's result says that it cost."""
    match result:
        case Reply(usage=usage):
            return usage.cost
        case Rendering(cost=cost) | Score(cost=cost) | ProgramScore(cost=cost) | Unscored(cost=cost):
            return cost
    return 0.0


def _worth_retrying(result: object) -> bool:
    return isinstance(result, Unscored) and result.retryable


class RateLimiter:
    """The way to one service. ``name`` is that of its table in the profile: ``limits.NAME`` is what messages point to.

    ``calls``, ``retries`` and ``spent`` are for reports.
    """

    def __init__(self, name: str, limits: ServiceLimits, traffic: SharedLimits) -> None:
        self.name = name
        self.limits = limits
        self.calls = 0
        self.retries = 0
        self.spent = 0.0
        self._traffic = traffic
        self._places = FairSemaphore(limits.max_concurrency, traffic)
        self._turnstile = FairSemaphore(1, traffic)
        self._interval = 60.0 / limits.requests_per_minute if limits.requests_per_minute else 0.0
        self._due = float("-inf")  # when the next request is due if all came evenly spaced
        self._closed_until = float("-inf")
        self._in_flight = 0
        self._dearest = 0.0

    async def call(self, attempt: Callable[[], Awaitable[T]], *, cost: Callable[[T], float] = cost_of) -> T:
        """The result of ``attempt``, tried again while that makes sense. A retryable ``Unscored`` is tried again as well.

        Raises what the last attempt raised. ``AuthError`` and ``BudgetExhausted`` stop everything else that waits, too.
        """
        for number in range(self.limits.max_attempts):
            if number:
                self.retries += 1
            last = number + 1 == self.limits.max_attempts
            try:
                result = await self._once(attempt, cost)
            except (AuthError, BudgetExhausted) as reason:
                self._traffic.stop(reason)
                raise
            except ServiceError as failure:
                if last or not self._may_pass(failure):
                    raise
                await self._traffic.pause(self._backoff(number) + (failure.retry_after or 0.0))
            else:
                if last or not _worth_retrying(result):
                    return result
                await self._traffic.pause(self._backoff(number))
        raise AssertionError("max_attempts is at least 1")

    def charge(self, *, calls: int = 0, money: float = 0.0) -> None:
        """Count what an earlier part of a resumed run has used."""
        self.calls += calls
        self.spent += money

    def _may_pass(self, failure: ServiceError) -> bool:
        if isinstance(failure, SafetyRefusal) or not failure.retryable:
            return False
        return (failure.retry_after or 0.0) <= self.limits.max_retry_after

    def _backoff(self, number: int) -> float:
        """Full jitter: anything from nothing up to a limit that doubles with each try."""
        ceiling = min(self.limits.max_backoff, self.limits.base_backoff * 2.0 ** min(number, 60))
        return ceiling * (self._traffic.random() if self.limits.jitter else 1.0)

    async def _once(self, attempt: Callable[[], Awaitable[T]], cost: Callable[[T], float]) -> T:
        await self._places.acquire()
        try:
            await self._enter()
            try:
                result = await attempt()
            except ServiceError as failure:
                if failure.retry_after and self._may_pass(failure):
                    self._closed_until = max(self._closed_until, self._traffic.clock() + failure.retry_after)
                raise
            finally:
                self._in_flight -= 1
                self._traffic.places.release()
            self._pay(cost(result))
            return result
        finally:
            self._places.release()

    async def _enter(self) -> None:
        """Wait until a request may go out, and count it. One at a time: a token is taken in the moment of going."""
        await self._turnstile.acquire()
        try:
            while True:
                self._check_budget()
                if (delay := self._delay()) > _INSTANT:
                    await self._traffic.pause(delay)
                    continue
                await self._traffic.places.acquire()
                if self._delay() <= _INSTANT:
                    break
                self._traffic.places.release()
            self._due = max(self._due, self._traffic.clock()) + self._interval
            self._in_flight += 1
            self.calls += 1
        finally:
            self._turnstile.release()

    def _delay(self) -> float:
        """Seconds until the service may be called: its own wish (Retry-After) and the requests per minute."""
        due = self._due - (self.limits.burst - 1) * self._interval
        return max(due, self._closed_until) - self._traffic.clock()

    def _check_budget(self) -> None:
        """Calls in flight are counted as dear as the dearest so far, so that the budget is kept, not just noticed."""
        calls, money = self.limits.budget_calls, self.limits.budget_money
        if calls is not None and self.calls >= calls:
            raise BudgetExhausted(f"{self.name}: all {calls} calls are used; raise limits.{self.name}.budget_calls to go on")
        if money is not None and self.spent + self._in_flight * self._dearest >= money:
            shown = f"{self.spent:.4g} of {money:g} is spent or under way"
            raise BudgetExhausted(f"{self.name}: {shown}; raise limits.{self.name}.budget_money to go on")

    def _pay(self, amount: float) -> None:
        self.spent += amount
        self._dearest = max(self._dearest, amount)
