"""Input files as people have them: what is read, what is refused, and that no row takes others down with it."""

import json
from pathlib import Path
from typing import Any

import pytest

from genevolve.cli.main import cli, told
from genevolve.core.failure import Misuse
from genevolve.run.rows import BadRow, Row, read_rows

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
    failed = {row.key: row.reason for row in rows if isinstance(row, BadRow)}
    assert list(failed) == ["#1", "nan"] and "NaN" in failed["nan"]
    assert [row.text for row in rows if isinstance(row, Row)] == [APPLE] * 4
    assert rows[2].fields == {"id": "nan", "prompt": APPLE, "weight": None, "deep": [{"x": None}]}


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_odd_rows_come_through_a_whole_run(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    source, out = written(tmp_path / name, ODD), tmp_path / "out"
    command = ["run", str(source), "--out", str(out), "--policy", "raw", "--until", "program", "--format", "release"]
    assert told(lambda: cli.main(command, standalone_mode=False)) == 1, capsys.readouterr().err
    kept = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [row["id"] for row in kept] == ["half", "#1", "nan", "both", "null", "huge"]
    assert kept[0]["note"] == "\ud83d" and kept[5]["count"] == 10**400, "carried through as it came"
    assert [bool(row["error"]) for row in kept] == [False, True, True, False, False, False]
    release = json.loads((out / "results.json").read_text())
    assert release[0]["note"] == "\ud83d" and len(release) == len(ODD)


@pytest.mark.parametrize("value", [{"data": [{"prompt": APPLE}]}, {"id": 1, "prompt": APPLE}])
def test_one_object_over_several_lines_is_no_file_of_rows(tmp_path: Path, value: dict[str, Any]) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(value, indent=2))
    with pytest.raises(Misuse, match="one JSON object over several lines"):
        list(read_rows(path))
    path.write_text(json.dumps(value | {"prompt": APPLE}))
    (row,) = read_rows(path)
    assert isinstance(row, Row)


def test_bytes_of_windows_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [json.dumps({"id": n, "prompt": APPLE}).encode() for n in range(2)]
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n\r\n  \r\n".join(lines) + b"\r\n")
    assert [row.key for row in read_rows(path)] == ["0", "1"]
