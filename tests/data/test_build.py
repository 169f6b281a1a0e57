"""``genevolve data``: all stages by the command line, with everything that they leave behind."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genevolve.cli.main import cli, exit_code

PLAN = """
name = "tiny"
[recipes]
count = 14
[teach]
workers = 1
[render]
workers = 1
"""


def genevolve(*arguments: object) -> int:
    return exit_code(lambda: cli.main([str(argument) for argument in arguments], standalone_mode=False))


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("data")
    (folder / "plan.toml").write_text(PLAN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENEVOLVE_HOME", str(folder / "home"))
        assert genevolve("data", "build", folder / "plan.toml", "--out", folder / "out") == 0
    yield folder / "out"


def test_every_row_is_kept_or_rejected_with_a_reason(built: Path) -> None:
    before = 14
    for name in ("recipes", "worded", "prompts", "audited", "rendered", "split"):
        told = json.loads((built / f"{name}.funnel.json").read_text())
        kept, rejected = rows(built / f"{name}.jsonl"), rows(built / f"{name}.rejected.jsonl")
        assert (told["in"], told["kept"]) == (before, len(kept)) == (len(kept) + len(rejected), len(kept))
        assert all(row["rule"] and "hidden" not in row for row in rejected)
        before = len(kept)


def test_provenance_is_in_every_row(built: Path) -> None:
    for name in ("sft", "evolve", "validation"):
        for row in rows(built / "dataset" / f"{name}.jsonl"):
            made = row.get("provenance") or row["meta"]["provenance"]
            assert made["teacher"] == "expert" and made["profile"].startswith("offline#") and made["audit"] == "rules, lint 2"
            assert made["recipe"].count("/") == 2 and made["realiser"] == "offline"


def test_trajectories_are_what_the_policy_saw(built: Path) -> None:
    lessons = {row["id"]: row for row in rows(built / "lessons" / "results.jsonl")}
    exported = rows(built / "dataset" / "sft.jsonl")
    assert exported
    for row in exported:
        seen = [{"role": message["role"], "content": message["content"]} for message in lessons[row["id"]]["messages"]]
        assert row["messages"] == seen and row["images"] == []


def test_nothing_of_a_recipe_is_shown(built: Path) -> None:
    for row in rows(built / "dataset" / "sft.jsonl"):
        text = json.dumps(row["messages"])
        assert "factual_grounding" not in text and "-Anchored" not in text
    assert {*rows(built / "dataset" / "test.jsonl")[0]} == {
        "id", "question", "gt_image", "eval_type", "category", "difficulty"
    }  # fmt: skip


def test_started_again_it_does_nothing(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENEVOLVE_HOME", str(built.parent / "home"))
    stages = [*built.glob("*.jsonl"), built / "lessons" / "results.jsonl", built / "truths" / "results.jsonl"]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in stages}
    assert genevolve("data", "build", built.parent / "plan.toml", "--out", built) == 0
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in stages} == before


def test_other_settings_are_refused(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert genevolve("data", "recipes", "--out", built, "--count", "15") == 2
    assert "count = 14, now it is 15" in capsys.readouterr().err
