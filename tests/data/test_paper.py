"""A data set by the paper's members, against strict servers: requests of one's own, a chat teacher, rendered and judged."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genevolve.cli.main import cli, exit_code
from tests.services.chat_server import failing
from tests.services.paper import ENVIRON, Paper, paper_services

PLAN = """
name = "paper"
profile = "profile.toml"
[prompts]
input = "own.jsonl"
near_duplicates = 1
[audit]
each = 0
total = 0
[render]
faithfulness = 0
visual_correctness = 0
"""


def build(folder: Path, *options: str) -> int:
    arguments = ["data", "build", str(folder / "plan.toml"), "--out", str(folder / "out"), *options]
    return exit_code(lambda: cli.main(arguments, standalone_mode=False))


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Paper]:
    for name, value in {**ENVIRON, "GENEVOLVE_HOME": str(tmp_path / "home")}.items():
        monkeypatch.setenv(name, value)
    with paper_services() as services:
        services.profile(tmp_path / "profile.toml")
        (tmp_path / "plan.toml").write_text(PLAN)
        requests = ({"id": f"r{n}", "prompt": f"I would like a poster of place{n} for the wall of my room."} for n in range(8))
        (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in requests))
        yield services


def test_real_members_make_a_data_set_and_are_asked_once(paper: Paper, tmp_path: Path) -> None:
    """Through servers that fail now and then."""
    assert build(tmp_path) == 0
    assert not paper.rejections()
    asked = len(paper.asked())
    assert build(tmp_path) == 0
    assert len(paper.asked()) == asked
    dataset = tmp_path / "out" / "dataset"
    lessons = rows(dataset / "sft.jsonl")
    taught = rows(tmp_path / "out" / "lessons" / "results.jsonl")
    assert len(taught) == 8 and lessons
    assert all(row["provenance"]["teacher"] == "chat:test-model" for row in lessons)
    assert all(row["provenance"]["recipe"] == "given:own.jsonl" for row in lessons)
    truths = rows(tmp_path / "out" / "truths" / "results.jsonl")
    views = Counter(row["view"] for row in rows(tmp_path / "out" / "prompts.jsonl"))
    assert len(truths) == 8 - views["sft"]
    assert all(row["score"]["judge"].startswith("vlm:test-model@") for row in truths)
    made = json.loads((dataset / "made_by.json").read_text())
    assert (made["generator"], made["audit"]) == ("qwen_service", "rules")


@pytest.mark.parametrize("server", ["policy", "generator"])
def test_an_outage_stops_the_build_and_nothing_is_lost(
    paper: Paper, tmp_path: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for faulty in paper.faults:
        faulty.on = False
    paper.servers[server].script.extend([None, None, *[failing(503)] * 60])
    assert build(tmp_path) == 1
    assert "--retry-failed" in capsys.readouterr().err
    assert not (tmp_path / "out" / "split.jsonl").exists()
    paper.servers[server].script.clear()
    before = Counter(paper.asked())
    assert build(tmp_path, "--retry-failed") == 0
    assert len(rows(tmp_path / "out" / "lessons" / "results.jsonl")) == 8
    again = [key for key in Counter(paper.asked()) - before if key[0] in ("search", "facts", "colours") and before[key]]
    assert not again


def test_without_what_failed(paper: Paper, tmp_path: Path) -> None:
    for faulty in paper.faults:
        faulty.on = False
    paper.servers["policy"].script.extend([None, None, *[failing(503)] * 90])
    assert build(tmp_path, "--without-failed") == 0
    why = json.loads((tmp_path / "out" / "audited.funnel.json").read_text())["why_not"]
    assert why["teacher_failed"] >= 1
