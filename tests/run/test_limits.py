"""Gates: concurrency, rates, retries, budgets and stopping, in virtual time."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.core.errors import AuthError, SafetyRefusal, ServiceError, UsageError
from genevolve.core.event import Usage
from genevolve.core.protocols import Rendering, Reply
from genevolve.core.score import Unscored
from genevolve.run.limits import BudgetExhausted, RateLimiter, ServiceLimits, SharedLimits

T = TypeVar("T")


@dataclass
class Virtual:
    """Time that passes only when everything waits."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)
    _alarms: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        alarm: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._alarms, (self.now + seconds, len(self.pauses), alarm))
        await alarm

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        async def driven() -> T:
            task = asyncio.ensure_future(main)
            while not task.done():
                for _ in range(30):
                    await asyncio.sleep(0)
                if not task.done() and self._alarms:
                    due, _, alarm = heapq.heappop(self._alarms)
                    if not alarm.done():
                        self.now = max(self.now, due)
                        alarm.set_result(None)
            return task.result()

        return asyncio.run(asyncio.wait_for(driven(), 10))


def traffic(time: Virtual, *, random: float = 1.0, max_concurrency: int = 100) -> SharedLimits:
    return SharedLimits(max_concurrency=max_concurrency, clock=lambda: time.now, sleep=time.sleep, random=lambda: random)


def gate(time: Virtual, *, random: float = 1.0, **limits: Any) -> RateLimiter:
    return RateLimiter("policy", ServiceLimits(**limits), traffic(time, random=random))


def script(*outcomes: object) -> Callable[[], Awaitable[Any]]:
    """An attempt that raises or returns one outcome after the other."""
    left: Iterator[object] = iter(outcomes)

    async def attempt() -> Any:
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return attempt


def busy(retry_after: float | None = None) -> ServiceError:
    return ServiceError("HTTP 429", retryable=True, retry_after=retry_after)


async def outcomes(calls: list[Coroutine[Any, Any, Any]]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


# ---- retries


def test_backoff_doubles_up_to_its_limit_and_stops_with_the_last_failure() -> None:
    time = Virtual()
    door = gate(time, max_attempts=6, base_backoff=1.0, max_backoff=5.0)
    with pytest.raises(ServiceError, match="429"):
        time.run(door.call(script(*[busy() for _ in range(6)])))
    assert time.pauses == [1, 2, 4, 5, 5]
    assert door.calls == 6


def test_jitter_is_full() -> None:
    time = Virtual()
    assert time.run(gate(time, random=0.25, base_backoff=8.0).call(script(busy(), busy(), "done"))) == "done"
    assert time.pauses == [2.0, 4.0]
    still = Virtual()
    still.run(gate(still, random=0.25, base_backoff=8.0, jitter=False).call(script(busy(), "done")))
    assert still.pauses == [8.0]


def test_retry_after_is_honoured_and_closes_the_gate_for_others_too() -> None:
    time = Virtual()
    door = gate(time, random=0.0)
    started: list[float] = []

    async def later() -> None:
        await time.sleep(1)

        async def attempt() -> None:
            started.append(time.now)

        await door.call(attempt)

    async def both() -> None:
        await asyncio.gather(door.call(script(busy(30.0), "done")), later())

    time.run(both())
    assert started == [30.0], "a call that begins while the service asks for silence waits as well"


def test_a_retry_comes_later_than_asked_by_its_own_jitter() -> None:
    time = Virtual()
    time.run(gate(time, random=0.5, base_backoff=8.0).call(script(busy(30.0), "done")))
    assert time.now == 34.0, "or all that waited would come back in the same instant"


def test_a_call_that_waited_for_a_place_still_respects_what_happened_meanwhile() -> None:
    time = Virtual()
    door = RateLimiter("policy", ServiceLimits(max_attempts=1), traffic(time, max_concurrency=1))
    started: list[float] = []

    async def first() -> None:
        await time.sleep(1)
        raise busy(50.0)

    async def second() -> None:
        started.append(time.now)

    time.run(outcomes([door.call(first), door.call(second)]))
    assert started == [51.0]


def test_a_longer_pause_than_allowed_is_not_waited_for() -> None:
    time = Virtual()
    with pytest.raises(ServiceError) as caught:
        time.run(gate(time, max_retry_after=60.0).call(script(busy(3600.0))))
    assert caught.value.retryable, "a later run may try again"
    assert not time.pauses


@pytest.mark.parametrize(
    "error", [ServiceError("HTTP 400"), SafetyRefusal("no", retryable=True), UsageError("x"), ValueError("bug")]
)
def test_what_cannot_pass_is_tried_once(error: Exception) -> None:
    time = Virtual()
    door = gate(time)
    with pytest.raises(type(error)):
        time.run(door.call(script(error, "never")))
    assert door.calls == 1


def test_a_retryable_unscored_is_asked_again_and_at_last_returned() -> None:
    time = Virtual()
    bad = Unscored(reason="not JSON", retryable=True)
    assert time.run(gate(time).call(script(bad, bad, "score"))) == "score"
    assert time.run(gate(time, max_attempts=2).call(script(bad, bad))) is bad
    final = Unscored(reason="image is damaged")
    door = gate(time)
    assert time.run(door.call(script(final))) is final
    assert door.calls == 1


# ---- concurrency and rates


@given(service=st.integers(1, 5), everywhere=st.integers(1, 8), calls=st.lists(st.sampled_from((0.0, 1.0, 2.5)), max_size=30))
def test_concurrency_limits_hold_and_are_used(service: int, everywhere: int, calls: list[float]) -> None:
    time = Virtual()
    shared = traffic(time, max_concurrency=everywhere)
    doors = [RateLimiter(name, ServiceLimits(max_concurrency=service), shared) for name in ("a", "b")]
    active = {"a": 0, "b": 0}
    peak = {"a": 0, "b": 0, "both": 0}

    async def one(door: RateLimiter, seconds: float) -> None:
        async def attempt() -> None:
            active[door.name] += 1
            peak[door.name] = max(peak[door.name], active[door.name])
            peak["both"] = max(peak["both"], sum(active.values()))
            await time.sleep(seconds)
            active[door.name] -= 1

        await door.call(attempt)

    time.run(outcomes([one(door, seconds) for seconds in calls for door in doors]))
    assert max(peak["a"], peak["b"]) <= service
    assert peak["both"] <= everywhere
    if len(calls) >= 5:
        assert peak["both"] == min(everywhere, 2 * service)


@given(rate=st.integers(1, 240), burst=st.integers(1, 5), fail=st.lists(st.booleans(), min_size=1, max_size=25))
def test_requests_per_minute_hold_also_on_retries(rate: int, burst: int, fail: list[bool]) -> None:
    time = Virtual()
    door = gate(time, random=0.0, requests_per_minute=rate, burst=burst, max_concurrency=50)
    starts: list[float] = []

    def attempt_of(failing: bool) -> Callable[[], Awaitable[None]]:
        tries = iter([failing, False])

        async def attempt() -> None:
            starts.append(time.now)
            if next(tries):
                raise busy()

        return attempt

    time.run(outcomes([door.call(attempt_of(failing)) for failing in fail]))
    assert len(starts) == len(fail) + sum(fail) == door.calls
    interval = 60 / rate
    for first, start in enumerate(starts):
        within = sum(start <= other < start + 60 - 1e-6 for other in starts[first:])
        assert within <= rate + burst - 1
    assert starts[-1] == pytest.approx(max(0.0, (len(starts) - burst) * interval)), "no slower than allowed"


def test_a_slow_service_does_not_hold_up_another() -> None:
    time = Virtual()
    shared = traffic(time, max_concurrency=1)
    slow, quick = (
        RateLimiter("slow", ServiceLimits(requests_per_minute=1), shared),
        RateLimiter("quick", ServiceLimits(), shared),
    )
    finished: list[tuple[str, float]] = []

    async def one(door: RateLimiter) -> None:
        await door.call(script("done"))
        finished.append((door.name, time.now))

    time.run(outcomes([one(slow), one(slow), one(quick)]))
    assert ("quick", 0.0) in finished
    assert ("slow", 60.0) in finished


# ---- cancelling


def test_cancelled_calls_leave_their_places_and_tokens_to_others() -> None:
    time = Virtual()
    shared = traffic(time, max_concurrency=2)
    door = RateLimiter("policy", ServiceLimits(max_concurrency=2, requests_per_minute=60), shared)

    async def forever() -> None:
        await asyncio.get_running_loop().create_future()

    async def main() -> float:
        running = [asyncio.ensure_future(door.call(forever)) for _ in range(10)]
        await time.sleep(5)
        for task in running:
            task.cancel()
        assert all(isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*running, return_exceptions=True))
        await asyncio.gather(*(door.call(script("done")) for _ in range(3)))
        return time.now

    assert time.run(main()) == pytest.approx(7.0), "three calls a second apart: nothing is blocked, no token is lost"
    assert door.calls == 2 + 3


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12))
def test_cancelling_at_any_moment_never_loses_a_place(moments: list[int]) -> None:
    time = Virtual()
    shared = traffic(time, max_concurrency=1)
    door = RateLimiter("policy", ServiceLimits(max_concurrency=1), shared)

    async def attempt() -> str:
        await asyncio.sleep(0)
        return "done"

    async def main() -> str:
        tasks = [asyncio.ensure_future(door.call(attempt)) for _ in moments]
        for step in range(41):
            await asyncio.sleep(0)
            for task, moment in zip(tasks, moments, strict=True):
                if moment == step:
                    task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return await door.call(attempt)

    assert time.run(main()) == "done"


# ---- stopping and budgets


def test_one_denied_call_stops_everything_that_waits_at_once() -> None:
    time = Virtual()
    shared = traffic(time)
    policy, judge = (
        RateLimiter("policy", ServiceLimits(max_concurrency=1), shared),
        RateLimiter("judge", ServiceLimits(max_attempts=9), shared),
    )
    denied = AuthError("refused (HTTP 401); check OPENAI_API_KEY")

    async def refuse() -> str:
        await time.sleep(1)
        raise denied

    async def slow() -> str:
        await time.sleep(2)
        return "paid for"

    calls = [policy.call(refuse), *(policy.call(script("never")) for _ in range(5))]
    ends = time.run(
        outcomes([*calls, judge.call(script(busy(300.0))), RateLimiter("search", ServiceLimits(), shared).call(slow)])
    )
    assert [type(end) for end in ends[:-1]] == [AuthError] * 7
    assert all("OPENAI_API_KEY" in str(end) for end in ends[:-1])
    assert ends[-1] == "paid for", "an answer that is under way is not thrown away"
    assert policy.calls == 1
    assert time.now == 2.0, "nobody slept through the 300 s"
    with pytest.raises(AuthError):
        time.run(judge.call(script("never")))


def test_a_stopped_wait_leaves_no_timer_behind() -> None:
    time = Virtual()
    shared = traffic(time)

    async def main() -> int:
        before = len(asyncio.all_tasks())
        waiting = asyncio.ensure_future(RateLimiter("judge", ServiceLimits(), shared).call(script(busy(300.0))))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        shared.stop(AuthError("no"))
        with pytest.raises(AuthError):
            await waiting
        await asyncio.sleep(0)
        return len(asyncio.all_tasks()) - before

    assert time.run(main()) == 0


def test_budget_of_calls_counts_every_attempt() -> None:
    time = Virtual()
    door = gate(time, budget_calls=3)
    assert time.run(door.call(script(busy(), "one"))) == "one"
    assert time.run(door.call(script("two"))) == "two"
    with pytest.raises(BudgetExhausted, match=r"limits\.policy\.budget_calls"):
        time.run(door.call(script("three")))
    assert issubclass(BudgetExhausted, UsageError)


def test_budget_of_money_is_kept_even_with_calls_under_way() -> None:
    time = Virtual()
    door = gate(time, budget_money=1.0, max_concurrency=10)

    async def paid() -> Reply:
        await time.sleep(1)
        return Reply(text="x", usage=Usage(cost=0.3))

    async def main() -> list[Any]:
        await door.call(paid)  # from here on the gate knows what a call costs
        return await outcomes([door.call(paid) for _ in range(9)])

    ends = time.run(main())
    assert sum(isinstance(end, Reply) for end in ends) == 2
    assert all(isinstance(end, Reply | BudgetExhausted) for end in ends)
    assert door.spent == pytest.approx(0.9), "another call would not fit"


def paying(time: Virtual, *costs: float) -> Callable[[], Awaitable[Rendering]]:
    left = iter(costs)

    async def attempt() -> Rendering:
        cost = next(left)
        await time.sleep(1)
        return Rendering(data=b"", cost=cost)

    return attempt


@pytest.mark.parametrize(("budget", "drawn"), [(0.5, 0), (1.0, 1), (3.0, 3), (3.5, 3)])
def test_a_known_price_is_reserved_before_the_call(budget: float, drawn: int) -> None:
    time = Virtual()
    door = gate(time, budget_money=budget, max_concurrency=16)
    door.known_price = 1.0
    attempt = paying(time, *[1.0] * 16)
    ends = time.run(outcomes([door.call(attempt) for _ in range(16)]))
    assert sum(isinstance(end, Rendering) for end in ends) == drawn
    assert door.spent == drawn
    assert sum(isinstance(end, BudgetExhausted) for end in ends) == 16 - drawn


def test_budgets_add_up_as_people_do() -> None:
    time = Virtual()
    door = gate(time, budget_money=0.3, max_concurrency=16)
    door.known_price = 0.1
    ends = time.run(outcomes([door.call(paying(time, 0.1)) for _ in range(5)]))
    assert sum(isinstance(end, Rendering) for end in ends) == 3


def test_of_an_unknown_price_one_call_is_made_first() -> None:
    time = Virtual()
    door = gate(time, budget_money=1.0, max_concurrency=16)
    attempt = paying(time, *[0.4] * 16)
    ends = time.run(outcomes([door.call(attempt) for _ in range(16)]))
    assert sum(isinstance(end, Rendering) for end in ends) == 2
    assert door.spent == pytest.approx(0.8)


def test_a_service_that_costs_nothing_is_asked_at_once_after_the_first_call() -> None:
    time = Virtual()
    door = gate(time, budget_money=1.0, max_concurrency=16)
    time.run(outcomes([door.call(paying(time, 0.0)) for _ in range(17)]))
    assert time.now == 2.0


def test_what_failed_calls_gave_back_is_used() -> None:
    """Two places in the budget; the first two calls fail and cost nothing, so that two others can be made."""
    time = Virtual()
    door = gate(time, budget_money=2.0, max_attempts=1, max_concurrency=16)
    door.known_price = 1.0
    attempts = [script(ServiceError("HTTP 400")), script(ServiceError("HTTP 400")), paying(time, 1.0), paying(time, 1.0)]
    ends = time.run(outcomes([door.call(attempt) for attempt in attempts]))
    assert [type(end) for end in ends] == [ServiceError, ServiceError, Rendering, Rendering]


def test_a_failure_that_was_charged_counts() -> None:
    time = Virtual()
    door = gate(time, budget_money=2.0, max_attempts=1)
    with pytest.raises(ServiceError):
        time.run(door.call(script(ServiceError("not a usable image", cost=2.0))))
    with pytest.raises(BudgetExhausted, match="2 of 2"):
        time.run(door.call(script("never")))


def test_any_reason_to_stop_ends_the_waiting_of_others() -> None:
    time = Virtual()
    shared = traffic(time)
    policy = RateLimiter("policy", ServiceLimits(), shared)
    judge = RateLimiter("judge", ServiceLimits(max_attempts=9), shared)
    ends = time.run(outcomes([judge.call(script(busy(300.0))), policy.call(script(UsageError("no such model")))]))
    assert [type(end) for end in ends] == [UsageError, UsageError]
    assert time.now == 0.0


def test_costs_are_found_in_results_and_earlier_spending_counts() -> None:
    time = Virtual()
    door = gate(time, budget_money=10.0)
    for result in (
        Rendering(data=b"", cost=2.0),
        Unscored(reason="?", cost=1.0),
        Reply(text="", usage=Usage(cost=0.5)),
        "free",
    ):
        time.run(door.call(script(result)))
    assert door.spent == 3.5
    time.run(door.call(script("image"), cost=lambda result: 0.25))
    door.charge(calls=7, money=8.0)
    with pytest.raises(BudgetExhausted, match=r"11\.75 of 10"):
        time.run(door.call(script("never")))


_NO_NUMBERS = (float("nan"), float("inf"), -1.0)
_NAMES = (
    "max_concurrency", "burst", "max_attempts", "base_backoff", "max_backoff", "max_retry_after", "requests_per_minute",
    "budget_calls", "budget_money",
)  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        *({"max_attempts": 0}, {"max_concurrency": 0}, {"requests_per_minute": 0.0}, {"burst": 0}),
        *({name: value} for name in _NAMES for value in _NO_NUMBERS),
    ],
)
def test_limits_that_make_no_sense_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        ServiceLimits(**wrong)
