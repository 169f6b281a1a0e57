"""Commands on what is damaged, foreign or missing: exit code 2, one line, and no traceback."""

import gzip
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from genevolve.app.environment import home
from genevolve.app.profile import load_profile
from genevolve.cli.main import BAD_USE, cli, exit_code
from genevolve.core.errors import UsageError
from genevolve.policies.local.lora import adapter_base
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch import draw

RUN = ["run", "rows.jsonl", "--policy", "raw", "--until", "program", "--out", "out"]
STREAMS = (
    "import os, sys; os.close({number}); sys.argv = ['genevolve', *sys.argv[1:]]; from genevolve.cli.main import main; main()"
)


def command(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    environ = {**os.environ, "GENEVOLVE_HOME": str(folder / "home"), **more}
    return subprocess.run(words, cwd=folder, env=environ, capture_output=True, timeout=120)


def rows(folder: Path) -> None:
    (folder / "rows.jsonl").write_text(json.dumps({"id": "a", "prompt": "a red apple"}) + "\n")


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line that a command ends with."""
    assert exit_code(lambda: cli.main(list(words), standalone_mode=False)) == BAD_USE
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0 and said.startswith("genevolve: "), said
    return said


@pytest.mark.parametrize("number", [0, 1, 2])
def test_standard_streams_may_be_closed(number: int, tmp_path: Path) -> None:
    """Else the first file that is opened takes the place of one, and what is printed goes into it."""
    rows(tmp_path)
    done = command(tmp_path, sys.executable, "-c", STREAMS.format(number=number), *RUN)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert b"Traceback" not in done.stderr
    for path in (tmp_path / "out").glob("*.jsonl"):
        assert all(json.loads(line) for line in path.read_text().splitlines())


def test_names_of_files_need_not_be_text(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    try:
        Path(os.fsdecode(folder)).mkdir()
    except OSError:
        pytest.skip("this file system holds names that are text only")
    rows(Path(os.fsdecode(folder)))
    for words in (RUN, [*RUN[:-1], "out\udce9"], ["run", "gone\udce9.jsonl", "--out", "other"]):
        done = subprocess.run(
            [sys.executable, "-m", "genevolve", *words], cwd=folder, capture_output=True, timeout=120,
            env={**os.environ, "GENEVOLVE_HOME": str(tmp_path / "home")},
        )  # fmt: skip
        assert b"Traceback" not in done.stderr, done.stderr.decode("utf-8", "replace")[-2000:]
        assert done.returncode == (BAD_USE if words[1].startswith("gone") else 0)


def test_no_home_and_no_such_user_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("HOME", "USERPROFILE", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as for a user without an entry
    with pytest.raises(UsageError, match="HOME is not set"):
        home({})
    monkeypatch.undo()
    with pytest.raises(UsageError, match="no such user"):
        home({"GENEVOLVE_HOME": "~nosuchuser/x"})
    assert "~nosuchuser/my.toml" in told(capsys, "generate", "an apple", "--profile", "~nosuchuser/my.toml")


@pytest.mark.parametrize("role", ["policy", "generator"])
def test_a_role_that_is_given_both_ways_is_told(role: str, tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(f'extends = "offline"\n{role} = "raw"\n[{role}]\nmember = "raw"\n')
    with pytest.raises(UsageError, match=r"my\.toml: not valid TOML.*line 3"):
        load_profile(str(path))
    path.write_text(f'extends = "offline"\n[{role}]\nmember = ["raw"]\n')
    with pytest.raises(UsageError, match=rf"my\.toml: {role}\.member"):
        load_profile(str(path))
    path.write_text('extends = "offline"\ncache = "off"\n')
    with pytest.raises(UsageError, match=r"my\.toml: cache"):
        load_profile(str(path), cache="read")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{", b"[]", b"[" * 700, b'{"peft_type": "LORA"}', b'{"peft_type": 3}'])
def test_a_foreign_adapter_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_bytes(content)
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    with pytest.raises(UsageError, match="adapter_config"):
        adapter_base(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x00" * 8, b"\xff" * 64, b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_truncated_weights_are_told(content: bytes, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from genevolve.policies.local.model import load_model

    config = {"base_model_name_or_path": "tiny", "peft_type": "LORA", "r": 4, "target_modules": ["q_proj"]}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    (tmp_path / "adapter_model.safetensors").write_bytes(content)
    with pytest.raises(UsageError, match=str(tmp_path)):
        load_model("tiny", adapter=tmp_path, device="cpu")


@pytest.mark.parametrize("content", [b"{", b"[]", b"[" * 700 + b"]" * 700, b"\xff", b"{}"])
def test_a_folder_that_is_no_model_is_told(content: bytes, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from genevolve.policies.local.model import load_model

    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(UsageError, match="cannot be loaded"):
        load_model(str(tmp_path), device="cpu")


@pytest.mark.parametrize("name", ["run.json", "journal.jsonl", "results.jsonl"])
@pytest.mark.parametrize("content", [b"[]\n", b"3\n", b"[" * 700 + b"]" * 700 + b"\n", b"\xff\n", b'{"row": []}\n', b"{}\n"])
def test_a_damaged_run_folder_is_gone_on_with_or_told(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    rows(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_bytes(content)
    for words in (RUN, ["report", "out"]):
        code = exit_code(partial(cli.main, words, standalone_mode=False))
        said = capsys.readouterr().err
        assert code == 0 or (code == BAD_USE and name in said and "genevolve: " in said), said


@pytest.mark.parametrize(
    ("file", "content", "place"),
    [
        ("teacher.0.jsonl", b'{"row": 1\n', "line 1 is damaged"),
        ("teacher.0.jsonl", b'{"row": 0}\n{"row": 1, "row": 2}\n', "line 2 is damaged: the key 'row' is given twice"),
        ("teacher.0.jsonl", b'{"row": "1"}\n', "line 1 is damaged"),
        ("teacher.0.jsonl", b'{"row": 1}\n', "row 1 of process 0 is damaged"),
        ("episodes.0.jsonl.gz", b"no gzip", "episodes.0.jsonl.gz is damaged"),
        ("episodes.0.jsonl.gz", b"{}\n" + b"[" * 700 + b"]" * 700 + b"\n", "line 2 is damaged"),
        ("episodes.0.jsonl.gz", b"{}\n{}\n", "row 1 of process 0 is damaged"),
    ],
)
def test_a_damaged_step_is_told(
    file: str, content: bytes, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = tmp_path / "run" / "steps" / "000000"
    step.mkdir(parents=True)
    taught = {"row": 1, "tokens": ["a"], "turns": [0], "student": [-1.0], "teacher": [-2.0], "chosen": [1]}
    (step / "teacher.0.jsonl").write_text(json.dumps(taught) + "\n")
    episode: dict[str, object] = {"messages": [], "lesson": None, "request": "x", "name": "x", "reward": {"value": 1.0}}
    (step / "episodes.0.jsonl.gz").write_bytes(gzip.compress(2 * (json.dumps(episode).encode() + b"\n")))
    packed = file.endswith(".gz") and content.startswith(b"{")
    (step / file).write_bytes(gzip.compress(content) if packed else content)
    said = told(capsys, "experience", "tokens", str(tmp_path / "run"), "--step", "0", "--row", "1")
    assert "000000" in said and place in said


def test_an_old_key_of_a_recipe_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_text('extends = "atlas-smoke"\n[data]\ndawdling = 3\n')
    done = command(tmp_path, sys.executable, "-m", "genevolve", "sft", "old.toml", "--dry-run")
    assert done.returncode == 0 and json.loads(done.stdout)["data"]["recovery"] == 3
    assert done.stderr.decode().strip() == (
        "genevolve: data.dawdling is now called data.recovery; please rename it in your recipe"
    )


def test_what_is_said_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    def refused() -> None:
        raise UsageError("the server said \x1b]0;owned\x07\x1b[2J\u202e and\r\nmore")

    assert exit_code(refused) == BAD_USE
    assert capsys.readouterr().err == "genevolve: the server said ]0;owned[2J and\nmore\n"


@pytest.mark.parametrize("between", [" and ", ", ", " left of ", " inside "])
def test_a_program_of_2500_things_is_drawn(between: str) -> None:
    pytest.importorskip("cv2")
    colours, things = ("red", "blue", "green", "white"), ("apple", "car", "ball", "tree", "dog")
    names = [f"a {colours[number % 4]} {things[number % 5]}" for number in range(2500)]
    drawn = draw(read(between.join(names), Vocabulary.EVERYDAY), (), (64, 64))
    assert drawn.data.startswith(b"\x89PNG")
