"""A vLLM server with a tiny model, as strict as vLLM 0.32 was found to be: its paths, its fields, its answers word for word."""

import base64
import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from genevolve.policies.local.ragged import cache_argument
from tests.services.wire import Rejected, Reply, Request, answer

_CHOSEN: dict[str, type | tuple[type, ...]] = {
    "n": int,
    "max_tokens": int,
    "temperature": (int, float),
    "top_p": (int, float),
    "top_k": int,
    "min_p": (int, float),
    "repetition_penalty": (int, float),
    "presence_penalty": (int, float),
    "frequency_penalty": (int, float),
    "stop_token_ids": list,
    "logprobs": int,
    "skip_special_tokens": bool,
}
_COMPLETION = {
    "model": str,
    "prompt": list,
    **_CHOSEN,
    "add_special_tokens": bool,
    "return_token_ids": bool,
    "return_tokens_as_token_ids": bool,
}
_PATHS = ("/v1/models", "/v1/completions", "/version")
_ADAPTERS = ("/v1/load_lora_adapter", "/v1/unload_lora_adapter")
_DEVELOPING = (
    "/server_info",
    "/pause",
    "/resume",
    "/collective_rpc",
    "/reset_prefix_cache",
    "/update_weight_version",
    "/weight_info",
)


@dataclass(slots=True)
class TinyVllm:
    """Serves ``base`` under ``name``, from an end of its process to the next (``restart``).

    ``rank`` is --max-lora-rank (0: without --enable-lora), ``developing`` VLLM_SERVER_DEV_MODE, ``scale_out``
    --enable-scale-out, ``processed`` --logprobs-mode, ``device`` what it runs on, ``sees`` whether
    images are allowed in a prompt. ``spoil`` changes a choice before it is sent.
    """

    name: str
    base: Any
    rank: int = 16
    developing: bool = True
    scale_out: bool = True
    processed: bool = True
    device: str = "cpu"
    sees: bool = True
    spoil: Any = None
    adapters: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    version: str = "default"
    paused: bool = False
    cached: int = 0  # prompts that were computed with the weights of the moment
    whole: Any = None  # all weights, where others were loaded than it was started with

    def __call__(self, request: Request) -> Reply:
        if request.path not in self.paths:
            raise Rejected("Not Found", status=404, body={"detail": "Not Found"})
        if request.method == "GET":
            return self._told(request)
        if request.headers.get("content-type") != "application/json":
            raise Rejected("POST JSON", status=415)
        return self._done(request.path, request.query, request.json())

    @property
    def paths(self) -> tuple[str, ...]:
        own = (*_PATHS, "/openapi.json", "/health")
        more = [_ADAPTERS] * bool(self.rank) + [_DEVELOPING] * self.developing
        return (*own, *(["/inference/v1/generate"] * self.scale_out), *(path for group in more for path in group))

    def restart(self) -> None:
        """What it was given is gone."""
        self.adapters.clear()
        self.version, self.paused, self.whole, self.cached = "default", False, None, 0

    def _told(self, request: Request) -> Reply:
        lora = {"max_lora_rank": self.rank, "max_loras": 1} if self.rank else None
        config = {"device_config": {"device": self.device}, "lora_config": lora}
        found: dict[str, Any] = {
            "/openapi.json": {"openapi": "3.1.0", "paths": {path: {} for path in self.paths}},
            "/v1/models": {"object": "list", "data": [{"id": one, "object": "model"} for one in (self.name, *self.adapters)]},
            "/version": {"version": "0.32.0"},
            "/server_info": {"vllm_config": config, "vllm_env": {}, "system_env": {}},
            "/weight_info": {"weight_version": self.version},
            "/health": {},
        }
        return answer(found[request.path])

    def _done(self, path: str, query: dict[str, str], body: dict[str, Any]) -> Reply:
        match path:
            case "/v1/load_lora_adapter":
                return self._load(body)
            case "/v1/unload_lora_adapter":
                if self.adapters.pop(body["lora_name"], None) is None:
                    raise _said(f"The lora adapter '{body['lora_name']}' cannot be found.", 404)
                return Reply(body=b"Success: LoRA adapter removed successfully.", content_type="text/plain")
            case "/pause":
                assert query == {"mode": "abort"}
                self.paused = True
                return answer({"status": "paused"})
            case "/resume":
                self.paused = False
                return answer({"status": "resumed"})
            case "/collective_rpc":
                return self._reload(body)
            case "/reset_prefix_cache":
                self.cached = 0
                return answer({"success": True})
            case "/update_weight_version":
                self.version = body["new_version"]
                return answer({"success": True, "new_version": self.version})
            case "/inference/v1/generate":
                return self._generate(body)
        return self._complete(body)

    def _load(self, body: dict[str, Any]) -> Reply:
        from peft import PeftConfig, PeftModel

        path = Path(body["lora_path"])
        if set(body) != {"lora_name", "lora_path"} or not path.is_absolute():
            raise _said("lora_name and an absolute lora_path", 400)
        if body["lora_name"] in self.adapters:
            raise _said(f"The lora adapter '{body['lora_name']}' has already been loaded.", 400)
        if not path.is_dir():
            raise _said(f"Loading lora {body['lora_name']} failed: No adapter found for {path}", 404)
        if (rank := PeftConfig.from_pretrained(str(path)).r) > self.rank:
            raise _said(f"LoRA rank {rank} is greater than max_lora_rank {self.rank}.", 400)
        self.adapters[body["lora_name"]] = PeftModel.from_pretrained(copy.deepcopy(self.base), str(path)).eval()
        self.loaded.append(body["lora_name"])
        return Reply(body=b"Success: LoRA adapter added successfully.", content_type="text/plain")

    def _reload(self, body: dict[str, Any]) -> Reply:
        assert self.paused and body["method"] == "reload_weights" and set(body["kwargs"]) == {"weights_path"}
        path = Path(body["kwargs"]["weights_path"])
        if not path.is_dir():
            raise _said("Call to collective_rpc method failed: Worker failed with error", 500)
        self.whole = type(self.base).from_pretrained(path).eval()
        self.loaded.append(path.name)
        return answer({"results": [None]})

    def _model(self, name: str) -> Any:
        if name == self.name:
            return self.whole if self.whole is not None else self.base
        if name not in self.adapters:
            raise _said(f"The model `{name}` does not exist. Valid aliases: {self.name}.", 404)
        return self.adapters[name]

    def _generate(self, body: dict[str, Any]) -> Reply:
        asked = body["sampling_params"]
        _strict(body, {"model": str, "token_ids": list, "sampling_params": dict}, more={"features"})
        _strict(asked, {**_CHOSEN, "output_kind": int}, more={"seed"})
        self._may(asked, body["token_ids"])
        if "features" in body and not self.sees:
            raise _said("At most 0 image(s) may be provided in one prompt.", 400)
        shown = features(body.get("features"), body["token_ids"])
        self.asked.append(body)
        ids, scores, ended = self._sampled(self._model(body["model"]), body["token_ids"], asked, shown)
        noted = [
            {"token_id": token, "logprob": own[token], "rank": 1, "top_logprobs": _top(own, token, asked["logprobs"])}
            for token, own in zip(ids, scores, strict=True)
        ]
        choice = {
            "index": 0,
            "finish_reason": ended,
            "stop_reason": None,
            "token_ids": ids,
            "weight_versions": [{"version": self.version, "start": 0, "end": len(ids)}],
            "logprobs": {"content": noted},
        }
        head = {"request_id": "generate-tokens-1", "model": body["model"], "output_mode": "tokens"}
        return answer({**head, "choices": [self._given(choice)]})

    def _complete(self, body: dict[str, Any]) -> Reply:
        _strict(body, _COMPLETION, more={"seed"})
        self._may(body, body["prompt"])
        self.asked.append(body)
        ids, scores, ended = self._sampled(self._model(body["model"]), body["prompt"], body, {})
        noted = {
            "token_logprobs": [own[token] for token, own in zip(ids, scores, strict=True)],
            "tokens": [f"token_id:{token}" for token in ids],
            "top_logprobs": [
                {f"token_id:{one['token_id']}": one["logprob"] for one in _top(own, token, body["logprobs"])}
                for token, own in zip(ids, scores, strict=True)
            ],
        }
        choice = {"index": 0, "text": "", "logprobs": noted, "finish_reason": ended, "token_ids": ids}
        head = {"id": "cmpl-1", "object": "text_completion", "model": body["model"]}
        return answer({**head, "choices": [self._given(choice)]})

    def _may(self, asked: dict[str, Any], ids: list[int]) -> None:
        if not all(type(one) is int and 0 <= one < self.base.config.get_text_config().vocab_size for one in ids):
            raise _said(f"Token id {ids} is out of vocabulary", 400)
        if "seed" in asked and self.device == "cpu":
            raise _said("EngineCore encountered an issue. See stack trace (above) for the root cause.", 500)

    @torch.inference_mode()
    def _sampled(
        self, model: Any, prompt: list[int], asked: dict[str, Any], shown: dict[str, Any]
    ) -> tuple[list[int], list[list[float]], str]:
        """Ids, for each the log-probabilities of all tokens, and why it ended."""
        self.cached += 1
        random = torch.Generator().manual_seed(asked.get("seed", len(self.asked)) % 2**63)
        ids, fresh, before = list(prompt), list(prompt), None
        cached = not hasattr(model.config, "image_token_id")  # keys and values of pictures are worked out again
        drawn: list[int] = []
        told: list[list[float]] = []
        while len(drawn) < asked["max_tokens"]:
            types = {"mm_token_type_ids": (torch.tensor([ids]) == model.config.image_token_id).int()} if shown else {}
            known: dict[str, Any] = {cache_argument(self.base.__class__): before} if before is not None else {}
            seen = model(input_ids=torch.tensor([fresh]), use_cache=cached, **known, **shown, **types)
            logits, before = seen.logits[0, -1].float(), seen.past_key_values if cached else None
            scores = (logits / (asked["temperature"] or 1.0)).log_softmax(-1)
            chances = scores.exp()
            best, order = chances.sort(descending=True)
            chances[order[best.cumsum(-1) - best >= asked["top_p"]]] = 0.0
            drawn.append(int(torch.multinomial(chances, 1, generator=random)))
            own = (chances / chances.sum()).log() if self.processed else logits.log_softmax(-1)
            told.append(own.clamp(min=-9999.0).tolist())
            ids.append(drawn[-1])
            fresh = drawn[-1:] if cached else ids
            if drawn[-1] in asked["stop_token_ids"]:
                return drawn, told, "stop"
        return drawn, told, "length"

    def _given(self, choice: dict[str, Any]) -> dict[str, Any]:
        return self.spoil(choice) if self.spoil is not None else choice


def _said(message: str, status: int) -> Rejected:
    kind = {400: "BadRequestError", 404: "NotFoundError"}.get(status, "InternalServerError")
    return Rejected(message, status=status, body={"error": {"message": message, "type": kind, "param": None, "code": status}})


def _strict(body: dict[str, Any], fields: dict[str, Any], more: set[str]) -> None:
    if (missing := set(fields) - set(body)) or (unknown := set(body) - set(fields) - more):
        raise _said(f"fields {sorted(missing or unknown)}", 400)
    for name, kind in fields.items():
        if not isinstance(body[name], kind) or (kind is int and isinstance(body[name], bool)):
            raise _said(f"{name} is a {type(body[name]).__name__}", 400)


def _top(own: list[float], token: int, count: int) -> list[dict[str, Any]]:
    """The sampled token first, then the likeliest ones."""
    best = sorted((one for one in range(len(own)) if one != token), key=lambda one: -own[one])[:count]
    return [{"token_id": one, "logprob": own[one], "rank": place} for place, one in enumerate((token, *best))]


def features(features: dict[str, Any] | None, ids: list[int]) -> dict[str, Any]:
    """Pixels and grids, read as vLLM's ``mm_serde.py`` reads them."""
    if features is None:
        return {}
    import msgspec

    assert set(features) == {"mm_hashes", "mm_placeholders", "kwargs_data"} and set(features["mm_hashes"]) == {"image"}
    spans, patches, grids = features["mm_placeholders"]["image"], [], []
    assert len(spans) == len(features["mm_hashes"]["image"]) == len(features["kwargs_data"]["image"])
    for span, encoded in zip(spans, features["kwargs_data"]["image"], strict=True):
        item = msgspec.msgpack.decode(base64.b64decode(encoded))
        kind, options = item["pixel_values"]["field"]
        pixels, grid = _tensor(item["pixel_values"]["data"]), _tensor(item["image_grid_thw"]["data"])
        assert (kind, set(options)) == ("flat", {"keep_on_cpu", "slices", "dim"}) and options["slices"] == [
            [0, len(pixels), None]
        ]
        assert item["image_grid_thw"]["field"] == ["batched", {"keep_on_cpu": True}]
        assert len(set(ids[span["offset"] : span["offset"] + span["length"]])) == 1 and span["length"] * 4 == int(grid.prod())
        patches.append(pixels)
        grids.append(grid)
    return {"pixel_values": torch.cat(patches), "image_grid_thw": torch.stack(grids)}


def _tensor(parts: list[Any]) -> torch.Tensor:
    name, shape, data = parts
    assert data.code == 3
    return torch.frombuffer(bytearray(data.data), dtype=getattr(torch, name)).view(shape)
