"""``evolve`` with a generator and judges over HTTP, under SIGKILL and on a full disk: nothing paid twice, the same weights."""

import json
import os
import random
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.disk import small_disk, used
from tests.services.chat_server import KEY, ChatServer, message
from tests.services.qwen import QwenEdit
from tests.services.thread import serving
from tests.services.wire import Handler, Reply, Request, Server
from tests.train.scripted_run import VAGUE

pytestmark = pytest.mark.slow
RECIPE = """
extends = "atlas-smoke"
[evolve]
profile = "{profile}"
steps = 4
[experience]
gate = 0.0
"""
IN_FLIGHT = 2  # calls of one service
PROFILE = """
extends = "offline"
[generator]
member = "qwen_service"
urls = ["{0}"]
[image_judge]
member = "vlm"
base_url = "{1}/v1"
model = "test-model"
api_key_env = "JUDGE_API_KEY"
[program_judge]
member = "llm"
base_url = "{1}/v1"
model = "test-model"
api_key_env = "JUDGE_API_KEY"
""" + "".join(f"[limits.{role}]\nmax_concurrency = {IN_FLIGHT}\n" for role in ("generator", "image_judge", "program_judge"))
PAID = ("rendered", "image_scored", "program_scored")
Result = tuple[bytes, list[float], Counter[str], Counter[str]]


def judge(body: dict[str, Any]) -> dict[str, Any]:
    """Both judges. Levels that depend on the request, and on whether the program is vague."""
    content = body["messages"][1]["content"]
    level = 0.0 if VAGUE in str(content) else (1 + zlib.crc32(str(content)[:300].encode()) % 2) / 2
    if isinstance(content, str):
        return message(json.dumps({"constraints": [], "sufficiency": level, "rationale": "It says enough."}))
    scores = {"faithfulness": level, "visual_correctness": 1, "text_accuracy": None, "aesthetics": 0.5}
    return message(json.dumps({**scores, "text_accuracy_na": True, "rationale": "It shows it."}))


@dataclass(frozen=True, slots=True)
class Slow:
    """``inner`` that takes its time, so that calls are in flight when a process is killed."""

    inner: Handler

    def __call__(self, request: Request) -> Reply:
        return replace(self.inner(request), delay=0.05)


@dataclass(frozen=True, slots=True)
class Evolving:
    """A recipe whose generator and judges are ``servers``, and the processes that evolve it."""

    folder: Path
    servers: list[Server]

    def prepared(self) -> "Evolving":
        profile = self.folder / "profile.toml"
        profile.write_text(PROFILE.format(*(server.url for server in self.servers)))
        (self.folder / "recipe.toml").write_text(RECIPE.format(profile=profile))
        return self

    def start(self, out: Path) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "tests.train.scripted_run", str(self.folder / "recipe.toml"), str(out)]
        more = {"OMP_NUM_THREADS": "1", "JUDGE_API_KEY": KEY, "GENEVOLVE_HOME": str(self.folder / "home")}
        with (self.folder / "said.txt").open("wb") as said:
            return subprocess.Popen(words, stdout=said, stderr=said, env={**os.environ, **more})

    def said(self) -> str:
        return (self.folder / "said.txt").read_text()

    def paid(self) -> int:
        return sum(len(server.requests) for server in self.servers)

    def kill(self, out: Path, calls: int, delay: float) -> None:
        """SIGKILL ``delay`` seconds after so many calls more."""
        process, enough, deadline = self.start(out), self.paid() + calls, time.monotonic() + 240
        while process.poll() is None and self.paid() < enough and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(delay)
        assert process.poll() is None, self.said()[-3000:]
        process.kill()
        process.wait(30)
        time.sleep(0.1)  # servers read what it had sent

    def finish(self, out: Path) -> Result:
        """Run to the end: the adapter, the loss of each step, what was kept of each kind, and what was asked in all."""
        assert self.start(out).wait(400) == 0, self.said()[-3000:]
        assert not any(server.rejections for server in self.servers)
        records = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
        losses = [record["loss"] for record in records if "loss" in record]
        asked = Counter(str(request.body) for server in self.servers for request in server.requests)
        weights = (out / "adapter" / "adapter_model.safetensors").read_bytes()
        return weights, losses, Counter(kind for _, kind in kept(out)), asked


def kept(out: Path) -> list[tuple[tuple[object, ...], str]]:
    """What the journal holds of paid answers, each with its place."""
    path = out / "attempts.0.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    found = [json.loads(line) for line in lines if line.endswith(b"\n")]
    events = [record for record in found if "entry" in record and record["entry"]["kind"] in PAID]
    return [(tuple(record[name] for name in ("step", "row", "case", "place")), record["entry"]["kind"]) for record in events]


@pytest.fixture(scope="module")
def evolving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evolving]:
    with serving(Slow(QwenEdit()), Slow(ChatServer(answers=judge))) as servers:
        yield Evolving(tmp_path_factory.mktemp("evolve"), servers).prepared()


@pytest.fixture(scope="module")
def calm(evolving: Evolving) -> Result:
    """What it comes to when nothing happens."""
    found = evolving.finish(evolving.folder / "calm")
    assert min(found[2][kind] for kind in PAID) >= 16 and len(set(found[1])) > 1, "there is something to pay and to learn"
    return found


@pytest.fixture(autouse=True)
def unasked(evolving: Evolving, calm: Result) -> None:
    for server in evolving.servers:
        server.requests.clear()


def same(evolving: Evolving, out: Path, calm: Result, stops: int) -> None:
    """``out`` goes on to the same weights; each answer is kept once, and what is asked again was in flight at a stop."""
    weights, losses, kinds, asked = evolving.finish(out)
    assert (losses, kinds) == (calm[1], calm[2]) and weights == calm[0]
    assert max(Counter(kept(out)).values()) == 1, "an answer that was kept is not asked for again"
    lost = asked - calm[3]
    assert calm[3] - asked == Counter() and lost.total() <= stops * len(PAID) * IN_FLIGHT
    print(f"{stops} stops, {calm[3].total()} calls undisturbed, {lost.total()} of those in flight asked again")


def test_killed_at_random_moments_it_pays_for_nothing_twice(evolving: Evolving, calm: Result, tmp_path: Path) -> None:
    draw, kills = random.Random(11), 4
    for _ in range(kills):
        before = kept(tmp_path / "run")
        evolving.kill(tmp_path / "run", draw.randint(2, 16), draw.uniform(0, 0.08))
        assert kept(tmp_path / "run")[: len(before)] == before, "nothing that was kept is lost"
    same(evolving, tmp_path / "run", calm, kills)


def test_on_a_full_disk_it_stops_whole_and_pays_for_nothing_twice(evolving: Evolving, calm: Result, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", int(used(evolving.folder / "calm") * 0.5)) as disk:
        assert evolving.start(disk.path / "run").wait(400) == 1
        assert "free some space" in evolving.said() and "Traceback" not in evolving.said()
        disk.grow()
        same(evolving, disk.path / "run", calm, 1)
