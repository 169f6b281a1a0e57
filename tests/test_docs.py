"""What the pages show works: every shell command is run, every profile loads, every linked file is there.

A block whose first line is ``# needs: …`` asks for what is not here (a key, a GPU, minutes); its commands are only parsed.
"""

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from genevolve.app.profile import load_profile
from genevolve.cli.main import cli, exit_code
from genevolve.data.plan import read_plan
from genevolve.train.ablation import load_plan
from genevolve.train.recipe import load_recipe
from tests.paths import ROOT

PAGES = [*sorted(ROOT.glob("[CR]*.md")), *sorted((ROOT / "docs").rglob("*.md"))]  # README, CONTRIBUTING, CHANGELOG


def page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[list[str]]:
    joined = block.replace("\\\n", " ")
    return [shlex.split(line, comments=True) for line in joined.splitlines() if line.strip() and not line.startswith("#")]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like a clone to the commands of the pages."""
    for name in ("examples", "docs/images"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    return tmp_path


def write_profiles(page: Path, folder: Path) -> list[str]:
    """The page's TOML blocks as files: named by their first comment (``# NAME.toml``), else by number."""
    names = []
    for number, text in enumerate(blocks(page, "toml")):
        named = re.match(r"#\s*([\w-]+\.toml)\b", text)
        name = named[1] if named else f"block{number}.toml"
        (folder / name).write_text(text, encoding="utf-8")
        names.append(name)
    return names


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_profiles_load(page: Path, workplace: Path) -> None:
    for name in write_profiles(page, workplace):
        text = (workplace / name).read_text()
        if name.startswith("data-"):
            read_plan(workplace / name)
            continue
        if name.startswith("train-"):
            load_recipe(name)
            continue
        if name.startswith("ablation-"):
            load_plan(name)
            continue
        if "extends" not in text:  # a part of a profile, shown on its own
            (workplace / name).write_text(f'extends = "paper"\n{text}')
        load_profile(name)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_commands_work(page: Path, workplace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_profiles(page, workplace)
    for block in blocks(page, "sh"):
        for command in commands(block):
            if block.startswith("# needs:"):
                parse(command)
            else:
                run(command)


def run(command: list[str]) -> None:
    match command:
        case ["genevolve", *arguments]:
            assert exit_code(lambda: cli.main(arguments, standalone_mode=False)) == 0, command
        case ["python", script, *arguments]:
            done = subprocess.run([sys.executable, str(ROOT / script), *arguments], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        case ["head", *_]:
            subprocess.run(command, check=True, capture_output=True)
        case ["make", target, *_]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        case _:
            pytest.fail(f"a command that this test does not know: {command}")


def parse(command: list[str]) -> None:
    """The command and its options exist, also behind a launcher (``accelerate launch … -m genevolve …``)."""
    if command[0] == "python":
        assert (ROOT / command[1]).is_file()
    if "genevolve" in command and command[0] in ("genevolve", "accelerate", "torchrun"):
        command = command[command.index("genevolve") :]
        known = cli.commands[command[1]]
        known = known.commands[command[2]] if isinstance(known, click.Group) else known
        options = {name for parameter in known.params for name in parameter.opts}
        assert {word for word in command[2:] if word.startswith("--")} <= options


WITH_PYTHON = [page for page in PAGES if blocks(page, "python")]


@pytest.mark.parametrize("page", WITH_PYTHON, ids=page_name)
def test_python_runs(page: Path, workplace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The blocks of a page, one after the other, as one program."""
    namespace: dict[str, object] = {"__name__": "page"}
    for text in blocks(page, "python"):
        exec(compile(text, page_name(page), "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_picture_of_the_house_is_that_of_the_imports() -> None:
    spec = importlib.util.spec_from_file_location("draw_house", ROOT / "docs" / "draw_house.py")
    assert spec is not None and spec.loader is not None
    house = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(house)
    assert house.PICTURE.read_text(encoding="utf-8") == house.drawn(house.imports()), "python docs/draw_house.py"
