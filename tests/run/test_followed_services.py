"""A chain of follow-ups over HTTP: what a chat policy that looks at pictures is sent, and what a SIGKILL on the way leaves."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from genevolve.app.generate import generate
from genevolve.protocol.listing import SO_FAR
from genevolve.store.journal import records
from tests.services.chat_server import message
from tests.services.painter import ENVIRON, Painter, painting, said, seen_in
from tests.services.wire import Rejected

WISHES = ("a poster of place3", "the same, but at night", "and two camels", "no camels")
CALL = '<think>I look.</think><tool_call>{"name": "query_knowledge", "arguments": {"skill_name": "text_rendering"}}</tool_call>'


def version(number: int) -> str:
    prompt = f"Version {number}: one large poster of place3 in the center of a plain white background."
    return f"<answer>{json.dumps({'gen_prompt': prompt, 'reference_images': []})}</answer>"


@dataclass
class Follower(Painter):
    """A policy that is answered only where its conversation is the documented one, word for word."""

    def _reply(self, body: dict[str, Any], images: list[Any]) -> dict[str, Any]:
        _, asked, *rest = body["messages"]
        self.keys.append(("policy", "place3", len(rest)))
        if said(asked["content"]) != WISHES[0]:
            raise Rejected(f"the first request is {said(asked['content'])!r}")
        if not rest:
            return message(CALL)
        called, found, *rest = rest
        if said(called["content"]) != CALL or not said(found["content"]).startswith("<tool_response>\n## Skill Guidance"):
            raise Rejected("the call and its result are not as they were")
        for number, (answer, change) in enumerate(zip(rest[::2], rest[1::2], strict=True), start=1):
            self._check(number, said(answer["content"]), said(change["content"]), WISHES[number])
        if [seen_in(rgb) for _, _, rgb in images] != [(3, number) for number in range(1, len(rest) // 2 + 1)]:
            raise Rejected(f"the pictures so far are not shown in their order: {images}")
        return message(version(len(rest) // 2 + 1))

    def _check(self, number: int, answer: str, change: str, wish: str) -> None:
        wanted, listed = f"{wish}{SO_FAR}", f"IMG_{number:03d}: title: "
        if answer != version(number):
            raise Rejected(f"answer {number} is not as it was: {answer[:200]}")
        if not change.startswith(wanted) or not change[len(wanted) :].startswith(listed):
            raise Rejected(f"change {number} is not told as documented: {change[:900]}")


class Commands:
    """The commands of the chain, each in a process of its own."""

    def __init__(self, follower: Follower, folder: Path) -> None:
        self.follower, self.folder = follower, folder
        self.profile = follower.profile(folder / "profile.toml")

    def start(self, out: str, number: int) -> subprocess.Popen[bytes]:
        first = ["generate", WISHES[0], "--out", out, "--profile", str(self.profile), "--size", "1024x1024"]
        command = first if number == 0 else ["revise", out, WISHES[number]]
        environ = {**os.environ, **ENVIRON, "GENEVOLVE_HOME": str(self.folder / "home")}
        with (self.folder / "said.txt").open("wb") as told:
            line = [sys.executable, "-m", "genevolve", *command]
            return subprocess.Popen(line, stdout=told, stderr=told, env=environ, cwd=self.folder)

    def finish(self, out: str, number: int) -> None:
        assert self.start(out, number).wait(120) == 0, (self.folder / "said.txt").read_text()[-3000:]

    def kill(self, out: str, number: int, after: int) -> None:
        """The command is killed when so many requests of it have arrived."""
        self.follower.keys.clear()
        process = self.start(out, number)
        while process.poll() is None and len(self.follower.keys) < after:
            time.sleep(0.001)
        process.kill()
        assert process.wait(120) != 0
        time.sleep(0.05)  # what a killed process had sent is read

    def told(self, out: str) -> tuple[list[str], str, bytes]:
        """The chain of the result with its last prompt and picture."""
        shown = json.loads((self.folder / out / "result.json").read_text())
        chain = [each["request"] for each in shown.get("after", [])] + [shown["request"]]
        return chain, shown["program"]["gen_prompt"], (self.folder / shown["image_path"]).read_bytes()


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    with painting(Follower()) as follower:
        assert isinstance(follower, Follower)
        yield Commands(follower, tmp_path)
        assert not follower.rejections()


def test_the_conversation_is_the_documented_one(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(commands.folder)
    generate(WISHES[0], out="out", profile=str(commands.profile), size="1024x1024")
    for wish in WISHES[1:3]:
        generate(wish, after="out")
    chain, prompt, _ = commands.told("out")
    assert chain == list(WISHES[:3]) and prompt.startswith("Version 3:")
    asked = [key[2] for key in commands.follower.keys if key[0] == "policy"]
    assert asked == [0, 2, 4, 6], "one call, then one answer for each wish"


@pytest.mark.slow
def test_no_kill_between_or_during_follow_ups_loses_what_was_made(commands: Commands) -> None:
    """Killed in the first change while the policy is asked, in the second while it is drawn, in the third while it is judged,
    and once each before anything is asked; what was asked for again ends as if nothing had happened."""
    for number in range(len(WISHES)):
        commands.finish("calm", number)
    commands.finish("cut", 0)
    for number in range(1, len(WISHES)):
        before, kept = commands.told("cut"), list(records(commands.folder / "cut" / "journal.jsonl"))
        commands.kill("cut", number, after=0)
        commands.kill("cut", number, after=number)
        assert commands.told("cut") == before, "the last finished result is still there"
        assert list(records(commands.folder / "cut" / "journal.jsonl"))[: len(kept)] == kept
        commands.finish("cut", number)
    assert commands.told("cut") == commands.told("calm")
    assert commands.told("cut")[0] == list(WISHES)
    rows = {str(record["row"]) for record in records(commands.folder / "cut" / "journal.jsonl")}
    assert len(rows) >= len(WISHES), "what had begun when it was killed is in the journal, too"
