"""Conversations between the text of our protocol and the chat format of OpenAI and TRL.

There, calls stand in ``tool_calls`` beside the text and what tools say comes in messages of the role ``tool``; here, both
are text: ``<tool_call>`` in the reply and ``<tool_response>`` in the message after it, as every policy of ours writes and
reads them. There and back gives the same text but for how its JSON escapes angle brackets.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from genevolve.data.records import Json, objects
from genevolve.policies.chat.native import from_native, parted_reply
from genevolve.services.chat import WireCall

_OPENING, _ENDING = "<tool_response>\n", "\n</tool_response>"
MARK = "<image>"


class BadToolCall(ValueError):
    """What is wrong with the tool calls of a message."""


def with_calls(text: str, message: Json) -> str:
    """What an assistant wrote, with its ``tool_calls`` as text after it. Raises ``BadToolCall``."""
    listed = message.get("tool_calls")
    if not listed:
        return text
    if not isinstance(listed, list) or len(objects(listed)) < len(listed):
        raise BadToolCall("tool_calls is not a list of objects")
    return from_native(text, [_wire(call, place) for place, call in enumerate(listed, start=1)])


def _wire(call: Json, place: int) -> WireCall:
    """A call as OpenAI has it, with its arguments as JSON text, or as TRL has it, as an object. A table writes null for each
    argument that another row has: those are not given."""
    function = call.get("function")
    told = function if isinstance(function, dict) else call
    name, arguments = told.get("name"), told.get("arguments")
    if not isinstance(name, str) or not name:
        raise BadToolCall(f"tool call {place} has no function with a name")
    if isinstance(arguments, dict):
        arguments = json.dumps({key: value for key, value in arguments.items() if value is not None}, ensure_ascii=False)
    if not isinstance(arguments, str | None):
        raise BadToolCall(f"the arguments of tool call {place} are a {type(arguments).__name__}, not JSON text or an object")
    return WireCall(id=str(call.get("id") or ""), name=name, arguments=arguments or "")


def responses(texts: Sequence[str]) -> str:
    """What the tools said to one reply, as the message that follows it. The same said to each of several calls is said once,
    which is how ``chat_messages`` writes it; a text that is such a message already stays."""
    told = list(dict.fromkeys(texts))
    if len(told) == 1 and told[0].startswith(_OPENING) and told[0].endswith(_ENDING):
        return told[0]
    return _OPENING + "\n\n".join(told) + _ENDING


def chat_messages(messages: Sequence[Mapping[str, Any]], *, parts: bool) -> Iterator[Json]:
    """Messages of ``role`` and ``content`` in the chat format. Always the same fields, so that tables can hold them:
    ``tool_calls`` is null where there are none. Thinking stays, before the calls: it is to be learnt.

    With ``parts`` a content is a list of parts, and each ``<image>`` one of them, as TRL has it for models that see.
    """
    waiting: list[str] = []
    turn = 0
    for message in messages:
        role, text = message["role"], message["content"]
        if role == "assistant":
            said, calls = parted_reply(text, turn)
            turn += 1
            waiting = [call["id"] for call in calls]
            yield {**_message(role, said, parts, calls=calls or None), **_weight(message)}
            continue
        body, marks = _response(text) if waiting else (None, "")
        if body is None:
            yield _message(role, text, parts)
        else:
            yield from (_message("tool", body, parts, answers=call) for call in waiting)
            if marks and parts:  # tools say text only
                yield _message("user", marks, parts)
        waiting = []


def _weight(message: Mapping[str, Any]) -> Json:
    """``"weight": 0`` of a reply that is not to be imitated; where all are, no message has the field."""
    return {"weight": message["weight"]} if message.get("weight") is not None else {}


def _response(text: str) -> tuple[str | None, str]:
    """(what stands in a message of tools, the marks of pictures after it); None for another message."""
    end = text.find(_ENDING)
    if not text.startswith(_OPENING) or end < 0:
        return None, ""
    rest = text[end + len(_ENDING) :]
    return (text[len(_OPENING) : end], rest) if not rest or MARK in rest else (None, "")


def _message(
    role: str, text: str, parts: bool, *, calls: Sequence[Mapping[str, object]] | None = None, answers: str | None = None
) -> Json:
    content = _parts(text) if parts else text or None
    return {"role": role, "content": content, "tool_calls": calls, "tool_call_id": answers}


def _parts(text: str) -> list[Json]:
    found: list[Json] = []
    for place, piece in enumerate(text.split(MARK)):
        found += [{"type": "image", "text": None}] if place else []
        found += [{"type": "text", "text": piece}] if piece else []
    return found
