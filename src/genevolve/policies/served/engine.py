"""The engine for models on servers: ids go out and come back with log-probabilities, and the weights in training follow.

Before every step and evaluation process 0 writes the weights of the moment to a folder that all servers see (a LoRA adapter,
or a whole checkpoint) and every server loads them under a name that no weights had before. A reply by any other is not taken.
"""

import asyncio
import shutil
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from genevolve.core.errors import ServiceError
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.stream import Sampled
from genevolve.policies.served.pictures import Pictures
from genevolve.policies.served.server import Server, StaleWeights, Version
from genevolve.policies.served.servers import ServerPool
from genevolve.policies.served.wire import IdPrompt, Wire
from genevolve.services.http import json_object

_ALL = "weights"  # the name under which a server is waited for that can be given them


class Weights(Protocol):
    """The weights in training. Every process calls each of these, in the same order; only process 0 ``leads``."""

    @property
    def leads(self) -> bool: ...

    def write(self) -> Version:
        """Write them where servers see them, and say as what."""

    def meet(self, failure: str | None) -> None:
        """Wait for the process that leads. Raises ``ServiceError`` everywhere where it has a ``failure``."""


class ServedEngine:
    """``stops`` end a reply. ``pictures`` is None for text models. Until ``reload_weights`` the servers' own weights speak."""

    def __init__(
        self, wire: Wire, servers: ServerPool, stops: Sequence[int], *, weights: Weights, pictures: Pictures | None = None
    ) -> None:
        self._wire = wire
        self._servers = servers
        self._stops = sorted(stops)
        self._weights = weights
        self._pictures = pictures
        self._version: Version | None = None

    async def sample(self, key: str, ids: Sequence[int], sampling: Sampling, images: Sequence[str] = ()) -> Sampled:
        """A reply to ``ids``, the whole conversation; the prefix cache of its server knows its earlier turns. Waits for
        servers that are gone. Raises ``ServiceError``, and ``UsageError`` for placeholders that do not fit their ``images``.
        """
        prompt = await asyncio.to_thread(self._prompt, ids, images) if images else IdPrompt(ids=tuple(ids))
        return await self._servers.ask(key, ids, partial(self._reply, prompt, sampling))

    def forget(self, key: str | None = None) -> None:
        """The conversation is over, and its place is free."""
        self._servers.forget(key)

    async def reload_weights(self) -> None:
        """Let the servers speak with the weights of the moment, once no process samples with earlier ones. Raises
        ``ServiceError``."""
        self._weights.meet(None)
        version = self._weights.write()
        self._weights.meet(await self._given(version) if self._weights.leads else None)
        before, self._version = self._version, version
        if before is not None and self._weights.leads:
            await asyncio.gather(*(self._dropped(one, before) for one in self._servers.all))
            shutil.rmtree(before.folder, ignore_errors=True)

    async def _given(self, version: Version) -> str | None:
        """Give ``version`` to every server that answers; why it reached none, or one refused it."""
        try:
            await self._servers.ask(_ALL, (), partial(self._ready, version))
            others = [one for one in self._servers.all if one.has != version.name and not one.rests]
            found = await asyncio.gather(*(self._ready(version, one) for one in others), return_exceptions=True)
        except ServiceError as failure:
            return str(failure)
        finally:
            self._servers.forget(_ALL)
        for server, failed in zip(others, found, strict=True):
            if isinstance(failed, ServiceError) and failed.retryable:
                server.failed()  # it is given them when it answers again
            elif isinstance(failed, BaseException):
                return str(failed)
        return None

    async def _ready(self, version: Version, server: Server) -> None:
        async with server.loading:
            if server.has != version.name:
                await self._wire.bring(server, version)
                server.has = version.name

    async def _dropped(self, server: Server, version: Version) -> None:
        try:
            await self._wire.drop(server, version)
        except ServiceError:
            server.failed()

    async def _reply(self, prompt: IdPrompt, sampling: Sampling, server: Server) -> Sampled:
        version = self._version
        if version is not None:
            await self._ready(version, server)
        path, body = self._wire.request(prompt, sampling, self._stops, version)
        response = await server.post(path, body)
        if version is not None and self._wire.lacks(response):
            raise StaleWeights(f"{server.service.name} does not know {version.name}: {server.service.clean(response.text)}")
        server.check(response)
        return self._wire.read(json_object(response, server.service), server, self._stops, version)

    def _prompt(self, ids: Sequence[int], images: Sequence[str]) -> IdPrompt:
        assert self._pictures is not None, "a text model is shown no images"
        pictures = self._pictures.of(images)
        return IdPrompt(ids=tuple(ids), pictures=pictures, places=self._pictures.places(ids, pictures))
