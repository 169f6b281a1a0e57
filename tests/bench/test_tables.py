"""Tables of runs: what may stand together, what is counted, and figures against naive ones."""

import csv
import json
import random
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from genevolve.app.report import load_run
from genevolve.bench.compare import ComparisonGroup, PairedSystems, groups_of, overall, pair
from genevolve.bench.published import published
from genevolve.bench.suite import Uncovered
from genevolve.bench.summary import write_summary
from genevolve.bench.tables import headline, not_covered, tables_of
from genevolve.core.errors import UsageError
from genevolve.report.table import Table, markdown
from tests.bench.bench_folders import UNSCORED, folder_of, row, scored

SCORE = '{"id": 1, "score": {"kscore": %s, "kscore_renormalized": %s, "judge": "pixel", "diagnostics": []}}\n'
CHECK = SCORE.replace("[]", '[{"skill": "text_rendering"}]') % (1, 1)
LEVELS = (0.0, 0.5, 1.0)
TRACKS = ("Knowledge-Anchored", "Quality-Anchored")


def random_rows(seed: int, *, cases: int = 40, seeds: int = 2, good: float = 0.5, judge: str = "pixel") -> list[dict[str, Any]]:
    """Rows with random scores, some without text, some unscored; ``good``: how often a dimension is 1."""
    source = random.Random(seed)

    def level() -> float:
        return 1.0 if source.random() < good else source.choice(LEVELS)

    rows = []
    for repeat in range(seeds):
        for case in range(cases):
            text = None if case % 4 == 0 else level()
            checks = {"text_rendering": source.random() < good, "spatial_layout": source.random() < good}
            found = scored(level(), level(), text, level(), judge=judge, passed=checks)
            if source.random() < 0.1:
                found = UNSCORED
            more = {"eval_type": TRACKS[case % 2], "category": f"kind {case % 3}", "difficulty": ("hard", "medium")[case % 2]}
            rows.append(row(f"c{case}", found, repeat=repeat, success=True, image_path="x.png", **more, family=f"f{case % 5}"))
    return rows


def cell(table: Table, first: str, column: str) -> str:
    line = next(found for found in table.rows if found[0] == first)
    return line[next(at for at, name in enumerate(table.columns) if name == column)]


def test_rewards_whose_programs_two_versions_judged_are_in_no_column(tmp_path: Path) -> None:
    def by(version: str) -> dict[str, Any]:
        return {"value": 1.0, "judge": "lint", "judge_version": version}

    first = folder_of(tmp_path / "a", [row("a", scored(1, 1, 1, 1), program_score=by("2"))], name="a")
    other = folder_of(tmp_path / "b", [row("a", scored(1, 1, 1, 1), program_score=by("1"))], name="b")
    (group,) = groups_of([load_run(first)])
    assert "reward" in group.columns
    (group,) = groups_of([load_run(first), load_run(other)])
    assert "reward" not in group.columns and "release" in group.columns
    assert any("programs were judged by lint 1, lint 2" in remark for remark in group.remarks)


OUTAGE = ["search for “x” was not answered: HTTP 429"]


def test_rows_that_met_an_outage_are_in_no_mean_unless_asked_for(tmp_path: Path) -> None:
    rows = [row("a", scored(1, 1, 1, 1)), row("b", scored(0, 0, 0, 0, passed={"text_rendering": False}), degraded=OUTAGE)]
    rows += [row("c", {"termination": "no_answer", "error": "no"}, degraded=OUTAGE), row("d", UNSCORED)]
    folder = folder_of(tmp_path / "a", rows, name="a")
    (group,) = groups_of([load_run(folder)])
    table, release = headline(group), next(iter(group.columns.values()))
    assert cell(table, "a", release) == "1.000 [1.000, 1.000]"
    assert [cell(table, "a", name) for name in ("rows", "unscored", "degraded, left out")] == ["4", "1", "2"]
    assert len(group.columns) == 2, "no column of zeros for a row whose policy was kept from an answer"
    assert not any("By skill" in found.title for found in tables_of(group))
    (group,) = groups_of([load_run(folder, include_degraded=True)])
    table = headline(group)
    assert cell(table, "a", release).startswith("0.500") and cell(table, "a", "degraded, included") == "2"
    write_summary(load_run(folder))
    figures = json.loads((folder / "bench.json").read_text())["groups"][0]["systems"][0]
    assert (figures["unscored"], figures["degraded"], figures["release"]["mean"]) == (1, 2, 1.0)
    assert json.loads((folder / "summary.json").read_text())["all"]["overall"] == 1.0


def test_the_release_files_average_the_scores_of_one_version_of_the_judge(tmp_path: Path) -> None:
    def by(version: str, level: float) -> dict[str, Any]:
        found = scored(level, level, level, level)
        return {"score": {**found["score"], "judge_version": version}}

    rows = [row("a", by("1", 0.0)), row("b", by("2", 1.0)), row("c", by("2", 1.0))]
    write_summary(load_run(folder_of(tmp_path / "a", rows, name="a")))
    summary = json.loads((tmp_path / "a" / "summary.json").read_text())
    assert (summary["judge"], summary["all"]["overall"], summary["all"]["count_eval_success"]) == ("pixel 2", 1.0, 2)
    assert summary["all"]["denominator"] == 3
    written = json.loads((tmp_path / "a" / "results_eval.json").read_text())
    assert [found["scores"]["judge_version"] for found in written[:3]] == ["1", "2", "2"]


def both_of(group: ComparisonGroup) -> PairedSystems:
    first, second = group.systems
    return pair(first, second)


def naive(found: dict[str, Any], *, renormalized: bool = False) -> float:
    score = found["score"]
    f, v, t, a = (score[name] for name in ("faithfulness", "visual_correctness", "text_accuracy", "aesthetics"))
    if t is None and renormalized:
        return float((0.1 * f + 0.4 * v + 0.1 * a) / 0.6)
    return float(0.1 * f + 0.4 * v + 0.4 * (0.5 if t is None else t) + 0.1 * a)


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    return [
        folder_of(tmp_path / "good", random_rows(1, good=0.8), name="good"),
        folder_of(tmp_path / "poor", random_rows(2, good=0.2), name="poor"),
    ]


def test_headline_counts_and_averages(runs: list[Path]) -> None:
    (group,) = groups_of([load_run(path) for path in runs])
    table = headline(group)
    rows = random_rows(1, good=0.8)
    known = [one for one in rows if "score" in one]
    assert (
        cell(table, "good", "rows") == "80" and cell(table, "good", "requests") == "40" and cell(table, "good", "seeds") == "2"
    )
    assert cell(table, "good", "unscored") == str(len(rows) - len(known)) != "0"
    assert table.columns[1:3] == ("KScore (release: no text counts 0.5)", "KScore (renormalized: no text leaves)")
    assert table.rows[0][1].startswith(f"{mean(map(naive, known)):.3f} [")
    assert table.rows[0][2].startswith(f"{mean(naive(one, renormalized=True) for one in known):.3f} [")
    texts = [one["score"]["text_accuracy"] for one in known if one["score"]["text_accuracy"] is not None]
    assert cell(table, "good", "text accuracy") == f"{mean(texts):.3f} (n={len(texts)})"


def test_every_table_names_judge_and_profile(runs: list[Path]) -> None:
    (group,) = groups_of([load_run(path) for path in runs])
    found = tables_of(group)
    titles = [table.title for table in found]
    assert titles[:2] == ["Scores on atlas, judge pixel", "Differences on the same rows"]
    for split in ("track", "category", "difficulty", "family"):
        assert f"By {split}" in titles
    assert "By skill: requirements met" in titles
    for table in found:
        text = markdown(table)
        assert "judge pixel" in text and "profile offline: policy expert(skills=False)" in text and "commit abc123" in text


def test_splits_add_up(runs: list[Path]) -> None:
    (group,) = groups_of([load_run(path) for path in runs[:1]])
    (table,) = (found for found in tables_of(group) if found.title == "By track")
    rows = random_rows(1, good=0.8)
    for line in table.rows:
        own = [one for one in rows if one["eval_type"] == line[0]]
        known = [one for one in own if "score" in one]
        assert line[1].startswith(f"{mean(map(naive, known)):.3f}")
        assert line[-1] == f"{len(known)} + {len(own) - len(known)}"


def test_the_paired_difference_uses_rows_that_both_scored(runs: list[Path]) -> None:
    (group,) = groups_of([load_run(path) for path in runs])
    found = both_of(group)
    first, second = ({one["id"]: one for one in random_rows(seed, good=good)} for seed, good in ((1, 0.8), (2, 0.2)))
    both = [key for key in first if "score" in first[key] and "score" in second[key]]
    assert len(found.rows) == len(both) < 80
    comparison = found.comparison("release")
    assert comparison is not None
    assert comparison.difference.mean == pytest.approx(mean(naive(first[k]) - naive(second[k]) for k in both), abs=1e-4)
    assert comparison.p < 0.001 and comparison.wins + comparison.losses + comparison.ties == len(both)


def test_a_different_request_under_the_same_id_is_not_the_same_row(tmp_path: Path) -> None:
    rows = random_rows(1, seeds=1)
    other = [{**one, "prompt": f"{one['prompt']}!"} for one in rows]
    folders = [folder_of(tmp_path / "a", rows, name="a"), folder_of(tmp_path / "b", other, name="b")]
    (group,) = groups_of([load_run(path) for path in folders])
    assert both_of(group).rows == [] and both_of(group).comparison("release") is None
    assert any("not run on the same rows" in remark for remark in group.remarks)


def test_what_else_differs_is_said(tmp_path: Path) -> None:
    rows = random_rows(1, cases=4, seeds=1)
    first = folder_of(tmp_path / "a", rows, name="a", commit="abc", input={"suite": "atlas", "size": [512, 512]})
    other = folder_of(tmp_path / "b", rows, name="b", commit="def", input={"suite": "atlas", "size": [256, 256]})
    (group,) = groups_of([load_run(first), load_run(other)])
    assert any("different commits (abc, def)" in remark for remark in group.remarks)
    assert any("different sizes: [256, 256], [512, 512]" in remark for remark in group.remarks)
    (alone,) = groups_of([load_run(first)])
    assert alone.remarks == ()


def test_scores_by_different_judges_never_meet(tmp_path: Path) -> None:
    folders = [
        folder_of(tmp_path / "a", random_rows(1), name="a"),
        folder_of(tmp_path / "b", random_rows(1, judge="vlm:gpt@x"), name="b"),
    ]
    runs = [load_run(path) for path in folders]
    first, second = groups_of(runs)
    assert [group.judge for group in (first, second)] == ["pixel", "vlm:gpt@x"]
    assert all(len(group.systems) == 1 for group in (first, second))
    assert any("not comparable" in remark for remark in first.remarks)
    with pytest.raises(ValueError, match="different judges are not comparable: pixel, vlm:gpt@x"):
        pair(first.systems[0], second.systems[0])


def test_a_run_that_two_judges_scored_is_taken_apart(tmp_path: Path) -> None:
    mixed = random_rows(1, cases=10, seeds=1) + random_rows(1, cases=10, seeds=1, judge="other")
    mixed = [{**one, "id": str(n), "case_id": str(n)} for n, one in enumerate(mixed)]
    first, second = groups_of([load_run(folder_of(tmp_path / "a", mixed, name="a"))])
    assert {row.judge for row in first.systems[0].scored} == {first.judge}
    assert all(any("scored by 2 judges" in remark for remark in group.remarks) for group in (first, second))


def test_the_summary_agrees_with_the_release(tmp_path: Path) -> None:
    """Per-row formula, means and counts of the public stage 3, recomputed by hand; our table has the same overall."""
    rows = random_rows(7, cases=60, seeds=1)
    folder = folder_of(tmp_path / "a", rows, name="a")
    write_summary(load_run(folder))
    known = [one for one in rows if "score" in one]
    evaluated = {one["id"]: one for one in json.loads((folder / "results_eval.json").read_text()) if "id" in one}
    for one in known:
        assert evaluated[one["id"]]["scores"]["overall"] == round(naive(one) + 1e-12, 2)
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["total_cases"] == 60 and summary["all"]["count_eval_success"] == len(known)
    assert summary["all"]["overall"] == pytest.approx(mean(map(naive, known)), abs=5e-5)
    with (folder / "summary.csv").open() as file:
        lines = {line["split"]: line for line in csv.DictReader(file)}
    assert float(lines["all"]["overall"]) == summary["all"]["overall"] and set(lines) == {"all", *TRACKS}
    figures = json.loads((folder / "bench.json").read_text())
    (system,) = figures["groups"][0]["systems"]
    assert system["release"]["mean"] == pytest.approx(summary["all"]["overall"], abs=5e-5)
    assert system["unscored"] == summary["all"]["missing_or_failed"] == 60 - len(known)
    assert system["renormalized"]["mean"] == pytest.approx(mean(naive(one, renormalized=True) for one in known), abs=1e-4)


def test_nothing_scored_is_said_and_nothing_is_invented(tmp_path: Path) -> None:
    run = load_run(folder_of(tmp_path / "a", [row("c", UNSCORED), row("d", UNSCORED)], name="a"))
    (group,) = groups_of([run])
    assert overall(group.systems[0], group, "release") is None
    table = headline(group)
    assert cell(table, "a", "unscored") == "2" and cell(table, "a", "KScore (release: no text counts 0.5)") == "–"
    assert "nothing was scored" in table.made_by[0]
    assert "nan" not in write_summary(run).lower()


def test_giving_up_does_not_pay(tmp_path: Path) -> None:
    """Two systems with equal scores where both have one; the second has no valid program in half of the rows."""
    whole = [row(f"c{n}", scored(1, 0.5, 1, 1), termination="answer") for n in range(8)]
    gave_up = [{**one, "termination": "no_answer", **UNSCORED} if n % 2 else one for n, one in enumerate(whole)]
    for one in gave_up[1::2]:
        del one["score"]
    outage = {**whole[0], "termination": "error", **UNSCORED}
    del outage["score"]
    folders = [folder_of(tmp_path / "a", whole, name="a"), folder_of(tmp_path / "b", [outage, *gave_up[1:]], name="b")]
    (group,) = groups_of([load_run(path) for path in folders])
    other = group.systems[1]
    release, counted = overall(other, group, "release"), overall(other, group, "no_program_zero")
    assert release and counted and release.mean == pytest.approx(0.8) and release.n == 3
    assert counted.mean == pytest.approx(0.8 * 3 / 7) and counted.n == 7  # the outage is nobody's 0
    assert "KScore (release; no valid program counts 0)" in headline(group).columns
    both = both_of(group)
    plain, strict = both.comparison("release"), both.comparison("no_program_zero")
    assert plain and strict and plain.difference.mean == 0 and strict.difference.mean == pytest.approx(0.8 * 4 / 7)


def test_a_policy_without_any_program_stands_beside_the_others(tmp_path: Path) -> None:
    whole = [row(f"c{n}", scored(1, 0.5, 1, 1), termination="answer") for n in range(4)]
    none = [{**one, "termination": "max_rounds_reached", **UNSCORED} for one in whole]
    for one in none:
        del one["score"]
    others = [{**one, "score": {**one["score"], "judge": "vlm"}} for one in whole]
    folders = [folder_of(tmp_path / name, rows, name=name) for name, rows in (("a", whole), ("b", none), ("c", others))]
    first, second = groups_of([load_run(path) for path in folders])
    assert [[system.name for system in group.systems] for group in (first, second)] == [["a", "b"], ["b", "c"]]
    strict = both_of(first).comparison("no_program_zero")
    assert strict is not None and strict.difference.mean == pytest.approx(0.8) and strict.difference.n == 4
    assert both_of(first).comparison("release") is None and not any("scored by" in remark for remark in first.remarks)
    (alone,) = groups_of([load_run(folders[1])])
    assert alone.judge == ""


def test_the_reward_is_half_image_and_half_program(tmp_path: Path) -> None:
    """A row without a program is 0 of it by the policy's own doing; one whose program nobody judged has none."""
    judged = [row("a", scored(1, 0.5, 1, 1), termination="answer", program_score={"value": 0.4, "judge": "lint"})]
    none = [{"id": "b-s0", "case_id": "b", "repeat": 0, "prompt": "b", "termination": "no_answer", **UNSCORED}]
    unread = [row("c", scored(1, 1, 1, 1), termination="answer")]
    folders = [
        folder_of(tmp_path / "with", [*judged, *none, *unread], name="with"),
        folder_of(tmp_path / "bare", unread, name="bare"),
    ]
    found, bare = load_run(folders[0]), load_run(folders[1])
    assert [one.value("reward") for one in found.rows] == [pytest.approx((0.8 + 0.4) / 2), 0.0, None]
    (group,) = groups_of([found])
    reward = overall(group.systems[0], group, "reward")
    assert reward is not None and reward.n == 2 and reward.mean == pytest.approx(0.3)
    assert any(column.startswith("reward") for column in headline(group).columns)
    assert not any(column.startswith("reward") for column in headline(groups_of([bare])[0]).columns)


def test_published_results_are_marked_and_apart() -> None:
    table = published("genevolve")
    assert table is not None and published("atlas") is None and published("jsonl") is None
    figures = {line[0]: line[1] for line in table.rows}
    assert figures["Qwen-Image-Edit-2511, GenEvolve (published)"] == "0.3663"
    assert figures["Nano Banana Pro, GenEvolve (published)"] == "0.5739"
    assert all(name.endswith("(published)") for name in figures) and table.aside == frozenset(range(len(table.rows)))
    wise = published("wise")
    assert wise is not None and {line[1] for line in wise.rows} == {"0.8", "0.77", "0.78", "0.82"}


def test_published_parts_give_the_published_overall() -> None:
    """The release convention is the one that the published table was made with."""
    table = published("genevolve")
    assert table is not None
    line = next(found for found in table.rows if found[4] != "–")
    overall_, f, v, t, a = (float(line[at]) for at in (1, 4, 5, 6, 7))
    assert 0.1 * f + 0.4 * v + 0.4 * t + 0.1 * a == pytest.approx(overall_, abs=5e-5)


# ---- WISE and GenEval: the protocols' own means ----------------------------------------------------------------------


def wise_rows(seed: int, categories: tuple[str, ...], *, judge: str = "wise-legacy:m") -> list[dict[str, Any]]:
    source = random.Random(seed)
    rows = []
    for number in range(60):
        found = {name: source.choice((0, 1, 2)) for name in ("consistency", "realism", "aesthetic")}
        category = categories[number % len(categories)]
        rows.append(row(str(number), {"wise": {**found, "judge": judge, "rationale": ""}}, category=category))
    return rows


WISE = ("Culture", "Time", "Space", "Biology", "Physics", "Chemistry")


def test_wise_overall_is_weighted_by_category(tmp_path: Path) -> None:
    rows = wise_rows(1, WISE)
    (group,) = groups_of([load_run(folder_of(tmp_path / "a", rows, name="a", suite="wise", measure="wiscore"))])
    found = overall(group.systems[0], group, "wiscore")
    weights = dict(zip(WISE, (0.4, 0.167, 0.133, 0.1, 0.1, 0.1), strict=True))
    by_hand = 0.0
    for category, weight in weights.items():
        own = [one["wise"] for one in rows if one["category"] == category]
        by_hand += weight * mean((0.7 * w["consistency"] + 0.2 * w["realism"] + 0.1 * w["aesthetic"]) / 2 for w in own)
    assert found is not None and found.mean == pytest.approx(by_hand)


def test_wise_differences_are_weighted_like_the_overall(tmp_path: Path) -> None:
    folders = [
        folder_of(tmp_path / str(seed), wise_rows(seed, WISE), name=str(seed), suite="wise", measure="wiscore")
        for seed in (1, 2)
    ]
    (group,) = groups_of([load_run(path) for path in folders])
    first, second = (overall(system, group, "wiscore") for system in group.systems)
    comparison = both_of(group).comparison("wiscore")
    assert first and second and comparison
    assert comparison.difference.mean == pytest.approx(first.mean - second.mean)


def test_wise_with_a_category_missing_has_no_overall(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", wise_rows(1, WISE[:5]), name="a", suite="wise", measure="wiscore")
    (group,) = groups_of([load_run(folder)])
    assert overall(group.systems[0], group, "wiscore") is None
    assert "–" in headline(group).rows[0]


def test_geneval_overall_is_the_mean_over_tags(tmp_path: Path) -> None:
    rows = [row(f"a{n}", scored(1, 1, None, 0, passed={"spatial_layout": n < 3}), category="position") for n in range(6)]
    rows += [row("b", scored(1, 1, None, 0, passed={"spatial_layout": True}), category="counting")]
    (group,) = groups_of([load_run(folder_of(tmp_path / "a", rows, name="a", suite="geneval", measure="correct"))])
    found = overall(group.systems[0], group, "correct")
    assert found is not None and found.mean == pytest.approx((0.5 + 1.0) / 2)


def test_uncovered_prompts_have_a_table() -> None:
    assert not_covered([]) is None
    table = not_covered(
        [Uncovered(id="1", reason="no such thing", group="g"), Uncovered(id="2", reason="no such thing", group="g")]
    )
    assert table is not None and table.rows == (("no such thing", "g", "2"),) and "neither run nor scored" in table.notes[0]


# ---- damaged directories ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "run.json").unlink(), "not a run directory"),
        (lambda folder: (folder / "run.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "run.json").write_text("[]"), "not a JSON object"),
        (lambda folder: (folder / "results.jsonl").unlink(), "there are no results yet"),
        (lambda folder: (folder / "results.jsonl").write_text('{"torn\n{"id": 1}\n'), "damaged"),
        (
            lambda folder: (folder / "results.jsonl").write_text('{"id": 1, "score": {"kscore": 1}}\n'),
            "'1' is not a readable",
        ),
        (lambda folder: (folder / "results.jsonl").write_text(SCORE % ("NaN", 0.5)), "nan is not a score from 0 to 1"),
        (lambda folder: (folder / "results.jsonl").write_text(SCORE % ('"1"', 0.5)), "'1' is not a score from 0 to 1"),
        (lambda folder: (folder / "results.jsonl").write_text(SCORE % ("1", 7)), "7 is not a score from 0 to 1"),
        (lambda folder: (folder / "results.jsonl").write_text(CHECK), "KeyError: 'dimension'"),
        (
            lambda folder: (folder / "results.jsonl").write_text('{"id": 1, "repeat": "x"}\n'),
            "'1' is not a readable",
        ),
        (lambda folder: (folder / "journal.jsonl").write_text('{"row": "c-s0", "entry": {"kind": "?"}}\n'), "cannot be read"),
    ],
)
def test_damaged_directories_are_told(tmp_path: Path, spoil: Any, message: str) -> None:
    folder = folder_of(tmp_path / "a", [row("c", UNSCORED)], name="a")
    spoil(folder)
    with pytest.raises(UsageError, match=message):
        load_run(folder)


def test_a_line_torn_by_a_kill_is_not_there_yet(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", [row("c", UNSCORED)], name="a")
    with (folder / "results.jsonl").open("a") as file:
        file.write('{"id": "d-s0", "sco')
    assert [one.key for one in load_run(folder).rows] == ["c-s0"]
