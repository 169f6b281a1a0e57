"""What was made is listed, the newest first, and its page is found."""

import json
import os
from pathlib import Path

import pytest

from genevolve import generate, list_runs, run_file
from genevolve.app.runs import page_to_open
from genevolve.cli.main import cli, exit_code
from genevolve.core.errors import UsageError


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    return tmp_path


def call(*arguments: str) -> int:
    return exit_code(lambda: cli.main(list(arguments), standalone_mode=False))


def test_the_newest_comes_first_with_score_size_and_folder(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    old = generate("a photo of a cat", size="640x384", policy="raw")
    new = generate("a photo of a dog", out="runs/deep/er", policy="raw")
    (workdir / "rows.jsonl").write_text('{"id": "r", "prompt": "a red circle"}\n')
    run_file("rows.jsonl", out="runs/file", policy="raw")
    assert old.image and new.image
    for age, image in enumerate((new.image, old.image)):
        os.utime(image, (1_700_000_000 - age, 1_700_000_000 - age))
    assert call("runs", "--json") == 0
    told = json.loads(capfd.readouterr().out)
    assert [each["request"] for each in told] == ["a red circle", "a photo of a dog", "a photo of a cat"]
    assert told[2]["size"] == [640, 384] and told[2]["folder"] == str(old.folder) and told[1]["kscore"] is not None
    assert all(Path(each["image"]).is_file() for each in told)
    assert call("runs", "runs/deep/er") == 0
    out = capfd.readouterr().out
    assert "a photo of a dog" in out and "runs/deep/er/image" in out and "cat" not in out
    assert call("runs", "-n", "1") == 0
    assert "dog" not in capfd.readouterr().out


def test_nothing_yet_and_no_such_folder(capfd: pytest.CaptureFixture[str]) -> None:
    assert list_runs() == () and call("runs") == 0
    assert "genevolve generate" in capfd.readouterr().err
    with pytest.raises(UsageError, match="gone"):
        list_runs("gone")


def test_a_request_cannot_command_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    generate("a cat \x1b[2J\nand a dog", policy="raw")
    assert call("runs") == 0
    out = capfd.readouterr().out
    assert "\x1b[2J" not in out and len(out.splitlines()) == 2


def test_open_finds_the_page(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    opened: list[str] = []

    def browser(address: str) -> bool:
        opened.append(address)
        return len(opened) < 2

    monkeypatch.setattr("webbrowser.open", browser)
    made = generate("a photo of a cat", policy="raw")
    second = generate("a photo of a cat", out=made.folder, policy="raw")
    assert page_to_open("latest") == page_to_open(made.folder) == second.page.absolute()
    assert page_to_open(f"{made.folder}/{made.id}") == (made.folder / "pages/image.html").absolute()
    assert call("open") == 0 and opened == [second.page.absolute().as_uri()]
    assert call("open", "--print", f"{made.folder}/{made.id}") == 0 and len(opened) == 1
    assert call("open", str(made.folder)) == 0
    assert "no browser" in capfd.readouterr().err
    assert call("open", "gone") == 2


def test_a_directory_without_a_page_says_so(workdir: Path) -> None:
    (workdir / "rows.jsonl").write_text('{"id": "r", "prompt": "a red circle"}\n')
    run_file("rows.jsonl", out="o", policy="raw")
    with pytest.raises(UsageError, match="no page"):
        page_to_open("o")
