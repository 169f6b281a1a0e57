"""Rows in worker processes: one budget, one set of limits, one cache, one journal, and nothing lost that was paid for.

But where it says so the workers are tasks of this process, which speak over the same sockets as processes do.
"""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from genevolve.app.run import FileRun
from genevolve.core.errors import AuthError, ServiceError, UsageError
from genevolve.core.event import TextHit
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.run import row_workers as module
from genevolve.run.batch import BatchCounts
from genevolve.run.crew import ThisMachine, sent
from genevolve.run.limits import Admission, BudgetExhausted, RateLimiter, ServiceLimits, SharedLimits
from genevolve.run.peer import Peer
from genevolve.run.row_workers import RowWorkers
from genevolve.run.sharing import FromMainProcess, Turns
from genevolve.store.journal import records
from genevolve.tools.cache import CachedTextSearch, CacheMode, SearchCache
from tests.run.test_kills import SETTLED, compare, journaled, requests_file
from tests.run.test_limits import Virtual
from tests.services.chat_server import failing
from tests.services.paper import ENVIRON, Key, Paper, paper_services, plan
from tests.services.wire import Reply as Answered
from tests.services.wire import Request

WORKERS = 3


class TaskOfThisProcess:
    """What stands for a process."""

    exitcode = 0
    started: ClassVar["list[TaskOfThisProcess]"] = []

    def __init__(self, sock: socket.socket) -> None:
        self.started.append(self)
        self._ended = threading.Event()
        self._task = asyncio.get_running_loop().create_task(module._serve(sock.dup()))
        self._task.add_done_callback(lambda task: self._ended.set())

    def die(self) -> None:
        self._task.cancel()

    def join(self, patience: float | None = None) -> None:
        assert self._ended.wait(10), "the worker does not end with its socket"

    def is_alive(self) -> bool:
        return not self._ended.is_set()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are tasks of this process."""
    TaskOfThisProcess.started.clear()

    async def launch(self: ThisMachine, work: Callable[[socket.socket], None]) -> tuple[socket.socket, TaskOfThisProcess]:
        here, there = socket.socketpair()
        with there:
            return here, TaskOfThisProcess(there)

    monkeypatch.setattr(ThisMachine, "launch", launch)


@pytest.fixture(scope="module")
def services() -> Iterator[Paper]:
    with paper_services() as services:
        yield services


@pytest.fixture
def paper(services: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paper:
    services.forget()
    for faulty in services.faults:
        faulty.on = False
    for name, value in {**ENVIRON, "GENEVOLVE_HOME": str(tmp_path / "home")}.items():
        monkeypatch.setenv(name, value)
    return services


def profile_with(paper: Paper, folder: Path, **changes: str) -> Path:
    """The paper's profile with lines after the heads of tables: ``limits_generator`` is [limits.generator]."""
    path = paper.profile(folder / "profile.toml")
    text = path.read_text()
    for table, lines in changes.items():
        head = f"[{table.replace('limits_', 'limits.')}]\n"
        assert head in text
        text = text.replace(head, f"{head}{lines}\n")
    path.write_text(text)
    return path


def carried_out(folder: Path, profile: Path, name: str, *, rows: int = 6, **options: Any) -> BatchCounts:
    given = {"workers": WORKERS, "concurrency": rows, **options}
    return asyncio.run(FileRun.prepare(requests_file(folder, rows), out=folder / name, profile=str(profile), **given).run())


def kinds(out: Path) -> Counter[str]:
    return Counter(record.get("entry", {}).get("kind") for record in records(out / "journal.jsonl"))


def timeless(out: Path) -> dict[str, list[object]]:
    """What the journal says of each row, in its order."""
    found: dict[str, list[object]] = {}
    for record in records(out / "journal.jsonl"):
        found.setdefault(record["row"], []).append({key: value for key, value in record.items() if key != "at"})
    return found


def test_everything_is_as_with_one_process(here: None, paper: Paper, tmp_path: Path) -> None:
    profile = profile_with(paper, tmp_path, generator="price.per_image = 1.0")
    counts = carried_out(tmp_path, profile, "one", workers=1)
    asked = Counter(paper.asked())
    paper.forget()
    assert carried_out(tmp_path, profile, "many") == counts == BatchCounts(done=6)
    assert Counter(paper.asked()) == asked
    one, many = tmp_path / "one", tmp_path / "many"
    assert (many / "results.jsonl").read_bytes() == (one / "results.jsonl").read_bytes()
    assert timeless(many) == timeless(one)
    pictures = [{path.name: path.read_bytes() for path in (out / "images").iterdir()} for out in (one, many)]
    assert pictures[0] == pictures[1] and len(pictures[0]) > 6
    assert not paper.rejections()


@pytest.mark.parametrize(
    "limits", [{"limits_generator": "budget_calls = 3"}, {"limits_generator": "budget_money = 3.0"}], ids=["calls", "money"]
)
def test_budgets_are_those_of_the_run(here: None, paper: Paper, tmp_path: Path, limits: dict[str, str]) -> None:
    """Three images and no more, over all workers and all starts; all three are kept."""
    priced = {"generator": "price.per_image = 1.0"}
    for _ in range(2):
        with pytest.raises(BudgetExhausted, match=r"limits\.generator\.budget"):
            carried_out(tmp_path, profile_with(paper, tmp_path, **priced, **limits), "run")
        assert len(paper.servers["generator"].requests) == 3
        assert kinds(tmp_path / "run")["rendered"] == 3
    more = {"limits_generator": "budget_calls = 6\nbudget_money = 6.0"}
    assert carried_out(tmp_path, profile_with(paper, tmp_path, **priced, **more), "run").done == 6
    assert len(paper.servers["generator"].requests) == 6


def test_what_is_in_flight_is_kept_when_a_key_is_refused(here: None, paper: Paper, tmp_path: Path) -> None:
    """By one worker for one row, while others wait for images."""
    judge = paper.faults[1]

    def refusing(request: Request) -> Answered:
        if "place4" in request.body.decode() and "image_url" in request.body.decode():
            return failing(401, "no such key")
        return inner(request)

    inner, judge.inner = judge.inner, refusing
    profile = profile_with(paper, tmp_path)
    try:
        with pytest.raises(AuthError, match="JUDGE_API_KEY"):
            carried_out(tmp_path, profile, "run")
    finally:
        judge.inner = inner
    known = journaled(tmp_path / "run")
    assert known == {key for key in paper.asked() if key != ("image_judge", "place4", 0)}, "every answer is in the journal"
    paper.forget()
    assert carried_out(tmp_path, profile, "run").done == 6
    assert not known & set(paper.asked())


def test_a_full_disk_stops_the_run(here: None, paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, left = os.write, 12

    def full(file: int, data: bytes) -> int:
        nonlocal left
        if data.startswith(b'{"row"'):
            left -= 1
            if left < 0:
                raise OSError(28, "No space left on device")
        return real(file, data)

    profile = profile_with(paper, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            carried_out(tmp_path, profile, "run")
    assert sum(1 for _ in records(tmp_path / "run" / "journal.jsonl")) == 12
    known = journaled(tmp_path / "run")
    paper.forget()
    assert carried_out(tmp_path, profile, "run").done == 6
    assert not known & set(paper.asked())


# ---- limits and turns of several processes


@asynccontextmanager
async def worker_ends(count: int, answers: dict[str, Callable[..., Any]]) -> AsyncIterator[list[FromMainProcess]]:
    pairs = [socket.socketpair() for _ in range(count)]
    mine = [await Peer(answers).over(sock) for sock, _ in pairs]
    theirs = [await Peer({}).over(sock) for _, sock in pairs]
    yield [FromMainProcess(end) for end in theirs]
    await asyncio.gather(*(end.aclose() for end in mine + theirs))
    await asyncio.gather(*(end.lost for end in mine + theirs))


def answers_of(admission: Admission) -> dict[str, Callable[..., Any]]:
    return {"enter": lambda name: admission.enter(), "leave": lambda name, paid, silence: admission.leave(paid, silence)}


def gates_of(ends: Sequence[FromMainProcess], time: Virtual) -> list[RateLimiter]:
    gates = []
    for end in ends:
        traffic = SharedLimits(clock=lambda: time.now, sleep=time.sleep, random=lambda: 1.0)
        gates.append(end.limiter("policy", ServiceLimits(max_attempts=2), traffic))
    return gates


def test_rates_and_silences_are_those_of_the_run() -> None:
    """60 a minute: one a second, whoever asks; the second one that one is told to be silent for 30 seconds, all are."""
    time = Virtual()
    started: list[float] = []

    async def attempt() -> str:
        started.append(time.now)
        if len(started) == 2:
            raise ServiceError("slow down", retryable=True, retry_after=30.0)
        return "done"

    async def main() -> list[str]:
        shared = SharedLimits(clock=lambda: time.now, sleep=time.sleep)
        admission = Admission("policy", ServiceLimits(requests_per_minute=60), shared)
        async with worker_ends(2, answers_of(admission)) as ends:
            return await asyncio.gather(*(gate.call(attempt) for gate in gates_of(ends, time) * 2))

    assert time.run(main()) == ["done"] * 4
    assert started == [0, 1, 31, 32, 33]


def test_the_number_of_calls_at_once_is_that_of_the_run() -> None:
    time = Virtual()
    most = running = 0

    async def attempt() -> None:
        nonlocal most, running
        running += 1
        most = max(most, running)
        await time.sleep(1)
        running -= 1

    async def main() -> None:
        admission = Admission("policy", ServiceLimits(max_concurrency=3), SharedLimits())
        async with worker_ends(2, answers_of(admission)) as ends:
            await asyncio.gather(*(gate.call(attempt) for gate in gates_of(ends, time) * 6))

    time.run(main())
    assert (most, time.now) == (3, 4)


class Asked:
    """A search that counts; the first is told that it fails where it ``fails``."""

    def __init__(self, *, fails: bool = False) -> None:
        self.queries: list[str] = []
        self._fails = fails

    async def search(self, query: str, top_k: int) -> tuple[TextHit, ...]:
        self.queries.append(query)
        await asyncio.sleep(0.01)
        if self._fails and len(self.queries) == 1:
            raise ServiceError("it is out")
        return (TextHit(title=query, url="https://example.org", snippet="s", source="x"),)


@pytest.mark.parametrize("mode", [CacheMode.READ, CacheMode.WRITE])
@pytest.mark.parametrize("fails", [False, True])
def test_a_question_is_asked_once_by_all_workers(tmp_path: Path, mode: CacheMode, fails: bool) -> None:
    inner = Asked(fails=fails)

    async def main() -> list[Any]:
        turns = Turns()
        cache, identity = SearchCache(folder=tmp_path), {"of": "x"}
        async with worker_ends(3, {"turn": turns.begin, "turned": turns.end}) as ends:
            found = [CachedTextSearch(inner, cache, mode=mode, identity=identity, turn=end.turn) for end in ends]
            one = await asyncio.gather(*(search.search("flag", 1) for search in found), return_exceptions=True)
            await asyncio.gather(*(search.search(query, 1) for search in found for query in ("camel", "goat")))
        return one

    results = asyncio.run(main())
    assert Counter(inner.queries) == {"flag": 1 + fails, "camel": 1, "goat": 1}
    assert [isinstance(result, ServiceError) for result in results].count(True) == fails


# ---- members


class Remembering:
    """A policy that counts, cannot be sent, and says nothing of itself: there is one for all rows."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._lock = threading.Lock()

    async def reply(self, call: PolicyCall) -> Reply:
        self.calls.append(call.episode_id)
        said = plan({"messages": [{"role": str(each.role), "content": each.text} for each in call.messages]})
        return Reply(text=said["choices"][0]["message"]["content"])


def test_a_member_that_remembers_stays_in_the_main_process(here: None, paper: Paper, tmp_path: Path) -> None:
    policy = Remembering()
    members = {"policy": policy}
    assert carried_out(tmp_path, profile_with(paper, tmp_path), "run", members=members, rows=5, workers=2).done == 5
    assert Counter(policy.calls) == {f"place{n}": 3 for n in range(5)}
    assert kinds(tmp_path / "run")["image_scored"] == 5


OF_THE_OTHER = ("place1", "place3", "place5")  # rows of the second worker


class Deadly(Remembering):
    """Ends the first worker in the second turn of a row that it has; others are answered when the run knows of it."""

    def __init__(self, *, deadly: bool) -> None:
        super().__init__()
        self.noticed = asyncio.Event()
        self._waiting = asyncio.Event()
        self._deadly = deadly

    async def reply(self, call: PolicyCall) -> Reply:
        if self._deadly and call.turn == 1:
            if call.episode_id == "place0":
                await self._waiting.wait()
                TaskOfThisProcess.started[0].die()
            elif call.episode_id in OF_THE_OTHER:
                self._waiting.set()
            await self.noticed.wait()
        return await super().reply(call)


def test_when_a_worker_dies_the_others_end_what_they_have_in_flight(
    here: None, paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, halt = Deadly(deadly=True), RowWorkers.halt
    profile = profile_with(paper, tmp_path)

    def halted(self: RowWorkers) -> None:
        halt(self)
        policy.noticed.set()

    monkeypatch.setattr(RowWorkers, "halt", halted)
    with pytest.raises(UsageError, match=r"a worker process died.*the same command goes on from there"):
        carried_out(tmp_path, profile, "run", members={"policy": policy}, workers=2)
    turns = Counter(policy.calls)
    assert max(turns.values()) == 2, "one at least was answered then, and none goes on to its next turn"
    known = timeless(tmp_path / "run")
    assert all(str(known[name]).count("'replied'") == turns[name] for name in OF_THE_OTHER), "every answer is kept"
    again = Deadly(deadly=False)
    assert carried_out(tmp_path, profile, "run", members={"policy": again}, workers=2).done == 6
    assert len(again.calls) == 6 * 3 - str(known).count("'replied'")


def test_what_cannot_be_sent_names_the_setting() -> None:
    with pytest.raises(UsageError, match=r"--workers: .*cannot be sent.* use --workers 1"):
        sent(lambda: None)


def test_what_a_worker_cannot_open_is_said(here: None, paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*unused: object, **more: object) -> None:
        raise UsageError("policy.model: there is none in this process")

    monkeypatch.setattr("genevolve.app.workers.assemble", closed)
    with pytest.raises(UsageError, match=r"policy\.model: there is none in this process"):
        carried_out(tmp_path, profile_with(paper, tmp_path), "run")


# ---- real processes


def child_processes(parent: int) -> list[int]:
    """The worker processes of ``parent``, where the system tells."""
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(number) for number in found if b"spawn_main" in Path(f"/proc/{number}/cmdline").read_bytes()]


@pytest.mark.slow
def test_kills_of_one_worker_lose_nothing(paper: Paper, tmp_path: Path) -> None:
    """The run stops and says why; the same command goes on, and nothing that was answered is asked for again."""
    rows, chance = 24, random.Random(3)
    calm, out = tmp_path / "calm", tmp_path / "run"
    source, profile = requests_file(tmp_path, rows), profile_with(paper, tmp_path)
    common = [sys.executable, "-m", "genevolve", "run", str(source), "--profile", str(profile), "--concurrency", "6"]
    subprocess.run([*common, "--out", str(calm)], check=True, capture_output=True)
    known: set[Key] = set()
    kills = 0
    while True:
        paper.forget()
        command = [*common, "--workers", "2", "--out", str(out)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        enough = chance.randint(1, 15)
        while process.poll() is None and paper.requests() < enough:
            time.sleep(0.002)
        victims = child_processes(process.pid) if kills < 8 and process.poll() is None else []
        if victims:
            os.kill(chance.choice(victims), signal.SIGKILL)
        _, said = process.communicate(timeout=120)
        time.sleep(SETTLED)
        assert not known & set(paper.asked())
        if process.returncode == 0:
            break
        assert "a worker process died (it was killed by signal 9)" in said and "Traceback" not in said, said
        kills += 1
        known = journaled(out)
    assert kills == 8
    compare(out, calm, rows)


@pytest.mark.slow
def test_interrupted_from_the_keyboard_it_ends_with_all_its_processes(paper: Paper, tmp_path: Path) -> None:
    source, profile = requests_file(tmp_path, 40), profile_with(paper, tmp_path)
    common = [sys.executable, "-m", "genevolve", "run", str(source), "--profile", str(profile), "--workers", "2"]
    command = [*common, "--out", str(tmp_path / "run")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while paper.requests() < 10:
        time.sleep(0.01)
    children = child_processes(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert len(children) == 2 and not any(Path(f"/proc/{child}").exists() for child in children)
    assert process.returncode == 1 and "Traceback" not in said, said
    known = journaled(tmp_path / "run")
    paper.forget()
    subprocess.run(command, check=True, capture_output=True)
    assert known and not known & set(paper.asked())
