"""The engine for models on a vLLM server: token ids go out and come back, and the weights in training follow as adapters.

The server holds the base model; before every step the adapter of the moment is written to a folder that both see and loaded
under a new name. Start it so that it takes adapters and tells the log-probabilities of what it really samples from:

    VLLM_ALLOW_RUNTIME_LORA_UPDATING=True vllm serve MODEL --enable-lora --max-lora-rank 64 --logprobs-mode processed_logprobs
"""

import math
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genevolve.core.errors import ServiceError, UsageError
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.stream import Sampled
from genevolve.services.http import Service, exchange, exchange_json
from genevolve.services.secrets import Secrets, learn

if TYPE_CHECKING:
    import httpx

_PATIENCE = 600.0  # seconds for one reply
_NO_SURPRISES = {"n": 1, "top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0, "add_special_tokens": False}


class ServedEngine:
    """``base_url`` without ``/v1``; ``model`` is the server's name of the base model. ``stops`` end a reply.

    ``export`` writes the adapter of the moment into a folder below ``folder``. Until ``reload_weights`` the base model speaks.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        stops: Sequence[int],
        *,
        client: "httpx.AsyncClient",
        folder: Path,
        export: Callable[[Path], Any],
        setting: str = "evolve.server",
    ) -> None:
        learn(base_url)
        self._url = base_url.rstrip("/")
        self._model = model
        self._stops = sorted(stops)
        self._client = client
        self._folder = folder
        self._export = export
        self._setting = setting
        self._run = uuid.uuid4().hex[:8]
        self._renewed = 0
        self._service = Service(name=f"vLLM at {self._url}", key_setting=setting, url_setting=setting, secrets=Secrets({}))

    async def sample(self, key: str, ids: Sequence[int], sampling: Sampling, images: Sequence[str] = ()) -> Sampled:
        """A reply to ``ids``, the whole conversation; the server's prefix cache knows its earlier turns. Raises
        ``ServiceError``.
        """
        if images:
            raise UsageError(f"{self._setting}: a served model is shown no images; set evolve.show_images = 0")
        body = {
            **_NO_SURPRISES,
            "model": self._model,
            "prompt": list(ids),
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed % 2**63,
            "stop_token_ids": self._stops,
            "logprobs": 1,
            "return_token_ids": True,
            "skip_special_tokens": False,
        }
        answer = await exchange_json(
            self._client, self._service, "POST", f"{self._url}/v1/completions", json=body, total=_PATIENCE
        )
        return self._read(answer)

    def forget(self, key: str | None = None) -> None:
        """Nothing is kept here."""

    async def reload_weights(self) -> None:
        """Let the server speak with the weights of the moment; what it had before is unloaded. Raises ``ServiceError``."""
        before = self._model if self._renewed else None
        self._renewed += 1
        name = f"genevolve-{self._run}-{self._renewed}"
        target = (self._folder / name).absolute()
        self._export(target)
        await self._post("load_lora_adapter", {"lora_name": name, "lora_path": str(target)})
        self._model = name
        if before is not None:
            await self._post("unload_lora_adapter", {"lora_name": before})
            shutil.rmtree(self._folder / before, ignore_errors=True)

    async def _post(self, action: str, body: Mapping[str, str]) -> None:
        try:
            await exchange(self._client, self._service, "POST", f"{self._url}/v1/{action}", json=body)
        except ServiceError as failure:
            raise ServiceError(
                f"{failure}; the server must run with --enable-lora, a --max-lora-rank that is large enough and "
                f"VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, and see the folder {self._folder}",
                retryable=failure.retryable,
            ) from None

    def _read(self, answer: Mapping[str, Any]) -> Sampled:
        try:
            (choice,) = answer["choices"]
            ids, logprobs = choice["token_ids"], choice["logprobs"]["token_logprobs"]
            ended = choice["finish_reason"]
        except (KeyError, TypeError, ValueError):
            raise self._wrong("it lacks token_ids or logprobs of one choice; vLLM 0.10.2 and later give both") from None
        whole = isinstance(ids, list) and ids and all(type(one) is int and one >= 0 for one in ids)
        known = isinstance(logprobs, list) and all(type(one) in (int, float) and math.isfinite(one) for one in logprobs)
        if not whole or not known or len(ids) != len(logprobs):
            raise self._wrong("its ids and log-probabilities are not one finite number for each token")
        if ended not in ("stop", "length") or (ended == "stop" and ids[-1] not in self._stops):
            raise self._wrong(f"it ended by {ended!r} without a token that ends a turn")
        return Sampled(ids=tuple(ids), logprobs=tuple(map(float, logprobs)), cut=ids[-1] not in self._stops)

    def _wrong(self, why: str) -> ServiceError:
        return ServiceError(f"{self._service.name}: the reply cannot be used: {why}")
