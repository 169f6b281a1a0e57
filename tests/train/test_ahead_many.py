"""``evolve.ahead = 1`` in several processes: the steps of one on the same rollouts, and what one that is killed leaves."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from genevolve.policies.local.tiny import tiny_model
from tests.services.thread import serving
from tests.train.launched import ended, launched, words
from tests.train.served_run import Steady

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning"),
]
STEPS = 3
RECIPE = """
extends = "atlas-smoke"
[lora]
r = {r}
[data]
requests = 2
validation = 3
[sdl]
lambda = 0.0
[evolve]
profile = "{profile}"
server = "{url}"
server_model = "tiny"
ahead = 1
requests = 2
generations = 3
steps = 3
eval_steps = 2
eval_at_start = false
learning_rate = 0.5
max_sampling_gap = 5
kl_interval = 0
process_timeout = 20.0
"""
PROFILE = 'extends = "offline"\n[episode]\nmax_turns = 2\n'
Result = tuple[list[dict[str, float]], dict[str, torch.Tensor], list[float]]  # the log of each step, weights, rewards held out


def vllm() -> Steady:
    return Steady(name="tiny", base=tiny_model()[0].eval())


def started(count: int, folder: Path, url: str, *split: str, r: int = 4) -> list[Any]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profile.toml").write_text(PROFILE)
    (folder / "recipe.toml").write_text(RECIPE.format(r=r, url=url, profile=folder / "profile.toml"))
    where = [str(folder / "recipe.toml"), str(folder / "run")]
    return launched(count, folder / "said", "tests.train.served_run", *where, *split)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def result(folder: Path) -> Result:
    from safetensors.torch import load_file

    run = folder / "run"
    log = [line for line in lines(run / "log.jsonl") if "loss" in line]
    (weights,) = run.glob("served/*/*.safetensors")  # what servers had last, alone: after the last step, in full precision
    evaluated = [value for line in lines(run / "evaluations.jsonl") for value in line["rewards"].values()]
    return log, load_file(weights), evaluated


def whole(count: int, folder: Path, *split: str, r: int) -> tuple[Result, list[int]]:
    """What ``count`` processes make of it, and with which weights the server was met by each request, in their order."""
    server_of = vllm()
    with serving(server_of) as (server,):
        codes = ended(started(count, folder, server.url, *split, r=r))
    assert codes == [0] * count, words(folder / "said", 0)[-3000:]
    return result(folder), server_of.spoke


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Result]:
    """Three steps of one process, with an adapter of rank ``r`` or (0) with all weights."""
    known: dict[int, Result] = {}

    def of(r: int) -> Result:
        if r not in known:
            known[r], spoke = whole(1, tmp_path_factory.mktemp("alone"), r=r)
            assert spoke[-1] == 3 and spoke == sorted(spoke), "at the start, after one update, and in two evaluations"
        return known[r]

    return of


@pytest.mark.parametrize(("r", "split"), [(4, ()), (0, ()), (4, ("split",)), (0, ("split",))])
def test_two_processes_a_step_ahead_take_the_steps_of_one(
    tmp_path: Path, alone: Callable[[int], Result], r: int, split: tuple[str, ...]
) -> None:
    """Each waits for the slower one: neither learns before all are sampled, and no weights are handed over before that. With
    an adapter and with all weights, which each holds whole or which FSDP2 splits; three held-out requests are tried by two."""
    log, weights, evaluated = alone(r)
    (own, found, tried), spoke = whole(2, tmp_path, *split, r=r)
    assert spoke == sorted(spoke) and spoke[-1] == 3
    for name in ("loss", "grad_norm", "rollout/reward", "rollout/sampled_scored_gap"):
        assert [line[name] for line in own] == pytest.approx([line[name] for line in log], rel=1e-3, abs=1e-5), name
    assert max(line["rollout/sampled_scored_gap"] for line in own[:1]) < 1e-5
    assert min(line["rollout/sampled_scored_gap"] for line in own[1:]) > 1e-3, "later steps are sampled with older weights"
    tied = found.pop("lm_head.weight", None)  # where weights are split it is written twice
    assert tied is None or (split and torch.equal(tied, found["model.embed_tokens.weight"]))
    assert found.keys() == weights.keys()
    before = tiny_model()[0].state_dict()
    assert r or max(float((weights[name] - before[name]).abs().max()) for name in weights if name in before) > 1e-3
    assert max(float((weights[name] - value).abs().max()) for name, value in found.items()) < 2e-6
    assert sorted(tried) == sorted(evaluated)


@pytest.mark.parametrize("rank", [0, 1])
def test_a_process_killed_while_two_steps_are_under_way_ends_the_run_which_goes_on(tmp_path: Path, rank: int) -> None:
    """SIGKILL as the second step is written down, with the third under way: the other stops too, though its own attempts
    are not made yet, and the same command makes the steps that are left."""
    moment = tmp_path / "run" / "steps" / "000001"
    with serving(vllm()) as (server,):
        processes = started(2, tmp_path, server.url)
        deadline = time.monotonic() + 600
        while not moment.exists() and processes[rank].poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        processes[rank].kill()
        codes = ended(processes)
        said = words(tmp_path / "said", 1 - rank)
        assert codes[rank] == -signal.SIGKILL and codes[1 - rank] == 1, said[-3000:]
        assert "start the same command again" in said and "Traceback" not in said
        assert not (tmp_path / "run" / "adapter").exists()
        assert ended(started(2, tmp_path, server.url)) == [0, 0], words(tmp_path / "said", 0)[-3000:]
    log, _, _ = result(tmp_path)
    assert [line["step"] for line in log] == [1, 2, 3]
    assert all(line["rollout/sampled_scored_gap"] < 1.0 for line in log)
    assert sorted(path.name for path in (tmp_path / "run" / "steps").iterdir()) == [f"{step:06d}" for step in range(STEPS)]
