"""One memory for all processes of a run, and what becomes of the others when one fails or dies. Real processes over gloo."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from genevolve.app.evolve import experience_loop
from genevolve.app.profile import load_profile
from genevolve.app.registry import Context
from genevolve.run.folder import RunFolder
from genevolve.train.kept import AttemptJournal
from genevolve.train.ranks import ALONE, LostProcess, Ranks, lost_processes
from genevolve.train.recipe import load_recipe
from tests.paths import ROOT
from tests.train import gloo_experience
from tests.train.launched import ENVIRONMENT

LIMIT = 120  # seconds, after which a process hangs


def experience(mode: str, count: int, folder: Path) -> list[tuple[int, str]]:
    """(exit code, what was printed) of each of ``count`` processes. None of them may hang."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-m", "tests.train.gloo_experience", mode]
    where = [str(folder / "meeting"), str(folder)]
    started = [
        subprocess.Popen(
            [*command, str(rank), str(count), *where], env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for rank in range(count)
    ]
    try:
        said = [process.communicate(timeout=LIMIT)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    return [(process.returncode, text) for process, text in zip(started, said, strict=True)]


def alone(folder: Path) -> Any:
    return json.loads(json.dumps(gloo_experience.run("teach", ALONE, folder)))


def test_two_processes_remember_what_one_does(tmp_path: Path) -> None:
    """Every lesson, id of the memory and number of the log, also what ``max_pairs`` and the own group count."""
    assert [code for code, _ in experience("teach", 2, tmp_path / "two")] == [0, 0]
    found, one = json.loads((tmp_path / "two" / "out.json").read_text()), alone(tmp_path / "one")
    assert found == one
    assert one["metrics"][0]["experience/pairs"] == 5.0 and one["metrics"][0]["experience/left_out/over_max_pairs"] == 2.0
    assert one["refused"] == [["nothing to tell"], []]
    assert 0 < one["metrics"][0]["experience/own_group"] < 1


@pytest.mark.slow
def test_four_processes_remember_what_one_does(tmp_path: Path) -> None:
    assert [code for code, _ in experience("teach", 4, tmp_path / "four")] == [0] * 4
    assert json.loads((tmp_path / "four" / "out.json").read_text()) == alone(tmp_path / "one")


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 4])
def test_what_one_process_raises_is_raised_by_all(tmp_path: Path, count: int) -> None:
    ends = experience("raises", count, tmp_path)
    assert [code for code, _ in ends] == [3] * count
    assert all("the summariser is out" in text for _, text in ends)
    assert ends[0][1].startswith(f"process {count - 1} of {count} stopped")


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 4])
def test_the_others_hear_of_one_that_is_killed(tmp_path: Path, count: int) -> None:
    ends = experience("dies", count, tmp_path)
    assert [code for code, _ in ends] == [3] * (count - 1) + [-signal.SIGKILL]
    assert all("has lost another one" in text and "start the same command again" in text for _, text in ends[:-1])


@pytest.mark.slow
def test_the_others_do_not_wait_for_one_that_hangs(tmp_path: Path) -> None:
    """For as long as ``evolve.process_timeout`` says, and no longer."""
    (code, said), (last, _) = experience("hangs", 2, tmp_path)
    assert (code, last) == (3, 9)
    assert "silent for longer than evolve.process_timeout" in said and "start the same command again" in said


def test_no_file_of_the_memory_is_shared(tmp_path: Path) -> None:
    """The first process has it on a disk of its own, the others have none: network file systems do not lock."""
    folder, own = RunFolder(tmp_path / "run"), tmp_path / "own"
    own.mkdir()
    context = Context(home=tmp_path, images=folder.images, environ={}, profile=load_profile("offline"))
    terms: Any = [SimpleNamespace(needs=SimpleNamespace(teacher="live"))]
    for ranks in (Ranks(index=0, count=2), Ranks(index=1, count=2)):
        with AttemptJournal(tmp_path / f"attempts.{ranks.index}.jsonl") as journal:
            loop = experience_loop(load_recipe("atlas-smoke"), context, folder, terms, journal, ranks, str(own))
        assert loop is not None
        if not ranks.first:
            assert loop.memory is None
            continue
        assert loop.memory is not None
        with loop.memory as memory:
            assert memory.path.parent == own
    assert not list(folder.path.rglob("*.sqlite*"))


def test_shares_make_the_whole() -> None:
    """Also where there are fewer than processes."""
    for size in range(7):
        parts = [Ranks(index=index, count=3).share(range(size)) for index in range(3)]
        assert sorted(one for part in parts for one in part) == list(range(size))
        assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert ALONE.whole([3, 1, 2]) == [3, 1, 2]
    assert ALONE.of_first(lambda: 5) == 5


def test_errors_of_one_process_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="Timed out"), lost_processes(ALONE):
        raise RuntimeError("Timed out")
    pair = Ranks(index=1, count=2)
    with pytest.raises(RuntimeError, match="shapes do not fit"), lost_processes(pair):
        raise RuntimeError("shapes do not fit")
    with pytest.raises(LostProcess, match="process 1 of 2 has lost another one"), lost_processes(pair):
        raise RuntimeError("[pair.cc:534] Connection closed by peer [127.0.0.1]:5")
