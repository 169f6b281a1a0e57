"""An OpenAI-compatible chat endpoint as strict as they come: what any real one would reject, this one rejects.

``async with Server(ChatServer(...)) as server`` serves ``/v1/models`` and ``/v1/chat/completions``; faults are put on the
``Server``'s script (see ``tests.services.wire``), most of them made here.
"""

import base64
import binascii
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from tests.services.wire import Rejected, Reply, Request, answer

KEY = "sk-chat-0123456789"
MODEL = "test-model"
_FIELDS: dict[str, tuple[type, ...]] = {
    "model": (str,),
    "messages": (list,),
    "temperature": (int, float),
    "top_p": (int, float),
    "max_tokens": (int,),
    "max_completion_tokens": (int,),
    "stop": (str, list),
    "seed": (int,),
    "tools": (list,),
    "tool_choice": (str, dict),
    "response_format": (dict,),
}
_MESSAGE_KEYS = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls"},
    "tool": {"role", "content", "tool_call_id"},
}
_DATA_URL = re.compile(r"data:(?P<type>image/(?:png|jpeg|webp|gif));base64,(?P<data>[A-Za-z0-9+/]+={0,2})\Z")

Answerer = Callable[[dict[str, Any]], dict[str, Any]]


def message(text: str | None = "", **more: Any) -> dict[str, Any]:
    """A completion whose only choice says ``text``; beside ``finish_reason`` and ``usage``, ``more`` joins the message."""
    finish = more.pop("finish_reason", "tool_calls" if more.get("tool_calls") else "stop")
    usage = more.pop("usage", {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150})
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **more}, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice], "usage": usage}


def call(name: str, arguments: str, id: str = "call_abc") -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def said(text: str | None = "", **more: Any) -> Reply:
    return answer(message(text, **more))


def failing(status: int, text: str = "trouble", *, code: str | None = None, **headers: str) -> Reply:
    """An error as OpenAI words it; ``retry_after="3"`` becomes a header."""
    body = {"error": {"message": text, "type": "error", "param": None, "code": code}}
    return answer(body, status=status, headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()))


def retry_date(seconds: float, now: float) -> str:
    return formatdate(now + seconds, usegmt=True)


HTML = Reply(body=b"<html><body>Bad gateway</body></html>", content_type="text/html")
CUT = Reply(body=answer(message("never read")).body, cut_after=25)
BROKEN_JSON = Reply(body=b'{"choices": [')
NO_CHOICES = answer({"id": "x", "object": "chat.completion", "choices": []})
FILTERED = said(None, finish_reason="content_filter")
FAULTS = {
    "429": failing(429, "slow down"),
    "500": failing(500),
    "503": failing(503),
    "cut": CUT,
    "html": HTML,
    "broken": BROKEN_JSON,
    "empty": NO_CHOICES,
}


@dataclass(slots=True)
class ChatServer:
    """``answers`` are texts or whole completions, one a request, the last again and again; or a function of the body.

    ``key`` None means that the server asks for none; ``extra_fields`` are body fields that it knows beside the usual.
    """

    answers: Sequence[str | dict[str, Any]] | Answerer = ("",)
    key: str | None = KEY
    models: Sequence[str] = (MODEL,)
    extra_fields: frozenset[str] = frozenset()
    bodies: list[dict[str, Any]] = field(default_factory=list)
    images: list[list[tuple[str, tuple[int, int], tuple[int, int, int]]]] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            shown = request.headers.get("authorization", "nothing")
            raise Rejected(
                "key", status=401, body={"error": {"message": f"Incorrect API key provided: {shown}", "code": "key"}}
            )
        for name in ("openai-organization", "openai-project", "x-api-key", "x-goog-api-key", "cookie"):
            if name in request.headers:
                raise Rejected(f"header {name}")
        if (request.method, request.path) == ("GET", "/v1/models"):
            return answer({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})
        if (request.method, request.path) != ("POST", "/v1/chat/completions") or request.query:
            raise Rejected(f"{request.method} {request.path}", status=404)
        if request.headers.get("content-type") != "application/json":
            raise Rejected("content type", status=415)
        return self._complete(request.json())

    def _complete(self, body: dict[str, Any]) -> Reply:
        check_fields(body, self.extra_fields)
        if body["model"] not in self.models:
            raise Rejected(f"The model {body['model']!r} does not exist", status=404)
        images = list(check_messages(body["messages"], has_tools="tools" in body))
        self.bodies.append(body)
        self.images.append(images)
        if callable(self.answers):
            return answer(self.answers(body))
        chosen = self.answers[min(len(self.bodies), len(self.answers)) - 1]
        return answer(message(chosen) if isinstance(chosen, str) else chosen)


def check_fields(body: dict[str, Any], extra: frozenset[str]) -> None:
    for name, value in body.items():
        if name in extra:
            continue
        if name not in _FIELDS:
            raise Rejected(f"Unrecognized request argument supplied: {name}")
        if isinstance(value, bool) or not isinstance(value, _FIELDS[name]):
            raise Rejected(f"{name} has the wrong type")
    if "max_tokens" in body and "max_completion_tokens" in body:
        raise Rejected("max_tokens and max_completion_tokens")
    if not 0 <= body.get("temperature", 1) <= 2 or not 0 < body.get("top_p", 1) <= 1 or body.get("max_tokens", 1) < 1:
        raise Rejected("sampling out of range")
    if body.get("response_format", {"type": "json_object"}) != {"type": "json_object"}:
        raise Rejected("response_format")
    _check_tools(body)


def _check_tools(body: dict[str, Any]) -> None:
    if "tool_choice" in body and ("tools" not in body or body["tool_choice"] not in ("none", "auto", "required")):
        raise Rejected("tool_choice")
    for tool in body.get("tools", ()):
        function = tool.get("function", {})
        if set(tool) != {"type", "function"} or tool["type"] != "function":
            raise Rejected("tools")
        if set(function) != {"name", "description", "parameters"} or function["parameters"].get("type") != "object":
            raise Rejected("function")


def check_messages(
    messages: list[dict[str, Any]], *, has_tools: bool
) -> Iterator[tuple[str, tuple[int, int], tuple[int, int, int]]]:
    """Reject what is out of order or malformed; the media type, size and middle pixel of every image."""
    waiting: list[str] = []
    previous = ""
    for place, entry in enumerate(messages):
        role = entry.get("role")
        if role not in _MESSAGE_KEYS or not set(entry) <= _MESSAGE_KEYS[role] or "content" not in entry:
            raise Rejected(f"message {place} has a wrong role or keys: {sorted(entry)}")
        if role == "system" and place > 0:
            raise Rejected("system must come first")
        if role == "tool":
            if not has_tools or entry["tool_call_id"] not in waiting or not isinstance(entry["content"], str):
                raise Rejected("a tool message must answer a tool call of the assistant message before it")
            waiting.remove(entry["tool_call_id"])
        elif waiting:
            raise Rejected(f"tool calls without an answer: {waiting}")
        if role == "assistant":
            if previous not in {"user", "tool"}:
                raise Rejected("assistant must answer a user or tool message")
            waiting = list(_calls(entry))
        if role in {"system", "user"}:
            yield from _content(entry["content"], images=role == "user")
        previous = role
    if previous not in {"user", "tool"} or waiting:
        raise Rejected("the last message must be from the user or a tool")


def _calls(entry: dict[str, Any]) -> Iterator[str]:
    calls = entry.get("tool_calls", [])
    if not isinstance(entry["content"], str) and not (entry["content"] is None and calls):
        raise Rejected("an assistant message needs content or tool_calls")
    if "tool_calls" in entry and not calls:
        raise Rejected("tool_calls is empty")
    for one in calls:
        function = one.get("function", {})
        if set(one) != {"id", "type", "function"} or one["type"] != "function" or set(function) != {"name", "arguments"}:
            raise Rejected("tool_calls entry")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", function["name"]) or not isinstance(function["arguments"], str):
            raise Rejected("tool_calls function")
        yield one["id"]


def _content(content: Any, *, images: bool) -> Iterator[tuple[str, tuple[int, int], tuple[int, int, int]]]:
    if isinstance(content, str):
        return
    if not isinstance(content, list) or not content:
        raise Rejected("content is neither text nor parts")
    for part in content:
        if part.get("type") == "text" and set(part) == {"type", "text"} and isinstance(part["text"], str):
            continue
        if not images or part.get("type") != "image_url" or set(part) != {"type", "image_url"}:
            raise Rejected("content part")
        yield picture_in(part["image_url"])


def picture_in(image_url: dict[str, Any]) -> tuple[str, tuple[int, int], tuple[int, int, int]]:
    """Decode a data URL fully; its media type must be that of the bytes."""
    from PIL import Image

    if not set(image_url) <= {"url", "detail"} or not (found := _DATA_URL.match(image_url["url"])):
        raise Rejected("image_url must be a data URL of an image")
    try:
        with Image.open(io.BytesIO(base64.b64decode(found["data"], validate=True))) as image:
            image.load()
            kind = Image.MIME[image.format or ""]
            rgb = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
            size = image.size
    except (OSError, binascii.Error) as error:
        raise Rejected(f"image cannot be decoded: {error}") from None
    if kind != found["type"]:
        raise Rejected(f"{kind} labelled as {found['type']}")
    assert isinstance(rgb, tuple)
    return kind, size, (int(rgb[0]), int(rgb[1]), int(rgb[2]))
