"""A disk that really gets full: a small tmpfs, for tests that run as root."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Disk:
    path: Path

    def grow(self, size: str = "256m") -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.path)], check=True)

    def protect(self) -> None:
        """From now on nothing can be written."""
        subprocess.run(["mount", "-o", "remount,ro", str(self.path)], check=True)


@contextmanager
def small_disk(path: Path, kibibytes: int) -> Iterator[Disk]:
    """A disk of this size mounted at ``path``. Skips the test where that is not allowed."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "none", str(path)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a small disk needs root on Linux")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", str(path)], check=False)


def used(folder: Path) -> int:
    """KiB of disk that the files of ``folder`` take."""
    files = {(status.st_ino, status.st_blocks) for path in folder.rglob("*") if (status := path.stat()) and path.is_file()}
    return sum(blocks for _, blocks in files) // 2
