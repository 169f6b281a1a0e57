"""The environment of verifiers, played by its own evaluation command. Skipped where the package is not installed.

The rule-based policy stands behind a strict local endpoint; what it said is then played once more by ``EpisodePlayer`` alone.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from genevolve.core.message import Message
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.integrations.episodes import EpisodePlayer, Played, cases_for
from genevolve.train.recipe import load_recipe
from tests.paths import ROOT
from tests.services.chat_server import KEY, MODEL, ChatServer
from tests.services.expert_chat import expert_chat
from tests.services.thread import serving
from tests.services.wire import Rejected

RECIPE = """extends = "atlas"
[data]
requests = 4
validation = 2
"""


@dataclass
class Recorded:
    """Says again what was said."""

    said: list[str]
    calls: list[PolicyCall] = field(default_factory=list)

    async def reply(self, call: PolicyCall) -> Reply:
        self.calls.append(call)
        return Reply(text=self.said[call.turn])


def evaluated(folder: Path, server: ChatServer, *more: str) -> tuple[list[dict[str, Any]], str]:
    """The traces of ``vf-eval`` on the recipe's requests, and what it said."""
    (folder / "recipe.toml").write_text(RECIPE)
    with serving(server) as (running,):
        command = [
            *("genevolve-env", "--no-rich", "--no-push", "--model", MODEL, "--output-dir", str(folder), "--run.dir", "run"),
            *(
                "--client.base-url",
                f"{running.url}/v1",
                "--client.api-key-var",
                "STAND_IN_KEY",
                "--sampling.temperature",
                "0.7",
            ),
            *("--env.taskset.recipe", str(folder / "recipe.toml"), "--env.agent.harness.recipe", str(folder / "recipe.toml")),
            *(
                "--env.agent.harness.id",
                "genevolve-env",
                "--env.agent.harness.folder",
                str(folder / "pictures"),
                "--env.agent.runtime.type",
                "subprocess",
                *more,
            ),
        ]
        places = [str(ROOT / "src"), str(ROOT / "integrations" / "verifiers"), os.environ.get("PYTHONPATH", "")]
        environ = {**os.environ, "STAND_IN_KEY": KEY, "PYTHONPATH": os.pathsep.join(filter(None, places))}
        code = "import sys; from verifiers.v1.cli.eval.main import main; main()"
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code, *command], env=environ, capture_output=True, text=True, timeout=400
        )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert set(running.rejections) <= {"out of memory"}, running.rejections
    return list(traces(folder / "run")), done.stdout + done.stderr


def traces(folder: Path) -> Iterable[dict[str, Any]]:
    for line in (folder / "traces.jsonl").read_text().splitlines():
        record = json.loads(line)
        yield from record.get("traces", [record])


def said(trace: dict[str, Any]) -> list[str]:
    told = (node["message"] for node in trace["nodes"])
    return [message["content"] for message in told if message["role"] == "assistant"]


def again(folder: Path, split: str, trace: dict[str, Any]) -> Played:
    """The episode of a trace by our own loop, from what its policy said."""
    recipe = load_recipe(str(folder / "recipe.toml"))
    (case,) = (case for case in cases_for(recipe, split, folder) if case.id == trace["task"]["data"]["id"])

    async def played() -> Played:
        player = EpisodePlayer(recipe, folder=folder / "again")
        try:
            return await player.play(case, f"{case.id}.{trace['id']}", Recorded(said(trace)))
        finally:
            await player.aclose()

    return asyncio.run(played())


@pytest.mark.slow
def test_rewards_are_those_of_our_own_loop(tmp_path: Path) -> None:
    """Also that of a policy that says nothing useful; and every turn is on the trace, whose prompt is the episode's own."""
    pytest.importorskip("verifiers.v1")

    def spoilt(messages: list[Message]) -> str | None:
        return "I would rather not." if "oyster" in messages[1].text else None

    found, shown = evaluated(tmp_path, expert_chat(spoilt), "--select.limit", "3", "--num-rollouts", "1")
    assert len(found) == 3
    rewards = {}
    for trace in found:
        assert not trace.get("errors"), trace["errors"]
        played = again(tmp_path, "train", trace)
        reward = trace["rewards"]["reward"]["score"]
        assert reward == played.reward.value
        rewards[trace["task"]["data"]["id"]] = reward
        turns = played.episode.turns
        assert [turn.text for turn in turns] == said(trace)
        assert trace["metrics"]["turns"] == len(turns)
        picture = trace["info"]["genevolve"]["picture"]
        assert picture is None or (tmp_path / "pictures" / "images" / picture[:2]).exists() or picture in _files(tmp_path)
    assert sorted(rewards.values())[0] == 0.0 and max(rewards.values()) > 0.7, rewards
    assert "genevolve" in shown


def _files(folder: Path) -> set[str]:
    return {path.stem for path in (folder / "pictures").rglob("*") if path.is_file()}


@pytest.mark.slow
def test_what_could_not_be_scored_is_an_error_and_no_zero(tmp_path: Path) -> None:
    """The policy's server fails for one request: its rollout has no reward; the others have theirs."""
    pytest.importorskip("verifiers.v1")

    def failing(messages: list[Message]) -> str | None:
        if "oyster" in messages[1].text:
            raise Rejected("out of memory", status=400)
        return None

    found, _ = evaluated(tmp_path, expert_chat(failing), "--select.limit", "2", "--env.taskset.split", "train")
    broken = [trace for trace in found if "oyster" in trace["task"]["data"]["prompt"]]
    assert broken and all(trace["errors"] and not trace["rewards"].get("reward") for trace in broken)
    assert all(trace["rewards"]["reward"]["score"] > 0 for trace in found if trace not in broken)
