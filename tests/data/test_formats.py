"""Export and import: the public layout, Parquet, what ``datasets`` and LLaMA-Factory read, and data sets of other makers."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from genevolve.data.dataset import BadExample, Example, read_dataset, view_of_file
from genevolve.data.export import FILES, FOUND, TEXT_ONLY, ExportedImage, ExportSource, export
from genevolve.data.export_parquet import write_parquet
from genevolve.data.records import TrajectoryRow
from genevolve.data.stage import unseen
from tests.conftest import png, tool_call

PROVENANCE = {
    "recipe": "r/train/1",
    "realiser": "offline",
    "teacher": "expert",
    "profile": "p#1",
    "commit": "c",
    "genevolve": "1",
}
LABELS = {"eval_type": "Knowledge-Anchored", "category": "animals", "difficulty": "hard"}
VIEWS = ("sft", "sft", "evolve", "validation", "heldout", "heldout")


def stored(folder: Path, number: int) -> str:
    data = png((number * 30, 60, 90))
    digest = hashlib.sha256(data).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{digest}.png").write_bytes(data)
    return digest


def split_row(number: int, view: str, folder: Path) -> dict[str, Any]:
    """A row as the split stage leaves it: a lesson with two found pictures, and a ground truth where one is needed."""
    shown = [stored(folder / "lessons" / "images", number * 2 + offset) for offset in range(2)]
    found = "\n".join(f"IMG_00{n}: title: t{n}\n  url: u\n  local_path: p\n  page_url: q" for n in (1, 2))
    observation = (
        f"<tool_response>\n--- image search result for [x] ---\n{found}\n--- end of image search result ---\n</tool_response>"
    )
    program = {"gen_prompt": f"The first reference image, number {number}, in the center.", "reference_images": []}
    texts: list[tuple[str, str, list[str]]] = [
        ("system", "You plan images.", []),
        ("user", f"request {number}: “ünï” &lt;image>\n", []),
        ("assistant", tool_call("image_search", '{"query": "x"}'), []),
        ("user", observation, shown),
        ("assistant", f"<think>Seen.</think><answer>{json.dumps(program)}</answer>", []),
    ]
    row = {
        "id": f"{view}-{number}.0", "prompt_id": f"{view}-{number}", "prompt": f"request {number}", "view": view, **LABELS,
        "entities": [f"thing:{number}"], "seed": number, "program": program, "audit": {"judge": "rules", "total": 6.0},
        "messages": [{"role": role, "content": text, "images": images} for role, text, images in texts],
        "references": [{"img_id": "IMG_002", "title": "t2", "local_path": f"images/{shown[1]}.png", "licence": "CC"}],
        "hidden": {"recipe": {"family": "spatial", "gap": "", "dominant": "spatial_layout"}, "claims": []},
        "provenance": PROVENANCE,
    }  # fmt: skip
    if view != "sft":
        digest = stored(folder / "truths" / "images", 20 + number)
        row["truth"] = {"image_path": f"images/{digest}.png", "digest": digest, "kscore": 0.9, "judge": "pixel"}
    return row


def exported(folder: Path, *, shown: ExportedImage = TEXT_ONLY) -> tuple[Path, list[dict[str, Any]], dict[str, int]]:
    rows = [split_row(number, view, folder) for number, view in enumerate(VIEWS)]
    source = ExportSource(lessons=folder / "lessons", truths=folder / "truths")
    counts = export(map(TrajectoryRow.from_json, rows), source, folder / "dataset", shown=shown, on_row=unseen)
    write_parquet(folder / "dataset")
    return folder / "dataset", rows, counts


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def examples(path: Path) -> list[Example]:
    found = list(read_dataset(path))
    assert not [row for row in found if isinstance(row, BadExample)], found
    return [row for row in found if isinstance(row, Example)]


def test_the_layout_is_the_public_one(tmp_path: Path) -> None:
    folder, _, counts = exported(tmp_path)
    assert counts == {"sft": 2, "sft_validation": 1, "evolve": 1, "validation": 1, "test": 2}
    assert lines(folder / "test.jsonl")[1] == {
        "id": 1, "question": "request 5", "gt_image": "images/case_00001.jpg", **LABELS
    }  # fmt: skip
    evolve = lines(folder / "evolve.jsonl")[0]
    assert {*evolve} == {"id", "prompt", "gt_image", "eval_type", "category", "difficulty", "meta"}
    assert evolve["meta"]["provenance"] == {**PROVENANCE, "audit": "rules"}
    named = [row["gt_image"] for name in ("evolve", "validation", "test") for row in lines(folder / f"{name}.jsonl")]
    assert all(not Path(name).is_absolute() and (folder / name).is_file() for name in named)
    assert lines(folder / "metadata" / "sft.jsonl")[0]["references"][0]["image"].startswith("images/")


def test_trajectories_come_back_to_the_letter(tmp_path: Path) -> None:
    """With and without pictures: a text model reads exactly what a text policy saw."""
    for number, shown in enumerate((TEXT_ONLY, FOUND, ExportedImage(each=1, total=1))):
        folder, rows, _ = exported(tmp_path / str(number), shown=shown)
        by_id = {row["id"]: row for row in rows}
        lessons = [row for row in examples(folder) if row.messages]
        assert len(lessons) == 3
        for lesson in lessons:
            seen = [{"role": message["role"], "content": message["content"]} for message in by_id[lesson.id]["messages"]]
            assert [dict(message) for message in lesson.text_messages()] == seen
            assert len(lesson.images) == min(2, shown.each)
            assert sum(message["content"].count("<image>") for message in lesson.messages) == len(lesson.images)
            assert all(image.path and image.path.is_file() for image in lesson.images)


def test_pictures_are_marked_as_a_vision_policy_gets_them(tmp_path: Path) -> None:
    folder, rows, _ = exported(tmp_path, shown=FOUND)
    row = lines(folder / "sft.jsonl")[0]
    assert row["messages"][3]["content"].endswith("</tool_response>IMG_001:<image>IMG_002:<image>")
    assert row["images"] == [f"images/{digest}.png" for digest in rows[0]["messages"][3]["images"]]


def test_parquet_holds_the_same_rows(tmp_path: Path) -> None:
    folder, _, counts = exported(tmp_path, shown=FOUND)
    for name in FILES:
        own, theirs = examples(folder / f"{name}.jsonl"), examples(folder / "parquet" / f"{name}.parquet")
        assert len(own) == len(theirs) == counts[name]
        for one, other in zip(own, theirs, strict=True):
            assert (one.id, one.prompt, one.messages, one.images, one.truth) == (
                other.id, other.prompt, other.messages, other.images, other.truth
            )  # fmt: skip
            assert one.entities == other.entities and one.eval_type == other.eval_type


LOADING = """
import json, sys
from datasets import load_dataset
folder, cache = sys.argv[1:]
found = {}
for name in ("sft", "sft_validation", "evolve", "validation", "test"):
    (split, rows), = load_dataset(folder, name, cache_dir=cache).items()
    found[name] = [split, rows.num_rows, rows[0]]
files = {"train": f"{folder}/parquet/evolve.parquet"}
found["parquet"] = ["train", 1, load_dataset("parquet", data_files=files, cache_dir=cache)["train"][0]]
print(json.dumps(found))
"""


def test_datasets_loads_it_offline(tmp_path: Path) -> None:
    from genevolve.data.card import DatasetCard, write_card

    folder, _, counts = exported(tmp_path, shown=FOUND)
    write_card(folder, DatasetCard(name="a: 'b'", licence="CC0-1.0", counts=counts, funnels=[], made={"teacher": "expert"}))
    environ = {**os.environ, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    command = [sys.executable, "-c", LOADING, str(folder), str(tmp_path / "cache")]
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert {name: count for name, (_, count, _) in found.items() if name != "parquet"} == counts
    assert {name: split for name, (split, _, _) in found.items()} == {
        "sft": "train", "sft_validation": "validation", "evolve": "train", "validation": "validation", "test": "test",
        "parquet": "train",
    }  # fmt: skip
    for name in counts:
        assert found[name][2] == lines(folder / f"{name}.jsonl")[0]
    assert found["parquet"][2] == lines(folder / "evolve.jsonl")[0]


def test_llama_factory_can_read_the_trajectories(tmp_path: Path) -> None:
    """The rules of its sharegpt converter: known keys, tags that fit, turns that alternate, as many marks as images."""
    folder, _, _ = exported(tmp_path, shown=FOUND)
    described = json.loads((folder / "dataset_info.json").read_text())
    assert {*described} == {"genevolve_sft", "genevolve_sft_validation"}
    for about in described.values():
        assert {*about} <= {"file_name", "formatting", "columns", "tags"} and about["formatting"] == "sharegpt"
        assert {*about["columns"]} <= {"messages", "images", "system", "tools", "videos", "audios"}
        assert {*about["tags"]} == {"role_tag", "content_tag", "user_tag", "assistant_tag", "system_tag"}
        tags, rows = about["tags"], lines(folder / about["file_name"])
        assert rows
        for row in rows:
            turns = row[about["columns"]["messages"]]
            assert turns[0][tags["role_tag"]] == tags["system_tag"]
            roles = [turn[tags["role_tag"]] for turn in turns[1:]]
            assert roles == [tags["user_tag"], tags["assistant_tag"]] * (len(roles) // 2)
            images = row[about["columns"]["images"]]
            assert sum(turn[tags["content_tag"]].count("<image>") for turn in turns) == len(images)
            assert all((folder / image).is_file() for image in images)


def test_an_export_is_replaced_by_the_next_one(tmp_path: Path) -> None:
    folder, _, _ = exported(tmp_path, shown=FOUND)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (folder / "sft.jsonl.writing").write_text("{")
    exported(tmp_path, shown=FOUND)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


# ---- data sets of other makers ------------------------------------------------------------------------------------------


def test_sharegpt_with_other_names(tmp_path: Path) -> None:
    turns = [
        {"from": "human", "value": "<image>\nMake it like this."},
        {"from": "function_call", "value": '{"name": "search"}'},
        {"from": "observation", "value": "a fact"},
        {"from": "gpt", "value": "done"},
    ]
    row = {"conversations": turns, "system": "You plan.", "images": ["a.png"]}
    (tmp_path / "train.json").write_text(json.dumps([row]))
    (example,) = examples(tmp_path)
    assert [message["role"] for message in example.messages] == ["system", "user", "assistant", "user", "assistant"]
    assert (example.view, example.prompt) == ("sft", "Make it like this.")
    assert example.text_messages()[1]["content"] == "Make it like this."
    assert example.images[0].path == tmp_path / "a.png"


def test_content_in_parts(tmp_path: Path) -> None:
    content = [{"type": "image"}, {"type": "text", "text": "Look."}]
    (tmp_path / "sft.jsonl").write_text(json.dumps({"messages": [{"role": "user", "content": content}]}) + "\n")
    (example,) = examples(tmp_path)
    assert example.messages[0]["content"] == "<image>Look."


def test_requests_with_nested_metadata(tmp_path: Path) -> None:
    """Self-evolution rows as trainers of reinforcement learning keep them, and a benchmark in a folder of its own."""
    (tmp_path / "self_evolution").mkdir()
    (tmp_path / "bench").mkdir()
    row = {
        "id": "7",
        "question": "q?",
        "gt_image": "images/7.jpg",
        "extra_info": json.dumps({"category": "c", "eval_type": "t"}),
    }
    (tmp_path / "self_evolution" / "train.jsonl").write_text("\ufeff" + json.dumps(row) + "\n\n")
    (tmp_path / "bench" / "test.jsonl").write_text(json.dumps({"id": 0, "question": "r?", "gt_image": "images/0.jpg"}) + "\n")
    first, second = examples(tmp_path)
    assert (first.view, first.prompt, first.truth and first.truth.path) == ("heldout", "r?", tmp_path / "bench/images/0.jpg")
    assert (second.view, second.category, second.eval_type) == ("evolve", "c", "t")


@pytest.mark.parametrize(
    ("name", "view"),
    [("sft.jsonl", "sft"), ("train.jsonl", "sft"), ("cold_start/data.jsonl", "sft"), ("test.jsonl", "heldout"),
     ("rl/train.jsonl", "evolve"),
     ("validation.jsonl", "validation"), ("sft_validation.jsonl", "validation"), ("GenEvolve-Bench/rows.jsonl", "heldout"),
     ("contest.jsonl", "contest")],
)  # fmt: skip
def test_parts_are_known_by_their_names(tmp_path: Path, name: str, view: str) -> None:
    assert view_of_file(tmp_path / "x" / name, tmp_path / "x") == view


def test_metadata_in_another_order_is_found(tmp_path: Path) -> None:
    (tmp_path / "metadata").mkdir()
    (tmp_path / "test.jsonl").write_text("".join(f'{{"id": {n}, "question": "q {n}"}}\n' for n in range(5)))
    (tmp_path / "metadata" / "test.jsonl").write_text("".join(f'{{"id": {n}, "entities": ["e{n}"]}}\n' for n in (3, 1, 0, 4)))
    assert [row.entities for row in examples(tmp_path)] == [("e0",), ("e1",), None, ("e3",), ("e4",)]
