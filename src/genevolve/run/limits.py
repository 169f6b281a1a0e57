"""How calls to services are made: how many at once, how often, how many tries, for how much. The only place that retries.

A member makes one attempt and says what went wrong; a ``RateLimiter`` decides what follows. One ``SharedLimits`` is shared by
the gates of a run. Attempts must not go through another gate while they run, or two services could wait for each other.

Where rows run in several processes, each has gates of its own; their ``Admission`` is that of the main process.
"""

import asyncio
import random as _random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from genevolve.core.errors import SafetyRefusal, ServiceError, UsageError
from genevolve.core.event import Boundary, Payment
from genevolve.core.limit import finite
from genevolve.core.protocols import Rendering, Reply
from genevolve.core.score import ProgramScore, Score, Unscored

T = TypeVar("T")
_INSTANT = 1e-9  # seconds; floats do not add up more exactly than this
_BOUNDARIES = frozenset(map(str, Boundary))
_ROUNDING = 1e-9  # of a budget: three calls of 0.1 fit into 0.3


class BudgetExhausted(UsageError):
    """A budget is used up. It names the setting; what has been done is kept, and a resumed run goes on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLimits:
    """Of one service. Seconds, requests, and the currency of the price list; None means unlimited.

    ``requests_per_minute`` holds for every 60 seconds when ``burst`` is 1. A service that asks for a longer pause than
    ``max_retry_after`` is not waited for. ``budget_calls`` counts every attempt, also those that failed; ``budget_money`` what
    attempts said that they cost. See ``RateLimiter`` for how it is kept.
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
        for name in ("max_concurrency", "burst", "max_attempts"):
            finite(name, getattr(self, name), least=1)
        for name in ("base_backoff", "max_backoff", "max_retry_after", "budget_calls", "budget_money"):
            if getattr(self, name) is not None:
                finite(name, getattr(self, name), least=0)
        if self.requests_per_minute is not None:
            finite("requests_per_minute", self.requests_per_minute, more_than=0)


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
        self.on_stop: Callable[[UsageError], None] = lambda reason: None  # told once
        self._sleep = sleep
        self._stopped: UsageError | None = None
        self._waiting: set[asyncio.Future[None]] = set()

    def stop(self, reason: UsageError) -> None:
        """End every wait, now and later, with ``reason``. Calls in flight go on: their answers are paid for."""
        first, self._stopped = self._stopped is None, self._stopped or reason
        for future in tuple(self._waiting):
            if not future.done():
                future.set_exception(_again(reason))
        if first:
            self.on_stop(reason)

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


class Bill:
    """What is paid for one event, by service, in whatever tasks: it is passed on to those that are begun under it."""

    def __init__(self) -> None:
        self._paid: dict[str, tuple[int, float]] = {}

    def add(self, name: str, *, calls: int = 0, money: float = 0.0) -> None:
        calls_before, money_before = self._paid.get(name, (0, 0.0))
        self._paid[name] = (calls_before + calls, money_before + money)

    @property
    def payments(self) -> tuple[Payment, ...]:
        return tuple(
            Payment(boundary=Boundary(name), calls=n, cost=cost)
            for name, (n, cost) in self._paid.items()
            if name in _BOUNDARIES
        )


_bill: ContextVar[Bill | None] = ContextVar("bill", default=None)


@contextmanager
def billed() -> Iterator[Bill]:
    """Calls to services that are metered (with a budget, or with a cost) are written on the bill while this is open."""
    bill = Bill()
    token = _bill.set(bill)
    try:
        yield bill
    finally:
        _bill.reset(token)


def billed_elsewhere(payments: Iterable[Payment]) -> None:
    """Write on the bill what another process has paid for this call."""
    if (bill := _bill.get()) is not None:
        for paid in payments:
            bill.add(str(paid.boundary), calls=paid.calls, money=paid.cost)


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


class Admission:
    """Who may call one service, and when. ``name`` is that of its table in the profile: ``limits.NAME`` is what messages say.

    ``known_price`` is what a call costs at least, as far as that is known before it is made; it is reserved for every call in
    flight, so that ``budget_money`` is never overstepped. Of a price that is not known, such as that of the tokens of a reply,
    the dearest call so far is reserved; until there is one, calls go out one at a time. So the budget is overstepped by no more
    than what the calls in flight cost above the dearest before them.
    """

    def __init__(self, name: str, limits: ServiceLimits, traffic: SharedLimits) -> None:
        self.name = name
        self.limits = limits
        self.known_price = 0.0
        self.calls = 0
        self.spent = 0.0
        self._traffic = traffic
        self._places = FairSemaphore(limits.max_concurrency, traffic)
        self._turnstile = FairSemaphore(1, traffic)
        self._interval = 60.0 / limits.requests_per_minute if limits.requests_per_minute else 0.0
        self._due = float("-inf")  # when the next request is due if all came evenly spaced
        self._closed_until = float("-inf")
        self._in_flight = 0
        self._dearest = 0.0
        self._one_ended = False
        self._next_end: asyncio.Future[None] | None = None

    async def enter(self) -> bool:
        """Wait until a request may go out, and count it; ``leave`` must follow when it has ended.

        Whether calls are worth to be kept in the journal, for budgets over restarts: not of what is free and unlimited. Raises
        ``BudgetExhausted``, and the reason why the run stops.
        """
        await self._places.acquire()
        try:
            await self._pass()
        except BaseException:
            self._places.release()
            raise
        limits = self.limits
        return bool(self.known_price) or limits.budget_calls is not None or limits.budget_money is not None

    def leave(self, paid: float, silence: float = 0.0) -> None:
        """A request that was let in has ended: what it has cost, and how many seconds of silence the service wants."""
        self.spent += paid
        self._dearest = max(self._dearest, paid)
        if silence:
            self._closed_until = max(self._closed_until, self._traffic.clock() + silence)
        self._in_flight -= 1
        self._traffic.places.release()
        self._tell_end()
        self._places.release()

    def charge(self, calls: int, money: float) -> None:
        """Count what an earlier part of a resumed run has used."""
        self.calls += calls
        self.spent += money

    async def _pass(self) -> None:
        """One at a time: a token is taken in the moment of going."""
        await self._turnstile.acquire()
        try:
            while True:
                self._traffic.check()
                if not self._affordable():
                    await self._an_end()
                    continue
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

    def _affordable(self) -> bool:
        """Whether the budgets allow a call now; False where that depends on a call in flight. Raises ``BudgetExhausted``."""
        calls, money = self.limits.budget_calls, self.limits.budget_money
        if calls is not None and self.calls >= calls:
            raise BudgetExhausted(f"{self.name}: all {calls} calls are used; raise limits.{self.name}.budget_calls to go on")
        if money is None:
            return True
        price = max(self.known_price, self._dearest)
        if not price and not self._one_ended and self._in_flight:
            return False
        reserved = self.spent + self._in_flight * price
        if self.spent < money and reserved + price <= money * (1 + _ROUNDING):
            return True
        if self._in_flight:
            return False
        needed = f", and a call may cost {price:.4g}" if self.spent < money else ""
        shown = f"{self.spent:.4g} of {money:g} is spent{needed}"
        raise BudgetExhausted(f"{self.name}: {shown}; raise limits.{self.name}.budget_money to go on")

    async def _an_end(self) -> None:
        """Wait until a call in flight has ended, or the run is stopped. Only one asks: the one at the turnstile."""
        self._next_end = asyncio.get_running_loop().create_future()
        try:
            await self._traffic.wait(self._next_end)
        finally:
            self._next_end = None

    def _tell_end(self) -> None:
        self._one_ended = True
        if self._next_end is not None and not self._next_end.done():
            self._next_end.set_result(None)


class RateLimiter:
    """The way to one service: its ``admission``, tries, and the bill. ``calls`` and ``spent`` are for reports."""

    def __init__(self, name: str, limits: ServiceLimits, traffic: SharedLimits, *, admission: Admission | None = None) -> None:
        self.name = name
        self.limits = limits
        self.traffic = traffic
        self.admission = admission or Admission(name, limits, traffic)

    @property
    def calls(self) -> int:
        return self.admission.calls

    @property
    def spent(self) -> float:
        return self.admission.spent

    @property
    def known_price(self) -> float:
        """What a call costs at least, as far as that is known before it is made."""
        return self.admission.known_price

    @known_price.setter
    def known_price(self, price: float) -> None:
        self.admission.known_price = price

    async def call(self, attempt: Callable[[], Awaitable[T]], *, cost: Callable[[T], float] = cost_of) -> T:
        """The result of ``attempt``, tried again while that makes sense. A retryable ``Unscored`` is tried again as well.

        Raises what the last attempt raised. A ``UsageError``, such as ``AuthError`` or ``BudgetExhausted``, stops everything
        else that waits, too; calls in flight go on to their end.
        """
        for number in range(self.limits.max_attempts):
            last = number + 1 == self.limits.max_attempts
            try:
                result = await self._once(attempt, cost)
            except UsageError as reason:
                self.traffic.stop(reason)
                raise
            except ServiceError as failure:
                if last or not self._may_pass(failure):
                    raise
                await self.traffic.pause(self._backoff(number) + (failure.retry_after or 0.0))
            else:
                if last or not _worth_retrying(result):
                    return result
                await self.traffic.pause(self._backoff(number))
        raise AssertionError("max_attempts is at least 1")

    def charge(self, *, calls: int = 0, money: float = 0.0) -> None:
        """Count what an earlier part of a resumed run has used."""
        self.admission.charge(calls, money)

    def _may_pass(self, failure: ServiceError) -> bool:
        if isinstance(failure, SafetyRefusal) or not failure.retryable:
            return False
        return (failure.retry_after or 0.0) <= self.limits.max_retry_after

    def _backoff(self, number: int) -> float:
        """Full jitter: anything from nothing up to a limit that doubles with each try."""
        ceiling = min(self.limits.max_backoff, self.limits.base_backoff * 2.0 ** min(number, 60))
        return ceiling * (self.traffic.random() if self.limits.jitter else 1.0)

    async def _once(self, attempt: Callable[[], Awaitable[T]], cost: Callable[[T], float]) -> T:
        bill = _bill.get()
        if await self.admission.enter() and bill is not None:
            bill.add(self.name, calls=1)
        paid = silence = 0.0
        try:
            result = await attempt()
            paid = cost(result)
            return result
        except ServiceError as failure:
            paid = failure.cost
            silence = (failure.retry_after or 0.0) if self._may_pass(failure) else 0.0
            raise
        finally:
            if paid and bill is not None:
                bill.add(self.name, money=paid)
            self.admission.leave(paid, silence)
