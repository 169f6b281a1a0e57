"""Self-evolution under SIGKILL at random moments and on a full disk: it ends with the weights of a run that had neither."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
RECIPE = """
extends = "atlas-smoke"

[data]
validation = 0

[evolve]
steps = 4
"""
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
Weights = bytes


def recipe(folder: Path) -> Path:
    path = folder / "recipe.toml"
    path.write_text(RECIPE)
    return path


def started(folder: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "genevolve", "evolve", str(recipe(folder)), "--out", str(out), *more]
    with (folder / "said.txt").open("wb") as said:
        return subprocess.Popen(command, stdout=said, stderr=said, env=ENVIRONMENT)


def finished(folder: Path, out: Path, *more: str) -> tuple[Weights, list[float]]:
    """Run to the end: the adapter's bytes and the loss of each step."""
    process = started(folder, out, *more)
    assert process.wait(300) == 0, (folder / "said.txt").read_text()[-3000:]
    return (out / "adapter" / "adapter_model.safetensors").read_bytes(), losses(out)


def losses(out: Path) -> list[float]:
    records = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [record["loss"] for record in records if "loss" in record]


def killed(process: subprocess.Popen[bytes], out: Path, step: int, delay: float) -> None:
    """SIGKILL ``delay`` seconds after step number ``step`` had its episodes, while it learns or saves."""
    deadline = time.monotonic() + 120
    while process.poll() is None and not (out / "steps" / f"{step:06d}").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(delay)
    process.kill()
    process.wait(30)


def test_killed_in_mid_step_three_times_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    weights, curve = finished(tmp_path / "a", tmp_path / "a" / "run")
    draw = random.Random(7)
    out = tmp_path / "run"
    for step in range(3):
        killed(started(tmp_path, out), out, step, draw.uniform(0, 0.4))
        assert not (out / "adapter").exists()
    again, also = finished(tmp_path, out)
    assert again == weights
    assert also == curve


def test_on_a_full_disk_it_stops_whole_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(disk)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        (tmp_path / "a").mkdir()
        weights, curve = finished(tmp_path / "a", tmp_path / "a" / "run")
        process = started(tmp_path, disk / "run")
        assert process.wait(300) == 1
        said = (tmp_path / "said.txt").read_text()
        assert "free some space" in said and "Traceback" not in said
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert finished(tmp_path, disk / "run") == (weights, curve)
    finally:
        subprocess.run(["umount", str(disk)], check=False)
