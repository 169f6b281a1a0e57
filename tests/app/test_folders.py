"""Directories that cannot be worked in, told before anything is paid: not writable, held by another process, full."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genevolve import ablate, build_data, evolve, generate, run_benchmark, run_file, sft
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.store.lock import HeldFile
from tests.disk import small_disk


class Paid:
    """A policy that must not be asked."""

    async def reply(self, call: PolicyCall) -> Reply:
        raise AssertionError("this would have been paid for")


def rows(folder: Path) -> Path:
    path = folder / "rows.jsonl"
    path.write_text('{"prompt": "a photo of a dog"}\n')
    return path


COMMANDS: dict[str, Callable[[Path, Path], Any]] = {
    "generate": lambda folder, out: generate("a photo of a dog", out=out, policy=Paid()),
    "run": lambda folder, out: run_file(rows(folder), out=out, policy=Paid()),
    "bench": lambda folder, out: run_benchmark("atlas", out=out, rows=1, members={"policy": Paid()}),
    "data": lambda folder, out: build_data(None, out, changes={"recipes": {"count": 2}}),
    "ablate": lambda folder, out: ablate("ablation-smoke", out=out),
}
TRAINED: dict[str, Callable[[Path, Path], Any]] = {
    "evolve": lambda folder, out: evolve("atlas-smoke", out=out),
    "sft": lambda folder, out: sft("atlas-smoke", out=out),
}


def needed(name: str) -> None:
    if name in TRAINED or name == "ablate":
        pytest.importorskip("trl")


@pytest.mark.parametrize("name", [*COMMANDS, *TRAINED])
def test_a_disk_that_cannot_be_written_is_told_by_the_setting(name: str, tmp_path: Path) -> None:
    needed(name)
    with small_disk(tmp_path / "disk", 1024) as disk:
        disk.protect()
        out = disk.path / "out"
        with pytest.raises(UsageError, match=rf"--out {out}: this directory cannot be used \(Read-only file system\)"):
            {**COMMANDS, **TRAINED}[name](tmp_path, out)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_is_full_is_told_before_anything_is_paid(name: str, tmp_path: Path) -> None:
    needed(name)
    with small_disk(tmp_path / "disk", 64) as disk:
        with pytest.raises(OSError, match="No space left"), (disk.path / "full").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        with pytest.raises((OSError, ServiceError), match=r"No space left|disk is full"):
            COMMANDS[name](tmp_path, disk.path / "out")


@pytest.mark.parametrize("name", [*COMMANDS, *TRAINED])
def test_a_second_process_is_refused(name: str, tmp_path: Path) -> None:
    needed(name)
    out = tmp_path / "out"
    out.mkdir()
    with HeldFile(out / ("recipes.lock" if name == "data" else ".lock")):  # as another process would
        before = sorted(out.rglob("*"))
        with pytest.raises(UsageError, match="another genevolve process is"):
            {**COMMANDS, **TRAINED}[name](tmp_path, out)
        assert sorted(out.rglob("*")) == before
