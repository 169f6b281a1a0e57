"""SIGKILL at random moments in every stage, with faulty services: nothing is lost, nothing differs, nothing is paid twice."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import png
from tests.services.paper import ENVIRON, Key, Paper, answered, paper_services

SETTLED = 0.05  # seconds in which the servers read what a killed process had sent


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    with paper_services() as paper:
        yield paper


def requests_file(folder: Path, rows: int) -> Path:
    (folder / "truth.png").write_bytes(png())
    path = folder / "requests.jsonl"
    lines = [{"id": f"place{n}", "prompt": f"a poster of place{n}", "mark": [n]} for n in range(rows)]
    path.write_text(
        "".join(json.dumps(line | ({"gt_image": "truth.png"} if n % 2 else {})) + "\n" for n, line in enumerate(lines))
    )
    return path


class Killer:
    """Runs one command to its end, killing it at ``kills`` random moments on the way."""

    def __init__(self, paper: Paper, folder: Path, seed: int, *, cache: str = "off") -> None:
        self.paper = paper
        self.folder = folder
        self.random = random.Random(seed)
        self.profile = paper.profile(folder / "profile.toml", cache=cache)
        self.done = 0

    def finish(self, *command: str, out: Path, kills: int) -> None:
        """Run until it is done. Checks after each kill that what the journal holds is not asked for again."""
        known: set[Key] = set()
        while True:
            self.paper.forget()
            process = self._start(*command, out=out)
            killed = self.done < kills and self._kill(process)
            code = process.wait(120)
            time.sleep(SETTLED)
            again = known & set(self.paper.asked())
            assert not again, f"after kill {self.done} these were asked again: {sorted(again)}"
            if not killed:
                assert code == 0, (self.folder / "said.txt").read_text()[-3000:]
                return
            self.done += 1
            known = journaled(out)

    def _start(self, *command: str, out: Path) -> subprocess.Popen[bytes]:
        arguments = [sys.executable, "-m", "genevolve", *command, "--out", str(out), "--profile", str(self.profile)]
        environ = {**os.environ, **ENVIRON, "GENEVOLVE_HOME": str(self.folder / "home")}
        with (self.folder / "said.txt").open("wb") as said:
            return subprocess.Popen([*arguments, "--concurrency", "4"], stdout=said, stderr=said, env=environ)

    def _kill(self, process: subprocess.Popen[bytes]) -> bool:
        """SIGKILL while it works, or (one time in six) while it starts; False when it ended before."""
        if self.random.random() < 1 / 6:
            moment, enough = time.monotonic() + self.random.random(), sys.maxsize
        else:
            moment, enough = time.monotonic() + 60, self.random.randint(1, 8)
        while process.poll() is None and self.paper.requests() < enough and time.monotonic() < moment:
            time.sleep(0.001)
        time.sleep(self.random.random() * 0.03)
        if process.poll() is not None:
            return False
        process.kill()
        return True


def journaled(out: Path) -> set[Key]:
    """What the journal says was answered; its torn last line does not count."""
    path = out / "journal.jsonl"
    replies: Counter[str] = Counter()
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return {key for line in lines if line.endswith(b"\n") for key in answered(json.loads(line), replies)}


def compare(out: Path, calm: Path, rows: int) -> None:
    """Every row is there exactly once, in order, and equal to that of the undisturbed run; so is every image."""
    results = (out / "results.jsonl").read_bytes()
    assert [json.loads(line)["id"].removesuffix("-s0") for line in results.splitlines()] == [f"place{n}" for n in range(rows)]
    assert results == (calm / "results.jsonl").read_bytes()
    for line in results.splitlines():
        row = json.loads(line)
        assert row["error"] is None
        if row.get("image_path") and (out / row["image_path"]).is_relative_to(out):
            assert (out / row["image_path"]).read_bytes() == (calm / row["image_path"]).read_bytes()
    leftovers = [path.name for path in out.iterdir() if path.suffix in {".sorting", ".writing"}]
    assert not leftovers


def disturbed(paper: Paper, folder: Path, *command: str, rows: int, kills: int, seed: int, cache: str = "off") -> Path:
    """``command`` without trouble, then with ``kills`` kills and faults, again and again in fresh directories. The first."""
    killer = Killer(paper, folder, seed, cache="off")
    calm = folder / f"{command[0]}-calm"
    for faulty in paper.faults:
        faulty.on = False
    killer.finish(*command, out=calm, kills=0)
    killer.profile = paper.profile(folder / "profile.toml", cache=cache)
    for faulty in paper.faults:
        faulty.on = True
    number = 0
    while killer.done < kills:
        out = folder / f"{command[0]}-{number}"
        killer.finish(*command, out=out, kills=kills)
        compare(out, calm, rows)
        number += 1
    assert not paper.rejections()
    return calm


def test_a_run_that_is_killed_five_times_ends_like_one_that_is_not(paper: Paper, tmp_path: Path) -> None:
    source = requests_file(tmp_path, 5)
    disturbed(paper, tmp_path, "run", str(source), rows=5, kills=5, seed=1, cache="read")


def test_a_benchmark_that_is_killed_ends_like_one_that_is_not(paper: Paper, tmp_path: Path) -> None:
    source = requests_file(tmp_path, 4)
    disturbed(paper, tmp_path, "bench", "jsonl", "--data", str(source), rows=4, kills=2, seed=5)


@pytest.mark.slow
def test_thirty_kills_of_a_benchmark(paper: Paper, tmp_path: Path) -> None:
    source = requests_file(tmp_path, 20)
    disturbed(paper, tmp_path, "bench", "jsonl", "--data", str(source), rows=20, kills=30, seed=6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_fifty_kills_in_each_stage(paper: Paper, tmp_path: Path, seed: int) -> None:
    rows = 40
    source = requests_file(tmp_path, rows)
    programs = disturbed(paper, tmp_path, "run", str(source), "--until", "program", rows=rows, kills=50, seed=seed)
    images = disturbed(paper, tmp_path, "render", str(programs / "results.jsonl"), rows=rows, kills=50, seed=seed + 1)
    scored = disturbed(
        paper, tmp_path, "score", str(images / "results.jsonl"), "--format", "release", rows=rows, kills=50, seed=seed
    )
    assert json.loads((scored / "summary.json").read_text())["total_cases"] == rows


@pytest.mark.slow
def test_twelve_kills_with_two_workers(paper: Paper, tmp_path: Path) -> None:
    source = requests_file(tmp_path, 20)
    disturbed(paper, tmp_path, "run", str(source), "--workers", "2", rows=20, kills=12, seed=7, cache="read")


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["off", "read"])
def test_fifty_kills_from_request_to_score(paper: Paper, tmp_path: Path, cache: str) -> None:
    source = requests_file(tmp_path, 30)
    disturbed(paper, tmp_path, "run", str(source), rows=30, kills=50, seed=3, cache=cache)
