"""Stages that are killed at any moment end like those that are not, and pay for nothing twice."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genevolve.data.audit import Quality
from genevolve.data.divide import divide
from genevolve.data.pool import PromptFilter, fill_pool
from genevolve.data.prompts import make_recipes, wording_by
from genevolve.data.records import Prompt, TrajectoryRow
from genevolve.data.splits import SHARES
from genevolve.data.stage import Stage, rows_of, run_stage, unseen
from genevolve.world.recipes.source import AtlasRequests
from tests.clock import set_back
from tests.data.test_services import draft_of, reworded
from tests.disk import small_disk, used
from tests.services.chat_server import KEY, ChatServer, message
from tests.services.paper import Faulty
from tests.services.thread import serving
from tests.services.wire import Server

PLAN = """
[recipes]
count = {count}
[prompts]
realiser = "llm"
concurrency = 4
[prompts.llm]
base_url = "{url}/v1"
model = "test-model"
api_key_env = "TEXT_KEY"
[teach]
workers = {workers}
trajectories = 2
[audit]
judge = "vlm"
concurrency = 4
[audit.vlm]
base_url = "{url}/v1"
model = "test-model"
api_key_env = "TEXT_KEY"
[render]
workers = {workers}
size = "256x256"
visual_correctness = 0
faithfulness = 0
text_accuracy = 0
aesthetics = 0
[limits.realiser]
base_backoff = 0.01
max_attempts = 8
[limits.audit]
base_backoff = 0.01
max_attempts = 8
"""


# ---- by cutting files where a kill would have left them -----------------------------------------------------------------


def stages(folder: Path) -> dict[str, Any]:
    """The offline stages as functions of an open stage; each can be begun with any of them done."""

    def recipes(stage: Stage) -> None:
        make_recipes(stage, AtlasRequests(), count=40, seed=3, knowledge=0.6, shares=SHARES, provenance={}, on_row=unseen)

    def pool(stage: Stage) -> None:
        fill_pool(
            stage,
            map(Prompt.from_json, doubled(folder / "worded.jsonl")),
            PromptFilter(),
            scratch=folder / "scratch",
            on_row=unseen,
        )

    def parts(stage: Stage) -> None:
        taught = ({**row, "prompt_id": row["id"], "truth": {}} for row in rows_of(folder / "pool.jsonl"))
        mixed = ({**row, "entities": ["a", "b"]} if number % 7 == 0 else row for number, row in enumerate(taught))
        divide(stage, map(TrajectoryRow.from_json, mixed), scratch=folder / "scratch", on_row=unseen)

    word = wording_by(AtlasRequests())
    return {
        "recipes": recipes,
        "worded": lambda stage: run_stage(stage, map(Prompt.from_json, rows_of(folder / "recipes.jsonl")), word, unseen),
        "pool": pool,
        "split": parts,
    }


def doubled(path: Path) -> Iterator[dict[str, Any]]:
    """Every third prompt comes twice, so that some are rejected."""
    for number, row in enumerate(rows_of(path)):
        yield row
        if number % 3 == 0:
            yield {**row, "id": f"{row['id']}-again"}


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calm")
    for name, work in stages(folder).items():
        with Stage(folder / f"{name}.jsonl", {}) as stage:
            work(stage)
    return folder


@pytest.mark.parametrize("name", ["recipes", "worded", "pool", "split"])
def test_a_stage_goes_on_from_wherever_it_was_cut(calm: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(calm, tmp_path / "cut")
    folder, dice = tmp_path / "cut", random.Random(name)
    kept, rejected = (calm / f"{name}.jsonl").read_bytes(), (calm / f"{name}.rejected.jsonl").read_bytes()
    assert name in ("recipes", "worded") or rejected
    for _ in range(8):
        cut(folder / f"{name}.jsonl", kept, folder / f"{name}.rejected.jsonl", rejected, order_of(calm, name), dice)
        with Stage(folder / f"{name}.jsonl", {}) as stage:
            stages(folder)[name](stage)
        assert (folder / f"{name}.jsonl").read_bytes() == kept
        assert (folder / f"{name}.rejected.jsonl").read_bytes() == rejected


def order_of(calm: Path, name: str) -> list[bool]:
    """For each row that the stage took, in order: was it kept?"""
    kept = {row["id"] for row in rows_of(calm / f"{name}.jsonl")}
    if name == "pool":
        return [row["id"] in kept for row in doubled(calm / "worded.jsonl")]
    source = {"recipes": "recipes", "worded": "recipes", "split": "pool"}[name]
    return [row["id"] in kept for row in rows_of(calm / f"{source}.jsonl")]


def cut(path: Path, kept: bytes, rejects: Path, rejected: bytes, order: list[bool], dice: random.Random) -> None:
    """Leave both files as a kill in the middle of some row would: whole lines before it, a part of its own."""
    done = dice.randrange(len(order))
    ours, theirs = kept.splitlines(keepends=True), rejected.splitlines(keepends=True)
    own = sum(order[:done])
    texts = [b"".join(ours[:own]), b"".join(theirs[: done - own])]
    torn = (ours[own] if order[done] else theirs[done - own])[: dice.randrange(1, 40)]
    texts[0 if order[done] else 1] += torn
    path.write_bytes(texts[0])
    rejects.write_bytes(texts[1])


# ---- by killing processes -----------------------------------------------------------------------------------------------


def both(body: dict[str, Any]) -> dict[str, Any]:
    """Realiser and judge at one address; the judge's levels depend on what it reads."""
    if "<draft>" in str(body["messages"][1]["content"]):
        return reworded(body)
    level = 1 if len(str(body["messages"])) % 3 else 0.5
    return message(json.dumps(dict.fromkeys(Quality, 1) | {"process_quality": level, "reasons": {"process_quality": "So."}}))


def asked(server: Server) -> list[str]:
    """What was asked for, once for each request that was answered in full."""
    return [text_of(request.json()) for request in list(server.requests) if request.path.endswith("completions")]


def text_of(body: dict[str, Any]) -> str:
    content = body["messages"][1]["content"]
    if isinstance(content, str) and content.startswith("<draft>"):
        return draft_of(body)
    return str(content if isinstance(content, str) else content[0]["text"])


def answers_on_disk(out: Path) -> int:
    """Rows of the paid stages, written or waiting for their turn."""
    found = 0
    for name in ("worded", "audited"):
        done = sum(whole_lines(out / f"{name}{kind}.jsonl") for kind in ("", ".rejected"))
        waiting = out / f"{name}.answers.jsonl"
        lines = waiting.read_bytes().splitlines(keepends=True) if waiting.exists() else []
        places = [json.loads(line)["place"] for line in lines if line.endswith(b"\n")]
        found += done + sum(place >= done for place in places)
    return found


def whole_lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


class Building:
    """``genevolve data`` in processes of its own, killed at random moments."""

    def __init__(self, folder: Path, server: Server, *, count: int, workers: int, seed: int) -> None:
        self.folder = folder
        self.server = server
        self.random = random.Random(seed)
        (folder / "plan.toml").write_text(PLAN.format(count=count, url=server.url, workers=workers))
        self.kills = 0

    def finish(self, out: Path, *command: str, kills: int, longest: float | None) -> None:
        while True:
            paid, before = answers_on_disk(out), len(asked(self.server))
            process = self._start(out, *command)
            killed = self.kills < kills and self._kill(process, longest)
            code = process.wait(300)
            time.sleep(0.05)
            if not killed:
                assert code == 0, (self.folder / "said.txt").read_text()[-3000:]
                return
            self.kills += 1
            assert answers_on_disk(out) >= paid, "answers were lost"
            assert len(asked(self.server)) >= before

    def _start(self, out: Path, *command: str) -> subprocess.Popen[bytes]:
        arguments = [sys.executable, "-m", "genevolve", "data", *command, "--out", str(out)]
        environ = {**os.environ, "TEXT_KEY": KEY, "GENEVOLVE_HOME": str(self.folder / "home")}
        with (self.folder / "said.txt").open("wb") as said:
            return subprocess.Popen(arguments, stdout=said, stderr=said, env=environ)

    def _kill(self, process: subprocess.Popen[bytes], longest: float | None) -> bool:
        """At a random moment, or just after one of the next requests; False when it ended before.

        ``longest`` None: always after one of the next three requests, so that the speed of the machine does not matter.
        """
        moment = time.monotonic() + (self.random.random() * longest if longest is not None else 120.0)
        counted = longest is None or self.random.random() < 0.5
        soon = self.random.randint(1, 3 if longest is None else 9)
        enough = len(self.server.requests) + soon if counted else sys.maxsize
        while process.poll() is None and len(self.server.requests) < enough and time.monotonic() < moment:
            time.sleep(0.001)
        if process.poll() is not None:
            return False
        process.kill()
        return True


def test_paid_wordings_survive_kills(tmp_path: Path) -> None:
    """Each kill may lose the answers that were under way, never one that is on disk."""
    chat = ChatServer(answers=both)
    with serving(chat) as (server,):
        building = Building(tmp_path, server, count=12, workers=1, seed=5)
        plan = str(tmp_path / "plan.toml")
        for out, kills in ((tmp_path / "calm", 0), (tmp_path / "killed", 3)):
            building.finish(out, "recipes", "--plan", plan, kills=0, longest=9)
            server.requests.clear()
            building.finish(out, "prompts", kills=kills, longest=None)
            assert len(asked(server)) <= 12 + 4 * building.kills, "at most what was under way is asked for again"
            assert {*asked(server)} == {draft_of(body) for body in chat.bodies}
        assert building.kills
    for name in ("worded.jsonl", "prompts.jsonl", "worded.rejected.jsonl"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "calm" / name).read_bytes()


def test_paid_wordings_survive_a_full_disk(tmp_path: Path) -> None:
    chat = ChatServer(answers=both)
    with serving(chat) as (server,), small_disk(tmp_path / "disk", 1024) as disk:
        building = Building(tmp_path, server, count=24, workers=1, seed=5)
        plan = str(tmp_path / "plan.toml")
        for out in (tmp_path / "calm", disk.path / "out"):
            building.finish(out, "recipes", "--plan", plan, kills=0, longest=9)
        building.finish(tmp_path / "calm", "prompts", kills=0, longest=9)
        server.requests.clear()
        free = shutil.disk_usage(disk.path).free
        (disk.path / "others").write_bytes(bytes(free - 8192))  # the rest is two pages
        assert building._start(disk.path / "out", "prompts").wait(120) == 1
        said = (tmp_path / "said.txt").read_text()
        assert "the disk is full" in said and "Traceback" not in said
        assert answers_on_disk(disk.path / "out")
        (disk.path / "others").unlink()
        building.finish(disk.path / "out", "prompts", kills=0, longest=9)
        assert len(asked(server)) <= 24 + 4, "at most what was under way when the disk was full is asked for again"
        for name in ("worded.jsonl", "prompts.jsonl", "worded.rejected.jsonl"):
            assert (disk.path / "out" / name).read_bytes() == (tmp_path / "calm" / name).read_bytes()


TEACHER = """
extends = "offline"
[policy]
member = "chat"
base_url = "{url}/v1"
model = "test-model"
api_key_env = "TEXT_KEY"
[limits.policy]
max_concurrency = 4
"""


def teacher(body: dict[str, Any]) -> dict[str, Any]:
    """A chat model that looks something up and answers."""
    if sum(each["role"] == "assistant" for each in body["messages"]) == 0:
        call = {"name": "search", "arguments": {"queries": [body["messages"][1]["content"][:60]]}}
        return message(f"<think>I look.</think><tool_call>{json.dumps(call)}</tool_call>")
    prompt = f"A picture of {len(body['messages'][1]['content'])} red apples on a plain white background. {'It is so. ' * 40}"
    return message(f"<answer>{json.dumps({'gen_prompt': prompt, 'reference_images': []})}</answer>")


def replies_kept(out: Path) -> int:
    path = out / "lessons" / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return sum(json.loads(line).get("entry", {}).get("kind") == "replied" for line in lines if line.endswith(b"\n"))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_lessons_of_a_paid_teacher_survive_a_full_disk(tmp_path: Path, share: float) -> None:
    """What was answered and written is not asked for again; at most the calls in flight are."""
    with serving(ChatServer(answers=teacher)) as (server,):
        building = Building(tmp_path, server, count=24, workers=1, seed=5)
        (tmp_path / "teacher.toml").write_text(TEACHER.format(url=server.url))
        plan = tmp_path / "plan.toml"
        text = plan.read_text().replace('realiser = "llm"', "")
        plan.write_text(text.replace("[teach]", '[teach]\nprofile = "teacher.toml"'))
        building.finish(tmp_path / "calm", "recipes", "--plan", str(plan), kills=0, longest=9)
        building.finish(tmp_path / "calm", "prompts", kills=0, longest=9)
        shutil.copytree(tmp_path / "calm", tmp_path / "worded")
        building.finish(tmp_path / "calm", "teach", kills=0, longest=9)
        paid = len(server.requests)
        assert paid == replies_kept(tmp_path / "calm") == 2 * 2 * whole_lines(tmp_path / "calm" / "prompts.jsonl")
        size = used(tmp_path / "worded") + int((used(tmp_path / "calm") - used(tmp_path / "worded")) * share)
        with small_disk(tmp_path / "disk", size) as disk:
            shutil.copytree(tmp_path / "worded", disk.path / "out")
            server.requests.clear()
            assert building._start(disk.path / "out", "teach").wait(120) == 1
            said = (tmp_path / "said.txt").read_text()
            assert "the disk is full" in said and "Traceback" not in said
            kept, before = replies_kept(disk.path / "out"), len(server.requests)
            assert 0 < kept <= before <= kept + 4
            disk.grow()
            building.finish(disk.path / "out", "teach", kills=0, longest=9)
            assert len(server.requests) - before == paid - kept, "what is written is not asked for again"
            print(f"{paid} calls undisturbed, {kept} kept on the full disk, {before - kept} of those in flight asked again")
            results = "lessons/results.jsonl"
            assert (disk.path / "out" / results).read_bytes() == (tmp_path / "calm" / results).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_data_set_built_through_many_kills_is_the_same(tmp_path: Path, workers: int) -> None:
    faulty = Faulty(ChatServer(answers=both))
    faulty.on = False
    with serving(faulty) as (server,):
        building = Building(tmp_path, server, count=10, workers=workers, seed=workers)
        plan = str(tmp_path / "plan.toml")
        started = time.monotonic()
        building.finish(tmp_path / "calm", "build", plan, kills=0, longest=9)
        longest = (time.monotonic() - started) / 2
        faulty.on = True
        number = 0
        while building.kills < 10:
            building.finish(tmp_path / f"killed-{number}", "build", plan, kills=10, longest=longest)
            compare(tmp_path / "calm", tmp_path / f"killed-{number}")
            number += 1


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.3, 0.6, 0.85])
def test_a_data_set_built_on_a_full_disk_is_the_same(tmp_path: Path, share: float) -> None:
    """Wording and audit ask a service: what is written is not asked for again."""
    chat = ChatServer(answers=both)
    with serving(chat) as (server,):
        building = Building(tmp_path, server, count=10, workers=1, seed=1)
        plan = str(tmp_path / "plan.toml")
        building.finish(tmp_path / "calm", "build", plan, kills=0, longest=9)
        calm = len(asked(server))
        with small_disk(tmp_path / "disk", int(used(tmp_path / "calm") * share)) as disk:
            server.requests.clear()
            assert building._start(disk.path / "out", "build", plan).wait(300) == 1
            said = (tmp_path / "said.txt").read_text()
            assert "the disk is full" in said and "Traceback" not in said
            disk.grow()
            building.finish(disk.path / "out", "build", plan, kills=0, longest=9)
            assert len(asked(server)) <= calm + 4, "at most what was under way when the disk was full is asked for again"
            compare(tmp_path / "calm", disk.path / "out")


@pytest.mark.slow
def test_a_data_set_built_with_a_clock_that_is_set_back_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(ChatServer(answers=both)) as (server,):
        building = Building(tmp_path, server, count=10, workers=1, seed=2)
        plan = str(tmp_path / "plan.toml")
        building.finish(tmp_path / "calm", "build", plan, kills=0, longest=9)
        for name, value in set_back(tmp_path).items():
            monkeypatch.setenv(name, value)
        building.finish(tmp_path / "back", "build", plan, kills=1, longest=None)
        compare(tmp_path / "calm", tmp_path / "back")


def compare(calm: Path, killed: Path) -> None:
    stages = [f"{name}{kind}" for name in ("recipes", "worded", "prompts", "audited", "split") for kind in ("", ".rejected")]
    files = [f"{name}.jsonl" for name in stages] + ["lessons/results.jsonl", "truths/results.jsonl", "dataset/README.md"]
    files += [f"dataset/{name}.jsonl" for name in ("sft", "evolve", "validation", "test")]
    files += [str(path.relative_to(calm)) for path in (calm / "dataset").rglob("*.jpg")]
    for name in files:
        assert (killed / name).read_bytes() == (calm / name).read_bytes(), name
    assert not [*killed.rglob("*.writing"), *killed.rglob("*.link"), *killed.rglob("*.sorting")]
