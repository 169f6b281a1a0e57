"""SGLang's wire: ids to its own ``/generate``, adapters and whole checkpoints from folders that it sees.

    sglang serve --model-path MODEL --enable-lora --max-lora-rank 64 --lora-target-modules all

serves adapters of text models; all weights need no option. Its log-probabilities are of the temperature, but not of ``top_p``.
A reply tells the version of whole weights, and not its adapter: a server without that one says that it is not loaded.
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

GENERATE, RELOAD = "/generate", "/update_weights_from_disk"
LOAD, UNLOAD = "/load_lora_adapter", "/unload_lora_adapter"
INFO, SETTINGS = ("/model_info", "/get_model_info"), ("/server_info", "/get_server_info")  # newer ones first
_NOT_THERE = ("adapters are not loaded", "adapter that has never been loaded")
NEEDS_ADAPTERS = (
    "the server must run with --enable-lora, --lora-target-modules all and a --max-lora-rank that is large enough, and see the "
    "folder "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SglangWire:
    """``info``: where it tells its model."""

    info: str

    def request(
        self, prompt: IdPrompt, sampling: Sampling, stops: Sequence[int], version: Version | None
    ) -> tuple[str, dict[str, Any]]:
        chosen = {
            **drawn(sampling, stops),
            "max_new_tokens": sampling.max_tokens,
            "ignore_eos": False,
            "no_stop_trim": True,
        }
        body = {"input_ids": list(prompt.ids), "sampling_params": chosen, "return_logprob": True, "stream": False}
        return GENERATE, body | ({"lora_path": version.name} if version is not None and version.adapter else {})

    def read(self, answer: Mapping[str, Any], server: Server, stops: Sequence[int], version: Version | None) -> Sampled:
        try:
            about = answer["meta_info"]
            ids, ended = answer["output_ids"], about["finish_reason"]["type"]
            noted = about["output_token_logprobs"]
            logprobs, of = [one[0] for one in noted], [one[1] for one in noted]
        except (KeyError, TypeError, IndexError):
            raise server.wrong("it lacks output_ids, output_token_logprobs or a finish_reason") from None
        if of != ids and ended != "abort":
            raise server.wrong("its log-probabilities are of other tokens than its reply")
        sampled = reply(server, ids, logprobs, ended, stops)
        if version is not None and not version.adapter and (told := about.get("weight_version")) != version.name:
            raise StaleWeights(
                f"{server.service.name} spoke with {told or 'weights that it does not name'}, not {version.name}"
            )
        return sampled

    def lacks(self, response: "httpx.Response") -> bool:
        return response.status_code == 400 and any(said in response.text for said in _NOT_THERE)

    def asks_likeliest(self, stops: Sequence[int], temperature: float) -> tuple[str, dict[str, Any]]:
        sampling = Sampling(temperature=temperature, top_p=1.0, max_tokens=1)
        path, body = self.request(IdPrompt(ids=tuple(stops)), sampling, stops, None)
        return path, body | {"top_logprobs_num": LIKELIEST}

    def likeliest(self, answer: Mapping[str, Any]) -> dict[str, float]:
        return {str(token): logprob for logprob, token, *_ in answer["meta_info"]["output_top_logprobs"][0]}

    async def bring(self, server: Server, version: Version) -> None:
        """Nothing that was begun with other weights goes on, and nothing that was computed with them is used again."""
        if version.adapter:
            response = await server.post(LOAD, {"lora_name": version.name, "lora_path": str(version.folder)})
            if response.status_code != 400 or "already" not in response.text:
                server.check(response, needs=f"{NEEDS_ADAPTERS}{version.folder.parent}")
        elif (await server.told(self.info) or {}).get("weight_version") != version.name:
            body = {"model_path": str(version.folder), "weight_version": version.name}
            response = await server.post(RELOAD, body | {"abort_all_requests": True, "flush_cache": True})
            server.check(response, needs=f"the server must see the folder {version.folder.parent}")
            told = await server.told(self.info) or {}
            if told.get("weight_version") != version.name:
                raise ServiceError(f"{server.service.name} did not take {version.name}: it has {told.get('weight_version')!r}")

    async def drop(self, server: Server, version: Version) -> None:
        if version.adapter:
            await server.post(UNLOAD, {"lora_name": version.name})
