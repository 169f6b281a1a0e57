"""Processes of one run as a launcher starts them, but with the words and the end of each of them kept apart."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.paths import ROOT

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
LIMIT = 900  # seconds, after which a process hangs


def launched(count: int, said: Path, module: str, *arguments: str) -> list[subprocess.Popen[bytes]]:
    """``count`` processes of ``python -m module``; what they say goes to ``said/N.txt``."""
    said.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count)}
    started = []
    for rank in range(count):
        own = {
            **ENVIRONMENT,
            **(where if count > 1 else {}),
            **({"RANK": str(rank), "LOCAL_RANK": str(rank)} if count > 1 else {}),
        }
        with (said / f"{rank}.txt").open("wb") as file:
            command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
            started.append(subprocess.Popen(command, env=own, cwd=ROOT, stdout=file, stderr=file))
    return started


def ended(processes: Sequence[subprocess.Popen[bytes]], *, limit: float = LIMIT) -> list[int]:
    """Their exit codes. Raises ``TimeoutExpired`` where one hangs; none is left."""
    try:
        return [process.wait(limit) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def words(said: Path, rank: int) -> str:
    return (said / f"{rank}.txt").read_text(encoding="utf-8", errors="replace")
