"""OpenAI's image API: ``/images/generations``, and ``/images/edits`` when there are references."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import httpx

from genevolve.core.errors import AuthError, SafetyRefusal, ServiceError, UsageError
from genevolve.core.finding import Finding, Status, failed, ok
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.generators.check import drawn
from genevolve.generators.fitting import (
    Downloader,
    FinalSize,
    Size,
    check_count,
    clean_references,
    cost_of,
    fetched,
    finished,
    from_base64,
    nearest_aspect,
    with_edit,
)
from genevolve.services.check import tried
from genevolve.services.http import Service, attempt, exchange, json_object, origin, parsed, trouble, without
from genevolve.services.prices import FREE, Price
from genevolve.services.secrets import Secret, Secrets, learn, shown_address
from genevolve.store.decode import Decoded

BASE_URL = "https://api.openai.com/v1"
MAX_REFERENCES = 16
STANDARD: tuple[Size, ...] = ((1024, 1024), (1536, 1024), (1024, 1536))
_FREE_SIDE = 3840
_FREE_PIXELS = (655_360, 8_294_400)
_FREE_ASKED = (1024 * 1024, 8_000_000)  # what is asked for leaves room for rounding
_FREE_ASPECT = 3.0
_CONNECT = 10.0
_LOADING = 60.0  # seconds to load an image that is drawn
_REFUSED = frozenset({"moderation_blocked", "content_policy_violation", "content_filter"})
_NO_CREDIT = frozenset({"billing_hard_limit_reached", "insufficient_quota"})


class OpenAIImages:
    """One image; the API has no seed, so equal orders give different images.

    ``sizes`` is ``standard`` (three sizes; the nearest aspect is drawn), ``free`` (any multiple of 16 with an aspect up
    to 3:1), or ``auto``: free for the models that are known to take it. ``quality``, ``input_fidelity`` (edits),
    ``moderation`` (generations) and ``response_format`` are sent only when set; of compatible servers some need the last.
    """

    max_references = MAX_REFERENCES
    edits = True

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        secrets: Secrets,
        model: str = "gpt-image-2",
        base_url: str = BASE_URL,
        api_key_env: str = "OPENAI_API_KEY",
        sizes: Literal["auto", "standard", "free"] = "auto",
        quality: str = "",
        input_fidelity: str = "",
        moderation: str = "",
        response_format: Literal["", "b64_json"] = "",
        final_size: FinalSize = FinalSize.ORDER,
        timeout: float = 300.0,
        price: Price = FREE,
        fetcher: Downloader | None = None,
    ) -> None:
        learn(base_url)
        self._client = client
        self._key = _key(secrets, api_key_env, base_url)
        self._base_url = base_url.rstrip("/")
        self._model = model
        self._free = sizes == "free" or (sizes == "auto" and model.startswith("gpt-image-2"))
        self._quality, self._fidelity, self._moderation = quality, input_fidelity, moderation
        self._response_format = response_format
        self._final_size = final_size
        self._timeout, self._price = timeout, price
        self._fetcher = fetcher
        self._service = Service(
            name="the OpenAI image service",
            key_setting=f"{api_key_env or '(none)'} (generator.api_key_env)",
            url_setting="generator.base_url",
            secrets=secrets,
        )

    @property
    def least_price(self) -> float:
        """What is known of the price of a call before it is made."""
        return self._price.least(images=1)

    async def generate(self, order: RenderOrder) -> Rendering:
        order = with_edit(order)
        check_count(order, MAX_REFERENCES, self._service.name)
        references = await clean_references(order)
        fields = {"model": self._model, "prompt": order.prompt, "n": 1, "size": self._size(order.size)}
        fields |= _set(quality=self._quality, response_format=self._response_format)
        if references:
            reply = await self._edit(fields | _set(input_fidelity=self._fidelity), references)
        else:
            reply = await self._post("/images/generations", json=fields | _set(moderation=self._moderation))
        cost = cost_of(self._price, reply.get("usage"), prompt=("input_tokens",), completion=("output_tokens",))
        image = await self._image(reply, cost)
        return await finished(image, order, service=self._service.name, final_size=self._final_size, cost=cost)

    async def check(self, *, call: bool) -> Sequence[Finding]:
        """Key and model, by the list of models, which costs nothing; with ``call`` one image."""
        found = [ok("the key is set" if self._key else "no key is set, which is right for a server of your own")]
        calls = [await drawn(self, seconds=self._timeout, fix="see the message and generator in the profile")] if call else []
        listed = await self._listed()
        if calls and calls[0].status is Status.OK and listed.status is not Status.OK:
            listed = ok(f"{self._base_url} takes {self._model}, though it does not list it")
        return [*found, listed, *calls]

    async def _listed(self) -> Finding:
        fix = "correct generator.base_url (it ends in /v1), or see the network"
        denied = f"put a valid key into {self._service.key_setting}"
        reply = await tried(self._send("GET", "/models"), fix=fix, denied=denied)
        if isinstance(reply, Finding):
            return reply
        data = reply.get("data")
        names = [entry.get("id") for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []
        if self._model in names:
            return ok(f"{self._base_url} answers and lists {self._model}")
        return failed(f"{self._base_url} does not list the model {self._model!r}", "set generator.model to one that it has")

    def _size(self, size: Size) -> str:
        width, height = free_size(size) if self._free else nearest_aspect(size, STANDARD)
        return f"{width}x{height}"

    async def _edit(self, fields: dict[str, Any], references: Sequence[Decoded]) -> dict[str, Any]:
        name = "image" if len(references) == 1 else "image[]"
        files = [(name, (f"reference_{n}.png", each.png, "image/png")) for n, each in enumerate(references, start=1)]
        return await self._post("/images/edits", data={key: str(value) for key, value in fields.items()}, files=files)

    async def _post(self, path: str, **body: Any) -> dict[str, Any]:
        return await self._send("POST", path, **body)

    async def _send(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key.reveal()}"} if self._key else {}
        patience = httpx.Timeout(self._timeout, connect=_CONNECT)
        call = self._client.request(method, self._base_url + path, headers=headers, timeout=patience, **body)
        response = await attempt(self._service, call, total=self._timeout)
        if not response.is_success:
            raise self._refused(response)
        return json_object(response, self._service)

    def _refused(self, response: httpx.Response) -> ServiceError | UsageError:
        problem = trouble(response.status_code, response.headers, response.text, self._service)
        code = _code(response.text)
        if code in _REFUSED:
            return SafetyRefusal(f"{self._service.name} declined the request ({code})")
        if code in _NO_CREDIT:
            return AuthError(
                f"{self._service.name} says that the account has no credit left; check {self._service.key_setting}"
            )
        if response.status_code == 404 or code in {"model_not_found", "invalid_model"}:
            where = f"generator.model = {self._model!r} at generator.base_url = {shown_address(self._base_url)!r}"
            return UsageError(f"{where}: {problem}")
        return problem

    async def _image(self, reply: dict[str, Any], cost: float) -> bytes:
        """The image: in the reply itself, or at an address that it names."""
        data = reply.get("data")
        first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
        held, url = first.get("b64_json"), first.get("url")
        if held or (isinstance(url, str) and url.startswith("data:")):
            return from_base64(held or url, self._service.name, cost=cost)
        if not isinstance(url, str) or not url:
            raise without(reply, self._service, "an image")
        return await fetched(lambda: self._loaded(url), cost=cost)

    async def _loaded(self, url: str) -> bytes:
        """The image at ``url``: at the server itself, which the user has named, else as any address of a stranger."""
        if origin(url) == origin(self._base_url):
            return (await exchange(self._client, self._service, "GET", url, total=min(self._timeout, _LOADING))).content
        if self._fetcher is None:
            raise UsageError(f"{self._service.name} answers with an address: set generator.response_format = 'b64_json'")
        return await self._fetcher.download(url)


def free_size(size: Size) -> Size:
    """A size that models with free sizes take: ``size`` itself where they do, else its aspect (up to 3:1) about as large.

    The long side is rounded down to a multiple of 16 and the short side up, so that no limit is overstepped.
    """
    if _is_free(size):
        return size
    aspect = min(max(size) / min(size), _FREE_ASPECT)
    pixels = min(max(max(size) * max(size) / aspect, _FREE_ASKED[0]), _FREE_ASKED[1])
    long_side = min(math.floor(math.sqrt(pixels * aspect) / 16) * 16, _FREE_SIDE)
    short_side = min(math.ceil(long_side / aspect / 16) * 16, long_side)
    return (long_side, short_side) if size[0] >= size[1] else (short_side, long_side)


def _is_free(size: Size) -> bool:
    fits = _FREE_PIXELS[0] <= size[0] * size[1] <= _FREE_PIXELS[1] and max(size) <= _FREE_SIDE
    return fits and max(size) <= _FREE_ASPECT * min(size) and not (size[0] % 16 or size[1] % 16)


def _key(secrets: Secrets, variable: str, base_url: str) -> Secret | None:
    """The key; none is needed at a plain ``http`` address of one's own."""
    if variable and base_url.startswith("https:"):
        return secrets.require(variable, service="the OpenAI image service")
    return secrets.get(variable) if variable else None


def _set(**fields: str) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _code(body: str) -> str:
    try:
        error = parsed(body).get("error")
    except (ValueError, AttributeError):
        return ""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else ""
