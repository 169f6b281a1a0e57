"""What servers must be able to do, asked before anything is sampled: their interface, their log-probabilities, their seeds,
whether they take pictures."""

from collections.abc import Mapping, Sequence
from typing import Any

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.message import Message, Role
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.template import ChatTemplate
from genevolve.policies.served import sglang
from genevolve.policies.served.pictures import Pictures
from genevolve.policies.served.server import Server
from genevolve.policies.served.sglang import SglangWire
from genevolve.policies.served.vllm import COMPLETE, GENERATE, LOAD, NEEDS_ADAPTERS, NEEDS_RELOADING, RELOAD, VllmWire
from genevolve.policies.served.wire import IdPrompt, Wire

_HOT, _COLD = 1.0, 0.5  # of a temperature half as high, log-probabilities lie twice as far apart
_RAW = 1.5  # below this ratio they are not those of the temperature
_LEVEL = 1e-3  # so near each other they tell nothing
_NEVER = -9000.0  # vLLM's -9999 stands for minus infinity
_LOOK = (96, 64)  # pixels of the picture that they are shown; its sides differ, so that swapped ones would not fit
_NEWEST = "vLLM 0.28 and later have it"


async def settled(
    servers: Sequence[Server],
    model: str,
    stops: Sequence[int],
    *,
    sees: bool,
    rank: int | None,
    folder: str,
    top_p: float = 1.0,
) -> Wire:
    """The wire that all ``servers`` of ``model`` speak. ``sees``: it is shown pictures; ``rank`` of the adapter, None for all
    weights, which come from ``folder``; ``top_p`` of replies whose told log-probabilities are learnt from (1.0: none are).
    Raises ``UsageError`` naming what the server lacks, ``ServiceError`` where it is down.
    """
    found = [await _settled(one, model, stops, sees=sees, rank=rank, folder=folder, top_p=top_p) for one in servers]
    for server, wire in zip(servers, found, strict=True):
        if wire != found[0]:
            raise UsageError(f"{server.setting}: {server.url} was started otherwise than {servers[0].url}; start all alike")
    return found[0]


async def shown(
    servers: Sequence[Server], wire: Wire, stops: Sequence[int], template: ChatTemplate, pictures: Pictures
) -> None:
    """One picture in the model's own chat template is taken by all ``servers``. Raises ``UsageError`` where it has other
    placeholders than it has patches for, ``ServiceError`` where a server does not take it.
    """
    from PIL import Image

    image = Image.new("RGB", _LOOK, "white")
    ids = template.opening([Message(role=Role.USER, text="look", images=("look",))], {"look": image})
    patches = (pictures.made(image),)
    try:
        prompt = IdPrompt(ids=tuple(ids), pictures=patches, places=pictures.places(ids, patches))
    except UsageError as problem:
        raise UsageError(f"the processor of policy.model and its image processor do not fit: {problem}") from None
    path, body = wire.request(prompt, Sampling(temperature=1.0, top_p=1.0, max_tokens=1), stops, None)
    for server in servers:
        try:
            wire.read(await server.ask(path, body), server, stops, None)
        except ServiceError as failure:
            raise ServiceError(
                f"{failure}; it was shown one picture of {patches[0].tokens} placeholders: it must serve the vision model in "
                "training (evolve.server_model) and take images, or set evolve.show_images = 0",
                retryable=failure.retryable,
            ) from None


async def _settled(
    server: Server, model: str, stops: Sequence[int], *, sees: bool, rank: int | None, folder: str, top_p: float
) -> Wire:
    paths = await _paths(server)
    await _has_model(server, model)
    wire: Wire
    if {sglang.GENERATE, sglang.RELOAD} <= paths:
        wire = await _sglang(server, paths, sees=sees, rank=rank, folder=folder, top_p=top_p)
    else:
        wire = await _vllm(server, paths, model, sees=sees, rank=rank, folder=folder)
    await _tells_what_it_samples_from(server, wire, stops)
    return wire


async def _vllm(server: Server, paths: set[str], model: str, *, sees: bool, rank: int | None, folder: str) -> VllmWire:
    by_tokens = GENERATE in paths
    if COMPLETE not in paths and not by_tokens:
        raise UsageError(
            f"{server.setting}: {server.url} serves neither {GENERATE} nor {COMPLETE}; it must be a vLLM or an SGLang server"
        )
    if sees and not by_tokens:
        raise UsageError(
            f"{server.setting}: {server.url} has no {GENERATE}, which ids with pictures are sent to; start it with "
            f"--enable-scale-out ({_NEWEST}), or set evolve.show_images = 0"
        )
    if rank is not None and LOAD not in paths:
        raise UsageError(f"{server.setting}: {server.url} loads no adapters while it runs; {NEEDS_ADAPTERS}{folder}")
    if rank is None and not (by_tokens and {RELOAD, "/update_weight_version", "/pause"} <= paths):
        raise UsageError(
            f"{server.setting}: {server.url} cannot follow all weights; {NEEDS_RELOADING}{folder}, and with --enable-scale-out "
            f"({_NEWEST}); or train an adapter: set lora.r"
        )
    return VllmWire(model=model, by_tokens=by_tokens, seeds=_seeds(await _configured(server), rank, server))


async def _sglang(server: Server, paths: set[str], *, sees: bool, rank: int | None, folder: str, top_p: float) -> SglangWire:
    """Pictures cannot be sent to it as the patches that training learns from."""
    if sees:
        raise UsageError(
            f"{server.setting}: {server.url} is an SGLang server, which is sent no pictures; sample with vLLM, or set "
            "evolve.show_images = 0"
        )
    if top_p < 1.0:
        raise UsageError(
            f"evolve.top_p is {top_p:g}: the log-probabilities of {server.url} (SGLang) are of the temperature alone, not of "
            "what top_p leaves, and evolve.ahead = 1 learns from them; set evolve.top_p = 1.0, or sample with vLLM"
        )
    if rank is not None:
        told = await server.told(_newest(sglang.SETTINGS, paths)) or {}
        most = told.get("max_lora_rank")
        if not told.get("enable_lora") or (isinstance(most, int) and most < rank):
            had = f"takes adapters up to --max-lora-rank {most}" if told.get("enable_lora") else "loads no adapters"
            raise UsageError(f"{server.setting}: {server.url} {had}; lora.r is {rank}; {sglang.NEEDS_ADAPTERS}{folder}")
    return SglangWire(info=_newest(sglang.INFO, paths))


def _newest(names: Sequence[str], paths: set[str]) -> str:
    """The first of ``names``, newer ones first, that the server has; the oldest where it tells none."""
    return next((path for path in names if path in paths), names[-1])


async def _paths(server: Server) -> set[str]:
    told = await server.told("/openapi.json")
    if told is None or not isinstance(told.get("paths"), dict):
        raise UsageError(
            f"{server.setting}: {server.url} does not tell its interface at /openapi.json; it must be a vLLM or an SGLang "
            "server that tells it (vLLM: started without --disable-fastapi-docs)"
        )
    return set(told["paths"])


async def _has_model(server: Server, model: str) -> None:
    told = await server.told("/v1/models") or {}
    names = [str(one.get("id")) for one in told.get("data") or () if isinstance(one, dict)]
    if model not in names:
        raise UsageError(
            f"{server.setting}_model: {server.url} has no model {model!r}; it has {', '.join(map(repr, names)) or 'none'}"
        )


async def _configured(server: Server) -> dict[str, Any]:
    """vLLM's own configuration, where it tells it (``VLLM_SERVER_DEV_MODE=1``)."""
    told = await server.told("/server_info?config_format=json") or {}
    found = told.get("vllm_config")
    return found if isinstance(found, dict) else {}


def _seeds(config: dict[str, Any], rank: int | None, server: Server) -> bool:
    """Whether a request may bring a seed: a worker on a CPU ends at the first, so only one that is known to be none.

    Raises ``UsageError`` for an adapter that is too large.
    """
    most = (config.get("lora_config") or {}).get("max_lora_rank")
    if rank is not None and isinstance(most, int) and most < rank:
        raise UsageError(f"{server.setting}: {server.url} takes adapters up to --max-lora-rank {most}; lora.r is {rank}")
    return bool((config.get("device_config") or {}).get("device", "cpu") != "cpu")


async def _tells_what_it_samples_from(server: Server, wire: Wire, stops: Sequence[int]) -> None:
    """Raises ``UsageError`` where the log-probabilities do not follow the temperature."""
    hot, cold = [await _likeliest(server, wire, stops, one) for one in (_HOT, _COLD)]
    shared = sorted((one for one in hot.keys() & cold.keys() if cold[one] > _NEVER), key=lambda token: hot[token])
    apart = hot[shared[-1]] - hot[shared[0]] if len(shared) > 1 else 0.0
    if apart > _LEVEL and (cold[shared[-1]] - cold[shared[0]]) / apart < _RAW:
        raise UsageError(
            f"{server.setting}: {server.url} tells log-probabilities that do not follow the temperature, so they are not of "
            "what it samples from; start vLLM with --logprobs-mode processed_logprobs, SGLang without "
            "SGLANG_RETURN_ORIGINAL_LOGPROB"
        )


async def _likeliest(server: Server, wire: Wire, stops: Sequence[int], temperature: float) -> Mapping[str, float]:
    """The likeliest tokens behind the ids that end a turn, with their log-probabilities."""
    path, body = wire.asks_likeliest(stops, temperature)
    answer = await server.ask(path, body)
    try:
        return wire.likeliest(answer)
    except (KeyError, TypeError, IndexError, ValueError):
        raise server.wrong("it lacks the likeliest tokens that were asked for") from None
