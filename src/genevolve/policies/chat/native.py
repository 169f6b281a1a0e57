"""Between the text protocol and the API's own tool calls. The text form is what is recorded; both ways are exact."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from genevolve.core.message import Message, Role
from genevolve.core.strict_json import strict_json
from genevolve.services.chat import WireCall

_TAG = re.compile(r"<(/?(?:tool_call|answer|think)\b)")
_RESPONSE = re.compile(r"\A<tool_response>\n(?P<text>.*)\n</tool_response>\Z", re.DOTALL)
_OPEN, _CLOSE = "<tool_call>", "</tool_call>"

Content = str | list[dict[str, Any]]


def from_native(text: str, calls: Sequence[WireCall], *, most: int | None = None) -> str:
    """A reply with native calls as text. Arguments that are no JSON are kept as they are: the protocol will say so.

    Of more than ``most`` calls only so many are kept, and the reply says how many there were.
    """
    kept = calls if most is None else calls[:most]
    said = [text] if text else []
    if len(kept) < len(calls):
        said.append(f"({len(calls)} calls came in one reply; the first {len(kept)} are kept)")
    return "\n".join([*said, *(f"<tool_call>\n{_written(call)}\n</tool_call>" for call in kept)])


def _written(call: WireCall) -> str:
    """The call as JSON that cannot close the tag around it. No arguments at all are what some servers send for ``{}``.

    Arguments that are no JSON, or give a key twice, stay as they came, and the protocol refuses them.
    """
    arguments = call.arguments.strip() or "{}"
    with suppress(ValueError):
        arguments = json.dumps(strict_json(arguments, finite=False), ensure_ascii=False)
    written = f'{{"name": {json.dumps(call.name, ensure_ascii=False)}, "arguments": {arguments}}}'
    return _TAG.sub(r"\\u003c\1", written)


def to_native(
    messages: Sequence[Message], contents: Sequence[Content], *, extra: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Messages of the text protocol as the API has them: calls in ``tool_calls``, their results as ``tool`` messages.

    ``contents`` are the messages' contents with images, if any. Thinking is not sent back. A reply whose calls cannot be
    read stays text, and what was said to it a user message.
    """
    wire: list[dict[str, Any]] = []
    open_calls: list[str] = []
    for message, content in zip(messages, contents, strict=True):
        if message.role is Role.ASSISTANT:
            said = _assistant(message.text, turn=sum(m["role"] == "assistant" for m in wire), extra=extra or {})
            open_calls = [call["id"] for call in said.get("tool_calls", ())]
            wire.append(said)
            continue
        answered = _RESPONSE.match(message.text) if open_calls else None
        if answered is None:
            wire.append({"role": message.role.value, "content": content})
            continue
        wire += [{"role": "tool", "tool_call_id": call, "content": answered["text"]} for call in open_calls]
        if isinstance(content, list):  # tool messages hold text only; the first part is that text
            wire.append({"role": "user", "content": [{"type": "text", "text": "The images found:"}, *content[1:]]})
        open_calls = []
    return wire


def _assistant(text: str, *, turn: int, extra: Mapping[str, Any]) -> dict[str, Any]:
    _, thought, after = text.rpartition("</think>")
    said = after.lstrip() if thought else text
    rest, calls = parted_reply(said, turn)
    if not calls:
        return {"role": "assistant", "content": said or text}
    return {"role": "assistant", "content": rest or None, "tool_calls": [{**call, **extra} for call in calls]}


def parted_reply(text: str, turn: int) -> tuple[str, list[dict[str, Any]]]:
    """(what stands around the calls, the calls as the API has them) of the reply number ``turn`` of a conversation.

    A reply with a call that cannot be read stays text as a whole.
    """
    bodies, rest = _parted(text)
    calls = [_call(body) for body in bodies]
    if any(call is None for call in calls) or _OPEN in rest:
        return text, []
    named = enumerate(calls)
    return (rest if calls else text), [
        {"id": f"call{turn:03d}{place:02d}", "type": "function", "function": call} for place, call in named
    ]


def _parted(said: str) -> tuple[list[str], str]:
    """The bodies of the calls in ``said``, and what stands around them. Linear, however many tags are never closed."""
    bodies: list[str] = []
    rest: list[str] = []
    place = 0
    while (opened := said.find(_OPEN, place)) >= 0 and (closed := said.find(_CLOSE, opened + len(_OPEN))) >= 0:
        rest.append(said[place:opened])
        bodies.append(said[opened + len(_OPEN) : closed])
        place = closed + len(_CLOSE)
    return bodies, "".join([*rest, said[place:]]).strip()


def _call(body: str) -> dict[str, str] | None:
    try:
        value = strict_json(body, finite=False)
    except ValueError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or not isinstance(value.get("arguments"), dict):
        return None
    return {"name": value["name"], "arguments": json.dumps(value["arguments"], ensure_ascii=False)}
