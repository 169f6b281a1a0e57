"""``genevolve data check``: planted faults are found, named by file and line; good data sets of several makers pass."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genevolve.cli.main import cli, exit_code
from tests.conftest import png, tool_call

LABELS = {"eval_type": "Knowledge-Anchored", "category": "animals", "difficulty": "hard"}
THINGS = ("heron", "lantern", "violin", "teapot", "glacier", "tractor", "meerkat", "harbour")


def check(*folders: Path, options: tuple[str, ...] = ()) -> int:
    arguments = ["data", "check", *map(str, folders), *options]
    return exit_code(lambda: cli.main(arguments, standalone_mode=False))


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def request(number: int, part: str) -> str:
    thing = THINGS[number]
    return f"{part} number {number}: a tall {thing} beside the old {thing} house, with the title '{thing.upper()} {part}'"


def conversation(number: int) -> list[dict[str, str]]:
    answer = {
        "gen_prompt": f"The first reference image, large, in the center, showing a {THINGS[number]} on plain white paper.",
        "reference_images": [{"img_id": "IMG_001", "note": "its shape"}],
    }
    observation = (
        "--- image search result for [x] ---\nIMG_001: title: x\n  url: a\n  local_path: b\n  page_url: c\n--- end ---"
    )
    return [
        {"role": "system", "content": "You plan images."},
        {"role": "user", "content": request(number, "lesson")},
        {"role": "assistant", "content": tool_call("image_search", '{"query": "x"}')},
        {"role": "user", "content": f"<tool_response>\n{observation}\n</tool_response>IMG_001:<image>"},
        {"role": "assistant", "content": f"<think>Done.</think><answer>{json.dumps(answer)}</answer>"},
    ]


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A data set in the public layout, right in everything."""
    folder = tmp_path / "public"
    (folder / "images").mkdir(parents=True)
    for number in range(8):
        (folder / "images" / f"{number}.png").write_bytes(png((number * 20, 90, 30)))
    lessons = [{"id": f"s{n}", "messages": conversation(n), "images": [f"images/{n}.png"], **LABELS} for n in range(3)]
    write(folder / "sft.jsonl", lessons)
    evolve = [
        {
            "id": f"e{n}",
            "prompt": request(n, "evolve"),
            "gt_image": f"images/{n}.png",
            "meta": {"entities": [f"thing:{n}"]},
            **LABELS,
        }
        for n in range(3, 5)
    ]
    write(folder / "evolve.jsonl", evolve)
    test = [{"id": n, "question": request(n, "bench"), "gt_image": f"images/{n}.png", **LABELS} for n in range(5, 8)]
    write(folder / "test.jsonl", test)
    write(folder / "metadata" / "test.jsonl", [{"id": n, "entities": [f"thing:{n}"]} for n in range(5, 8)])
    return folder


def test_a_good_data_set_passes(public: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(public) == 0
    assert "8 rows (evolve 2, sft 3, heldout 3), 8 images\nnothing is wrong" in capsys.readouterr().out


def change(folder: Path, name: str, line: int, **fields: Any) -> None:
    rows = [json.loads(text) for text in (folder / name).read_text().splitlines()]
    rows[line - 1] |= fields
    write(folder / name, rows)


def cut_line(folder: Path) -> None:
    path = folder / "test.jsonl"
    path.write_bytes(path.read_bytes()[:-30])


def cut_middle_line(folder: Path) -> None:
    lines = (folder / "sft.jsonl").read_text().splitlines()
    lines[1] = lines[1][: len(lines[1]) // 2]
    (folder / "sft.jsonl").write_text("\n".join(lines) + "\n")


def cut_image(folder: Path) -> None:
    path = folder / "images" / "4.png"
    path.write_bytes(path.read_bytes()[:60])


def bare_answer(folder: Path) -> None:
    change(folder, "sft.jsonl", 3, messages=conversation(2)[:-1])


TEST_2 = "test.jsonl, line 2"
PLANTED: list[tuple[Callable[[Path], Any], str, str]] = [
    (lambda f: change(f, "evolve.jsonl", 2, prompt=request(6, "bench")), "test.jsonl, line 2", "prompt_in_two_parts"),
    (lambda f: change(f, "evolve.jsonl", 2, prompt=f"{request(6, 'bench')} please"), TEST_2, "prompt_in_two_parts"),
    (lambda f: change(f, "evolve.jsonl", 1, meta={"entities": ["Thing:7"]}), "test.jsonl, line 3", "entity_in_two_parts"),
    (lambda f: change(f, "metadata/test.jsonl", 1, entities=["thing:3"]), "test.jsonl, line 1", "entity_in_two_parts"),
    (cut_line, "test.jsonl, line 3", "truncated_line"),
    (cut_middle_line, "sft.jsonl, line 2", "truncated_line"),
    (cut_image, "evolve.jsonl, line 2", "corrupt_image"),
    (lambda f: (f / "images" / "1.png").write_bytes(b""), "sft.jsonl, line 2", "corrupt_image"),
    (lambda f: (f / "images" / "6.png").write_text("<html>"), "test.jsonl, line 2", "corrupt_image"),
    (lambda f: (f / "images" / "3.png").unlink(), "evolve.jsonl, line 1", "missing_file"),
    (lambda f: change(f, "test.jsonl", 2, gt_image="images/5.png"), "test.jsonl, line 2", "wrong_ground_truth"),
    (lambda f: change(f, "evolve.jsonl", 1, meta={"gt_sha256": "0" * 64}), "evolve.jsonl, line 1", "wrong_ground_truth"),
    (lambda f: change(f, "test.jsonl", 1, gt_image="/etc/passwd"), "test.jsonl, line 1", "path_outside"),
    (lambda f: change(f, "test.jsonl", 1, gt_image="../public/images/5.png"), "test.jsonl, line 1", "path_outside"),
    (lambda f: change(f, "test.jsonl", 1, gt_image=None), "test.jsonl, line 1", "no_ground_truth"),
    (lambda f: change(f, "test.jsonl", 3, difficulty=""), "test.jsonl, line 3", "missing_field"),
    (lambda f: change(f, "test.jsonl", 3, eval_type="Knowledge"), "test.jsonl, line 3", "unknown_track"),
    (lambda f: change(f, "test.jsonl", 3, question=" "), "test.jsonl, line 3", "bad_row"),
    (lambda f: change(f, "test.jsonl", 3, id=5), "test.jsonl, line 3", "repeated_id"),
    (lambda f: change(f, "test.jsonl", 3, question=request(5, "bench")), "test.jsonl, line 3", "repeated_prompt"),
    (lambda f: change(f, "sft.jsonl", 1, images=[]), "sft.jsonl, line 1", "image_marks"),
    (lambda f: change(f, "sft.jsonl", 1, messages="hello"), "sft.jsonl, line 1", "bad_messages"),
    (lambda f: change(f, "evolve.jsonl", 1, meta={"claims": "[{}]"}), "evolve.jsonl, line 1", "bad_claims"),
    (bare_answer, "sft.jsonl, line 3", "incomplete_tool_loop"),
    (lambda f: (f / "metadata" / "test.jsonl").write_text("{\n"), "metadata/test.jsonl, line 1", "truncated_line"),
]  # fmt: skip


@pytest.mark.parametrize(("plant", "place", "rule"), PLANTED, ids=[f"{rule}-{n}" for n, (_, _, rule) in enumerate(PLANTED)])
def test_each_planted_fault_is_named(
    public: Path, plant: Callable[[Path], Any], place: str, rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(public)
    assert check(public) == 1
    out = capsys.readouterr().out
    assert any(line.startswith(f"{place}: {rule}: ") for line in out.splitlines()), out


def test_only_what_was_planted_is_found(public: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut_image(public)
    assert check(public, options=("--json",)) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["place"], each["rule"]) for each in found] == [("evolve.jsonl, line 2", "corrupt_image")]


def test_two_data_sets_are_held_against_each_other(public: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = public.parent / "other"
    shutil.copytree(public, other)
    (other / "evolve.jsonl").unlink()
    (other / "test.jsonl").rename(other / "train.jsonl")
    assert check(public, other) == 1
    assert "other: train.jsonl, line 1: prompt_in_two_parts" in capsys.readouterr().out


def test_what_is_no_data_set_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path / "nowhere") == 2
    assert check(tmp_path) == 2
    assert "no .jsonl, .json or .parquet file" in capsys.readouterr().err
