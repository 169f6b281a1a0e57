"""Chat completions of any OpenAI-compatible endpoint: one attempt, strictly read.

The official client library is not used: its lenient models let a wrong content type, a missing list of choices or a number
in the place of a text pass as if they were answers, its errors read hostile bodies, and what is left of it is one POST.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from genevolve.core.errors import AuthError, SafetyRefusal, ServiceError, UsageError
from genevolve.core.event import Usage
from genevolve.services.endpoint import ChatSettings
from genevolve.services.http import Service, attempt, json_object, parsed, said_error, trouble
from genevolve.services.secrets import Secrets, learn, shown_address

if TYPE_CHECKING:
    import httpx

_REFUSAL_CODES = frozenset(
    {
        "content_filter",
        "content_policy_violation",
        "responsibleaipolicyviolation",
        "moderation_blocked",
        "data_inspection_failed",
    }
)
_CONNECT = 10.0  # seconds
_MOST_TOKENS = 10**9  # of one call; more is nonsense, and would eat a budget
_NO_KEY = "EMPTY"  # what local servers are given; some refuse calls without any


@dataclass(frozen=True, slots=True, kw_only=True)
class WireCall:
    """A native tool call as the server wrote it; ``arguments`` should be JSON, but nobody promises that."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What the server answered. ``text`` may be empty; ``cut`` means that it hit the token limit."""

    text: str
    reasoning: str = ""
    tool_calls: tuple[WireCall, ...] = ()
    cut: bool = False
    usage: Usage = field(default_factory=Usage)
    model: str = ""


class ChatEndpoint:
    """One model at one endpoint. ``client`` is shared by all members and closed by its owner."""

    def __init__(self, settings: ChatSettings, secrets: Secrets, client: "httpx.AsyncClient") -> None:
        learn(settings.base_url)
        self.settings = settings
        self._key = secrets.get(settings.api_key_env) if settings.api_key_env else None
        if self._key is None and settings.api_key_env and settings.base_url.startswith("https:"):
            raise UsageError(
                f"{settings.setting} needs a key: set the environment variable {settings.api_key_env}, "
                f'or {settings.setting}.api_key_env = "" for an endpoint without keys'
            )
        self._service = Service(
            name=f"{settings.setting} ({settings.model} at {shown_address(settings.base_url)})",
            key_setting=f"the environment variable {settings.api_key_env or '(none)'} ({settings.setting}.api_key_env)",
            url_setting=f"{settings.setting}.base_url",
            secrets=secrets,
        )
        self._client = client

    async def complete(self, messages: Sequence[Mapping[str, Any]], *, seed: int | None = None, **fields: Any) -> Completion:
        """The reply to ``messages``; ``fields`` (``tools``, ``response_format``, …) are added to the body.

        Raises ``ServiceError``, ``SafetyRefusal`` for filtered content, ``AuthError``, and ``UsageError`` for a model or path
        that the server does not have.
        """
        body: dict[str, Any] = {"model": self.settings.model, "messages": list(messages), **self.settings.sampling, **fields}
        if seed is not None and "seed" not in self.settings.omit:
            body["seed"] = seed
        value = await self._request("/chat/completions", body | dict(self.settings.extra_body))
        return self._completion(value)

    @property
    def has_key(self) -> bool:
        return self._key is not None

    async def models(self) -> tuple[str, ...]:
        """The ids of the models that the endpoint lists. Raises like ``complete``."""
        listed = (await self._request("/models", None)).get("data")
        if not isinstance(listed, list):
            raise self._odd("a list of models without 'data'")
        return tuple(entry["id"] for entry in listed if isinstance(entry, dict) and isinstance(entry.get("id"), str))

    async def _request(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """The JSON object that ``path`` answers, to a POST of ``body`` or, without one, to a GET."""
        from httpx import Timeout

        method = "GET" if body is None else "POST"
        patience = Timeout(self.settings.timeout, connect=_CONNECT)
        call = self._client.request(method, self._address(path), json=body, headers=self._headers, timeout=patience)
        response = await attempt(self._service, call, total=self.settings.timeout)
        if not response.is_success:
            raise self._refused(response.status_code, response.headers, response.text)
        return json_object(response, self._service)

    @property
    def _headers(self) -> dict[str, str]:
        key = self._key.reveal() if self._key is not None else _NO_KEY
        return {"authorization": f"Bearer {key}", "accept": "application/json"}

    def _address(self, path: str) -> str:
        base, question, query = self.settings.base_url.partition("?")
        return base.rstrip("/") + path + question + query

    def _refused(self, status: int, headers: Mapping[str, str], body: str) -> ServiceError | UsageError:
        if status in {400, 403, 422} and _REFUSAL_CODES & _codes(body):
            return SafetyRefusal(str(trouble(400, headers, body, self._service)))
        error = trouble(status, headers, body, self._service)
        if status == 404 and not isinstance(error, AuthError):
            return UsageError(f"{error}; check {self.settings.setting}.model and {self.settings.setting}.base_url")
        return error

    def _completion(self, value: Mapping[str, Any]) -> Completion:
        choices = value.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise self._odd(said_error(value, self._service) or "no choices")
        choice = choices[0]
        message = choice.get("message")
        if choice.get("finish_reason") == "content_filter":
            raise SafetyRefusal(f"{self._service.name} filtered the content")
        if not isinstance(message, dict):
            raise self._odd("a choice without a message")
        if isinstance(message.get("refusal"), str) and message["refusal"]:
            raise SafetyRefusal(f"{self._service.name} refused: {self._service.clean(message['refusal'])}")
        return Completion(
            text=self._text(message.get("content")),
            reasoning=self._reasoning(message),
            tool_calls=tuple(self._tool_call(call) for call in self._list(message.get("tool_calls"))),
            cut=choice.get("finish_reason") == "length",
            usage=self._usage(value.get("usage")),
            model=value["model"] if isinstance(value.get("model"), str) else "",
        )

    def _text(self, content: object) -> str:
        """Text of a message: a string, null, or a list of parts. Keys are taken out, half characters replaced."""
        if content is None:
            return ""
        if isinstance(content, list):
            content = "".join(self._part(part) for part in content)
        if not isinstance(content, str):
            raise self._odd(f"content that is a {type(content).__name__}")
        return self._service.secrets.redact(content.encode("utf-8", "replace").decode("utf-8"))

    def _reasoning(self, message: Mapping[str, Any]) -> str:
        """Thinking that is told apart. One in another form is left out: the reply itself is whole without it."""
        told = message.get("reasoning_content") or message.get("reasoning")
        return self._text(told) if isinstance(told, str) else ""

    def _part(self, part: object) -> str:
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise self._odd("content with a part that is none")
        text = part.get("text", "") if part["type"] == "text" else ""
        if not isinstance(text, str):
            raise self._odd("content with a text part that is none")
        return text

    def _list(self, value: object) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._odd("tool_calls that are not a list")
        return value

    def _tool_call(self, call: object) -> WireCall:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(call, dict) or not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise self._odd("a tool call without a function name")
        arguments = function.get("arguments")
        written = arguments if isinstance(arguments, str) else json.dumps(arguments)
        return WireCall(id=str(call.get("id") or ""), name=self._text(function["name"]), arguments=self._text(written))

    def _usage(self, usage: object) -> Usage:
        """Tokens and cost. A server that counts nothing, or nonsense, is taken to have counted 0."""
        counts = usage if isinstance(usage, dict) else {}
        prompt, completion = _count(counts.get("prompt_tokens")), _count(counts.get("completion_tokens"))
        details = counts.get("prompt_tokens_details")
        cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else 0
        cost = self.settings.price.cost(prompt=prompt, completion=completion, cached=cached)
        return Usage(prompt_tokens=prompt, completion_tokens=completion, cost=cost)

    def _odd(self, what: str) -> ServiceError:
        return ServiceError(f"{self._service.name} answered with {what}", retryable=True)


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _MOST_TOKENS else 0


def _codes(body: str) -> set[str]:
    """The error codes in an error body, in lower case: OpenAI's, Azure's (with its inner error) and those of others."""
    try:
        value = parsed(body)
    except ValueError:
        return set()
    found: set[str] = set()
    for error in (value, value.get("error") if isinstance(value, dict) else None):
        inner = error.get("innererror") if isinstance(error, dict) else None
        for holder in (error, inner):
            if isinstance(holder, dict):
                found |= {str(holder[key]).lower() for key in ("code", "type") if holder.get(key)}
    return found
