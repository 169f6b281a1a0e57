"""Disks that are really full and clocks that are set back, with the paper's services: nothing is lost or paid twice."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from genevolve.app.run import FileRun
from tests.clock import set_back
from tests.disk import small_disk, used
from tests.run.test_kills import SETTLED, Killer, compare, journaled, requests_file
from tests.services.paper import ENVIRON, Paper, paper_services

CONCURRENCY = 4


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    with paper_services() as paper:
        for faulty in paper.faults:
            faulty.on = False
        yield paper


def filled(paper: Paper, folder: Path, *command: str, rows: int, shares: tuple[float, ...]) -> None:
    """``command`` on disks of these shares of what it needs, each made larger when it is full."""
    killer = Killer(paper, folder, 1)
    killer.finish(*command, out=folder / "calm", kills=0)
    for number, share in enumerate(shares):
        with small_disk(folder / f"disk{number}", int(used(folder / "calm") * share)) as disk:
            paper.forget()
            assert killer._start(*command, out=disk.path / "run").wait(120) == 1
            said = (folder / "said.txt").read_text()
            assert "the disk is full" in said and "Traceback" not in said
            time.sleep(SETTLED)
            known, first = journaled(disk.path / "run"), Counter(paper.asked())
            assert known
            disk.grow()
            killer.finish(*command, out=disk.path / "run", kills=0)
            again = first & Counter(paper.asked())
            assert not known & set(again), "what was written is not asked for again"
            assert sum(again.values()) <= 2 * CONCURRENCY, "what could not be written: at most the calls in flight"
            compare(disk.path / "run", folder / "calm", rows)


def test_a_run_on_a_full_disk_goes_on_when_there_is_room(paper: Paper, tmp_path: Path) -> None:
    filled(paper, tmp_path, "run", str(requests_file(tmp_path, 4)), rows=4, shares=(0.6,))


@pytest.mark.slow
def test_runs_on_disks_of_many_sizes(paper: Paper, tmp_path: Path) -> None:
    shares = (0.3, 0.5, 0.7, 0.9)
    filled(paper, tmp_path, "run", str(requests_file(tmp_path, 12)), rows=12, shares=shares)


@pytest.mark.slow
def test_a_benchmark_on_full_disks(paper: Paper, tmp_path: Path) -> None:
    source = str(requests_file(tmp_path, 8))
    filled(paper, tmp_path, "bench", "jsonl", "--data", source, rows=8, shares=(0.4, 0.8))


@pytest.mark.slow
def test_pictures_and_scores_on_full_disks(paper: Paper, tmp_path: Path) -> None:
    """The stages after the policy, each from what the one before has left."""
    killer = Killer(paper, tmp_path, 1)
    killer.finish("run", str(requests_file(tmp_path, 8)), "--until", "program", out=tmp_path / "programs", kills=0)
    (tmp_path / "render").mkdir()
    filled(paper, tmp_path / "render", "render", str(tmp_path / "programs" / "results.jsonl"), rows=8, shares=(0.4, 0.7))
    (tmp_path / "score").mkdir()
    images = tmp_path / "render" / "calm" / "results.jsonl"
    filled(paper, tmp_path / "score", "score", str(images), rows=8, shares=(0.7,))


@pytest.mark.slow
def test_a_benchmark_whose_clock_is_set_back_ends_like_one_whose_clock_is_not(
    paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = str(requests_file(tmp_path, 6))
    killer = Killer(paper, tmp_path, 3)
    killer.finish("bench", "jsonl", "--data", source, out=tmp_path / "calm", kills=0)
    for name, value in set_back(tmp_path).items():
        monkeypatch.setenv(name, value)
    killer.finish("bench", "jsonl", "--data", source, out=tmp_path / "back", kills=2)
    compare(tmp_path / "back", tmp_path / "calm", 6)
    back, calm = ((tmp_path / name / "summary.md").read_text().splitlines() for name in ("back", "calm"))
    assert back == [line for line in calm if "seconds a row" not in line], "how long a row took is not known"


def test_a_clock_that_is_set_back_changes_nothing(paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reading of the clock is earlier than the one before; a part of the run is done a year before the other."""
    for name, value in {**ENVIRON, "GENEVOLVE_HOME": str(tmp_path / "home")}.items():
        monkeypatch.setenv(name, value)
    profile, source = paper.profile(tmp_path / "profile.toml"), requests_file(tmp_path, 4)
    limits = profile.read_text().replace("[limits.policy]\n", "[limits.policy]\nrequests_per_minute = 6000\n")
    profile.write_text(limits)
    lines = source.read_text().splitlines(keepends=True)

    def carried_out(out: str) -> None:
        assert asyncio.run(FileRun.prepare(source, out=tmp_path / out, profile=str(profile)).run()).failed == 0

    carried_out("calm")
    now = 2_000_000_000.0

    def earlier() -> float:
        nonlocal now
        now -= 3600.0
        return now

    monkeypatch.setattr(time, "time", earlier)
    source.write_text("".join(lines[:2]))
    paper.forget()
    carried_out("set-back")
    source.write_text("".join(lines))
    now -= 365 * 24 * 3600.0
    carried_out("set-back")
    assert max(Counter(paper.asked()).values()) == 1, "nothing is asked for twice"
    compare(tmp_path / "set-back", tmp_path / "calm", 4)
    at = [json.loads(line)["at"] for line in (tmp_path / "set-back" / "journal.jsonl").read_text().splitlines()]
    assert at == sorted(at, reverse=True)
