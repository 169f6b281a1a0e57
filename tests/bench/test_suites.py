"""The suites: what they hold, what they carry for judges and statistics, and what they refuse."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genevolve.app.bench import Benchmark
from genevolve.app.suites import open_suite
from genevolve.bench.measures.wiscore import WEIGHTS
from genevolve.bench.measures.wise_scores import wiscore
from genevolve.bench.suite import Suite, row_key, seed_of
from genevolve.core.case import Case, TruthFile, TruthImage, TruthProgram
from genevolve.core.claim import Coloured, Counted, Direction, Present, Related
from genevolve.core.errors import UsageError
from genevolve.core.event import SKILLS
from genevolve.run.rows import BadRow
from genevolve.store.decode import decode
from genevolve.world.recipes.case import heldout_cases, render_ground_truth
from genevolve.world.suites import atlas
from genevolve.world.suites.atlas import atlas_suite, listed, pixels_digest, remarks_on, request_digest
from genevolve.world.suites.geneval import NotCovered, claims_of
from tests.conftest import png

# ---- atlas ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own() -> Suite:
    return atlas_suite()


def test_the_suite_holds_300_requests_of_both_tracks(own: Suite) -> None:
    assert len(own.items) == 300 == len({item.id for item in own.items}) == len({item.text for item in own.items})
    tracks = [item.hidden.track for item in own.items]
    assert tracks.count("Knowledge-Anchored") == 180 and tracks.count("Quality-Anchored") == 120
    assert len({item.hidden.category for item in own.items}) >= 12 and len({item.hidden.difficulty for item in own.items}) >= 2


def test_every_item_can_be_judged_and_measured(own: Suite) -> None:
    for item in own.items:
        assert item.hidden.claims and isinstance(item.hidden.truth, TruthProgram) and item.hidden.needs is not None
        assert set(item.hidden.needs.skills) <= set(SKILLS)
        assert item.hidden.fields["family"] and item.hidden.fields["dominant"]
    assert sum(bool(item.hidden.needs and item.hidden.needs.references) for item in own.items) > 60


def test_the_requests_are_those_of_the_shipped_list(own: Suite) -> None:
    """After a deliberate change of recipes: python benchmarks/atlas_digests.py --write"""
    assert list(listed()) == [item.id for item in own.items]
    assert [listed()[item.id][0] for item in own.items] == [request_digest(item) for item in own.items]
    assert own.remarks == ()


def test_fewer_rows_are_the_beginning_and_more_go_on(own: Suite) -> None:
    few, more = atlas_suite(rows=7), atlas_suite(rows=303)
    assert [i.text for i in few.items] == [i.text for i in own.items[:7]]
    assert [i.text for i in more.items[:300]] == [i.text for i in own.items]


def test_ground_truth_is_the_listed_one() -> None:
    """Every 25th here, all of them below: python benchmarks/atlas_digests.py --write renews the list."""
    for case in heldout_cases(300)[::25]:
        assert pixels_digest(asyncio.run(render_ground_truth(case.truth))) == listed()[case.id][1], case.id


@pytest.mark.slow
def test_every_ground_truth_is_the_listed_one() -> None:
    for case in heldout_cases(300):
        assert pixels_digest(asyncio.run(render_ground_truth(case.truth))) == listed()[case.id][1], case.id


def test_the_digest_is_of_pixels() -> None:
    assert pixels_digest(png((1, 2, 3))) != pixels_digest(png((1, 2, 4)))
    assert pixels_digest(png(size=(10, 20))) != pixels_digest(png(size=(20, 10)))


def test_changed_requests_are_told() -> None:
    cases = heldout_cases(4)
    cases[2] = replace(cases[2], text="something else altogether")
    (remark,) = remarks_on(cases)
    assert remark.startswith("1 of 4 requests")


def test_needs_come_from_the_recipe() -> None:
    for case in heldout_cases(40):
        needs = case.hidden.needs
        assert needs is not None
        shown = [figure for figure in case.recipe.picture.figures if figure.reference]
        assert len(needs.references) == len(shown)
        assert all(set(looks) <= set(needs.looks) for looks in needs.references)


def test_rows_name_seed_and_case() -> None:
    suite = atlas_suite(rows=2)
    rows = [row for row in suite.rows(3) if isinstance(row, Case)]
    assert [row.id for row in rows] == [row_key(item.id, repeat) for repeat in range(3) for item in suite.items]
    assert rows[3].hidden.fields["case_id"] == suite.items[1].id and rows[3].hidden.fields["repeat"] == 1
    assert len({seed_of(suite.items[0].id, repeat) for repeat in range(50)}) == 50


def test_the_shipped_list_is_package_data() -> None:
    assert Path(atlas.__file__).with_name("atlas.tsv").is_file()


# ---- the public benchmark and one's own -------------------------------------------------------------------------------


def write_lines(path: Path, rows: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in rows), encoding="utf-8")
    return path


def public_row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"case_{number:05d}", "question": f"a poster of thing {number}", "gt_image": f"images/case_{number:05d}.png",
        "eval_type": "Knowledge-Anchored", "category": "sports", "difficulty": "hard", **more,
    }  # fmt: skip


@pytest.fixture
def public(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for number in range(2):
        (tmp_path / "images" / f"case_{number:05d}.png").write_bytes(png((number, 9, 9)))
    write_lines(tmp_path / "test.jsonl", [public_row(0), public_row(1, eval_type="Quality-Anchored"), public_row(2), "{torn"])
    return tmp_path


def test_the_public_benchmark_is_read_from_its_folder(public: Path) -> None:
    suite = open_suite("genevolve", public, None)
    assert [item.text for item in suite.items] == ["a poster of thing 0", "a poster of thing 1"]
    first = suite.items[0]
    assert (first.hidden.track, first.hidden.category, first.hidden.difficulty) == ("Knowledge-Anchored", "sports", "hard")
    assert first.hidden.truth == TruthFile(path=str(public / "images/case_00000.png")) and first.hidden.claims is None
    missing, torn = suite.bad
    assert "case_00002" in missing.reason and "not valid JSON" in torn.reason
    assert open_suite("genevolve", public / "test.jsonl", None).digest == suite.digest


@pytest.mark.parametrize("place", ["test.parquet", "data/test-00000-of-00001.parquet", "parquet/test.parquet"])
@pytest.mark.parametrize("inside", [False, True], ids=["files", "pictures in the table"])
def test_the_public_benchmark_may_be_a_table_alone(place: str, inside: bool, tmp_path: Path) -> None:
    """As its card names it: with the pictures in files of the folder, or in the table itself."""
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = [public_row(number) for number in range(2)]
    for number, row in enumerate(rows):
        data = png((number * 90, 9, 9))
        if inside:
            row["gt_image"] = {"bytes": data, "path": f"case_{number:05d}.png"}
        else:
            (tmp_path / "images").mkdir(exist_ok=True)
            (tmp_path / row["gt_image"]).write_bytes(data)
    (tmp_path / place).parent.mkdir(exist_ok=True)
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / place)
    suite = open_suite("genevolve", tmp_path, None)
    assert suite.bad == () and [item.id for item in suite.items] == ["case_00000", "case_00001"]
    truth = suite.items[1].hidden.truth
    held = (
        truth.png if isinstance(truth, TruthImage) else Path(truth.path).read_bytes() if isinstance(truth, TruthFile) else b""
    )
    assert held and decode(held).png == decode(png((90, 9, 9))).png
    job = Benchmark.prepare(
        "genevolve", data=tmp_path, out=tmp_path / "out", members={"policy": "raw"}, size="64x64", workers=1
    )
    assert asyncio.run(job.run()).done == 2
    kept = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines()]
    assert all(row["truth_digest"] and not row["error"] for row in kept), kept


def test_a_public_row_without_ground_truth_is_bad(tmp_path: Path) -> None:
    plain = public_row(0)
    del plain["gt_image"]
    write_lines(tmp_path / "test.jsonl", [plain])
    suite = open_suite("genevolve", tmp_path, None)
    assert suite.items == () and "names no ground-truth image" in suite.bad[0].reason


def test_ground_truth_outside_the_folder_is_not_followed_into_secrets(tmp_path: Path) -> None:
    """A row may name any file, but only an image is ever taken; that is decided when it is read."""
    write_lines(tmp_path / "test.jsonl", [public_row(0, gt_image="../../../../etc/passwd")])
    suite = open_suite("genevolve", tmp_path, None)
    assert [item.hidden.truth for item in suite.items] == [
        TruthFile(path=str(tmp_path / "../../../../etc/passwd"))
    ] or suite.bad


def test_own_rows_need_no_ground_truth(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "mine.jsonl", [{"prompt": "a red apple"}, {"id": "b", "question": "two dogs", "extra": [1]}, {}]
    )
    suite = open_suite("jsonl", path, None)
    assert [item.id for item in suite.items] == ["0", "b"] and suite.items[1].hidden.fields["extra"] == [1]
    assert len(suite.bad) == 1 and isinstance(list(suite.rows(1))[-1], BadRow)
    assert len(open_suite("jsonl", path, 1).items) == 1


# ---- WISE ---------------------------------------------------------------------------------------------------------------


def wise_row(number: int, category: str = "Cultural knowledge", **more: Any) -> dict[str, Any]:
    return {
        "Prompt": f"prompt {number}", "Explanation": "what it means", "Category": category, "Subcategory": "any",
        "prompt_id": number, **more,
    }  # fmt: skip


def test_wise_rows_are_read_from_all_files(tmp_path: Path) -> None:
    (tmp_path / "cultural_common_sense.json").write_text(json.dumps([wise_row(2), wise_row(1)]))
    (tmp_path / "spatio.json").write_text(json.dumps([wise_row(401, "Spatio-temporal"), wise_row(568, "Spatio-temporal")]))
    (tmp_path / "natural.json").write_text(json.dumps([wise_row(701, "biology"), wise_row(950, "Chemistry")]))
    (tmp_path / "scores.json").write_text(json.dumps([{"prompt_id": 1, "consistency": 2}]))
    suite = open_suite("wise", tmp_path, None)
    assert [(item.id, item.hidden.category) for item in suite.items] == [
        ("1", "Culture"), ("2", "Culture"), ("401", "Time"), ("568", "Space"), ("701", "Biology"), ("950", "Chemistry"),
    ]  # fmt: skip
    assert suite.measure.name == "wiscore" and suite.items[0].hidden.fields["explanation"] == "what it means"


def test_wise_refuses_the_verified_edition(tmp_path: Path) -> None:
    verified = [
        wise_row(1),
        wise_row(520, "time"),
        wise_row(521, "space"),
        wise_row(650, "Biology"),
        wise_row(999, "Chemistry"),
    ]
    refused = {
        "repository/data_verified/merge.json": [wise_row(1)],
        "a/cultural_common_sense_verified.json": [wise_row(1)],
        "WISE_Verified/all.json": [wise_row(1)],
        "marked/b.json": [wise_row(2, verified_prompt="another prompt")],
        "renamed/prompts.json": verified,
    }
    for name, rows in refused.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(rows))
        for given in (path, path.parent):
            with pytest.raises(UsageError, match="not comparable with the legacy protocol"):
                open_suite("wise", given, None)


def test_wise_finds_the_legacy_part_of_the_repository(tmp_path: Path) -> None:
    """Also where a folder above is called unverified, or as the new edition is."""
    root = tmp_path / "unverified" / "WISE_Verified"
    for name, number in (("data_verified/merge.json", 9), ("WISE_legacy/data/cultural_common_sense.json", 1)):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(json.dumps([wise_row(number)]))
    for given in (root, root / "WISE_legacy" / "data", root / "WISE_legacy" / "data" / "cultural_common_sense.json"):
        assert [item.id for item in open_suite("wise", given, None).items] == ["1"]


def test_wise_rows_with_ids_of_ones_own_are_taken_by_category(tmp_path: Path) -> None:
    names = list(WEIGHTS)
    (tmp_path / "six.json").write_text(json.dumps([wise_row(n + 1, name) for n, name in enumerate(names)]))
    assert [item.hidden.category for item in open_suite("wise", tmp_path, None).items] == names


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([wise_row(1), wise_row(1)], "occurs twice"),
        ([wise_row(1, prompt_id="one")], "whole number"),
        ([{"Prompt": "p", "prompt_id": 1}], "Explanation, Category, Subcategory is missing"),
        ([wise_row(5000, "Alchemy")], "Alchemy"),
        ([], "no JSON file here holds rows"),
    ],
)
def test_wise_tells_what_is_wrong(tmp_path: Path, rows: list[Any], message: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(rows))
    with pytest.raises(UsageError, match=message):
        open_suite("wise", tmp_path, None)


def test_wiscore_is_the_legacy_formula() -> None:
    assert wiscore(2, 2, 2) == 1.0 and wiscore(0, 0, 0) == 0.0
    assert wiscore(1, 2, 0) == pytest.approx((0.7 + 0.4) / 2)
    assert sum(WEIGHTS.values()) == pytest.approx(1.0) and WEIGHTS["Culture"] == 0.4
    for bad in (3, -1, 0.5, float("nan")):
        with pytest.raises(ValueError, match="not a WISE score"):
            wiscore(bad, 1, 1)


# ---- GenEval --------------------------------------------------------------------------------------------------------------


def geneval_row(tag: str, include: list[dict[str, Any]], exclude: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"tag": tag, "include": include, "exclude": exclude or [], "prompt": f"a photo for {tag}"}


def test_geneval_clauses_become_claims() -> None:
    (one,) = claims_of(geneval_row("single_object", [{"class": "dog", "count": 1}]))
    assert isinstance(one, Present) and one.subject.label == "dog" and one.subject.looks
    (three,) = claims_of(geneval_row("counting", [{"class": "apple", "count": 3}], [{"class": "apple", "count": 4}]))
    assert isinstance(three, Counted) and three.count == 3
    red, *_, blue = claims_of(
        geneval_row("color_attr", [{"class": "car", "count": 1, "color": "red"}, {"class": "cup", "count": 1, "color": "blue"}])
    )
    assert isinstance(red, Present) and isinstance(blue, Coloured) and blue.colour == "blue"
    *_, left = claims_of(
        geneval_row("position", [{"class": "dog", "count": 1}, {"class": "cat", "count": 1, "position": ["left of", 0]}])
    )
    assert isinstance(left, Related) and left.direction is Direction.LEFT_OF
    assert (left.subject.label, left.targets[0].label) == ("cat", "dog")


@pytest.mark.parametrize(
    ("include", "exclude", "reason"),
    [
        ([], [], "nothing is included"),
        ([{"class": "hair drier", "count": 1}], [], "not an object of the offline world"),
        ([{"class": "dog", "count": 2}], [], "range of counts"),
        ([{"class": "dog", "count": 1}, {"class": "dog", "count": 1}], [], "two clauses"),
        ([{"class": "dog", "count": 1}], [{"class": "cat", "count": 1}], "absent"),
        ([{"class": "dog", "count": 1, "color": "zebra-striped"}], [], "not a colour"),
        ([{"class": "dog", "count": 1, "position": ["left of", 0]}], [], "position"),
        ([{"class": "dog", "count": True}], [], "not a list of clauses"),
        ("dog", [], "not a list of clauses"),
    ],
)
def test_what_geneval_cannot_decide_here_is_not_covered(include: Any, exclude: Any, reason: str) -> None:
    with pytest.raises(NotCovered, match=reason):
        claims_of({"tag": "t", "include": include, "exclude": exclude, "prompt": "p"})


def test_uncovered_prompts_are_reported_and_never_scored(tmp_path: Path) -> None:
    rows = [
        geneval_row("single_object", [{"class": "dog", "count": 1}]),
        geneval_row("single_object", [{"class": "hair drier", "count": 1}]),
    ]
    write_lines(tmp_path / "prompts" / "evaluation_metadata.jsonl", rows)
    suite = open_suite("geneval", tmp_path, None)
    assert [item.id for item in suite.items] == ["00000"] and suite.measure.name == "correct"
    assert [(one.id, one.group) for one in suite.uncovered] == [("00001", "single_object")]


def test_geneval_without_any_covered_prompt_says_why(tmp_path: Path) -> None:
    write_lines(tmp_path / "evaluation_metadata.jsonl", [geneval_row("single_object", [{"class": "hair drier", "count": 1}])])
    with pytest.raises(UsageError, match="none of its prompts can be judged here; the first reason: 'hair drier'"):
        open_suite("geneval", tmp_path, None)


# ---- bad input names the setting --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suite", "data", "message"),
    [
        ("atlsa", None, "SUITE is 'atlsa'; it is one of atlas, adaptation, genevolve, wise, geneval, jsonl"),
        ("atlas", ".", "--data: the suite atlas brings its own"),
        ("genevolve", None, "--data is missing"),
        ("wise", "nowhere", "--data nowhere: there is no such file"),
        ("genevolve", ".", "needs the folder of GenEvolve-Bench, with test.jsonl"),
        ("wise", "none", "needs the folder"),
        ("geneval", ".", "evaluation_metadata.jsonl"),
        ("jsonl", ".", "takes a file of requests, not a folder"),
        ("jsonl", "empty.jsonl", "holds no requests"),
        ("geneval", "broken.jsonl", "line 1: not valid JSON"),
        ("wise", "broken.jsonl", "this is not JSON"),
    ],
)
def test_bad_data_names_the_setting(
    suite: str, data: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "none").mkdir()
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "broken.jsonl").write_text("{")
    with pytest.raises(UsageError) as refused:
        open_suite(suite, Path(data) if data else None, None)
    assert message in str(refused.value)
