"""A vLLM server with a tiny model: completions from token ids, and LoRA adapters that are loaded while it runs."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from tests.services.wire import Rejected, Reply, Request, answer

_FIELDS: dict[str, type | tuple[type, ...]] = {
    "model": str,
    "prompt": list,
    "max_tokens": int,
    "n": int,
    "temperature": (int, float),
    "top_p": (int, float),
    "top_k": int,
    "min_p": (int, float),
    "repetition_penalty": (int, float),
    "seed": int,
    "stop_token_ids": list,
    "logprobs": int,
    "return_token_ids": bool,
    "skip_special_tokens": bool,
    "add_special_tokens": bool,
}


@dataclass(slots=True)
class TinyVllm:
    """Serves ``base`` under ``name``; ``rank`` is --max-lora-rank. ``spoil`` changes a choice before it is sent."""

    name: str
    base: Any
    rank: int = 16
    spoil: Any = None
    adapters: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if request.method != "POST" or request.headers.get("content-type") != "application/json":
            raise Rejected("POST JSON", status=415)
        body = request.json()
        match request.path:
            case "/v1/load_lora_adapter":
                return self._load(body)
            case "/v1/unload_lora_adapter":
                if self.adapters.pop(body["lora_name"], None) is None:
                    raise Rejected("no such adapter", status=404)
                return Reply(body=b"Success", content_type="text/plain")
            case "/v1/completions":
                return self._complete(body)
        raise Rejected("not found", status=404)

    def _load(self, body: dict[str, Any]) -> Reply:
        from peft import PeftConfig, PeftModel

        if set(body) != {"lora_name", "lora_path"} or not Path(body["lora_path"]).is_absolute():
            raise Rejected("lora_name and an absolute lora_path", status=400)
        if body["lora_name"] in self.adapters or PeftConfig.from_pretrained(body["lora_path"]).r > self.rank:
            raise Rejected("loaded already, or its rank is larger than --max-lora-rank", status=400)
        import copy

        self.adapters[body["lora_name"]] = PeftModel.from_pretrained(copy.deepcopy(self.base), body["lora_path"]).eval()
        self.loaded.append(body["lora_name"])
        return Reply(body=b"Success", content_type="text/plain")

    def _complete(self, body: dict[str, Any]) -> Reply:
        if unknown := set(body) ^ set(_FIELDS):
            raise Rejected(f"fields {sorted(unknown)}", status=400)
        for name, kind in _FIELDS.items():
            if not isinstance(body[name], kind) or (kind is int and isinstance(body[name], bool)):
                raise Rejected(f"{name} is a {type(body[name]).__name__}", status=400)
        if not all(type(one) is int and one >= 0 for one in body["prompt"]) or not 0 <= body["seed"] < 2**63:
            raise Rejected("prompt holds token ids; seed is an int64", status=400)
        model = self.base if body["model"] == self.name else self.adapters.get(body["model"])
        if model is None:
            raise Rejected(f"the model {body['model']!r} does not exist", status=404)
        self.asked.append(body)
        choice = _sampled(model, body)
        return answer({"id": "cmpl-1", "object": "text_completion", "model": body["model"], "choices": [self._given(choice)]})

    def _given(self, choice: dict[str, Any]) -> dict[str, Any]:
        return self.spoil(choice) if self.spoil is not None else choice


@torch.inference_mode()
def _sampled(model: Any, body: dict[str, Any]) -> dict[str, Any]:
    random = torch.Generator().manual_seed(body["seed"] % 2**63)
    ids, drawn, logprobs = list(body["prompt"]), [], []
    for _ in range(body["max_tokens"]):
        logits = model(input_ids=torch.tensor([ids])).logits[0, -1].float() / (body["temperature"] or 1.0)
        scores = logits.log_softmax(-1)
        token = int(torch.multinomial(scores.exp(), 1, generator=random))
        drawn.append(token)
        logprobs.append(float(scores[token]))
        ids.append(token)
        if token in body["stop_token_ids"]:
            break
    ended = "stop" if drawn[-1] in body["stop_token_ids"] else "length"
    tokens = [f"token_id:{token}" for token in drawn]
    return {
        "index": 0,
        "text": re.sub(r"\D", "", " ".join(tokens)),
        "logprobs": {"tokens": tokens, "token_logprobs": logprobs, "top_logprobs": [None] * len(drawn), "text_offset": []},
        "finish_reason": ended,
        "stop_reason": drawn[-1] if ended == "stop" else None,
        "token_ids": drawn,
        "prompt_token_ids": body["prompt"],
    }
