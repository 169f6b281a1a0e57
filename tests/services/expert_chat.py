"""A chat endpoint with the rule-based policy behind it: real replies, that read what they are answered, without a model."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from genevolve.core.message import Message, Role
from genevolve.core.protocols import PolicyCall
from genevolve.world.expert import ExpertPolicy
from tests.services.chat_server import MODEL, ChatServer, message

T = TypeVar("T")
Spoilt = Callable[[list[Message]], str | None]


def expert_chat(spoilt: Spoilt = lambda messages: None, *, extra_fields: frozenset[str] = frozenset()) -> ChatServer:
    """``spoilt`` may say something else in the expert's place."""
    expert = ExpertPolicy()

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        seen = [Message(role=Role(told["role"]), text=told["content"]) for told in body["messages"]]
        turn = sum(told.role is Role.ASSISTANT for told in seen)
        other = spoilt(seen)
        if other is not None:
            return message(other)
        call = PolicyCall(episode_id="expert", turn=turn, forced=False, messages=tuple(seen))
        return message(said_at_once(expert.reply(call)).text)

    return ChatServer(answers=answer, models=(MODEL,), extra_fields=extra_fields)


def said_at_once(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` gives, which waits for nothing: the server's own loop is running."""
    try:
        work.send(None)
    except StopIteration as done:
        found: T = done.value
        return found
    raise AssertionError("the policy waits for something")
