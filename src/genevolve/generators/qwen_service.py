"""Qwen-Image-Edit behind its HTTP service: ``POST /generate`` on one or several servers."""

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.finding import Finding, Status, ok
from genevolve.core.grouped import Grouped
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.generators.check import small_order
from genevolve.generators.fitting import (
    FinalSize,
    Size,
    check_count,
    clean_references,
    finished,
    from_base64,
    jpegs,
    scaled,
    with_edit,
)
from genevolve.services.check import reached, tried
from genevolve.services.http import Service, exchange_json
from genevolve.services.prices import FREE, Price
from genevolve.services.secrets import Secrets, learn, shown_address
from genevolve.store.decode import Decoded

MAX_REFERENCES = 4
REST = 30.0  # seconds for which a server that failed is not asked while another one is well
_REFERENCE_SIDE = 2048
_CONNECT = 10.0


@dataclass(slots=True)
class _Server:
    url: str
    resting_until: float = 0.0


class Servers:
    """Several servers of one service, asked in turn. One that failed rests; when all rest, the first to wake is asked."""

    def __init__(self, urls: Sequence[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._servers = [_Server(url) for url in urls]
        self._clock = clock
        self._turn = 0

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(server.url for server in self._servers)

    def pick(self) -> str:
        count = len(self._servers)
        order = [(self._turn + step) % count for step in range(count)]
        now = self._clock()
        chosen = next((place for place in order if self._servers[place].resting_until <= now), None)
        if chosen is None:
            chosen = min(order, key=lambda place: self._servers[place].resting_until)
        self._turn = chosen + 1
        return self._servers[chosen].url

    def failed(self, url: str, rest: float) -> None:
        self._server(url).resting_until = self._clock() + rest

    def answered(self, url: str) -> None:
        self._server(url).resting_until = 0.0

    def _server(self, url: str) -> _Server:
        return next(server for server in self._servers if server.url == url)


@dataclass(frozen=True, slots=True, kw_only=True)
class QwenSampling(Grouped):
    """How an image is sampled; the names of the service's fields, but for ``steps``."""

    steps: int = 40
    true_cfg_scale: float = 4.0
    guidance_scale: float = 1.0
    negative_prompt: str = " "

    @property
    def fields(self) -> dict[str, Any]:
        return {
            "true_cfg_scale": self.true_cfg_scale,
            "negative_prompt": self.negative_prompt,
            "num_inference_steps": self.steps,
            "guidance_scale": self.guidance_scale,
            "num_images_per_prompt": 1,
        }


class QwenEditService:
    """References are sent as real JPEGs in their order. ``urls`` are the servers' base addresses, asked in turn.

    ``follow`` decides whose aspect the service is asked for, the order's or the first reference's (as the public release
    does); the long side is ``long_side`` and both sides are multiples of 16. With ``follow = "reference"`` the image
    keeps that size unless ``final_size`` says otherwise.
    """

    max_references = MAX_REFERENCES
    edits = True

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        secrets: Secrets,
        urls: Sequence[str],
        follow: Literal["order", "reference"] = "order",
        final_size: FinalSize | None = None,
        long_side: int = 1024,
        sampling: QwenSampling = QwenSampling(),
        timeout: float = 600.0,
        price: Price = FREE,
    ) -> None:
        learn(urls)
        if not urls or not all(url.startswith(("http://", "https://")) for url in urls):
            shown = [shown_address(url) for url in urls]
            raise UsageError(f"generator.urls = {shown}: at least one http(s) address of a Qwen-Image-Edit service is needed")
        self._servers = Servers([url.rstrip("/") for url in dict.fromkeys(urls)])
        self._client = client
        self._follow = follow
        self._final_size = final_size or (FinalSize.NATIVE if follow == "reference" else FinalSize.ORDER)
        self._long_side = long_side
        self._timeout = timeout
        self._price = price
        self._sampling = sampling
        self._service = Service(
            name="the Qwen-Image-Edit service", key_setting="generator.urls", url_setting="generator.urls", secrets=secrets
        )

    @property
    def least_price(self) -> float:
        """What is known of the price of a call before it is made."""
        return self._price.least(images=1)

    async def generate(self, order: RenderOrder) -> Rendering:
        order = with_edit(order)
        check_count(order, MAX_REFERENCES, self._service.name)
        references = await clean_references(order)
        image = await self._ask(await self._body(order, references), self._servers.pick())
        cost = self._price.cost(images=1)
        return await finished(image, order, service=self._service.name, final_size=self._final_size, cost=cost)

    async def _body(self, order: RenderOrder, references: Sequence[Decoded]) -> dict[str, Any]:
        width, height = self._size(order, references)
        images = await jpegs(references, max_side=_REFERENCE_SIDE)
        return {
            "image_urls": [f"data:image/jpeg;base64,{base64.b64encode(image).decode('ascii')}" for image in images],
            "prompt": order.prompt,
            "seed": order.seed,
            **self._sampling.fields,
            "width": width,
            "height": height,
        }

    async def check(self, *, call: bool) -> Sequence[Finding]:
        """Every server; with ``call`` one image in one step from each of them."""
        fix = "start the server, or correct generator.urls"
        found: list[Finding] = []
        for url in self._servers.urls:
            found.append(await reached(self._client, self._service, url, fix=fix))
            if call and found[-1].status is Status.OK:
                found.append(await self._tried(url, fix))
        return found

    async def _tried(self, url: str, fix: str) -> Finding:
        order = small_order(1)
        body = await self._body(order, await clean_references(order))
        image = await tried(self._ask(body | {"num_inference_steps": 1}, url), fix=fix, seconds=self._timeout)
        return image if isinstance(image, Finding) else ok(f"{url} drew one image in one step")

    def _size(self, order: RenderOrder, references: Sequence[Decoded]) -> Size:
        followed = references[0].size if references and self._follow == "reference" else order.size
        return scaled(followed, long_side=self._long_side)

    async def _ask(self, body: dict[str, Any], url: str) -> bytes:
        """One attempt at one server, whose health is noted."""
        patience = httpx.Timeout(self._timeout, connect=_CONNECT)
        try:
            reply = await exchange_json(
                self._client, self._service, "POST", f"{url}/generate", total=self._timeout, timeout=patience, json=body
            )
            image = self._image(reply)
        except ServiceError as problem:
            if problem.retryable:
                self._servers.failed(url, problem.retry_after or REST)
            raise
        self._servers.answered(url)
        return image

    def _image(self, reply: dict[str, Any]) -> bytes:
        if reply.get("success") is not True:
            said = self._service.clean(reply.get("error") or reply.get("message") or "no reason given")
            raise ServiceError(f"{self._service.name} could not draw: {said}", retryable=True)
        cost = self._price.cost(images=1)
        return from_base64(reply.get("image") or reply.get("image_base64"), self._service.name, cost=cost)
