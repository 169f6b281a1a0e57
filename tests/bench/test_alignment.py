"""The audit of distillation: covariance within groups of reward and of the teacher's preference, by kind of token."""

import gzip
import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.paths import ROOT

AUDIT = runpy.run_path(str(ROOT / "benchmarks" / "alignment.py"))


def written(folder: Path, step: int, attempts: list[dict[str, Any]], told: list[dict[str, Any]]) -> None:
    place = folder / "steps" / f"{step:06d}"
    place.mkdir(parents=True)
    (place / "episodes.0.jsonl.gz").write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in attempts).encode()))
    (place / "teacher.0.jsonl").write_text("".join(json.dumps(one) + "\n" for one in told), encoding="utf-8")


def line(row: int, gain: float, chosen: float = 0.0) -> dict[str, Any]:
    """An attempt of two tokens that the teacher finds likelier by ``gain``, ``chosen`` of it at the token that was chosen."""
    return {"row": row, "tokens": ["a", "b"], "turns": [0, 0], "student": [-3.0, -3.0], "chosen": [1, 0]} | {
        "teacher": [-3.0 + chosen, -3.0 + gain - chosen]
    }


def test_covariance_is_taken_within_groups(tmp_path: Path) -> None:
    rewards = [(0, 1.0), (0, 0.0), (1, 0.5), (1, 0.3), (1, None), (2, 0.9)]
    attempts = [{"group": group, "reward": {"value": value}} for group, value in rewards]
    # group 1 is liked far more as a whole, which must not count; row 4 is unscored, group 2 has one attempt
    written(tmp_path, 1, attempts, [line(0, 2, 1), line(1, 1, -1), line(2, 50, 0), line(3, 51, 0), line(4, 90), line(5, 70)])
    rows = list(AUDIT["rows"](tmp_path))
    assert [row.reward for row in rows] == [1.0, 0.0, 0.5, 0.3, 0.9]
    assert AUDIT["covariances"](rows, "all") == pytest.approx([0.5, -0.1])
    assert AUDIT["covariances"](rows, "chosen") == pytest.approx([1.0, 0.0])
    assert "5 attempts" in AUDIT["table"](tmp_path)[0] and "in 2 groups" in AUDIT["table"](tmp_path)[1]


def test_groups_of_two_steps_are_not_one(tmp_path: Path) -> None:
    for step, reward in ((1, 0.2), (2, 0.8)):
        written(tmp_path, step, [{"group": 0, "reward": {"value": reward}}], [line(0, 1.0)])
    assert AUDIT["covariances"](list(AUDIT["rows"](tmp_path)), "all") == []


def test_decisions_are_names_queries_pictures_and_quoted_texts() -> None:
    reply = r'I will {"name": "search", "arguments": {"queries": ["capital of Chad"]}} then IMG_012 and say \"Fair\" here'
    tokens = [reply[start : start + 3] for start in range(0, len(reply), 3)]
    marked = "".join(
        token if one else "_" for token, one in zip(tokens, AUDIT["decisions"](tokens, [0] * len(tokens)), strict=True)
    )
    for decision in ("search", "capital of Chad", "012", "Fair"):
        assert decision in marked
    assert "I will" not in marked and "then" not in marked and "arg" not in marked


def test_a_decision_does_not_reach_over_the_end_of_a_turn() -> None:
    assert AUDIT["decisions"](['{"name": "se', 'arch"}'], [0, 1]) == [False, False]
