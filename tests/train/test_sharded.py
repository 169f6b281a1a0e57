"""Weights split over processes by FSDP2: the same steps as one process, and no rollout that would hang."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from genevolve.app.evolve import evolve
from genevolve.app.sft import sft
from genevolve.core.errors import Notice, UsageError
from genevolve.train.launch import splits_weights
from genevolve.train.rollout import Rollout
from tests.train import sharded_step
from tests.train.launched import ended, launched, words

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
DEEPSPEED = {"ACCELERATE_USE_DEEPSPEED": "true"}
LOGGED = ("sdl/sequence_sum_all", "sdl/gap", "rollout/unscored", "rollout/guided_share", "reward", "grad_norm")


@pytest.mark.parametrize(
    ("environ", "split"),
    [
        ({}, False),
        ({"ACCELERATE_USE_FSDP": "true"}, True),
        ({**DEEPSPEED, "ACCELERATE_DEEPSPEED_ZERO_STAGE": "3"}, True),
        ({**DEEPSPEED, "ACCELERATE_DEEPSPEED_ZERO_STAGE": "2"}, False),
    ],
)
def test_a_launcher_says_whether_it_splits(environ: dict[str, str], split: bool) -> None:
    assert splits_weights(environ) is split


def test_split_weights_cannot_sample_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told before anything is made, and again by the rollout, for those who build a trainer themselves."""
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(UsageError, match=r"let a server sample \(evolve\.server\), or launch without sharding"):
        evolve("atlas-smoke", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    none: Any = None
    rollout = Rollout(setup=none, sampler=none, runner=none, cases={}, rule=none, experience=None, step_log=none, journal=none)
    with pytest.raises(UsageError, match=r"evolve\.server"):
        rollout([], SimpleNamespace(splits_weights=True))  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_cold_start_with_split_weights_is_not_tried_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.warns(Notice, match="held-out requests are not tried in this cold start"):
        sft("atlas-smoke", out=tmp_path)
    assert not (tmp_path / "rollouts").exists()


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("kind", ["text", "vision", "cold"])
def test_split_weights_take_the_steps_of_one_process(tmp_path: Path, kind: str, count: int) -> None:
    """Unequal attempts; some processes have no lesson, no picture, or an attempt that was not scored.

    Of a Qwen3-VL, in both stages, the output layer is a unit of its own that TRL never calls.
    """
    codes = ended(launched(count, tmp_path / "said", "tests.train.sharded_step", kind, str(tmp_path / "out.pt")))
    assert codes == [0] * count, words(tmp_path / "said", 0)[-3000:]
    found, alone = torch.load(tmp_path / "out.pt", weights_only=False), sharded_step.steps(kind, tmp_path, 1)
    assert found["split"] and not alone["split"]
    assert found["weights"].keys() == alone["weights"].keys()
    assert max(float((alone["weights"][name] - value).abs().max()) for name, value in found["weights"].items()) < 2e-6
    for name in LOGGED if kind != "cold" else ("loss", "grad_norm"):
        assert found["log"][1][name] == pytest.approx(alone["log"][1][name], rel=1e-4), name


@pytest.mark.slow
def test_the_command_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    codes = ended(launched(2, tmp_path / "said", "tests.train.sharded_step", "command", str(tmp_path)))
    assert codes == [2, 2]
    assert all("let a server sample (evolve.server)" in words(tmp_path / "said", rank) for rank in range(2))
