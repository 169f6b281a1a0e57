"""What rollouts say about learning, on groups whose answer is known."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from genevolve.bench.rollouts import RolloutGroup, gain, read_groups, rollout_table, rollout_tables
from genevolve.bench.statistics import trend
from genevolve.core.errors import UsageError

EASY, HARD = 0.9, 0.1


def group(step: int, family: str = "a", reward: float = 0.5, number: int = 0, case: str = "") -> RolloutGroup:
    return RolloutGroup(step=step, number=(0, number), case=case or f"{family}-{step}", family=family, reward=reward)


def test_what_a_family_is_worth_is_no_gain() -> None:
    """Hard requests first and easy ones later: the reward rises, and nothing was learnt."""
    groups = [group(step, "hard" if step < 6 else "easy", HARD if step < 6 else EASY) for step in range(1, 11)]
    found = gain(groups)
    assert found is not None and found.mean == pytest.approx(0.0)
    learnt = [group(one.step, one.family, one.reward + 0.02 * one.step) for one in groups]
    found = gain(learnt)
    assert found is not None and found.mean == pytest.approx(0.02 * 9)
    assert found.low == pytest.approx(0.02 * 9) and found.n == 10


def test_a_trend_needs_two_places_in_one_stratum() -> None:
    assert trend([1.0, 2.0], [0.1, 0.9], ["a", "b"]) is None
    assert gain([group(3), group(3, "b")]) is None
    with pytest.raises(ValueError, match="NaN"):
        trend([1.0, 2.0], [0.1, float("nan")], ["a", "a"])


def test_a_trend_of_noise_has_an_interval_around_nothing() -> None:
    import numpy as np

    random = np.random.default_rng(5)
    hits = 0
    for _ in range(60):
        found = trend((np.arange(80) / 79).tolist(), random.normal(0.5, 0.2, 80).tolist(), ["a", "b"] * 40, draws=400)
        assert found is not None
        hits += found.low <= 0 <= found.high
    assert 52 <= hits <= 60


def test_arms_are_compared_on_the_same_requests_of_the_steps_that_all_have() -> None:
    base = {seed: [group(step, reward=0.4 + 0.1 * seed) for step in (1, 2, 3)] for seed in (0, 1)}
    other = {0: [group(step, reward=0.5) for step in (1, 2)]}
    table = rollout_table({"grpo": base, "ved": other})
    assert table is not None
    first, second = table.rows
    assert first[:2] == ("grpo", "4") and first[4:] == ("–", "–"), "the third step is left out, and nobody is above himself"
    assert second[1] == "2" and second[4].startswith("+0.100 [+0.100, +0.100]"), "only the seed that both have is compared"
    assert "the 2 steps" in table.notes[0] and "above grpo" in table.columns[4]
    assert rollout_table({}) is None and rollout_table({"grpo": {0: []}}) is None
    elsewhere = rollout_table({"grpo": base, "ved": {0: [group(1, case="another request")]}})
    assert elsewhere is not None and elsewhere.rows[1][4] == "–"


def test_rewards_of_two_judges_stand_in_two_tables() -> None:
    """A training that went on after its judge had changed: the rise is the judge's."""
    old = [replace(group(step, reward=0.2), judge="pixel 1, lint 1") for step in (1, 2)]
    new = [replace(group(step, reward=0.9), judge="pixel 2, lint 2") for step in (3, 4)]
    first, second = rollout_tables({"grpo": {0: [*old, *new]}})
    assert first.title.endswith("(judges pixel 1, lint 1)") and second.title.endswith("(judges pixel 2, lint 2)")
    assert [table.rows[0][2][:5] for table in (first, second)] == ["0.200", "0.900"]
    (alone,) = rollout_tables({"grpo": {0: [group(1), group(2)]}})
    assert "judges" not in alone.title and rollout_tables({}) == ()


def test_groups_are_read_from_the_steps_of_a_training(tmp_path: Path) -> None:
    rewards: dict[str, list[tuple[int, float | None]]] = {
        "episodes.0.jsonl.gz": [(0, 0.2), (0, 0.6), (1, None)],
        "episodes.1.jsonl.gz": [(0, 1.0), (0, None)],
    }
    for name, attempts in rewards.items():
        path = tmp_path / "000004" / name
        path.parent.mkdir(exist_ok=True)
        lines = [
            {"group": number, "case": f"{name[9]}-{number}", "family": "hidden_flag", "reward": {"value": value}}
            | ({"judges": ["pixel 2", "lint 2"]} if number == 0 else {})
            for number, value in attempts
        ]
        path.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
    (tmp_path / "000004" / "lessons.0.json").write_text("{}")
    found = read_groups(tmp_path)
    assert {one.judge for one in found} == {"pixel 2, lint 2"}
    assert [(one.step, one.number, one.case, one.reward) for one in found] == [
        (5, (0, 0), "0-0", pytest.approx(0.4)),
        (5, (1, 0), "1-0", 1.0),
    ], "what nobody scored is no zero"
    assert read_groups(tmp_path / "no such folder") == ()


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b'{"group": 0}\n'), gzip.compress(b"[]\n"), gzip.compress(b"x" * 99)[:20]],
    ids=["no gzip", "no reward", "no object", "cut short"],  # gzip writes the time: workers would name the cases apart
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "000000" / "episodes.0.jsonl.gz"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"000000/episodes\.0\.jsonl\.gz: these episodes cannot be read"):
        read_groups(tmp_path)
