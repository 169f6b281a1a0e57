"""Whole runs of ``genevolve evolve`` whose policy a real vLLM speaks for, also when it or the trainer is killed in mid-step.

The model is tiny and random, its rewards follow from what it says (``served_run``): its weights move, and the server must
follow.
"""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from genevolve.policies.local.tiny import tiny_tokenizer
from tests.services.real_vllm import RealVllm, needs_vllm, serving_really
from tests.train.launched import ended, launched, words

pytestmark = [pytest.mark.slow, needs_vllm]
STEPS, ROWS = 3, 6
RECIPE = """
extends = "atlas-smoke"
[model]
name = "{model}"
[data]
requests = 2
validation = 1
[sdl]
lambda = 0.0
[evolve]
profile = "{profile}"
server = "{url}"
server_model = "base"
server_patience = 60.0
ahead = {ahead}
requests = 2
generations = 3
steps = 3
eval_at_start = false
learning_rate = 0.5
max_sampling_gap = 5
kl_interval = 0
"""
PROFILE = 'extends = "offline"\n[episode]\nmax_turns = 2\n'


def text_model(folder: Path) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = tiny_tokenizer()
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "head_dim": 32}
    config = LlamaConfig(
        vocab_size=1024,
        num_key_value_heads=1,
        max_position_embeddings=16384,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **shape,
    )
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return text_model(tmp_path_factory.mktemp("served") / "model")


@pytest.fixture(scope="module")
def vllm(model: Path) -> Iterator[RealVllm]:
    with serving_really(model, model.parent / "vllm.txt") as server:
        yield server


def started(folder: Path, model: Path, url: str, *, ahead: int = 0) -> list[subprocess.Popen[bytes]]:
    (folder / "profile.toml").write_text(PROFILE)
    (folder / "recipe.toml").write_text(
        RECIPE.format(model=model, profile=folder / "profile.toml", url=url, ahead=ahead), encoding="utf-8"
    )
    return launched(1, folder / "said", "tests.train.served_run", str(folder / "recipe.toml"), str(folder / "run"))


def lines(path: Path) -> list[dict[str, Any]]:
    """Those that are whole: the last one may be under way."""
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def in_mid_step(folder: Path, process: subprocess.Popen[bytes], step: int) -> None:
    """Until some of the replies of ``step`` are there, and not all of them."""
    journal, deadline = folder / "run" / "attempts.0.jsonl", time.monotonic() + 600
    while process.poll() is None and time.monotonic() < deadline:
        if journal.exists() and any(line["step"] == step and line["row"].startswith("step") for line in lines(journal)):
            assert not (folder / "run" / "steps" / f"{step:06d}").exists()
            return
        time.sleep(0.005)
    raise AssertionError(words(folder / "said", 0)[-3000:])


def whole(folder: Path) -> list[dict[str, Any]]:
    """The log of a run in which each step was counted once, with all its attempts, and the weights moved."""
    log = [line for line in lines(folder / "run" / "log.jsonl") if "loss" in line]
    assert [line["step"] for line in log] == list(range(1, STEPS + 1))
    assert all(line["grad_norm"] > 0 for line in log)
    state = json.loads((folder / "run" / "checkpoints" / f"checkpoint-{STEPS}" / "trainer_state.json").read_text())
    assert state["global_step"] == STEPS
    assert sorted(path.name for path in (folder / "run" / "steps").iterdir()) == [f"{step:06d}" for step in range(STEPS)]
    assert (folder / "run" / "adapter" / "adapter_model.safetensors").is_file()
    return log


def gaps(log: list[dict[str, Any]]) -> list[float]:
    return [line["rollout/sampled_scored_gap"] for line in log]


@pytest.mark.parametrize("ahead", [0, 1])
def test_the_server_follows_a_whole_run(tmp_path: Path, model: Path, vllm: RealVllm, ahead: int) -> None:
    """With other weights the log-probabilities of sampling and training would be apart; a step ahead they are by an update."""
    assert ended(started(tmp_path, model, vllm.url, ahead=ahead)) == [0], words(tmp_path / "said", 0)[-3000:]
    found = gaps(whole(tmp_path))
    assert max(found[: 1 if ahead else STEPS]) < 1e-4
    assert not ahead or min(found[1:]) > 1e-3


def test_a_trainer_and_a_server_that_are_killed_in_mid_step_go_on(tmp_path: Path, model: Path, vllm: RealVllm) -> None:
    """SIGKILL of the trainer as the second step is sampled: the same command gives the server the weights of the checkpoint.
    SIGKILL of the server as the third one is: it is started again, gets the weights of the moment, and the step goes on."""
    (run,) = started(tmp_path, model, vllm.url)
    in_mid_step(tmp_path, run, 1)
    run.kill()
    assert ended([run]) == [-signal.SIGKILL]
    assert not (tmp_path / "run" / "adapter").exists()
    (run,) = started(tmp_path, model, vllm.url)
    in_mid_step(tmp_path, run, 2)
    vllm.kill()
    vllm.start()
    vllm.wait()
    assert run.poll() is None, "it waits for the server"
    assert ended([run]) == [0], words(tmp_path / "said", 0)[-3000:]
    assert max(gaps(whole(tmp_path))) < 1e-4
