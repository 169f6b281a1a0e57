"""Training under SIGKILL at random moments, on a full disk and with a clock that goes back: the weights of a calm run."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.clock import set_back
from tests.disk import small_disk, used

pytestmark = pytest.mark.slow
RECIPE = """
extends = "atlas-smoke"
[data]
validation = 0
[sft]
save_steps = 1
[evolve]
steps = 4
"""
COMMANDS = ("sft", "evolve")
Result = tuple[bytes, list[float]]  # the adapter, and the loss of each step


def started(command: str, folder: Path, out: Path, **more: str) -> subprocess.Popen[bytes]:
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE)
    words = [sys.executable, "-m", "genevolve", command, str(recipe), "--out", str(out)]
    with (folder / "said.txt").open("wb") as said:
        return subprocess.Popen(words, stdout=said, stderr=said, env={**os.environ, "OMP_NUM_THREADS": "1", **more})


def finished(command: str, folder: Path, out: Path, **more: str) -> Result:
    """Run to the end."""
    process = started(command, folder, out, **more)
    assert process.wait(300) == 0, (folder / "said.txt").read_text()[-3000:]
    records = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    losses = [record["loss"] for record in records if "loss" in record]
    return (out / "adapter" / "adapter_model.safetensors").read_bytes(), losses


@pytest.fixture(scope="module", params=COMMANDS)
def calm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Result]:
    """The command, its folder, and what it comes to when nothing happens."""
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, folder / "run", finished(request.param, folder, folder / "run")


def killed(process: subprocess.Popen[bytes], moment: Path, delay: float) -> None:
    """SIGKILL ``delay`` seconds after ``moment`` is there."""
    deadline = time.monotonic() + 120
    while process.poll() is None and not moment.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(delay)
    process.kill()
    process.wait(30)


def test_killed_at_random_moments_it_ends_with_the_same_weights(calm: tuple[str, Path, Result], tmp_path: Path) -> None:
    """``evolve``: while it learns from the episodes of a step, or saves; ``sft``: while it makes its data, learns, or saves."""
    command, _, result = calm
    draw, out = random.Random(7), tmp_path / "run"
    sft = [out / "data" / "recipes.jsonl", out / "data" / "dataset", *(out / "checkpoints" / f"checkpoint-{n}" for n in (1, 2))]
    for moment in sft if command == "sft" else [out / "steps" / f"{step:06d}" for step in range(3)]:
        killed(started(command, tmp_path, out), moment, draw.uniform(0, 0.4))
        assert not (out / "adapter").exists()
    assert finished(command, tmp_path, out) == result


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_on_a_full_disk_it_stops_whole_and_goes_on(calm: tuple[str, Path, Result], tmp_path: Path, share: float) -> None:
    command, whole, result = calm
    with small_disk(tmp_path / "disk", int(used(whole) * share)) as disk:
        assert started(command, tmp_path, disk.path / "run").wait(300) == 1
        said = (tmp_path / "said.txt").read_text()
        assert "free some space" in said and "Traceback" not in said
        disk.grow()
        assert finished(command, tmp_path, disk.path / "run") == result


def test_a_clock_that_goes_back_changes_nothing(calm: tuple[str, Path, Result], tmp_path: Path) -> None:
    """Each reading is an hour earlier than the one before; a kill lies between two parts of the run."""
    command, _, result = calm
    environ = set_back(tmp_path)
    out = tmp_path / "run"
    killed(started(command, tmp_path, out, **environ), out / "checkpoints" / "checkpoint-2", 0.0)
    assert finished(command, tmp_path, out, **environ) == result
