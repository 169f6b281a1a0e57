"""T12 over two processes: the same step as one process on the same replayed batch."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from genevolve.train.settings import Aggregation
from tests import gloo_lesson

ROOT = Path(__file__).parents[1]


ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}


def torchrun(module: str, *arguments: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    done = subprocess.run([*command, "-m", module, *arguments], capture_output=True, text=True, env=ENVIRONMENT, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def test_two_ranks_share_the_distillation_term(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.gloo_lesson"]
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
    from tests import two_processes

    torchrun("tests.two_processes", str(tmp_path / "out.pt"), aggregation.value)
    found = torch.load(tmp_path / "out.pt")
    alone, log = two_processes.step(tmp_path, 1, aggregation)
    assert found["processes"] == 2
    assert max(float((alone[name] - value).abs().max()) for name, value in found["weights"].items()) < 2e-6
    for name in ("sdl/token_mean", "sdl/sequence_sum_all", "sdl/gap", "rollout/unscored", "rollout/guided_share", "reward"):
        assert found["log"][0][name] == pytest.approx(log[0][name], rel=1e-5), name
