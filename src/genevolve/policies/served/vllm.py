"""vLLM's wire: ids to ``/inference/v1/generate`` where the server has it, else to ``/v1/completions``, and weights by files.

    VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 vllm serve MODEL --logprobs-mode processed_logprobs --enable-lora --max-lora-rank 64

serves adapters of text models. Pictures need ``--enable-scale-out`` besides, and all weights need ``VLLM_SERVER_DEV_MODE=1``
and ``--enable-scale-out``: without the one nothing can be reloaded, without the other a reply does not tell its weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genevolve.core.errors import ServiceError
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.stream import Sampled
from genevolve.policies.served.server import Server, StaleWeights, Version
from genevolve.policies.served.wire import LIKELIEST, IdPrompt, drawn, reply

if TYPE_CHECKING:
    import httpx

GENERATE, COMPLETE = "/inference/v1/generate", "/v1/completions"
LOAD, UNLOAD, RELOAD = "/v1/load_lora_adapter", "/v1/unload_lora_adapter", "/collective_rpc"
NEEDS_ADAPTERS = (
    "the server must run with --enable-lora, a --max-lora-rank that is large enough and VLLM_ALLOW_RUNTIME_LORA_UPDATING=1, "
    "and see the folder "
)
NEEDS_RELOADING = "the server must run with VLLM_SERVER_DEV_MODE=1 and see the folder "
_FINAL = 2  # vLLM's RequestOutputKind.FINAL_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class VllmWire:
    """``model``: its name on the server. ``by_tokens``: the server has ``GENERATE``. ``seeds``: it may be sent a seed."""

    model: str
    by_tokens: bool
    seeds: bool

    def request(
        self, prompt: IdPrompt, sampling: Sampling, stops: Sequence[int], version: Version | None
    ) -> tuple[str, dict[str, Any]]:
        model = version.name if version is not None and version.adapter else self.model
        chosen = self._chosen(sampling, stops)
        if not self.by_tokens:
            more = {"add_special_tokens": False, "return_token_ids": True, "return_tokens_as_token_ids": True}
            return COMPLETE, {"model": model, "prompt": list(prompt.ids), **chosen, **more}
        body = {"model": model, "token_ids": list(prompt.ids), "sampling_params": {**chosen, "output_kind": _FINAL}}
        return GENERATE, body | ({"features": _features(prompt)} if prompt.pictures else {})

    def _chosen(self, sampling: Sampling, stops: Sequence[int]) -> dict[str, Any]:
        """Everything that a server could have a default of its own for."""
        return {
            **drawn(sampling, stops),
            "max_tokens": sampling.max_tokens,
            "logprobs": 0 if self.by_tokens else 1,
            **({"seed": sampling.seed % 2**63} if self.seeds else {}),
        }

    def read(self, answer: Mapping[str, Any], server: Server, stops: Sequence[int], version: Version | None) -> Sampled:
        try:
            (choice,) = answer["choices"]
            ids, ended = choice["token_ids"], choice["finish_reason"]
            noted = choice["logprobs"]
            logprobs = [one["logprob"] for one in noted["content"]] if self.by_tokens else noted["token_logprobs"]
            spoke = {span["version"] for span in choice.get("weight_versions") or ()}
        except (KeyError, TypeError, ValueError):
            raise server.wrong("it lacks token_ids or logprobs of one choice; vLLM 0.10.2 and later give both") from None
        sampled = reply(server, ids, logprobs, ended, stops)
        if version is None:
            return sampled
        told = {answer.get("model")} if version.adapter else spoke
        if told != {version.name}:
            names = ", ".join(sorted(map(str, told))) or "weights that it does not name"
            raise StaleWeights(f"{server.service.name} spoke with {names} instead of {version.name}")
        return sampled

    def lacks(self, response: "httpx.Response") -> bool:
        return response.status_code == 404

    def asks_likeliest(self, stops: Sequence[int], temperature: float) -> tuple[str, dict[str, Any]]:
        sampling = Sampling(temperature=temperature, top_p=1.0, max_tokens=1)
        path, body = self.request(IdPrompt(ids=tuple(stops)), sampling, stops, None)
        (body["sampling_params"] if self.by_tokens else body)["logprobs"] = LIKELIEST
        return path, body

    def likeliest(self, answer: Mapping[str, Any]) -> dict[str, float]:
        noted = answer["choices"][0]["logprobs"]
        if self.by_tokens:
            return {str(one["token_id"]): one["logprob"] for one in noted["content"][0]["top_logprobs"]}
        return dict(noted["top_logprobs"][0])

    async def bring(self, server: Server, version: Version) -> None:
        if version.adapter:
            body = {"lora_name": version.name, "lora_path": str(version.folder)}
            response = await server.post(LOAD, body)
            if response.status_code != 400 or "already" not in response.text:
                server.check(response, needs=f"{NEEDS_ADAPTERS}{version.folder.parent}")
        elif await self._told(server) != version.name:
            await self._reload(server, version)

    async def drop(self, server: Server, version: Version) -> None:
        if version.adapter:
            await server.post(UNLOAD, {"lora_name": version.name})

    async def _told(self, server: Server) -> str | None:
        found = await server.told("/weight_info")
        return None if found is None else str(found.get("weight_version"))

    async def _reload(self, server: Server, version: Version) -> None:
        """Nothing speaks while weights change, and nothing that was computed with the old ones is used again."""
        needs = f"{NEEDS_RELOADING}{version.folder.parent}"
        server.check(await server.post("/pause?mode=abort"), needs=needs)
        try:
            body = {"method": "reload_weights", "kwargs": {"weights_path": str(version.folder)}}
            server.check(await server.post(RELOAD, body), needs=needs)
            cleared = await server.ask("/reset_prefix_cache", {})
            if cleared.get("success") is False:
                raise ServiceError(f"{server.service.name} kept what it had computed with other weights", retryable=True)
            server.check(await server.post("/update_weight_version", {"new_version": version.name}), needs=needs)
        finally:
            server.check(await server.post("/resume"), needs=needs)


def _features(prompt: IdPrompt) -> dict[str, Any]:
    return {
        "mm_hashes": {"image": [one.name for one in prompt.pictures]},
        "mm_placeholders": {
            "image": [
                {"offset": place, "length": one.tokens} for place, one in zip(prompt.places, prompt.pictures, strict=True)
            ]
        },
        "kwargs_data": {"image": [one.encoded for one in prompt.pictures]},
    }
