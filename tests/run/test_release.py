"""The public release's result files: formulas, schema, and what is never averaged."""

import csv
import json
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.core.score import Score, Unscored
from genevolve.run.release import DIMENSIONS, METRICS, evaluated_row, release_scores, write_evaluation, write_results
from genevolve.run.result import judgement

LEVEL = st.sampled_from([0.0, 0.5, 1.0])
SCORED = st.builds(
    lambda f, v, t, a: judgement(Score(faithfulness=f, visual_correctness=v, text_accuracy=t, aesthetics=a, judge="j")),
    LEVEL, LEVEL, st.none() | LEVEL, LEVEL,
)  # fmt: skip
UNSCORED = st.just(judgement(Unscored(reason="the judge was down", retryable=True)))
ROW = st.builds(
    lambda found, eval_type, image: {"eval_type": eval_type, "success": image or "score" in found, **found},
    SCORED | UNSCORED, st.sampled_from(["Knowledge-Anchored", "Quality-Anchored"]), st.booleans(),
)  # fmt: skip


def naive_overall(score: dict[str, Any]) -> float:
    text = 0.5 if score["text_accuracy"] is None else score["text_accuracy"]
    total = 0.1 * score["faithfulness"] + 0.4 * score["visual_correctness"] + 0.4 * text + 0.1 * score["aesthetics"]
    return float(round(total, 2))


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, max_size=12))
def test_summary_agrees_with_a_naive_one(rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("release")
    rows = [{"id": n, "prompt": "p", **row} for n, row in enumerate(rows)]
    summary = write_evaluation(iter(rows), folder)
    for split in ("all", "Knowledge-Anchored", "Quality-Anchored"):
        subset = [row for row in rows if split in ("all", row["eval_type"])]
        scored = [row["score"] for row in subset if "score" in row]
        found = summary["all"] if split == "all" else summary["by_eval_type"].get(split)
        if found is None:
            assert not subset
            continue
        assert found["count_eval_success"] == len(scored)
        assert found["denominator"] == len(subset)
        assert found["missing_or_failed"] == len(subset) - len(scored)
        if scored:
            assert found["overall"] == pytest.approx(mean(map(naive_overall, scored)), abs=1e-4)
            for name in DIMENSIONS:
                values = [0.5 if score[name] is None else score[name] for score in scored]
                assert found[name] == pytest.approx(mean(values), abs=1e-4)
            assert found["overall_missing_zero"] == pytest.approx(found["overall"] * len(scored) / len(subset), abs=1e-4)
    unscored = [str(row["id"]) for row in rows if "score" not in row]
    assert sorted(summary["missing_case_ids"] + summary["failed_case_ids"]) == sorted(unscored)


def test_files_have_the_release_schema(tmp_path: Path) -> None:
    scored = judgement(Score(faithfulness=1, visual_correctness=0.5, text_accuracy=None, aesthetics=1, judge="j"))
    rows = [
        {"id": "a", "prompt": "p", "eval_type": "Quality-Anchored", "success": True, **scored},
        {"id": "b", "prompt": "p", "success": False, **judgement(Unscored(reason="no image: cut connection"))},
    ]
    write_evaluation(rows, tmp_path)
    written = json.loads((tmp_path / "results_eval.json").read_text())
    assert written[0]["eval_success"] is True and written[0]["error"] is None
    assert written[0]["scores"]["overall"] == 0.6 and written[0]["scores"]["text_accuracy_na"] is True
    assert written[1]["eval_success"] is False and written[1]["scores"] is None and "cut connection" in written[1]["error"]
    assert written[2]["summary_type"] == "overall_avg" and written[2]["count"] == 1
    assert not {"score", "unscored"} & set(written[0])
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert set(summary) == {
        "eval_json", "total_cases", "all", "by_eval_type", "by_category", "by_difficulty", "missing_case_ids",
        "failed_case_ids",
    }  # fmt: skip
    assert summary["missing_case_ids"] == ["b"] and summary["failed_case_ids"] == []
    with (tmp_path / "summary.csv").open() as file:
        table = list(csv.DictReader(file))
    assert list(table[0]) == [
        "split", "count_eval_success", "denominator", "missing_or_failed", *METRICS, "overall_missing_zero",
    ]  # fmt: skip
    assert [row["split"] for row in table] == ["all", "Quality-Anchored", "unknown"]


def test_scores_are_clipped_and_rounded() -> None:
    scores = release_scores({"faithfulness": 1.2, "visual_correctness": 0.333, "text_accuracy": -1, "aesthetics": 1})
    assert [scores[name] for name in DIMENSIONS] == [1.0, 0.33, 0.0, 1.0]


def test_an_unscored_row_is_no_success() -> None:
    assert evaluated_row({"id": 1})["eval_success"] is False


def test_stage_files_leave_our_own_fields_out(tmp_path: Path) -> None:
    row = {"id": 3, "prompt": "p", "gen_prompt": None, "image_path": None, "facts": [], "carried": {"x": 1}, "usage": {}}
    write_results([row], tmp_path / "results.json")
    (written,) = json.loads((tmp_path / "results.json").read_text())
    assert written["gen_prompt"] == "" and written["image_path"] == "" and written["carried"] == {"x": 1}
    assert "facts" not in written and written["messages"] == [] and written["termination"] == "error"


def test_an_empty_run_is_an_empty_array(tmp_path: Path) -> None:
    write_results([], tmp_path / "results.json")
    assert json.loads((tmp_path / "results.json").read_text()) == []
