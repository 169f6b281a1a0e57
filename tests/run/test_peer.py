"""Two ends of a socket that ask each other: order, errors, and an end that is gone."""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from genevolve.core.errors import AuthError, ServiceError, UsageError
from genevolve.run.limits import BudgetExhausted
from genevolve.run.peer import Peer, PeerLost, portable


class Odd(Exception):
    """Cannot be made again from its words."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


def between(answers: dict[str, Callable[..., Any]], script: Callable[[Peer, Peer], Awaitable[None]]) -> None:
    """``script`` with an end that asks and one that answers."""

    async def main() -> None:
        here, there = socket.socketpair()
        asking, answering = await Peer({}).over(here), await Peer(answers).over(there)
        async with asyncio.timeout(10):
            await script(asking, answering)
        await asking.aclose()
        await answering.aclose()

    asyncio.run(main())


def test_what_is_told_is_done_in_order_and_before_what_is_asked_later() -> None:
    done: list[object] = []

    async def last() -> list[object]:
        return done

    async def script(asking: Peer, answering: Peer) -> None:
        for number in range(50):
            asking.tell("note", number, b"x" * (number * 3000))
        assert await asking.ask("last") == list(range(50))

    between({"note": lambda number, ballast: done.append(number), "last": last}, script)


def test_questions_are_answered_as_soon_as_they_can_be() -> None:
    open_: asyncio.Future[str] | None = None

    async def slow() -> str:
        nonlocal open_
        open_ = asyncio.get_running_loop().create_future()
        return await open_

    async def script(asking: Peer, answering: Peer) -> None:
        waiting = asyncio.ensure_future(asking.ask("slow"))
        assert await asking.ask("quick", 2) == 4
        assert open_ is not None and not waiting.done()
        open_.set_result("at last")
        assert await waiting == "at last"

    between({"slow": slow, "quick": lambda number: number * 2}, script)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (BudgetExhausted("policy: all 3 calls are used"), BudgetExhausted, "policy: all 3 calls are used"),
        (AuthError("the key is refused"), AuthError, "the key is refused"),
        (OSError(errno.ENOSPC, "No space left on device"), OSError, "No space left"),
        (Odd("one", "two"), RuntimeError, "Odd: one two"),
    ],
)
def test_errors_arrive_as_they_were_raised(error: Exception, kind: type[Exception], said: str) -> None:
    def fail() -> None:
        raise error

    async def script(asking: Peer, answering: Peer) -> None:
        with pytest.raises(kind, match=said) as caught:
            await asking.ask("fail")
        assert getattr(caught.value, "errno", None) == getattr(error, "errno", None)

    between({"fail": fail}, script)


def test_a_failure_of_a_service_keeps_what_it_says_of_another_try() -> None:
    class Own(ServiceError):
        def __init__(self, one: str, two: str) -> None:
            super().__init__(one + two, retryable=True, retry_after=3.0, cost=0.5)

    sent = portable(Own("a", "b"))
    assert isinstance(sent, ServiceError) and (sent.retryable, sent.retry_after, sent.cost) == (True, 3.0, 0.5)
    assert str(sent) == "ab" and type(portable(UsageError("x"))) is UsageError


def test_a_full_disk_where_nobody_waits_ends_the_connection_with_its_reason() -> None:
    def full(line: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    done: list[int] = []

    async def script(asking: Peer, answering: Peer) -> None:
        theirs = asyncio.ensure_future(answering.ask("anything"))
        await asyncio.sleep(0)
        asking.tell("record", b"x")
        asking.tell("note", 1)
        with pytest.raises(PeerLost):
            await asking.ask("note", 2)
        with pytest.raises(OSError, match="No space left"):
            await theirs
        assert not done, "nothing is done after what failed"

    between({"record": full, "note": done.append}, script)


def test_an_end_that_is_gone_is_no_answer() -> None:
    async def script(asking: Peer, answering: Peer) -> None:
        waiting = asyncio.ensure_future(asking.ask("forever"))
        await asyncio.sleep(0.01)
        await answering.aclose()
        for question in (waiting, asking.ask("again")):
            with pytest.raises(PeerLost):
                await question
        asking.tell("nobody", 1)

    between({"forever": lambda: asyncio.sleep(1000)}, script)
