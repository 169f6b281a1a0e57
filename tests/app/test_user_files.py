"""Every reader of a file that users hand over: whatever stands in it, they get one sentence and never a traceback.

Each reader is given a good file with something in it replaced, doubled, cut or nested. Small here; ``-m slow`` tries more.
"""

import contextlib
import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genevolve.app.profile import load_profile
from genevolve.app.suites import find_measure, open_suite
from genevolve.bench.runs import load_run
from genevolve.core.errors import UsageError
from genevolve.data.dataset import Example, read_dataset
from genevolve.data.plan import read_plan
from genevolve.data.stage import read_funnel, rows_of
from genevolve.generators.comfyui import Workflow
from genevolve.policies.local.lora import adapter_base
from genevolve.run.folder import RunFolder, origins
from genevolve.run.rows import read_rows
from genevolve.train.ablation import load_plan
from genevolve.train.recipe import load_recipe
from genevolve.train.records import read_disagreement, read_episodes
from genevolve.train.sft_data import conversation
from genevolve.world.atlas.folder import survey
from genevolve.world.atlas.iconify import read_set

DEEP = b"[" * 700 + b"]" * 700
DEEP_OBJECT = b'{"a":' * 700 + b"1" + b"}" * 700
ODD = (
    b"\xff\xfe", b"\x00", b'"', b"{", b"}", b"[", b"]", b",", b"\n", b"null", b"NaN", b"1e999", b"true", b"-1", b"[]", b"{}",
    b"9" * 5000, b'"\\ud83d"', b'"~nosuchuser/x"', b"= 1", b"[x]\n", DEEP, DEEP_OBJECT, b"a." * 700 + b"b = 1\n", b'""', b"1",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A file that users hand over: its name, what a good one holds, and what reads it to the end."""

    file: str
    good: bytes
    read: Callable[[Path], object]


def lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def read_all(path: Path) -> object:
    rows = list(read_dataset(path))
    for row in rows:
        if isinstance(row, Example) and row.messages:
            with contextlib.suppress(ValueError):  # a broken row, which `sft` tells with its place
                conversation(row, vision=False)
    return rows


def described(path: Path) -> object:
    RunFolder(path.parent).describe({"profile": {"name": "offline"}, "input": {"seed": 0}})
    return list(origins(path.parent))


def measured(path: Path) -> object:
    for name, content in RUN.items():
        if name != path.name:
            (path.parent / name).write_bytes(content)
    return load_run(path.parent, find_measure)


PROMPTS = lines({"id": "a", "prompt": "a red apple", "seed": 3, "size": "64x64", "meta": {"gt_image": "x.png"}})
CHAT = lines(
    {
        "id": "a",
        "messages": [
            {"role": "user", "content": "a red apple"},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "search", "arguments": "{\"queries\": [\"apple\"]}"}}
            ]},
            {"role": "tool", "tool_call_id": "1", "content": [{"type": "text", "text": "red"}]},
            {"role": "assistant", "content": "<answer>{}</answer>", "weight": 1},
        ],
        "images": ["x.png"], "meta": {"entities": ["apple"]},
    }
)  # fmt: skip
RUN = {
    "run.json": json.dumps({"profile": {"name": "offline"}, "input": {"seed": 0}, "file": "rows.jsonl"}).encode(),
    "results.jsonl": lines(
        {
            "id": "a",
            "prompt": "a red apple",
            "gen_prompt": "an apple",
            "score": {"kscore": 0.5, "kscore_renormalized": 0.5, "judge": "pixel"},
            "error": None,
        }
    ),
    "journal.jsonl": lines(
        {"row": "a", "at": 1.0, "request": {"id": "a", "text": "a red apple", "size": [64, 64], "seed": 0, "references": []}},
        {"row": "a", "at": 2.0, "entry": {"kind": "replied", "text": "x", "action": {"kind": "malformed", "reason": "x"}}},
    ),
}
ADAPTER = json.dumps({"base_model_name_or_path": "tiny", "peft_type": "LORA", "r": 8}).encode()
GENEVAL = lines({"tag": "colors", "include": [{"class": "apple", "count": 1, "color": "red"}], "exclude": [], "prompt": "x"})
WISE = json.dumps([{"Prompt": "x", "Explanation": "y", "Category": "Culture", "Subcategory": "z", "prompt_id": 1}]).encode()
ICONS = json.dumps({"prefix": "my", "icons": {"fox": {"body": '<path d="M0 0h9v9z"/>'}}, "width": 16, "aliases": {}}).encode()
GRAPH = json.dumps({"1": {"class_type": "X", "inputs": {"text": "{{prompt}}", "image": "{{reference_1}}"}}}).encode()
PROFILE = b'extends = "offline"\n[policy]\nmember = "raw"\n[episode]\nmax_turns = 3\n[limits.generator]\nbudget_calls = 2\n'
RECIPE = b'extends = "atlas"\n[lora]\nr = 8\n[evolve]\nsteps = 2\n[data]\npath = "x"\n'
PLAN = b'name = "x"\n[recipes]\ncount = 3\n[prompts.llm]\nmodel = "m"\n[render]\nsize = "64x64"\n'
ABLATION = b'training = "atlas"\nseeds = [1]\n[arms.a]\nstage = "evolve"\n[arms.a.changes.evolve]\nsteps = 2\n'
TABLE = 'id,prompt,seed\n1,"a red, ""ripe"" apple",3\n2,ü,\n'.encode()
TAUGHT = lines({"row": 1, "tokens": ["a"], "turns": [0], "student": [-0.5], "teacher": [-1.5], "chosen": [1]})
STEP = gzip.compress(lines({"name": "step0.process0.row0", "messages": [], "lesson": None}), mtime=0)
FUNNEL = json.dumps({"stage": "x", "in": 1, "kept": 1, "why_not": {}, "sha256": "0"}).encode()

READERS = {
    "profile": Reader(file="my.toml", good=PROFILE, read=lambda path: load_profile(str(path))),
    "recipe": Reader(file="my.toml", good=RECIPE, read=lambda path: load_recipe(str(path))),
    "ablation": Reader(file="my.toml", good=ABLATION, read=lambda path: load_plan(str(path))),
    "plan": Reader(file="my.toml", good=PLAN, read=read_plan),
    "plan as JSON": Reader(file="my.json", good=b'{"recipes": {"count": 3}, "teach": {"profile": "x.toml"}}', read=read_plan),
    "rows": Reader(file="rows.jsonl", good=PROMPTS, read=lambda path: list(read_rows(path))),
    "array": Reader(file="rows.json", good=b"[" + PROMPTS + b"]", read=lambda path: list(read_rows(path))),
    "CSV": Reader(file="rows.csv", good=TABLE, read=lambda path: list(read_rows(path))),
    "TSV": Reader(file="rows.tsv", good=TABLE.replace(b",", b"\t"), read=lambda path: list(read_rows(path))),
    "text": Reader(file="rows.txt", good=b"a red apple\ntwo pears\n", read=lambda path: list(read_rows(path))),
    "data set": Reader(file="sft.jsonl", good=CHAT, read=read_all),
    "data set as an array": Reader(file="sft.json", good=b"[" + CHAT + b"]", read=read_all),
    "captions": Reader(
        file="metadata.jsonl", good=lines({"file_name": "a.png", "text": "x"}), read=lambda path: survey(path.parent)
    ),
    "icon set": Reader(file="icons.json", good=ICONS, read=read_set),
    "workflow": Reader(file="flow.json", good=GRAPH, read=lambda path: Workflow(path).check(1)),
    "about a run": Reader(file="run.json", good=RUN["run.json"], read=described),
    "run": Reader(file="run.json", good=RUN["run.json"], read=measured),
    "results": Reader(file="results.jsonl", good=RUN["results.jsonl"], read=measured),
    "journal": Reader(file="journal.jsonl", good=RUN["journal.jsonl"], read=measured),
    "stage": Reader(file="recipes.jsonl", good=PROMPTS, read=lambda path: list(rows_of(path))),
    "funnel": Reader(file="x.funnel.json", good=FUNNEL, read=lambda path: read_funnel(path.with_name("x.jsonl"))),
    "adapter": Reader(file="adapter_config.json", good=ADAPTER, read=lambda path: adapter_base(beside_weights(path))),
    "GenEval": Reader(file="evaluation_metadata.jsonl", good=GENEVAL, read=lambda path: open_suite("geneval", path)),
    "WISE": Reader(file="culture.json", good=WISE, read=lambda path: open_suite("wise", path)),
    "teacher's marks": Reader(file="teacher.0.jsonl", good=TAUGHT, read=lambda path: read_disagreement(path.parent, 0, 1)),
    "episodes": Reader(file="episodes.0.jsonl.gz", good=STEP, read=lambda path: read_episodes(path.parent)),
    "own bench": Reader(file="test.jsonl", good=PROMPTS, read=lambda path: open_suite("jsonl", path)),
}  # fmt: skip


def beside_weights(path: Path) -> Path:
    (path.parent / "adapter_model.safetensors").touch()
    return path.parent


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """``good`` with one to three places changed."""
    text = good
    for _ in range(draw(st.integers(1, 3))):
        first = draw(st.integers(0, len(text)))
        last = draw(st.integers(first, min(len(text), first + 24)))
        put = draw(st.one_of(st.sampled_from(ODD), st.binary(max_size=4), st.just(text[first:last] * 2)))
        text = text[:first] + put + text[last:]
    return text[: draw(st.integers(0, len(text)))] if draw(st.integers(0, 9)) == 0 else text


def replaced(value: Any, path: list[int], new: Any) -> Any:
    """``value`` with ``new`` at some place in it."""
    children = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    if not path or not children:
        return new
    key, child = children[path[0] % len(children)]
    changed = replaced(child, path[1:], new)
    if isinstance(value, dict):
        return {**value, key: changed}
    return [changed if place == key else other for place, other in enumerate(value)]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "role", "content", "member", "x", ""]), inner, max_size=3), max_leaves=4,
)  # fmt: skip


def attempt(reader: Reader, content: bytes, folder: Path) -> None:
    """Read ``content``; whatever is said about it names the file."""
    path = folder / reader.file
    path.write_bytes(content)
    try:
        reader.read(path)
    except UsageError as problem:
        said = str(problem)
        assert path.name in said or str(folder) in said, said
        assert "\n" not in said.strip() and len(said) < 2000, said


def try_many(name: str, folder: Path, examples: int) -> None:
    reader = READERS[name]
    common = settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )

    @common
    @given(damaged(reader.good))
    def bytes_of_any_kind(content: bytes) -> None:
        attempt(reader, content, folder)

    @common
    @given(st.lists(st.integers(0, 8), max_size=6), ANYTHING)
    def values_of_any_kind(place: list[int], new: Any) -> None:
        value = json.loads(reader.good.splitlines()[0] if reader.file.endswith(".jsonl") else reader.good)
        attempt(reader, json.dumps(replaced(value, place, new)).encode() + b"\n", folder)

    bytes_of_any_kind()
    if reader.file.endswith((".json", ".jsonl")):
        values_of_any_kind()


@pytest.mark.parametrize("name", READERS)
def test_a_good_file_is_read(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    path = tmp_path / reader.file
    path.write_bytes(reader.good)
    reader.read(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize(
    "name", sorted({*READERS} - {"about a run", "episodes"})
)  # the one is written anew, the other is packed
def test_files_in_other_encodings_are_told_what_to_do(name: str, encoding: str, tmp_path: Path) -> None:
    reader = READERS[name]
    path = tmp_path / reader.file
    path.write_bytes(reader.good.decode().encode(encoding))
    try:
        said = repr(reader.read(path))
    except UsageError as problem:
        said = str(problem)
    assert "UTF-16 or UTF-32; save it as UTF-8" in said, said


@pytest.mark.parametrize("name", sorted({*READERS} - {"episodes"}))
def test_a_byte_order_mark_of_utf_8_is_passed_over(name: str, tmp_path: Path) -> None:
    """As the editor of Windows writes it."""
    reader = READERS[name]
    path = tmp_path / reader.file
    path.write_bytes(reader.good)
    plain = repr(reader.read(path))
    path.write_bytes(b"\xef\xbb\xbf" + reader.good)
    assert re.sub(" at 0x[0-9a-f]+", "", repr(reader.read(path))) == re.sub(" at 0x[0-9a-f]+", "", plain)


@pytest.mark.parametrize("name", READERS)
def test_no_file_gives_a_traceback(name: str, tmp_path: Path) -> None:
    try_many(name, tmp_path, 40)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_no_file_gives_a_traceback_at_length(name: str, tmp_path: Path) -> None:
    try_many(name, tmp_path, 1500)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("CSV", b"id", b'"x"id'), ("TSV", b"id", b'"x"id'), ("adapter", b"LORA", b"x" * 3000)],
)
def test_what_long_searches_found_is_told(name: str, old: bytes, new: bytes, tmp_path: Path) -> None:
    attempt(READERS[name], READERS[name].good.replace(old, new, 1), tmp_path)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("put", [DEEP, DEEP_OBJECT], ids=["lists", "objects"])
def test_nesting_is_told_where_it_stands(name: str, put: bytes, tmp_path: Path) -> None:
    """In the place of the first value of a file, and as the whole file."""
    reader = READERS[name]
    attempt(reader, put, tmp_path)
    if b'": ' in reader.good:
        attempt(reader, reader.good.replace(b'": ', b'": ' + put + b', "y": ', 1), tmp_path)
    attempt(reader, b"x = " + DEEP + b"\n", tmp_path)
