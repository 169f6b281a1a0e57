"""Gemini's image models (Nano Banana) through ``generateContent``."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

import httpx

from genevolve.core.errors import AuthError, SafetyRefusal, ServiceError, UsageError
from genevolve.core.finding import Finding, ok
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.generators.check import drawn
from genevolve.generators.fitting import (
    FinalSize,
    Size,
    check_count,
    clean_references,
    cost_of,
    finished,
    from_base64,
    nearest_aspect,
    with_edit,
)
from genevolve.services.check import tried
from genevolve.services.http import Service, attempt, check, json_object, without
from genevolve.services.prices import FREE, Price
from genevolve.services.secrets import Secrets, learn
from genevolve.store.decode import Decoded

BASE_URL = "https://generativelanguage.googleapis.com"
MODEL = "gemini-3-pro-image-preview"
MAX_REFERENCES = 14
ASPECTS: tuple[Size, ...] = ((1, 1), (2, 3), (3, 2), (3, 4), (4, 3), (4, 5), (5, 4), (9, 16), (16, 9), (21, 9))
_SIZES = {"1K": 1024, "2K": 2048, "4K": 4096}
_SEEDS = 2**31
_CONNECT = 10.0
_REFUSED = frozenset(
    {
        "SAFETY",
        "IMAGE_SAFETY",
        "PROHIBITED_CONTENT",
        "IMAGE_PROHIBITED_CONTENT",
        "BLOCKLIST",
        "SPII",
        "RECITATION",
        "IMAGE_RECITATION",
    }
)
_SERVICE = "Gemini"
_PROMPT = ("promptTokenCount",)
_COMPLETION = ("candidatesTokenCount", "thoughtsTokenCount")

Json = Mapping[str, Any]


class GeminiImage:
    """One image from a prompt and up to 14 references, which follow the prompt in their order.

    The aspect is the nearest of Gemini's ten; ``image_size`` is ``1K``, ``2K`` or ``4K``, ``auto`` (the smallest that
    holds the order) or ``none`` for models that do not have the field. The seed is sent, but Gemini promises nothing by it.
    """

    max_references = MAX_REFERENCES
    edits = True

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        secrets: Secrets,
        model: str = MODEL,
        base_url: str = BASE_URL,
        image_size: Literal["auto", "none", "1K", "2K", "4K"] = "auto",
        send_seed: bool = True,
        final_size: FinalSize = FinalSize.ORDER,
        timeout: float = 300.0,
        price: Price = FREE,
    ) -> None:
        learn(base_url)
        self._client = client
        self._key = secrets.require("GOOGLE_API_KEY", "GEMINI_API_KEY", service=_SERVICE)
        self._url = f"{base_url.rstrip('/')}/v1beta/models/{quote(model, safe='')}:generateContent"
        self._model = model
        self._image_size = image_size
        self._send_seed = send_seed
        self._final_size = final_size
        self._timeout = timeout
        self._price = price
        self._service = Service(name=_SERVICE, key_setting=self._key.name, url_setting="generator.base_url", secrets=secrets)

    @property
    def least_price(self) -> float:
        """What is known of the price of a call before it is made."""
        return self._price.least(images=1)

    async def generate(self, order: RenderOrder) -> Rendering:
        order = with_edit(order)
        check_count(order, MAX_REFERENCES, _SERVICE)
        references = await clean_references(order)
        reply = await self._ask(self._body(order, references))
        cost = cost_of(self._price, reply.get("usageMetadata"), prompt=_PROMPT, completion=_COMPLETION)
        image = from_base64(_image(reply, self._service), _SERVICE, cost=cost)
        return await finished(image, order, service=_SERVICE, final_size=self._final_size, cost=cost)

    async def check(self, *, call: bool) -> Sequence[Finding]:
        """Key and model, by asking for the model's description, which costs nothing; with ``call`` one image."""
        found = [ok(f"the key is in {self._key.name}")]
        address = self._url.removesuffix(":generateContent")
        fix = "correct generator.base_url, or see the network"
        denied = f"put a valid key into {self._key.name}"
        answer = await tried(self._exchange("GET", address), fix=fix, denied=denied)
        found.append(answer if isinstance(answer, Finding) else ok(f"{_SERVICE} answers and has {self._model}"))
        if call:
            found.append(await drawn(self, seconds=self._timeout, fix="see the message and generator in the profile"))
        return found

    def _body(self, order: RenderOrder, references: Sequence[Decoded]) -> dict[str, Any]:
        parts: list[dict[str, Any]] = [{"text": order.prompt}]
        for reference in references:
            data = base64.b64encode(reference.png).decode("ascii")
            parts.append({"inline_data": {"mime_type": "image/png", "data": data}})
        width, height = nearest_aspect(order.size, ASPECTS)
        config: dict[str, Any] = {
            "responseModalities": ["TEXT", "IMAGE"],
            "imageConfig": {"aspectRatio": f"{width}:{height}", **self._resolution(order.size)},
        }
        if self._send_seed:
            config["seed"] = order.seed % _SEEDS
        return {"contents": [{"role": "user", "parts": parts}], "generationConfig": config}

    def _resolution(self, size: Size) -> dict[str, str]:
        if self._image_size == "none" or (self._image_size == "auto" and "gemini-2" in self._model):
            return {}
        if self._image_size != "auto":
            return {"imageSize": self._image_size}
        return {"imageSize": next((name for name, side in _SIZES.items() if side >= max(size)), "4K")}

    async def _ask(self, body: dict[str, Any]) -> dict[str, Any]:
        return await self._exchange("POST", self._url, json=body)

    async def _exchange(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        headers = {"x-goog-api-key": self._key.reveal()}
        patience = httpx.Timeout(self._timeout, connect=_CONNECT)
        call = self._client.request(method, url, headers=headers, timeout=patience, **request)
        response = await attempt(self._service, call, total=self._timeout)
        if response.status_code == 400 and "API_KEY_INVALID" in response.text:  # Google's 401
            raise AuthError(f"{_SERVICE} refused the key (HTTP 400, API_KEY_INVALID); check {self._key.name}")
        if response.status_code == 404:
            raise UsageError(f"generator.model = {self._model!r}: {_SERVICE} has no such model, or not at generator.base_url")
        check(response, self._service)
        return json_object(response, self._service)


def _image(reply: Json, service: Service) -> str:
    """The first image of the first candidate that has one. Raises ``SafetyRefusal`` or a ``ServiceError`` that says what
    came.
    """
    feedback = reply.get("promptFeedback")
    if isinstance(feedback, dict) and (reason := feedback.get("blockReason")):
        raise SafetyRefusal(f"{_SERVICE} declined the prompt ({service.clean(reason)})")
    candidates = [each for each in _listed(reply.get("candidates")) if isinstance(each, dict)]
    for candidate in candidates:
        for data in _images(candidate):
            return data
    for candidate in candidates:
        reason = str(candidate.get("finishReason"))
        if reason in _REFUSED:
            detail = service.clean(candidate.get("finishMessage") or "no reason given")
            raise SafetyRefusal(f"{_SERVICE} declined to draw ({reason}: {detail})")
    if not candidates:
        raise without(reply, service, "candidates")
    reason = service.clean(candidates[0].get("finishReason"))
    said = service.clean(" ".join(_texts(candidates[0]))) or "nothing"
    raise ServiceError(f"{_SERVICE} drew no image (finishReason {reason}); it said: {said}", retryable=True)


def _images(candidate: Json) -> Iterator[str]:
    for part in _parts(candidate):
        if part.get("thought") is True:  # a draft of a thinking model
            continue
        inline = part.get("inlineData") or part.get("inline_data")
        if isinstance(inline, dict) and isinstance(inline.get("data"), str):
            yield inline["data"]


def _texts(candidate: Json) -> Iterator[str]:
    return (part["text"] for part in _parts(candidate) if isinstance(part.get("text"), str))


def _parts(candidate: Json) -> list[dict[str, Any]]:
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    return [part for part in _listed(parts) if isinstance(part, dict)]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
