"""Arms against each other over trainings: intervals after Student, and what may be paired."""

import json
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from typing import Any

import pytest

from genevolve.app.report import load_ablation, report
from genevolve.bench.statistics import t_interval
from genevolve.core.errors import UsageError
from tests.bench.bench_folders import folder_of, row, scored

NO_PROGRAM: dict[str, Any] = {"score": None, "error": "no answer", "termination": "no_answer"}


def ablation(folder: Path, tests: dict[str, dict[int, list[dict[str, Any]]]]) -> Path:
    """An ablation whose arms are tested: arm → training seed → the scores of its rows."""
    for arm, seeds in tests.items():
        for seed, scores in seeds.items():
            rows = [row(f"case-{number}", score) for number, score in enumerate(scores)]
            folder_of(folder / "arms" / arm / f"seed-{seed}" / "test", rows, name=arm)
            (folder / "arms" / arm / f"seed-{seed}" / "test" / "bench.json").write_text('{"uncovered": []}')
    arms = {arm: {"stage": "evolve", "seeds": list(seeds)} for arm, seeds in tests.items()}
    (folder / "ablation.json").write_text(json.dumps({"arms": arms}))
    return folder


def flat(value: float, *, judge: str = "pixel") -> dict[str, Any]:
    return scored(value, value, value, value, judge=judge)


def test_an_interval_after_student() -> None:
    """Known answers: 4.303 and 2.262 standard errors for three and ten values."""
    three = t_interval([1.0, 2.0, 3.0])
    assert (three.mean, three.n) == (2.0, 3)
    assert three.high - three.mean == pytest.approx(4.3027 / 3**0.5, abs=1e-4) == three.mean - three.low
    ten = [0.1 * number for number in range(10)]
    assert t_interval(ten).high - fmean(ten) == pytest.approx(2.2622 * stdev(ten) / 10**0.5, abs=1e-5)


def test_the_interval_holds_what_it_says() -> None:
    draw = Random(7)
    held = [found.low <= 0.0 <= found.high for _ in range(2000) if (found := t_interval([draw.gauss(0, 1) for _ in range(5)]))]
    assert fmean(held) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("values", [[], [0.5], [0.1] * 32, [0.1, float("nan")]])
def test_an_interval_of_too_few_too_many_or_no_numbers_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError):
        t_interval(values)


def test_arms_are_compared_training_by_training(tmp_path: Path) -> None:
    """A row without a program counts 0; a training that only one arm has is left out."""
    tests: dict[str, dict[int, list[dict[str, Any]]]] = {
        "grpo": {0: [flat(0.5), flat(1.0)], 1: [flat(0.5), flat(0.5)], 2: [flat(1.0), flat(1.0)]},
        "ved": {0: [flat(1.0), flat(1.0)], 1: [flat(1.0), NO_PROGRAM]},
    }
    found = load_ablation(ablation(tmp_path / "one", tests))
    (table,) = [table for table in found.tables() if table.title.startswith("Arms against each other")]
    ((arms, trainings, difference, relative, _, each),) = table.rows
    assert (arms, trainings, each) == ("grpo − ved", "2", "0: -0.250, 1: +0.000")
    assert difference.startswith("-0.125 [") and relative == "-16.7 %"
    page = report([tmp_path / "one"])
    assert "one figure a training" in page.html and "| grpo − ved | 2 |" in page.markdown


def test_other_judges_are_no_pair(tmp_path: Path) -> None:
    tests = {"grpo": {0: [flat(0.5)], 1: [flat(0.5)]}, "ved": {0: [flat(1.0, judge="vlm")], 1: [flat(1.0, judge="vlm")]}}
    found = load_ablation(ablation(tmp_path / "one", tests))
    assert not [table for table in found.tables() if table.title.startswith("Arms against each other")]


def test_several_directories_are_more_trainings(tmp_path: Path) -> None:
    """Each training is held against the one of its own directory, and arms of one name are told apart elsewhere."""
    for name, gain in (("first", 0.5), ("second", 0.0)):
        ablation(tmp_path / name, {"grpo": {0: [flat(0.5)]}, "ved": {0: [flat(0.5 + gain)]}})
    page = report([tmp_path / "first", tmp_path / "second"]).markdown
    assert "one figure a training of all directories" in page
    assert "| grpo − ved | 2 | -0.250 [-3.427, +2.927] | -33.3 % |" in page and "first 0: -0.500, second 0: +0.000" in page
    assert "| ved [first] |" in page and "| ved [second] |" in page


def test_the_first_requests_can_be_left_out(tmp_path: Path) -> None:
    from genevolve.app.suites import open_suite

    ids = [item.id for item in open_suite("adaptation", rows=5).items]
    assert [item.id for item in open_suite("adaptation", rows=5, skip=2).items] == ids[2:]
    with pytest.raises(UsageError, match="--skip is 5; 5 requests are asked for"):
        open_suite("adaptation", rows=5, skip=5)
    with pytest.raises(UsageError, match="skip is -1"):
        open_suite("adaptation", rows=5, skip=-1)
