"""Many requests at once through the endpoint, with a service that fails, and a server that is killed in the middle.

``pytest -m slow -s tests/server/test_load.py`` prints the figures.
"""

import asyncio
import base64
import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from genevolve.store.journal import records
from tests.conftest import png
from tests.paths import ROOT
from tests.services.thread import closed_port, serving
from tests.services.wire import Reply, Request, answer

REQUESTS, AT_ONCE, KILLED_AFTER, PATIENCE = 200, 16, 80, 500


@dataclass(slots=True)
class Faulty:
    """An image service of which every third answer is a fault: 500, 429, half an answer, or no picture at all."""

    made: Counter[str] = field(default_factory=Counter)
    faults: int = 0
    _chance: random.Random = field(default_factory=lambda: random.Random(7))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Reply:
        prompt, delay = request.json()["prompt"], self._chance.uniform(0.02, 0.2)
        with self._lock:
            if self._chance.random() < 1 / 3:
                self.faults += 1
                return self._fault(delay)
            self.made[prompt] += 1
        colour = (len(self.made) % 256, sum(map(ord, prompt)) % 256, 90)
        drawn = base64.b64encode(png(colour, (256, 256))).decode()
        reply = answer({"created": 1, "data": [{"b64_json": drawn}]})
        return Reply(body=reply.body, delay=delay)

    def _fault(self, delay: float) -> Reply:
        kind = self._chance.randrange(4)
        if kind == 0:
            return Reply(status=500, body=b"trouble", delay=delay)
        if kind == 1:
            return Reply(status=429, body=b"{}", headers=(("retry-after", "0"),))
        whole = answer({"created": 1, "data": [{"b64_json": base64.b64encode(b"no picture" * 50).decode()}]})
        return whole if kind == 2 else Reply(body=whole.body, cut_after=100)


@dataclass(slots=True)
class Server:
    """``genevolve serve`` as a process of its own, which can be killed and started again on the same port."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "genevolve", "serve", "--port", str(self.port), "--profile", "load.toml"]
        environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "GENEVOLVE_HOME": str(self.folder / "home")}
        log = (self.folder / "log.txt").open("ab")
        self.process = subprocess.Popen([*command, "--concurrency", str(AT_ONCE)], cwd=self.folder, env=environ, stderr=log)
        log.close()
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.address}/api/health", timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        raise AssertionError((self.folder / "log.txt").read_text())

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """MiB that the process holds."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def end(self, how: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(60)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Server, Faulty]]:
    service = Faulty()
    with serving(service) as (images,):
        (tmp_path / "load.toml").write_text(
            f"""extends = "offline"
policy = "raw"
image_judge = "tests.server.members:Content"
[generator]
member = "openai"
base_url = "http://127.0.0.1:{images.port}/v1"
api_key_env = ""
[limits.generator]
max_attempts = 12
base_backoff = 0.01
max_backoff = 0.2
"""
        )
        running = Server(tmp_path, closed_port())
        running.start()
        try:
            yield running, service
        finally:
            running.end(signal.SIGKILL)


async def ask(server: Server, numbers: Iterator[int], told: dict[int, tuple[str, str]], most: int) -> None:
    """Ask for one picture after the other, each until it is there; a request that is sent again has the same name."""
    async with httpx.AsyncClient(base_url=server.address, timeout=60) as client:
        for number in numbers:
            body = {"prompt": f"picture number {number} of a long row of them", "size": "256x256"}
            while True:
                if len(told) >= most:
                    return
                with contextlib.suppress(httpx.TransportError):
                    headers = {"idempotency-key": f"load {number}"}
                    reply = await client.post("/v1/images/generations", json=body, headers=headers)
                    assert reply.status_code == 200, reply.text
                    (picture,) = reply.json()["data"]
                    told[number] = picture["genevolve"]["id"], picture["b64_json"]
                    break
                await asyncio.sleep(0.05)


async def all_asked(server: Server, told: dict[int, tuple[str, str]], most: int) -> None:
    numbers = iter([number for number in range(REQUESTS) if number not in told])
    await asyncio.gather(*(ask(server, numbers, told, most) for _ in range(AT_ONCE)))


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_made_twice(server: tuple[Server, Faulty], capsys: pytest.CaptureFixture[str]) -> None:
    serve, service = server
    told: dict[int, tuple[str, str]] = {}
    asking = threading.Thread(target=lambda: asyncio.run(all_asked(serve, told, REQUESTS)))
    begun = time.monotonic()
    asking.start()
    while len(told) < KILLED_AFTER:
        time.sleep(0.01)
        assert asking.is_alive() and time.monotonic() - begun < PATIENCE
    serve.end(signal.SIGKILL)
    made_before = dict(service.made)
    done_before = {row["id"] for row in records(serve.folder / "runs" / "serve" / "results.jsonl")}
    serve.start()
    first = serve.memory()
    asking.join(PATIENCE)
    assert not asking.is_alive()
    last = serve.memory()

    out = serve.folder / "runs" / "serve"
    results = Counter(row["id"] for row in records(out / "results.jsonl"))
    journal = list(records(out / "journal.jsonl"))
    asked = Counter(record["row"] for record in journal if "request" in record)
    pictures = Counter(record["row"] for record in journal if record.get("entry", {}).get("kind") == "rendered")
    again = {prompt: times for prompt, times in service.made.items() if times > 1}
    assert len(told) == REQUESTS and len({name for name, _ in told.values()}) == REQUESTS  # nothing is lost
    assert set(results) == set(asked) == set(pictures) == {name for name, _ in told.values()}
    assert set(results.values()) == set(asked.values()) == set(pictures.values()) == {1}  # nothing is made twice
    assert all(base64.b64decode(data) == (out / "images" / f"{name}.png").read_bytes() for name, data in told.values())
    assert len(again) <= AT_ONCE and set(again.values()) <= {2}  # answers that were on their way when it was killed
    assert set(again) <= set(made_before)
    with capsys.disabled():
        print(
            f"\n{REQUESTS} requests, {AT_ONCE} at once, {service.faults} faults; killed with {len(done_before)} done; "
            f"{len(again)} pictures whose answer was lost with the process were asked for again; "
            f"memory {first:.0f} MiB after the restart, {last:.0f} at the end; {time.monotonic() - begun:.0f} s"
        )


@pytest.mark.slow
def test_memory_is_flat(server: tuple[Server, Faulty], capsys: pytest.CaptureFixture[str]) -> None:
    """What 160 further generations leave in memory is no more than a few hundred bytes each; buffers may grow a little."""
    serve, _ = server
    told: dict[int, tuple[str, str]] = {}
    sizes = []
    for most in (40, 120, REQUESTS):
        asyncio.run(asyncio.wait_for(all_asked(serve, told, most), PATIENCE))
        sizes.append(serve.memory())
    with capsys.disabled():
        print("\nmemory after 40, 120 and 200 generations: " + ", ".join(f"{size:.1f}" for size in sizes) + " MiB")
    assert sizes[-1] - sizes[0] < 12
