"""Steps whose rollouts come from a server: the loss of the model's own, and one server for several processes."""

import json
import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
import torch

from genevolve.app.evolve import evolve
from genevolve.policies.local.engine import RaggedEngine
from genevolve.policies.local.tiny import tiny_model
from genevolve.policies.served.engine import ServedEngine
from genevolve.train.recipe import Recipe, changed, load_recipe
from genevolve.train.reward import Reward, RewardRule
from tests.paths import ROOT
from tests.services.thread import serving
from tests.services.vllm import TinyVllm

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")


def recipe_of(r: int, **evolving: Any) -> Recipe:
    keys = {"learning_rate": 0.05, "steps": 1, "kl_interval": 0, **evolving}
    return changed(
        load_recipe("atlas-smoke"), {"lora": {"r": r}, "data": {"validation": 0}, "sdl": {"lambda": 0.0}, "evolve": keys}
    )


def result(out: Path) -> tuple[list[tuple[float, float]], dict[str, torch.Tensor]]:
    """Loss and gradient norm of each step, and the weights."""
    from safetensors.torch import load_file

    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    (weights,) = [*out.glob("adapter/*.safetensors"), *out.glob("model/*.safetensors")]
    return [(entry["loss"], entry["grad_norm"]) for entry in log if "loss" in entry], load_file(weights)


@pytest.mark.slow
@pytest.mark.parametrize("r", [4, 0])
def test_the_loss_of_served_rollouts_is_that_of_the_same_ones_made_here(
    r: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whole step, with an adapter and with all weights: what was sampled elsewhere is replayed in this process."""

    def earned(self: RewardRule, episode: Any, setup: Any) -> Reward:
        return Reward(value=zlib.crc32(episode.request.id.encode()) % 5 / 4)

    said: dict[tuple[str, int], Any] = {}
    served = ServedEngine.sample

    async def noted(self: Any, key: str, ids: Any, *more: Any) -> Any:
        said[key, len(ids)] = await served(self, key, ids, *more)
        return said[key, len(ids)]

    async def replayed(self: Any, key: str, ids: Any, *more: Any) -> Any:
        return said[key, len(ids)]

    monkeypatch.setattr(RewardRule, "reward", earned)
    monkeypatch.setattr(ServedEngine, "sample", noted)
    monkeypatch.setattr(RaggedEngine, "sample", replayed)
    with serving(TinyVllm(name="tiny", base=tiny_model()[0].eval())) as (server,):
        evolve(recipe_of(r, server=server.url), out=tmp_path / "there")
    evolve(recipe_of(r), out=tmp_path / "here")
    (there, weights), (here, own) = result(tmp_path / "there"), result(tmp_path / "here")
    assert there == here and len(there) == 1 and all(norm > 0 for _, norm in there)
    assert all(torch.equal(weights[name], value) for name, value in own.items())


@pytest.mark.slow
@pytest.mark.parametrize("r", [4, 0])
def test_two_processes_share_one_server(r: int, tmp_path: Path) -> None:
    """Each step's weights are written and loaded once, and both processes' rows are sampled with them."""
    vllm = TinyVllm(name="tiny", base=tiny_model()[0].eval())
    recipe, out = tmp_path / "recipe.toml", tmp_path / "run"
    with serving(vllm) as (server,):
        lines = [
            'extends = "atlas-smoke"',
            "[lora]",
            f"r = {r}",
            "[data]",
            "validation = 0",
            "[sdl]",
            "lambda = 0.0",
            "[evolve]",
        ]
        recipe.write_text("\n".join([*lines, f'server = "{server.url}"', "steps = 1", ""]))
        command = [sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        words = [*command, "-m", "genevolve", "evolve", str(recipe), "--out", str(out)]
        done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=500)
    assert done.returncode == 0, done.stderr[-3000:]
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    found = [entry["rollout/sampled_scored_gap"] for entry in log if "rollout/sampled_scored_gap" in entry]
    assert len(found) == 1 and max(found) < 1e-5
    assert len(vllm.loaded) == 1
    assert {path.name for path in (out / "steps" / "000000").glob("episodes.*")} == {f"episodes.{n}.jsonl.gz" for n in range(2)}
