"""A policy behind any OpenAI-compatible chat endpoint: vLLM, SGLang, llama.cpp, Gemini's, OpenAI's own."""

import asyncio
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from genevolve.core.message import Message
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.policies.chat.native import from_native, to_native
from genevolve.policies.chat.show import Shown
from genevolve.protocol.render import tool_schemas
from genevolve.services.chat import ChatEndpoint, ChatSettings, Completion
from genevolve.services.pictures import Encoding
from genevolve.services.secrets import Secrets
from genevolve.store.images import ImageStore

if TYPE_CHECKING:
    import httpx

_POLICY_ENCODING = Encoding(max_side=768, jpeg_quality=90)


class Observe(StrEnum):
    """What a policy gets to see of found images: their titles and addresses only, or the images themselves, too."""

    TEXT = "text"
    IMAGES = "images"


class Tools(StrEnum):
    """How calls are written: as text in tags (what the released checkpoint was trained on), or the API's tool calls."""

    TEXT = "text"
    NATIVE = "native"


class ChatPolicy:
    """One reply an attempt. ``images`` is needed to observe images.

    ``max_images`` bounds the images of one observation, ``max_total_images`` those of a whole conversation (the newest
    are kept), because servers cap them. ``alternate_roles`` joins neighbouring user messages, for chat templates that
    insist on turns. ``tool_call_extra`` is added to every native call sent back (Gemini 3 wants a thought signature).
    """

    def __init__(
        self,
        settings: ChatSettings,
        secrets: Secrets,
        *,
        client: "httpx.AsyncClient | None" = None,
        images: ImageStore | None = None,
        observe: Observe = Observe.TEXT,
        tools: Tools = Tools.TEXT,
        encoding: Encoding = _POLICY_ENCODING,
        max_images: int = 5,
        max_total_images: int = 20,
        alternate_roles: bool = False,
        tool_call_extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.endpoint = ChatEndpoint(settings, secrets, client)
        self.tools = Tools(tools)
        self._alternate = alternate_roles
        self._extra = dict(tool_call_extra or {})
        self._shown = Shown(
            images if Observe(observe) is Observe.IMAGES else None,
            setting=settings.setting,
            encoding=encoding,
            each=max_images,
            total=max_total_images,
            wanted=Observe(observe) is Observe.IMAGES,
        )

    async def reply(self, call: PolicyCall) -> Reply:
        """One attempt. Raises what ``ChatEndpoint.complete`` raises; a cut reply stays as it came."""
        contents = await asyncio.to_thread(self._shown.contents, call.messages) if self._shown.wanted else _texts(call.messages)
        if self.tools is Tools.NATIVE:
            fields: dict[str, Any] = {"tools": tool_schemas()}
            if call.forced:
                fields["tool_choice"] = "none"
            wire = to_native(call.messages, contents, extra=self._extra)
        else:
            fields = {}
            wire = [{"role": m.role.value, "content": c} for m, c in zip(call.messages, contents, strict=True)]
        if self._alternate:
            wire = _joined(wire)
        completion = await self.endpoint.complete(wire, seed=call.seed, **fields)
        return Reply(text=_as_text(completion), usage=completion.usage)

    async def aclose(self) -> None:
        await self.endpoint.aclose()


def _texts(messages: Sequence[Message]) -> list[Any]:
    return [message.text for message in messages]


def _as_text(completion: Completion) -> str:
    """The reply in the form of the text protocol. Thinking that was cut off stays open, so that it is not taken for a reply."""
    said = from_native(completion.text, completion.tool_calls)
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
