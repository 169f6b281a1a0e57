"""The commands in several real processes: the run of one, evaluation by all, and what a killed process leaves."""

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from genevolve.core.errors import ServiceError
from genevolve.experience.memory import Memory
from genevolve.train.evolve import MEMORY
from genevolve.train.launch import told_to_stop
from tests.train.launched import ended, launched, words

RECIPE = """
extends = "atlas-smoke"
[data]
requests = 4
validation = 3
[evolve]
requests = 4
generations = 2
steps = STEPS
process_timeout = 20.0
[experience]
gate = 0.0
max_pairs = 3
"""


def started(count: int, folder: Path, steps: int = 1) -> list[subprocess.Popen[bytes]]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.toml").write_text(RECIPE.replace("STEPS", str(steps)))
    return launched(count, folder / "said", "tests.train.scripted_run", str(folder / "recipe.toml"), str(folder / "run"))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def result(folder: Path) -> dict[str, Any]:
    """What a run has learnt, looked up and measured."""
    run = folder / "run"
    with Memory(run / MEMORY) as memory:
        known = [(one.id, one.request, one.step, one.group, one.gap, one.stored) for one in memory.entries()]
    log = [{name: value for name, value in line.items() if name.startswith("experience/")} for line in lines(run / "log.jsonl")]
    evaluated = [(line["step"], line["rewards"], line["unscored"]) for line in lines(run / "evaluations.jsonl")]
    told = [line for line in lines(run / "log.jsonl") if "rollout/reward" in line]
    own = [{name: value for name, value in line.items() if name.startswith("rollout/experience/")} for line in told]
    return {"memory": known, "log": log, "own": own, "evaluated": evaluated, "rewards": [one["rollout/reward"] for one in told]}


def test_a_process_that_is_told_to_stop_says_so() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ServiceError, match=r"told to stop.*start the same command again"), told_to_stop():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.slow
def test_the_run_of_several_processes_is_that_of_one(tmp_path: Path) -> None:
    """One memory, in which the lessons of all have their order; pairs are counted over all; three held-out requests are tried
    by two and by four."""
    for count in (1, 2, 4):
        codes = ended(started(count, tmp_path / str(count)))
        assert codes == [0] * count, words(tmp_path / str(count) / "said", 0)[-3000:]
    alone = result(tmp_path / "1")
    assert len(alone["memory"]) > 1 and [step for step, *_ in alone["evaluated"]] == [0, 1]
    for count in (2, 4):
        found = result(tmp_path / str(count))
        assert found["memory"] == alone["memory"]
        assert found["evaluated"] == alone["evaluated"]
        assert found["rewards"] == pytest.approx(alone["rewards"])
        for own, other in zip(found["own"], alone["own"], strict=True):
            assert own == pytest.approx(other)
        shares = [tried(tmp_path / str(count), rank) for rank in range(count)]
        assert shares == {2: [2, 1], 4: [1, 1, 1, 0]}[count]


def tried(folder: Path, rank: int) -> int:
    """How many held-out requests this process has tried."""
    kept = lines(folder / "run" / f"attempts.{rank}.jsonl")
    return len({line["row"] for line in kept if str(line.get("row")).startswith("evaluation.")})


def killed(processes: list[subprocess.Popen[bytes]], rank: int, moment: Path) -> list[int]:
    """SIGKILL of one when ``moment`` is there; how all ended."""
    deadline = time.monotonic() + 300
    while not moment.exists() and time.monotonic() < deadline and processes[rank].poll() is None:
        time.sleep(0.01)
    processes[rank].kill()
    return ended(processes)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run to which nothing happens."""
    folder = tmp_path_factory.mktemp("calm")
    assert ended(started(2, folder, steps=3)) == [0, 0], words(folder / "said", 0)[-3000:]
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_the_run_which_goes_on(tmp_path: Path, calm: Path, rank: int) -> None:
    """The first one holds the memory. The other says what happened; no step is counted twice, and the weights are the same."""
    codes = killed(started(2, tmp_path, steps=3), rank, tmp_path / "run" / "steps" / "000001")
    assert codes[rank] == -signal.SIGKILL and codes[1 - rank] == 1
    said = words(tmp_path / "said", 1 - rank)
    assert "start the same command again" in said and "Traceback" not in said
    assert not (tmp_path / "run" / "adapter").exists()
    assert ended(started(2, tmp_path, steps=3)) == [0, 0], words(tmp_path / "said", 0)[-3000:]
    steps = [line["step"] for line in lines(tmp_path / "run" / "log.jsonl") if "loss" in line]
    assert steps == [1, 2, 3]
    assert result(tmp_path)["memory"] == result(calm)["memory"]
    weights = ("run", "adapter", "adapter_model.safetensors")
    assert tmp_path.joinpath(*weights).read_bytes() == calm.joinpath(*weights).read_bytes()
