"""Export and import: the public layout, Parquet, what ``datasets`` and LLaMA-Factory read, and data sets of other makers."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from genevolve.data.dataset import BadExample, Example, Image, read_dataset, view_of_file
from genevolve.data.export import FILES, FOUND, TEXT_ONLY, ExportedImage, ExportSource, export
from genevolve.data.export_parquet import drop_parquet, write_parquet
from genevolve.data.records import TrajectoryRow
from genevolve.data.stage import unseen
from genevolve.tools.standard import STANDARD
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


def exported(
    folder: Path, *, shown: ExportedImage = TEXT_ONLY, chat: list[dict[str, Any]] | None = None
) -> tuple[Path, list[dict[str, Any]], dict[str, int]]:
    rows = [split_row(number, view, folder) for number, view in enumerate(VIEWS)]
    source = ExportSource(lessons=folder / "lessons", truths=folder / "truths")
    counts = export(map(TrajectoryRow.from_json, rows), source, folder / "dataset", shown=shown, chat=chat, on_row=unseen)
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


def seen(image: Image) -> tuple[str, bytes]:
    """Its name and its bytes, wherever they lie."""
    if image.data is None:
        assert image.path is not None
        return image.name, image.path.read_bytes()
    return image.name, image.data


def test_parquet_holds_the_same_rows(tmp_path: Path) -> None:
    folder, _, counts = exported(tmp_path, shown=FOUND)
    for name in FILES:
        own, theirs = examples(folder / f"{name}.jsonl"), examples(folder / "parquet" / f"{name}.parquet")
        assert len(own) == len(theirs) == counts[name]
        for one, other in zip(own, theirs, strict=True):
            assert (one.id, one.prompt, one.messages) == (other.id, other.prompt, other.messages)
            assert [seen(image) for image in one.images] == [seen(image) for image in other.images]
            assert (one.truth and seen(one.truth)) == (other.truth and seen(other.truth))
            assert one.entities == other.entities and one.eval_type == other.eval_type


LOADING = """
import json, sys
from datasets import Image, List, load_dataset
folder, cache = sys.argv[1:]

def plain(rows):
    for name, kind in rows.features.items():
        if name in ("images", "gt_image"):
            held = Image(decode=False)
            rows = rows.cast_column(name, List(held) if isinstance(kind, List) else held)
    return rows

def shown(cell):
    return [None if part["bytes"] is None else len(part["bytes"]), part["path"]] if isinstance(part := cell, dict) else cell

found = {}
for name in ("sft", "sft_validation", "evolve", "validation", "test"):
    (split, rows), = load_dataset(folder, name, cache_dir=cache).items()
    pictures = {column: str(kind) for column, kind in rows.features.items() if column in ("images", "gt_image")}
    first = rows[0]
    drawn = [picture.size for column in pictures for picture in (first[column] if column == "images" else [first[column]])
             if hasattr(picture, "size")]
    if "Image" in str(pictures):
        first = plain(rows)[0]
        for column in pictures:
            cells = first[column]
            first[column] = [shown(cell) for cell in cells] if column == "images" else shown(cells)
    found[name] = [split, rows.num_rows, first, pictures, drawn]
(split, rows), = load_dataset(folder, cache_dir=cache).items()
found["default"] = [split, rows.num_rows, sorted(rows.features), {}, []]
print(json.dumps(found))
"""


def loaded(folder: Path, scratch: Path) -> dict[str, Any]:
    environ = {**os.environ, "HF_HOME": str(scratch / "home"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    command = [sys.executable, "-c", LOADING, str(folder), str(scratch / "cache")]
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("shown", [FOUND, TEXT_ONLY], ids=["pictures", "text alone"])
@pytest.mark.parametrize("tables", [True, False], ids=["parquet", "lines"])
def test_datasets_loads_it_offline(tables: bool, shown: ExportedImage, tmp_path: Path) -> None:
    """By its path alone, too; a list of images that is empty everywhere stays a list, and tables show their pictures."""
    from genevolve.data.card import DatasetCard, write_card

    folder, _, counts = exported(tmp_path, shown=shown)
    if not tables:
        drop_parquet(folder)
    write_card(folder, DatasetCard(name="a: 'b'", licence="CC0 1.0", counts=counts, funnels=[], made={"teacher": "expert"}))
    found = loaded(folder, tmp_path)
    default = found.pop("default")
    assert default[:2] == ["train", counts["sft"]] and "messages" in default[2]
    assert {name: told[1] for name, told in found.items()} == counts
    assert {name: told[0] for name, told in found.items()} == {
        "sft": "train", "sft_validation": "validation", "evolve": "train", "validation": "validation", "test": "test"
    }  # fmt: skip
    for name, (_, _, first, pictures, drawn) in found.items():
        expected = lines(folder / f"{name}.jsonl")[0]
        column = "images" if name.startswith("sft") else "gt_image"
        assert "List" in pictures[column] or column == "gt_image"
        if tables:
            cells = [[(folder / path).stat().st_size, path] for path in _listed(expected[column])]
            expected = {**expected, column: cells if column == "images" else cells[0]}
            assert "Image" in pictures[column] and len(drawn) == len(cells)
        assert first == expected


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_card_says_what_the_hub_asks_for(tmp_path: Path) -> None:
    from genevolve.data.card import DatasetCard, write_card

    folder, _, counts = exported(tmp_path)
    for given, told in (("CC BY-SA 4.0", ["cc-by-sa-4.0", None]), ("Our own, v2", ["other", "our-own-v2"])):
        write_card(folder, DatasetCard(name="x", licence=given, counts=counts, funnels=[], made={}))
        front = (folder / "README.md").read_text(encoding="utf-8").split("---\n")[1]
        values = {key: json.loads(value) for key, _, value in (line.partition(": ") for line in front.splitlines())}
        assert [values["license"], values.get("license_name")] == told
        assert values["size_categories"] == ["n<1K"] and values["task_categories"] == ["text-to-image"] and values["tags"]
        assert [part["config_name"] for part in values["configs"] if part.get("default")] == ["sft"]


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


# ---- the chat format of OpenAI and TRL ----------------------------------------------------------------------------------


def native_row(arguments: Any) -> dict[str, Any]:
    function = {"name": "search", "arguments": arguments}
    return {
        "messages": [
            {"role": "developer", "content": "You plan images."},
            {"role": "user", "content": "a red apple"},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": function}]},
            {"role": "tool", "tool_call_id": "c1", "content": "apples are red"},
            {"role": "assistant", "content": "<answer>{}</answer>", "tool_calls": None},
        ]
    }


@pytest.mark.parametrize("arguments", ['{"queries": ["apple"]}', {"queries": ["apple"]}, {"queries": ["apple"], "top_k": None}])
def test_native_tool_calls_become_the_text_of_our_protocol(arguments: Any, tmp_path: Path) -> None:
    """As JSON text (OpenAI), as an object (TRL), and as a table hands it back, with null where another row has an argument."""
    (tmp_path / "sft.jsonl").write_text(json.dumps(native_row(arguments)) + "\n")
    (row,) = examples(tmp_path)
    assert [message["role"] for message in row.messages] == ["system", "user", "assistant", "user", "assistant"]
    call = '<tool_call>\n{"name": "search", "arguments": {"queries": ["apple"]}}\n</tool_call>'
    assert row.messages[2]["content"] == call
    assert row.messages[3]["content"] == "<tool_response>\napples are red\n</tool_response>"


def test_several_calls_of_a_reply_are_answered_in_one_message(tmp_path: Path) -> None:
    row = native_row("{}")
    call = row["messages"][2]["tool_calls"][0]
    row["messages"][2] |= {"content": "Let me look.", "tool_calls": [call, {**call, "id": "c2"}]}
    row["messages"].insert(4, {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "pears are green"}]})
    (tmp_path / "sft.jsonl").write_text(json.dumps(row) + "\n")
    (read,) = examples(tmp_path)
    assert read.messages[2]["content"].startswith("Let me look.\n<tool_call>") and len(read.messages) == 5
    assert read.messages[3]["content"] == "<tool_response>\napples are red\n\npears are green\n</tool_response>"


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ("x", "tool_calls is not a list"),
        ([{}], "tool call 1 has no function"),
        ([{"function": {"name": "a", "arguments": 1}}], "int"),
    ],
)
def test_tool_calls_that_cannot_be_read_are_told_with_their_place(calls: Any, said: str, tmp_path: Path) -> None:
    row = native_row("{}")
    row["messages"][2]["tool_calls"] = calls
    (tmp_path / "sft.jsonl").write_text(json.dumps(row) + "\n")
    (bad,) = read_dataset(tmp_path)
    assert isinstance(bad, BadExample) and bad.rule == "bad_messages" and said in bad.detail
    assert "message 3" in bad.detail and bad.place == "sft.jsonl, line 1"


@pytest.mark.parametrize("shown", [TEXT_ONLY, FOUND], ids=["text", "pictures"])
def test_trajectories_in_the_chat_format_come_back(shown: ExportedImage, tmp_path: Path) -> None:
    folder, _, counts = exported(tmp_path, shown=shown, chat=[tool.schema for tool in STANDARD])
    told = lines(folder / "chat" / "sft.jsonl")
    assert len(told) == counts["sft"] and len(json.loads(told[0]["tools"])) == len(list(STANDARD))
    roles = [message["role"] for message in told[0]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", *(["user"] if shown is FOUND else []), "assistant"]
    asked = told[0]["messages"][2]
    assert asked["tool_calls"][0]["function"]["name"] == "image_search" and told[0]["messages"][3]["tool_call_id"]
    assert len({frozenset(message) for row in told for message in row["messages"]}) == 1
    kinds = {type(message["content"]) for row in told for message in row["messages"]} - {type(None)}
    assert kinds == ({list} if shown is FOUND else {str})
    back, once = examples(folder / "chat" / "sft.jsonl"), examples(folder / "sft.jsonl")
    for one, other in zip(back, once, strict=True):
        joined = ["".join(m["content"] for m in row.messages).replace("\n", "") for row in (one, other)]
        assert joined[0] == joined[1] and [image.name for image in one.images] == [image.name for image in other.images]
    assert len(examples(folder)) == sum(counts.values())  # the same rows are not read twice
    exported(tmp_path, shown=shown)
    assert not list(folder.glob("chat/*"))
