"""Checks that members with a service have in common: one question to it, and what the answer means."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypeVar

from genevolve.core.errors import AuthError, ServiceError, UsageError
from genevolve.core.finding import Finding, Status, failed, ok
from genevolve.services.chat import ChatEndpoint
from genevolve.services.http import Service, attempt
from genevolve.services.pictures import data_url, plain_png

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
PATIENCE = 15.0  # seconds for a question that costs nothing
_ANSWER_TOKENS = 64
_LISTED = 8  # models named in a message


async def tried(call: Awaitable[T], *, fix: str, denied: str = "", seconds: float | None = PATIENCE) -> T | Finding:
    """What ``call`` gives, or what kept it from giving it."""
    try:
        async with asyncio.timeout(seconds):
            return await call
    except AuthError as problem:
        return failed(str(problem), denied or fix)
    except (ServiceError, UsageError) as problem:
        return failed(str(problem), fix)
    except TimeoutError:
        return failed(f"no answer in {seconds:g} s", fix)


async def reached(client: "httpx.AsyncClient", service: Service, url: str, *, fix: str) -> Finding:
    """Whether anything answers at ``url``. What it answers to a bare GET does not matter, unless it is a server error."""
    response = await tried(attempt(service, client.get(url), total=PATIENCE), fix=fix)
    if isinstance(response, Finding):
        return response
    if response.status_code >= 500:
        return failed(f"{url} answers HTTP {response.status_code}", fix)
    return ok(f"{url} answers")


async def check_chat(
    endpoint: ChatEndpoint, *, call: bool, text: str = "Answer with the word OK.", image: bool = False, **fields: Any
) -> list[Finding]:
    """Key, endpoint and model; with ``call`` one short completion of ``text``, shown a small image where ``image`` is set."""
    found = [_key(endpoint)]
    answered = await _answer(endpoint, _content(text, image), fields) if call else None
    found.append(await _model(endpoint, answers=answered is not None and answered.status is Status.OK))
    return [*found, answered] if answered is not None else found


def _key(endpoint: ChatEndpoint) -> Finding:
    variable = endpoint.settings.api_key_env
    if endpoint.has_key:
        return ok(f"the key is in {variable}")
    return ok("no key is set, which is right for a server of your own")


def _content(text: str, image: bool) -> str | list[dict[str, Any]]:
    if not image:
        return text
    return [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": data_url(plain_png((64, 64), "red"))}}]


async def _answer(endpoint: ChatEndpoint, content: str | list[dict[str, Any]], fields: dict[str, Any]) -> Finding:
    settings = endpoint.settings
    shortened = {settings.max_tokens_field: min(settings.max_tokens, _ANSWER_TOKENS), **fields}
    call = endpoint.complete([{"role": "user", "content": content}], **shortened)
    answer = await tried(call, fix=f"see {settings.setting} in the profile", seconds=settings.timeout)
    if isinstance(answer, Finding):
        return answer
    cost = f", cost {answer.usage.cost:.4g}" if answer.usage.cost else ""
    said = f"{answer.usage.prompt_tokens} + {answer.usage.completion_tokens} tokens{cost}"
    return ok(f"{answer.model or settings.model} answered a call ({said})")


async def _model(endpoint: ChatEndpoint, *, answers: bool) -> Finding:
    """Whether the model is listed. Some servers list nothing, or take any name: a call that was answered settles it."""
    settings = endpoint.settings
    listed = await tried(
        endpoint.models(),
        fix=f"start the server, or correct {settings.setting}.base_url (most end in /v1)",
        denied=f"put a valid key into {settings.api_key_env or settings.setting + '.api_key_env'}",
    )
    if isinstance(listed, Finding):
        return ok(f"{settings.base_url} answers, but lists no models") if answers else listed
    if any(name == settings.model or name.endswith(f"/{settings.model}") for name in listed):
        return ok(f"{settings.base_url} answers and lists {settings.model}")
    if answers:
        return ok(f"{settings.base_url} takes {settings.model}, though it does not list it")
    names = ", ".join(listed[:_LISTED]) or "none"
    return failed(
        f"{settings.base_url} does not list the model {settings.model!r}",
        f"set {settings.setting}.model to a listed one ({names}); if the server takes any name, --call shows it",
    )
