"""T12 over two processes: the same step as one process on the same replayed batch."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from genevolve.train.settings import Aggregation
from tests.paths import ROOT
from tests.train import gloo_lesson
from tests.train.launched import ENVIRONMENT


def torchrun(module: str, *arguments: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    done = subprocess.run([*command, "-m", module, *arguments], capture_output=True, text=True, env=ENVIRONMENT, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def test_two_ranks_share_the_distillation_term(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.train.gloo_lesson"]
    where = [str(tmp_path / "meeting"), str(tmp_path / "out.pt")]
    ranks = [subprocess.Popen([*command, str(rank), "2", *where], env=ENVIRONMENT, cwd=ROOT) for rank in range(2)]
    assert [rank.wait(timeout=120) for rank in ranks] == [0, 0]
    found = torch.load(tmp_path / "out.pt")
    for aggregation in Aggregation:
        assert torch.allclose(found[aggregation.value], gloo_lesson.gradient(0, 1, aggregation), atol=1e-12)
        assert found[aggregation.value].abs().sum() > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("aggregation", [Aggregation.SEQUENCE_SUM_ALL, Aggregation.TOKEN_MEAN])
def test_two_processes_train_as_one(tmp_path: Path, aggregation: Aggregation) -> None:
    from tests.train import two_processes

    torchrun("tests.train.two_processes", str(tmp_path / "out.pt"), aggregation.value)
    found = torch.load(tmp_path / "out.pt")
    alone, log = two_processes.step(tmp_path, 1, aggregation)
    assert found["processes"] == 2
    assert max(float((alone[name] - value).abs().max()) for name, value in found["weights"].items()) < 2e-6
    for name in ("sdl/token_mean", "sdl/sequence_sum_all", "sdl/gap", "rollout/unscored", "rollout/guided_share", "reward"):
        assert found["log"][0][name] == pytest.approx(log[0][name], rel=1e-5), name


@pytest.mark.slow
def test_the_commands_run_in_two_processes(tmp_path: Path) -> None:
    """One process holds the folder and writes the log; the weights and every row are there once."""
    torchrun("genevolve", "sft", "atlas-smoke", "--out", str(tmp_path / "cold"))
    assert (tmp_path / "cold" / "adapter" / "adapter_model.safetensors").is_file()
    torchrun("genevolve", "evolve", "atlas-smoke", "--steps", "1", "--out", str(tmp_path / "run"))
    assert (tmp_path / "run" / "adapter" / "adapter_model.safetensors").is_file()
    assert {path.name for path in (tmp_path / "run" / "steps" / "000000").glob("episodes.*")} == {
        "episodes.0.jsonl.gz",
        "episodes.1.jsonl.gz",
    }
    steps = [json.loads(line)["step"] for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert steps.count(1) <= 2 and steps[0] == 1
