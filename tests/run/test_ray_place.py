"""Worker processes that Ray places. Here threads stand for its processes, over the same connections; with Ray itself installed
slow tests kill its workers and the run on the way."""

import asyncio
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from genevolve.app import workers
from genevolve.app.roles import ROLES
from genevolve.app.run import FileRun
from genevolve.core.errors import UsageError
from genevolve.run import ray_place as module
from genevolve.run import row_workers
from genevolve.run.batch import BatchCounts
from genevolve.run.ray_place import RayPlace, ray_place
from tests.run.test_kills import SETTLED, Killer, compare, journaled, requests_file
from tests.services.paper import Paper, paper_services

WITH_RAY = importlib.util.find_spec("ray") is not None
PROMPTS = ("two red apples", "a cat left of a dog", "three stars over a house")


@dataclass
class ThreadsForRay:
    """As much of Ray as is used. A process is a thread; ``asked`` are the shares of a machine that were asked for."""

    gpus: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    broken: Exception | None = None
    intruder: bool = False
    actors: list[Any] = field(default_factory=list)  # that have a share of a machine

    def remote(self, made: type) -> Any:
        def options(**share: Any) -> Any:
            self.asked.append(share)
            return SimpleNamespace(remote=handle)

        def handle() -> Any:
            actor = SimpleNamespace()

            def started(*values: Any) -> threading.Thread:
                actor.thread = thread = self._started(made(), *values)
                self.actors.append(actor)
                return thread

            actor.work = SimpleNamespace(remote=started)
            return actor

        return SimpleNamespace(options=options)

    def _started(self, actor: Any, work: Any, address: tuple[str, int], token: bytes) -> threading.Thread:
        if self.intruder:
            with socket.create_connection(address) as other:
                other.sendall(bytes(len(token)))
        thread = threading.Thread(target=(lambda: None) if self.broken else lambda: actor.work(work, address, token))
        thread.start()
        return thread

    def wait(self, threads: list[threading.Thread], timeout: float | None = None) -> tuple[list[Any], list[Any]]:
        threads[0].join(timeout)
        return ([], threads) if threads[0].is_alive() else (threads, [])

    def get(self, thread: threading.Thread) -> None:
        if self.broken:
            raise self.broken

    def kill(self, actor: Any, no_restart: bool) -> None:
        assert not actor.thread.is_alive(), "a process did not end with its connection"
        self.actors.remove(actor)

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 4.0, "GPU": float(self.gpus)}


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> ThreadsForRay:
    """Threads in the place of Ray's processes."""
    threads = ThreadsForRay()

    @contextmanager
    def here(processes: int) -> Iterator[RayPlace]:
        yield RayPlace(ray=threads, host="127.0.0.1")

    monkeypatch.setattr(workers, "ray_place", here)
    monkeypatch.setattr("genevolve.run.ray_place.WAIT", 120.0)
    served = lambda sock: asyncio.run(row_workers._serve(sock))  # noqa: E731 - signals are for main threads
    monkeypatch.setattr(row_workers, "work", served)
    monkeypatch.setattr(workers, "work", served)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # a worker replaces it
    return threads


def carried_out(folder: Path, name: str, **options: Any) -> BatchCounts:
    rows = [{"id": f"row{number}", "prompt": prompt} for number, prompt in enumerate(PROMPTS)]
    source = folder / "requests.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return asyncio.run(FileRun.prepare(source, out=folder / name, **options).run())


def test_rows_are_those_of_one_process(ray: ThreadsForRay, tmp_path: Path) -> None:
    assert carried_out(tmp_path, "one") == carried_out(tmp_path, "ray", engine="ray", workers=2)
    one, many = tmp_path / "one", tmp_path / "ray"
    assert (one / "results.jsonl").read_bytes() == (many / "results.jsonl").read_bytes()
    assert [share["num_gpus"] for share in ray.asked] == [0, 0] and not ray.actors, "a cluster gets back what it lent"
    pictures = [{path.name: path.read_bytes() for path in (out / "images").iterdir()} for out in (one, many)]
    assert pictures[0] == pictures[1]


@pytest.mark.slow  # once it waited without end on a machine that had four other jobs
def test_what_needs_a_gpu_has_a_process_for_each(ray: ThreadsForRay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carried_out(tmp_path, "one")
    generators = ROLES["generator"].components
    assert generators["diffusers"].accelerated, "the generator that this is for"
    alone = replace(generators["sketch"], parallel=False, accelerated=True)
    monkeypatch.setitem(generators, "sketch", alone)
    ray.gpus = 2
    carried_out(tmp_path, "ray", engine="ray", workers=3)
    assert sorted(share["num_gpus"] for share in ray.asked) == [0, 0, 0, 1, 1] and not ray.actors
    assert (tmp_path / "one" / "results.jsonl").read_bytes() == (tmp_path / "ray" / "results.jsonl").read_bytes()


def test_only_the_process_that_was_started_is_listened_to(ray: ThreadsForRay, tmp_path: Path) -> None:
    ray.intruder = True
    assert carried_out(tmp_path, "ray", engine="ray", workers=1).done == 3


def test_a_process_that_cannot_be_started_stops_the_run(ray: ThreadsForRay, tmp_path: Path) -> None:
    ray.broken = UsageError("the package is not there on that machine")
    with pytest.raises(UsageError, match="not there on that machine"):
        carried_out(tmp_path, "ray", engine="ray")


def test_a_cluster_without_a_place_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[Any] = []
    threads = ThreadsForRay()
    monkeypatch.setattr(module, "WAIT", 0.0)
    monkeypatch.setattr(threads, "_started", lambda *values: threading.current_thread())
    monkeypatch.setattr(threads, "kill", lambda actor, no_restart: killed.append(actor))
    with pytest.raises(UsageError, match="no place for a process of 1 CPU and 1 GPUs"):
        asyncio.run(RayPlace(ray=threads, host="127.0.0.1", gpus=1).launch(print))
    assert killed


def test_the_folder_must_be_seen_by_all_machines(ray: ThreadsForRay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "adopt", lambda environ, folder: (tmp_path / "ray").rename(tmp_path / "elsewhere"))
    with pytest.raises(UsageError, match="file system that all machines of the cluster see"):
        carried_out(tmp_path, "ray", engine="ray")


@pytest.mark.skipif(WITH_RAY, reason="Ray is installed")
def test_without_ray_it_is_said_what_to_install() -> None:
    with pytest.raises(UsageError, match=r"genevolve\[ray\]"), ray_place(1):
        pass


# ---- with Ray itself


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    with paper_services() as paper:
        yield paper


def ray_workers(parent: int) -> list[int]:
    """Process ids of the row workers of Ray that descend from ``parent``."""
    told = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
    lines = [line.split(None, 2) for line in told]
    parents = {int(pid): int(ppid) for pid, ppid, _ in lines}

    def descends(pid: int) -> bool:
        while pid in parents and pid != 1:
            if pid == parent:
                return True
            pid = parents[pid]
        return False

    return [int(pid) for pid, _, args in lines if "RayProcess" in args and descends(int(pid))]


@pytest.mark.slow
@pytest.mark.skipif(not WITH_RAY, reason="needs Ray")
def test_killed_workers_and_a_killed_run_lose_nothing(paper: Paper, tmp_path: Path) -> None:
    """First a worker is killed, then the run itself; each time the same command goes on, and nothing is asked for again."""
    rows = 6
    source = str(requests_file(tmp_path, rows))
    killer = Killer(paper, tmp_path, seed=3)
    for faulty in paper.faults:
        faulty.on = False
    killer.finish("run", source, out=tmp_path / "calm", kills=0)
    out, command = tmp_path / "ray", ("run", source, "--engine", "ray", "--workers", "2")
    known: set[Any] = set()
    for victim in ("worker", "run"):
        paper.forget()
        process = killer._start(*command, out=out)
        while process.poll() is None and paper.requests() < 8:
            time.sleep(0.01)
        assert process.poll() is None, (tmp_path / "said.txt").read_text()[-3000:]
        os.kill(ray_workers(process.pid)[0] if victim == "worker" else process.pid, signal.SIGKILL)
        code = process.wait(120)
        assert code != 0
        time.sleep(2 + SETTLED)  # the workers of a killed run notice that it is gone
        if victim == "worker":
            assert "a worker process died" in (tmp_path / "said.txt").read_text()
        assert not known & set(paper.asked())
        known = journaled(out)
        assert known
    paper.forget()
    process = killer._start(*command, out=out)
    assert process.wait(300) == 0, (tmp_path / "said.txt").read_text()[-3000:]
    assert not known & set(paper.asked())
    compare(out, tmp_path / "calm", rows)


WITHOUT_PIPELINES = not WITH_RAY or importlib.util.find_spec("diffusers") is None


@pytest.mark.slow
@pytest.mark.skipif(WITHOUT_PIPELINES, reason="needs Ray and diffusers")
def test_a_local_pipeline_is_a_pool_of_processes(tmp_path: Path) -> None:
    """The real pipeline class with a tiny model, one for each of two GPUs that the cluster of this test pretends to have."""
    from tests.services.tiny_klein import save_tiny_klein

    save_tiny_klein(tmp_path / "model")
    (tmp_path / "tiny.toml").write_text(
        f'extends = "offline"\n[generator]\nmember = "klein"\nmodel = "{tmp_path / "model"}"\nsteps = 1\nlong_side = 64\n'
        'dtype = "float32"\ndevice = "cpu"\n'
    )
    rows = [{"id": f"row{number}", "prompt": prompt} for number, prompt in enumerate(PROMPTS)]
    (tmp_path / "requests.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = {}
    for engine in ("local", "ray"):
        command = [sys.executable, "-W", "ignore", "-m", "tests.run.ray_pool", str(tmp_path), engine]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        said[engine] = done.stdout
    assert "rows 3 GPUs of processes []" in said["local"]
    assert "rows 3 GPUs of processes [0, 0, 1, 1] free 2.0" in said["ray"]
    assert sorted((tmp_path / "gpus.txt").read_text().split()) == ["0", "1"], "each sees a GPU of its own"
    assert (tmp_path / "local" / "results.jsonl").read_bytes() == (tmp_path / "ray" / "results.jsonl").read_bytes()
    pictures = [{path.name for path in (tmp_path / engine / "images").iterdir()} for engine in said]
    assert pictures[0] == pictures[1] and len(pictures[0]) >= 3
