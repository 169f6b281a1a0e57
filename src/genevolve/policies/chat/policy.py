"""A policy behind any OpenAI-compatible chat endpoint: vLLM, SGLang, llama.cpp, Gemini's, OpenAI's own."""

import asyncio
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import httpx

from genevolve.core.finding import Finding
from genevolve.core.message import Message
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.policies.chat.native import Content, from_native, to_native
from genevolve.policies.chat.show import ShownImages
from genevolve.services.chat import ChatEndpoint, Completion
from genevolve.services.check import check_chat
from genevolve.services.endpoint import WRITERS, Endpoint
from genevolve.services.pictures import Encoding
from genevolve.services.secrets import Secrets
from genevolve.store.images import ImageStore
from genevolve.tools.standard import STANDARD

_ENDPOINT = Endpoint(api_key_env="OPENAI_API_KEY")


class Observe(StrEnum):
    """What a policy gets to see of found images: their titles and addresses only, or the images themselves, too."""

    TEXT = "text"
    IMAGES = "images"


class Tools(StrEnum):
    """How calls are written: as text in tags (what the released checkpoint was trained on), or the API's tool calls."""

    TEXT = "text"
    NATIVE = "native"


class ChatPolicy:
    """One reply an attempt.

    The address and the model may come from ``OPENAI_BASE_URL`` and ``GENEVOLVE_MODEL``. ``max_side`` (pixels) and
    ``max_images`` are of the images of one observation; of a conversation the newest ``max_total_images`` are shown,
    because servers cap them. ``alternate_roles`` joins neighbouring user messages, for chat templates that insist on turns.
    ``tool_call_extra`` is added to every native call that is sent back (Gemini 3 wants a thought signature there). Of the
    native calls of one reply ``max_calls`` are kept; more than one is a mistake that the policy is told of.
    """

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        secrets: Secrets,
        environ: Mapping[str, str],
        images: ImageStore,
        endpoint: Endpoint = _ENDPOINT,
        observe: Observe = Observe.TEXT,
        tools: Tools = Tools.TEXT,
        max_side: int = 768,
        max_images: int = 5,
        max_total_images: int = 20,
        alternate_roles: bool = False,
        tool_call_extra: Mapping[str, Any] | None = None,
        max_calls: int = 8,
    ) -> None:
        self.endpoint = ChatEndpoint(endpoint.found("policy", environ, WRITERS), secrets, client)
        self._tools = Tools(tools)
        self._alternate = alternate_roles
        self._most_calls = max_calls
        self._extra = tool_call_extra or {}
        encoding = Encoding(max_side=max_side, jpeg_quality=90)
        self._shown = ShownImages(images, encoding=encoding, each=max_images, total=max_total_images)
        self._observe = Observe(observe)

    @property
    def least_price(self) -> float:
        """What is known of the price of a call before it is made."""
        return self.endpoint.settings.price.least()

    async def reply(self, call: PolicyCall) -> Reply:
        """One attempt. Raises what ``ChatEndpoint.complete`` raises; a cut reply stays as it came."""
        fields: dict[str, Any] = {}
        contents = await self._contents(call.messages)
        if self._tools is Tools.NATIVE:
            fields["tools"] = list(call.tools)
            if call.forced:
                fields["tool_choice"] = "none"
            wire = to_native(call.messages, contents, extra=self._extra)
        else:
            wire = [{"role": m.role.value, "content": c} for m, c in zip(call.messages, contents, strict=True)]
        if self._alternate:
            wire = _joined(wire)
        completion = await self.endpoint.complete(wire, seed=call.seed, **fields)
        return Reply(text=_as_text(completion, self._most_calls), usage=completion.usage)

    async def check(self, *, call: bool) -> Sequence[Finding]:
        """Key, endpoint and model; with ``call`` a short reply under the same settings for tools and images."""
        fields: dict[str, Any] = {"tools": [tool.schema for tool in STANDARD]} if self._tools is Tools.NATIVE else {}
        return await check_chat(self.endpoint, call=call, image=self._observe is Observe.IMAGES, **fields)

    async def _contents(self, messages: Sequence[Message]) -> Sequence[Content]:
        if self._observe is Observe.TEXT or not any(message.images for message in messages):
            return [message.text for message in messages]
        return await asyncio.to_thread(self._shown.contents, messages)


def _as_text(completion: Completion, most_calls: int) -> str:
    """The reply in the form of the text protocol. Thinking that was cut off stays open, so that it is not taken for a reply."""
    said = from_native(completion.text, completion.tool_calls, most=most_calls)
    if not completion.reasoning:
        return said
    closing = "" if completion.cut and not said else "\n</think>\n"
    return f"<think>\n{completion.reasoning}{closing}{said}"


def _joined(wire: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Neighbouring user messages as one."""
    joined: list[dict[str, Any]] = []
    for message in wire:
        if joined and joined[-1]["role"] == "user" == message["role"]:
            joined[-1] = {"role": "user", "content": _both(joined[-1]["content"], message["content"])}
        else:
            joined.append(dict(message))
    return joined


def _both(first: Any, second: Any) -> Any:
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    return [*_parts(first), *_parts(second)]


def _parts(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
