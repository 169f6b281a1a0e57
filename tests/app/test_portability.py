"""Other systems, simulated: what Linux alone has is taken away, folders have spaces, and the console knows few characters."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from genevolve.app import environment

LACKING = """
import os, signal, sys

for name in {absent!r}:
    sys.modules[name] = None  # an import of it fails
for module, names in ((os, {functions!r}), (signal, {signals!r})):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
if hasattr(os, "process_cpu_count"):
    os.process_cpu_count = os.cpu_count  # it asks what was taken away
{more}
"""
UNIX = ("fork", "forkpty", "sched_getaffinity", "sched_setaffinity", "pread", "pwrite", "geteuid", "getuid", "mkfifo", "fchmod")
SIGNALS = ("SIGALRM", "SIGPROF", "SIGUSR1", "SIGUSR2", "SIGHUP", "SIGQUIT", "setitimer", "pthread_kill", "alarm")
FILELOCK = """
import filelock
filelock.FileLock = filelock.SoftFileLock  # its own lock of Windows is not here
"""
_numbers = itertools.count()
SYSTEMS = {
    "macos": {"absent": (), "functions": ("sched_getaffinity", "sched_setaffinity"), "signals": (), "more": ""},
    "windows": {
        "absent": ("fcntl", "resource", "pwd", "grp", "termios"),
        "functions": UNIX,
        "signals": SIGNALS,
        "more": FILELOCK,
    },
}


def genevolve(system: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command on ``system``."""
    command = [sys.executable, "-m", "genevolve", *arguments]
    environ = lacking(system, folder)
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=folder, env=environ)


def lacking(system: str, folder: Path) -> dict[str, str]:
    """An environment whose processes, and those that they start, lack what ``system`` lacks."""
    site = folder / "the site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(LACKING.format(**SYSTEMS[system]), encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, "GENEVOLVE_HOME": str(folder.parent / "a home")}


@pytest.fixture
def workdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.getbasetemp() / "portable" / f"a folder with spaces and ü {next(_numbers)}"
    folder.mkdir(parents=True)
    rows = [{"id": "one", "prompt": "a photo of a cat"}, {"id": "con", "prompt": "a photo of two dogs"}]
    (folder / "my rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return folder


@pytest.mark.parametrize("system", [pytest.param("macos", marks=pytest.mark.slow), "windows"])
def test_generate_run_and_bench_work(system: str, workdir: Path) -> None:
    made = genevolve(system, workdir, "generate", "a photo of three cats", "--out", "an image", "--json")
    assert made.returncode == 0, made.stderr
    assert Path(json.loads(made.stdout)["image_path"]).name == "image.png" and (workdir / "an image/index.html").is_file()
    ran = genevolve(system, workdir, "run", "my rows.jsonl", "--out", "some rows")
    assert ran.returncode == 0, ran.stderr
    rows = [json.loads(line) for line in (workdir / "some rows/results.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["one", "con"] and all(
        (workdir / "some rows" / row["image_path"]).is_file() for row in rows
    )
    judged = genevolve(system, workdir, "bench", "atlas", "--rows", "3", "--workers", "2", "--out", "a bench")
    assert judged.returncode == 0, judged.stderr
    assert (workdir / "a bench/summary.md").is_file()


def test_what_is_taken_away_is_gone(workdir: Path) -> None:
    code = "import os\ntry:\n    import fcntl\nexcept ImportError:\n    print(hasattr(os, 'pread'))"
    done = subprocess.run([sys.executable, "-c", code], env=lacking("windows", workdir), capture_output=True, text=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("system", SYSTEMS)
def test_doctor_and_data_work(system: str, workdir: Path) -> None:
    for arguments in (("doctor",), ("data", "recipes", "--out", "some data", "--count", "20")):
        done = genevolve(system, workdir, *arguments)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("system", SYSTEMS)
def test_ablate_starts(system: str, workdir: Path) -> None:
    pytest.importorskip("tomli_w")
    done = genevolve(system, workdir, "ablate", "ablation-smoke", "--out", "an ablation", "--dry-run")
    assert done.returncode == 0, done.stderr


def test_a_directory_is_held_by_one_process_there_too(workdir: Path) -> None:
    lock = str(workdir / "o" / ".lock")
    held = f"import filelock; lock = filelock.FileLock({lock!r}); lock.acquire(); print('held', flush=True); input()"
    (workdir / "o").mkdir()
    with subprocess.Popen([sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        refused = genevolve("macos", workdir, "run", "my rows.jsonl", "--out", "o")
        process.communicate("\n")
    assert refused.returncode == 2 and "another genevolve process" in refused.stderr
    assert genevolve("macos", workdir, "run", "my rows.jsonl", "--out", "o").returncode == 0


def test_characters_that_a_console_lacks_do_not_end_a_command(workdir: Path) -> None:
    command = [sys.executable, "-m", "genevolve", "generate", '三只猫 with the title "ПРИВЕТ"', "--out", "o"]
    environ = {**os.environ, "PYTHONIOENCODING": "cp1252", "GENEVOLVE_HOME": str(workdir.parent / "a home")}
    done = subprocess.run(command, capture_output=True, cwd=workdir, env=environ)
    assert done.returncode == 0, done.stderr
    assert "三只猫" in done.stdout.decode("utf-8")


def test_cores_are_counted_on_every_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "process_cpu_count", lambda: 3, raising=False)
    assert environment.usable_cores() == 3
    monkeypatch.delattr(os, "process_cpu_count")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1}, raising=False)
    assert environment.usable_cores() == 2
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert environment.usable_cores() == 1
