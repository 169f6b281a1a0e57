"""The example of a plug-in, installed as a user installs it (without network) and run by the command line and by Python."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed plug-in."""
    folder = tmp_path_factory.mktemp("a folder with spaces")
    shutil.copytree(ROOT / "examples" / "plugin", folder / "source")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    command += ["--disable-pip-version-check", "--target", str(folder / "site"), str(folder / "source")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def genevolve(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [str(installed), os.environ.get("PYTHONPATH", "")]))
    environ = {**os.environ, "PYTHONPATH": path, "GENEVOLVE_HOME": str(folder / "home")}
    command = [sys.executable, "-m", "genevolve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environ)


OUTSIDE = ("--policy", "poster", "--generator", "poster")


def test_it_is_about_forty_lines() -> None:
    lines = (ROOT / "examples/plugin/genevolve_poster.py").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 45


def test_it_makes_an_image(installed: Path, tmp_path: Path) -> None:
    done = genevolve(installed, tmp_path, "generate", "a poster that says HELLO", "--out", "o", "--json", *OUTSIDE)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["program"]["gen_prompt"] == "A plain poster with these words on it: a poster that says HELLO"
    about = json.loads((tmp_path / "o/run.json").read_text())
    assert about["plugins"] == {
        role: {"place": f"genevolve_poster:Poster{kind}", "distribution": "genevolve-poster", "version": "0.1.0"}
        for role, kind in (("policy", "Policy"), ("generator", "Generator"))
    }


def test_doctor_settings_limits_and_workers_treat_it_like_our_own(installed: Path, tmp_path: Path) -> None:
    profile = 'extends = "offline"\n[policy]\nmember = "poster"\ntone = "loud"\n[generator]\nmember = "poster"\npoints = {}\n'
    (tmp_path / "mine.toml").write_text(profile.format(40) + "[limits.generator]\nmax_concurrency = 1\n")
    (tmp_path / "wrong.toml").write_text(profile.format(1))
    well = genevolve(installed, tmp_path, "doctor", "--profile", "mine.toml", "--call", "--json")
    found = [each["what"] for each in json.loads(well.stdout)["findings"] if each["about"] == "generator: poster"]
    assert well.returncode == 0 and "may cost money" not in well.stderr
    assert "it is genevolve_poster:PosterGenerator of the plug-in genevolve-poster 0.1.0" in found
    wrong = genevolve(installed, tmp_path, "generate", "a cat", "--profile", "wrong.toml")
    assert wrong.returncode == 2 and "generator.points is 1" in wrong.stderr
    unknown = genevolve(installed, tmp_path, "generate", "a cat", "--policy", "postr")
    assert unknown.returncode == 2 and "did you mean 'poster'?" in unknown.stderr
    bench = ("bench", "atlas", "--rows", "2", "--workers", "2", "--out", "b", "--profile", "mine.toml")
    assert (done := genevolve(installed, tmp_path, *bench)).returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "b/results.jsonl").read_text().splitlines()]
    assert len(rows) == 2 and all(row["gen_prompt"].startswith("A loud poster") for row in rows)


def test_without_it_nothing_of_it_is_there(tmp_path: Path) -> None:
    done = genevolve(tmp_path, tmp_path, "generate", "a cat", *OUTSIDE)
    assert done.returncode == 2 and "policy 'poster' is unknown" in done.stderr
