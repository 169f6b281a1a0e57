"""An SGLang server with a tiny model, as strict as the sources of 0.5.23 say: paths, fields, answers word for word."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.vllm import TinyVllm
from tests.services.wire import Rejected, Reply, Request, answer

_CHOSEN = {
    "n", "max_new_tokens", "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "presence_penalty",
    "frequency_penalty", "stop_token_ids", "ignore_eos", "skip_special_tokens", "no_stop_trim",
}  # fmt: skip
_ASKED = {"input_ids", "sampling_params", "return_logprob", "stream"}
_PATHS = (
    "/openapi.json", "/v1/models", "/v1/completions", "/generate", "/update_weights_from_disk", "/load_lora_adapter",
    "/unload_lora_adapter", "/get_model_info", "/get_server_info",
)  # fmt: skip


@dataclass(slots=True)
class TinySglang(TinyVllm):
    """``rank`` is --max-lora-rank (0: without --enable-lora), ``newer`` whether it has today's names of two places,
    ``processed`` the lack of SGLANG_RETURN_ORIGINAL_LOGPROB."""

    newer: bool = True

    @property
    def paths(self) -> tuple[str, ...]:
        return (*_PATHS, *(("/model_info", "/server_info") if self.newer else ()))

    def _told(self, request: Request) -> Reply:
        model = {"model_path": self.name, "is_generation": True, "weight_version": self.version}
        server = {"enable_lora": bool(self.rank) or None, "max_lora_rank": self.rank or None, "version": "0.5.23"}
        found: dict[str, Any] = {
            "/openapi.json": {"openapi": "3.1.0", "paths": {path: {} for path in self.paths}},
            "/v1/models": {"object": "list", "data": [{"id": self.name, "object": "model"}]},
            **dict.fromkeys(("/model_info", "/get_model_info"), model),
            **dict.fromkeys(("/server_info", "/get_server_info"), server),
        }
        return answer(found[request.path])

    def _done(self, path: str, query: dict[str, str], body: dict[str, Any]) -> Reply:
        match path:
            case "/load_lora_adapter":
                return self._load(body)
            case "/unload_lora_adapter":
                if self.adapters.pop(body["lora_name"], None) is None:
                    raise _said(f"LoRA adapter with name {body['lora_name']} is not loaded.")
                return answer({"success": True, "loaded_adapters": {}})
            case "/update_weights_from_disk":
                return self._reload(body)
            case "/generate":
                return self._generate(body)
        raise Rejected("not asked for here", status=400)

    def _load(self, body: dict[str, Any]) -> Reply:
        from peft import PeftConfig, PeftModel

        if not self.rank:
            raise _said("LoRA is not enabled. Please set `--enable-lora` to enable LoRA.")
        path = Path(body["lora_path"])
        if set(body) != {"lora_name", "lora_path"} or not path.is_dir():
            raise _said(f"Failed to load LoRA adapter {body.get('lora_name')} from {path}")
        if body["lora_name"] in self.adapters:
            raise _said(f"LoRA adapter with name {body['lora_name']} already exists.")
        if (rank := PeftConfig.from_pretrained(str(path)).r) > self.rank:
            raise _said(f"LoRA adapter with rank {rank} is incompatible with the current LoRA memory pool configuration.")
        self.adapters[body["lora_name"]] = PeftModel.from_pretrained(copy.deepcopy(self.base), str(path)).eval()
        self.loaded.append(body["lora_name"])
        return answer({"success": True, "error_message": "", "loaded_adapters": {}})

    def _reload(self, body: dict[str, Any]) -> Reply:
        path = Path(body["model_path"])
        assert set(body) == {"model_path", "weight_version", "abort_all_requests", "flush_cache"}
        if not path.is_dir():
            return answer(
                {"success": False, "message": f"Failed to update weights: {path}", "num_paused_requests": 0}, status=400
            )
        self.whole = type(self.base).from_pretrained(path).eval()
        self.version = body["weight_version"]
        self.loaded.append(path.name)
        return answer({"success": True, "message": "Succeeded to update model weights.", "num_paused_requests": 0})

    def _generate(self, body: dict[str, Any]) -> Reply:
        asked = body["sampling_params"]
        if set(body) - {"lora_path", "top_logprobs_num"} != _ASKED or set(asked) != _CHOSEN or not body["return_logprob"]:
            raise _said(f"fields {sorted(body)} and {sorted(asked)}")
        name = body.get("lora_path", self.name)
        if name not in (self.name, *self.adapters):
            if self.newer:
                raise _said(f"Got LoRA adapter that has never been loaded: {name}\nAll loaded adapters: dict_keys([]).")
            raise _said(f"The following requested LoRA adapters are not loaded: {name}\nLoaded adapters: dict_keys([]).")
        self.asked.append(body)
        vllm = {**asked, "max_tokens": asked["max_new_tokens"]}
        ids, scores, ended = self._sampled(self._model(name), body["input_ids"], vllm, {})
        count = body.get("top_logprobs_num", 0)
        best = [sorted(((value, token, None) for token, value in enumerate(own)), reverse=True)[:count] for own in scores]
        about = {
            "id": "1",
            "finish_reason": {"type": "stop", "matched": ids[-1]}
            if ended == "stop"
            else {"type": "length", "length": len(ids)},
            "prompt_tokens": len(body["input_ids"]),
            "completion_tokens": len(ids),
            "weight_version": self.version,
            "output_token_logprobs": [(own[token], token, None) for token, own in zip(ids, scores, strict=True)],
            **({"output_top_logprobs": best} if count else {}),
        }
        return answer(self._given({"text": "", "output_ids": ids, "meta_info": about}))


def _said(message: str) -> Rejected:
    return Rejected(message, status=400, body={"error": {"message": message}})
