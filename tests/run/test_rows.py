"""Input files as people have them: what is read, what is refused, and that no row takes others down with it."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genevolve.cli.main import cli, exit_code
from genevolve.core.case import Case
from genevolve.core.errors import UsageError
from genevolve.run.rows import BadRow, read_rows
from tests.conftest import png

APPLE = "a red apple on a table"
ODD: list[Any] = [
    {"id": "half", "prompt": APPLE, "note": "\ud83d", "category": "\ud83d"},
    {"id": "\ud800", "prompt": APPLE},
    {"id": "nan", "prompt": APPLE, "weight": float("nan"), "deep": [{"x": 1e999}]},
    {"id": "both", "prompt": "", "question": APPLE},
    {"id": "null", "prompt": None, "question": APPLE},
    {"id": "huge", "prompt": APPLE, "count": 10**400},
]


def written(path: Path, rows: list[Any]) -> Path:
    text = json.dumps(rows) if path.suffix == ".json" else "\n".join(map(json.dumps, rows))
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_odd_rows_fail_alone_and_say_why(tmp_path: Path, name: str) -> None:
    rows = list(read_rows(written(tmp_path / name, ODD)))
    failed = {row.id: row.reason for row in rows if isinstance(row, BadRow)}
    assert list(failed) == ["nan"] and "NaN" in failed["nan"]
    assert [row.text for row in rows if isinstance(row, Case)] == [APPLE] * 5
    assert isinstance(rows[2], BadRow)
    assert rows[2].fields == {"id": "nan", "prompt": APPLE, "weight": None, "deep": [{"x": None}]}


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_odd_rows_come_through_a_whole_run(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    source, out = written(tmp_path / name, ODD), tmp_path / "out"
    command = ["run", str(source), "--out", str(out), "--policy", "raw", "--until", "program", "--format", "release"]
    assert exit_code(lambda: cli.main(command, standalone_mode=False)) == 1, capsys.readouterr().err
    kept = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [row["id"] for row in kept] == ["half", "?", "nan", "both", "null", "huge"]
    assert kept[0]["note"] == "?" and kept[5]["count"] == 10**400
    assert [bool(row["error"]) for row in kept] == [False, False, True, False, False, False]
    release = json.loads((out / "results.json").read_text())
    assert release[0]["note"] == "?" and len(release) == len(ODD)


@pytest.mark.parametrize("value", [{"data": [{"prompt": APPLE}]}, {"id": 1, "prompt": APPLE}])
def test_one_object_over_several_lines_is_no_file_of_rows(tmp_path: Path, value: dict[str, Any]) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(value, indent=2))
    with pytest.raises(UsageError, match="one JSON object over several lines"):
        list(read_rows(path))
    path.write_text(json.dumps(value | {"prompt": APPLE}))
    (row,) = read_rows(path)
    assert isinstance(row, Case)


def test_bytes_of_windows_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [json.dumps({"id": n, "prompt": APPLE}).encode() for n in range(2)]
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n\r\n  \r\n".join(lines) + b"\r\n")
    assert [row.id for row in read_rows(path)] == ["0", "1"]


# ---- rows of the public release


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[Any, dict[str, Any]]]:
    """Runs one stage of the command line on rows; its result rows by id."""
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))

    def carried_out(command: str, rows: list[dict[str, Any]], expected: int) -> dict[Any, dict[str, Any]]:
        source = written(tmp_path / f"{command}.json", rows)
        line = [command, str(source), "--out", str(tmp_path / command), "--format", "release"]
        assert exit_code(lambda: cli.main(line, standalone_mode=False)) == expected
        name = "results.json" if command == "render" else "results_eval.json"
        kept: list[dict[str, Any]] = json.loads((tmp_path / command / name).read_text())
        return {row.get("id"): row for row in kept}

    return carried_out


PROGRAM: dict[str, Any] = {
    "prompt": APPLE, "gen_prompt": "The first reference image, large, in the center, on a plain white background.",
    "termination": "answer", "rounds": 3, "error": None, "messages": [{"role": "system", "content": "s"}],
}  # fmt: skip


def referring(path: object, **more: Any) -> dict[str, Any]:
    return {**PROGRAM, "reference_images": [{"img_id": "IMG_003", "note": "n", "local_path": path, "url": "", **more}]}


def test_release_programs_that_cannot_be_rendered_keep_what_was_said_of_them(
    tmp_path: Path, stage: Callable[..., dict[Any, dict[str, Any]]]
) -> None:
    (tmp_path / "ref.png").write_bytes(png())
    failed = {**PROGRAM, "gen_prompt": "", "reference_images": [], "termination": "error", "error": "boom"}
    strange = ["gone.png", "x" * 5000, "nul\x00.png", ".", None, 7]
    rows = [{"id": n, **referring(path)} for n, path in enumerate(strange)]
    rows += [{"id": 10, **referring("ref.png")}, {"id": "11", **failed}, {"id": 12, **PROGRAM, "reference_images": "ref.png"}]
    ended = stage("render", rows, 1)
    assert list(ended) == [*range(6), 10, "11", 12], "ids keep their type and order"
    assert ended[10]["image_status"] == "ok" and (tmp_path / "render" / ended[10]["image_path"]).is_file()
    for row in (row for key, row in ended.items() if key != 10):
        assert row["success"] is False and row["image_status"] == f"error: {row['error']}" and row["image_path"] == ""
    assert ended["11"]["termination"] == "error" and "boom" in ended["11"]["error"]
    assert all(ended[n]["termination"] == "answer" for n in range(6))


def test_release_images_that_cannot_be_judged_are_counted_as_what_they_are(
    tmp_path: Path, stage: Callable[..., dict[Any, dict[str, Any]]]
) -> None:
    (tmp_path / "image.png").write_bytes(png())
    drawn = {"prompt": APPLE, "success": True, "image_status": "ok", "image_path": "image.png"}
    rows: list[dict[str, Any]] = [
        {"id": 1, **drawn},
        {"id": 2, "prompt": APPLE, "success": False, "image_path": "", "image_status": "error: HTTP 500"},
        {"id": 3, **drawn, "gt_image": "y" * 5000},
        {"id": 4, **drawn, "image_path": "z" * 5000},
        {"summary_type": "overall_avg", "avg_scores": {}, "count": 1},
    ]
    ended = stage("score", rows, 1)
    assert [ended[n]["eval_success"] for n in (1, 2, 3, 4)] == [True, False, False, False]
    assert "HTTP 500" in ended[2]["error"] and ended[3]["success"] is True
    summary = json.loads((tmp_path / "score" / "summary.json").read_text())
    assert summary["total_cases"] == 4 and summary["missing_case_ids"] == ["2"] and summary["failed_case_ids"] == ["3", "4"]


@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv", "rows.txt", "rows.parquet", "semicolons.csv", "MARKED.CSV"])
def test_requests_are_read_in_the_forms_that_people_have(tmp_path: Path, name: str) -> None:
    path, texts = tmp_path / name, ['a red, "ripe" apple; two pears', "eine große Kuh\tim Wald"]
    mark = {"rows.tsv": "\t", "semicolons.csv": ";"}.get(name, ",")
    if path.suffix == ".txt":
        texts = [text.replace("\t", " ") for text in texts]
        path.write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(texts).encode())
    elif path.suffix == ".parquet":
        arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(arrow.table({"id": ["a", "b"], "prompt": texts, "seed": [7, None]}), path)
    else:
        with path.open("w", newline="", encoding="utf-8-sig" if name.isupper() else "utf-8") as file:
            csv.writer(file, delimiter=mark).writerows([("id", "prompt", "seed"), ("a", texts[0], 7), ("b", texts[1], "")])
    rows = [row for row in read_rows(path) if isinstance(row, Case)]
    assert [row.text for row in rows] == texts
    if path.suffix != ".txt":
        assert [row.id for row in rows] == ["a", "b"]
        assert rows[0].hidden.fields["seed"] == 7 and "seed" not in rows[1].hidden.fields


@pytest.mark.parametrize("name", ["rows.csv", "rows.txt", "rows.tsv"])
def test_a_file_of_json_lines_is_one_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"prompt": "a red apple"}\n{"prompt": "two pears"}\n')
    assert [row.id for row in read_rows(path) if isinstance(row, Case)] == ["0", "1"]
    path.write_text('[{"prompt": "a red apple"}]')
    assert [row.id for row in read_rows(path) if isinstance(row, Case)] == ["0"]


def test_a_line_of_text_may_begin_like_json(tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_text("[wide shot] a red apple\n{curly} pears\n")
    assert [row.text for row in read_rows(path) if isinstance(row, Case)] == ["[wide shot] a red apple", "{curly} pears"]


@pytest.mark.parametrize("name", ["Prompt", "caption", "text"])
def test_a_request_under_another_name_is_offered_and_taken(tmp_path: Path, name: str) -> None:
    """Told for each row of a JSON file, and of a table before anything is done."""
    rows, table = tmp_path / "rows.jsonl", tmp_path / "rows.csv"
    rows.write_text(json.dumps({"id": "a", name: APPLE}))
    table.write_text(f"id,{name}\na,{APPLE}\n")
    (bad,) = read_rows(rows)
    assert isinstance(bad, BadRow) and f"--column {name}" in bad.reason and "rows.jsonl, line 1" in bad.reason
    assert "NoneType" not in bad.reason
    with pytest.raises(UsageError, match=rf"rows\.csv: no column is called prompt or question.*--column {name}"):
        list(read_rows(table))
    for path in (rows, table):
        assert [row.text for row in read_rows(path, name) if isinstance(row, Case)] == [APPLE]
    with pytest.raises(UsageError, match="no column is called titel"):
        list(read_rows(table, "titel"))


def test_what_a_table_cannot_mean_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'prompt,id\na red apple,1\ntwo,pears,on a table,2\n"open,3\n')
    rows = list(read_rows(path))
    assert [isinstance(row, Case) for row in rows] == [True, False, False]
    told = [row.reason for row in rows if isinstance(row, BadRow)]
    assert "line 3" in told[0] and "4 cells" in told[0] and "line 4" in told[1] and "quotes" in told[1]
    path.write_bytes(b"prompt,prompt\na,b\n")
    with pytest.raises(UsageError, match="'prompt' is there twice"):
        list(read_rows(path))
    pytest.importorskip("pyarrow.parquet")
    import pyarrow

    parquet = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pyarrow.table([["a"], ["b"]], names=["prompt", "prompt"]), parquet)
    with pytest.raises(UsageError, match=r"rows\.parquet: the column 'prompt' is there twice"):
        list(read_rows(parquet))
    path.write_bytes(b"prompt\n\xe4pfel und birnen\n")
    assert "not UTF-8" in next(row.reason for row in read_rows(path) if isinstance(row, BadRow))


def test_tables_as_people_and_programs_write_them(tmp_path: Path) -> None:
    """Byte order mark, blanks around names, quotes, line breaks and NUL inside of cells, one line that is too long."""
    path = tmp_path / "rows.csv"
    path.write_bytes(
        b'\xef\xbb\xbf"id", prompt ,seed\r\n1,"two\nlines, ""quoted""",3\r\n2,a "half" quote,\r\n3,"a\x00b",\r\n'
        b"4," + b"x" * 200_000 + b",\r\n5,an apple,\r\n"
    )
    rows = list(read_rows(path))
    assert [(row.id, row.text) for row in rows if isinstance(row, Case)] == [
        ("1", 'two\nlines, "quoted"'), ("2", 'a "half" quote'), ("5", "an apple")
    ]  # fmt: skip
    assert ["line 5" in row.reason or "line 6" in row.reason for row in rows if isinstance(row, BadRow)] == [True, True]


def test_nested_columns_of_parquet_are_what_they_hold(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow.parquet")
    import pyarrow

    kinds = {"m": pyarrow.map_(pyarrow.string(), pyarrow.int64()), "b": pyarrow.binary(), "n": pyarrow.null()}
    held = {"m": [[("k", 1)]], "b": [b"\xff"], "n": [None]}
    columns = {name: pyarrow.array(held[name], kind) for name, kind in kinds.items()}
    table = pyarrow.table({"prompt": ["x"], "meta": [{"deep": [{"k": [1, 2]}]}], **columns})
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
    (row,) = read_rows(tmp_path / "rows.parquet")
    assert isinstance(row, Case) and row.hidden.fields == {
        "prompt": "x", "meta": {"deep": [{"k": [1, 2]}]}, "m": [["k", 1]], "b": None
    }  # fmt: skip
    for prompt in ({"text": "x"}, ["x"], 7, b"\xff"):
        pyarrow.parquet.write_table(pyarrow.table({"prompt": [prompt]}), tmp_path / "rows.parquet")
        (bad,) = read_rows(tmp_path / "rows.parquet")
        assert isinstance(bad, BadRow)
    pyarrow.parquet.write_table(pyarrow.table({"prompt": [b"an apple"]}), tmp_path / "rows.parquet")
    (row,) = read_rows(tmp_path / "rows.parquet")
    assert isinstance(row, Case) and row.text == "an apple"


def test_a_key_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"id": "a", "prompt": "{APPLE}", "prompt": "two pears"}}\n{{"id": "b", "prompt": "{APPLE}"}}\n')
    bad, good = read_rows(path)
    assert isinstance(bad, BadRow) and isinstance(good, Case)
    assert "rows.jsonl, line 1" in bad.reason and "'prompt' is given twice" in bad.reason
    path.write_text(f'{{"id": "a", "prompt": "{APPLE}", "meta": {{"x": [{{"y": 1, "y": 2}}]}}}}\n')
    (bad,) = read_rows(path)
    assert isinstance(bad, BadRow) and "'y' is given twice" in bad.reason
    array = tmp_path / "rows.json"
    array.write_text('[{"prompt": "a", "prompt": "b"}]')
    with pytest.raises(UsageError, match=r"rows\.json.*'prompt' is given twice"):
        list(read_rows(array))


def test_a_table_runs_to_its_end_with_a_column_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    source, out = tmp_path / "rows.csv", tmp_path / "out"
    source.write_text(f"name,caption,seed\nx,{APPLE},3\n")
    command = ["run", str(source), "--out", str(out), "--policy", "raw", "--until", "program", "--column", "caption"]
    assert exit_code(lambda: cli.main(command, standalone_mode=False)) == 0
    (kept,) = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert kept["prompt"] == APPLE and kept["name"] == "x"
    assert json.loads((out / "run.json").read_text())["input"]["column"] == "caption"
