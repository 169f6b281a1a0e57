"""One server that samples: how it is asked, which weights it has, and whether it rests after a failure."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genevolve.core.errors import ServiceError
from genevolve.services.http import Service, attempt, check, json_object
from genevolve.services.secrets import Secrets, learn

if TYPE_CHECKING:
    import httpx

_SHORT, _LONG = 120.0, 1800.0  # seconds for a question, and for weights or one reply
_REST, _LONGEST_REST = 0.5, 15.0  # seconds until a server that failed is tried again, doubled each time


class StaleWeights(ServiceError):
    """The server does not speak with the weights that were asked for; it may once they are loaded."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Weights as they were written for servers: no other ever had this ``name``. ``adapter``: LoRA files, else a checkpoint."""

    name: str
    folder: Path
    adapter: bool


class Server:
    """``base_url`` without ``/v1``. ``has`` is the name of the version that is known to be loaded there."""

    def __init__(self, base_url: str, *, client: "httpx.AsyncClient", setting: str = "evolve.server") -> None:
        learn(base_url)
        self.url = base_url.rstrip("/")
        self.setting = setting
        self.service = Service(name=f"the server {self.url}", key_setting=setting, url_setting=setting, secrets=Secrets({}))
        self.loading = asyncio.Lock()
        self.has: str | None = None
        self.conversations = 0
        self._client = client
        self._rest = 0.0
        self._until = 0.0

    @property
    def rests(self) -> float:
        """Seconds until it may be asked again."""
        return max(0.0, self._until - time.monotonic())

    def failed(self) -> bool:
        """It gets a rest, and may have been started anew since. Whether that is news."""
        self.has = None
        if self.rests:
            return False
        first = self._rest == 0.0
        self._rest = min(_LONGEST_REST, self._rest * 2 or _REST)
        self._until = time.monotonic() + self._rest
        return first

    def answered(self) -> bool:
        """It is well. Whether that is news."""
        again = self._rest > 0.0
        self._rest = self._until = 0.0
        return again

    async def get(self, path: str) -> "httpx.Response":
        return await self._send("GET", path, _SHORT)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> "httpx.Response":
        return await self._send("POST", path, _LONG, json=dict(body or {}))

    async def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object that ``path`` answers. Raises ``ServiceError``."""
        response = await self.post(path, body)
        check(response, self.service)
        return json_object(response, self.service)

    async def told(self, path: str) -> dict[str, Any] | None:
        """The JSON object at ``path``; None where the server has no such place. Raises ``ServiceError``."""
        response = await self.get(path)
        if response.status_code in (404, 405):
            return None
        check(response, self.service)
        return json_object(response, self.service)

    def check(self, response: "httpx.Response", *, needs: str = "") -> None:
        """Raise what ``response`` means unless it is a 2xx reply; ``needs`` says how the server must have been started."""
        try:
            check(response, self.service)
        except ServiceError as failure:
            raise ServiceError(f"{failure}; {needs}" if needs else str(failure), retryable=failure.retryable) from None

    def wrong(self, why: str) -> ServiceError:
        return ServiceError(f"{self.service.name}: the reply cannot be used: {why}")

    async def _send(self, method: str, path: str, total: float, **request: Any) -> "httpx.Response":
        sent = self._client.request(method, self.url + path, timeout=total, **request)
        return await attempt(self.service, sent, total=total)
