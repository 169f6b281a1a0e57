"""How close to the latency bound a batch comes when every service answers after a fixed time.

    python benchmarks/throughput.py [--rows 512] [--concurrency 64 256] [--images 5] [--workers 1 2]

A server process on this machine plays the policy (200 ms), Serper's text and image search (100 ms) and an image host
(30 ms). Each episode has five turns: search, image search (of ``--images`` pictures), search, skill, answer. Printed for each:

- ``of the bound``: the share of the bound that was reached (1.0: nothing but waiting); ``a bare client`` is the share that
  the same requests reach as ready-made bytes on bare sockets, with nothing else to do: the ceiling of the server itself;
- ``CPU``: milliseconds of our process, of its workers (with their start) and of the server's for one episode, and the share of
  the bound that one core for each process allows with the former (``CPU allows``);
- ``no core``: the part of the time in which our process was ready to run and other processes had the cores (Linux only).
  Where that is more than a few hundredths, the shares say more about the other processes than about this one.
"""

import argparse
import asyncio
import contextlib
import io
import json
import multiprocessing
import os
import resource
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from genevolve.app.run import FileRun

POLICY, SEARCH, IMAGE = 0.200, 0.100, 0.030
EPISODE = 5 * POLICY + 3 * SEARCH + IMAGE


def tool(name: str, **arguments: object) -> str:
    return f"<tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>"


PROGRAM = {
    "gen_prompt": "The first reference image, large, in the center, on a plain white background.",
    "reference_images": [{"img_id": "IMG_001", "note": "shape"}],
}


def replies(images: int) -> tuple[str, ...]:
    return (
        tool("search", queries=["which flag"]),
        tool("image_search", query="the flag", top_k=images),
        tool("search", queries=["which colours"]),
        tool("query_knowledge", skill_name="spatial_layout"),
        f"<answer>{json.dumps(PROGRAM)}</answer>",
    )


def png(number: int) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (96, 64), (20, 120, number)).save(buffer, "PNG")
    return buffer.getvalue()


class Server:
    """Answers with fixed bodies after fixed times; keep-alive HTTP, nothing else."""

    def __init__(self, port: int, count: int) -> None:
        organic = [{"title": f"Result {n}", "link": f"https://example.org/{n}", "snippet": "A fact. " * 20} for n in range(5)]
        urls = [f"http://127.0.0.1:{port}/{number}.png" for number in range(count)]
        images = [{"title": "A flag", "imageUrl": url, "link": "https://example.org/"} for url in urls]
        self.search = json.dumps({"organic": organic}).encode()
        self.images = json.dumps({"images": images}).encode()
        self.pictures = [png(number) for number in range(count)]
        self.replies = [json.dumps(self._completion(text)).encode() for text in replies(count)]

    @staticmethod
    def _completion(text: str) -> dict[str, object]:
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 900, "completion_tokens": 40, "total_tokens": 940}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices, "usage": usage}

    def answer(self, path: bytes, body: bytes) -> tuple[float, bytes, bytes]:
        if path == b"/cpu":
            return 0.0, b"text/plain", str(time.process_time()).encode()
        if path.endswith(b"/chat/completions"):
            return POLICY, b"application/json", self.replies[body.count(b'"assistant"')]
        if path == b"/search":
            return SEARCH, b"application/json", self.search
        if path == b"/images":
            return SEARCH, b"application/json", self.images
        return IMAGE, b"image/png", self.pictures[int(path[1:].partition(b".")[0])]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lowered = head.lower()
                mark = lowered.find(b"content-length:")
                length = int(lowered[mark + 15 :].split(b"\r\n", 1)[0]) if mark >= 0 else 0
                body = await reader.readexactly(length) if length else b""
                delay, kind, content = self.answer(head.split(b" ", 2)[1], body)
                await asyncio.sleep(delay)
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n" % (kind, len(content)) + content
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def serve(port: int, count: int, ready: "multiprocessing.synchronize.Event") -> None:
    async def main() -> None:
        server = await asyncio.start_server(Server(port, count).serve, "127.0.0.1", port, backlog=1024)
        ready.set()
        await server.serve_forever()

    asyncio.run(main())


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PROFILE = """
extends = "paper"
[policy]
member = "chat"
model = "m"
base_url = "http://127.0.0.1:{port}/v1"
[search]
base_url = "http://127.0.0.1:{port}"
[image_search]
base_url = "http://127.0.0.1:{port}"
[generator]
member = "sketch"
[image_judge]
member = "pixel"
[program_judge]
member = "lint"
[fetch]
allow_private = true
[cache]
mode = "off"
"""


def bare_request(port: int, path: str, body: bytes) -> bytes:
    method = "POST" if body else "GET"
    return f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def bare_requests(port: int, images: int) -> list[bytes]:
    """The requests of one episode, about as long as the real ones."""
    said, read = {"role": "assistant", "content": "x" * 150}, {"role": "user", "content": "x" * 900}
    first = [{"role": "system", "content": "x" * 4000}, {"role": "user", "content": "x" * 40}]
    bodies = (json.dumps({"messages": first + [said, read] * n}).encode() for n in range(5))
    found = [bare_request(port, f"/{number}.png", b"") for number in range(images)]
    turns = [bare_request(port, "/v1/chat/completions", body) for body in bodies]
    search, listed = (bare_request(port, path, b'{"q": "which flag", "num": 5}') for path in ("/search", "/images"))
    return [turns[0], search, turns[1], listed, *found, turns[2], search, turns[3], turns[4]]


async def bare(port: int, images: int, episodes: int, concurrency: int) -> float:
    """Seconds that a client takes which does nothing but send and read."""
    requests, left = bare_requests(port, images), iter(range(episodes))

    async def worker() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            for request in requests:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.rpartition(b"content-length:")[2]))
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    return time.perf_counter() - started


def server_cpu(port: int) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/cpu") as answer:
        return float(answer.read())


def without_core() -> float:
    """Seconds in which this thread was ready to run but had no core; 0 where the system does not tell."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def workers_cpu() -> float:
    """Seconds of CPU of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(rows: int, concurrency: int, images: int, profile: Path, port: int, workers: int = 1) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rows.jsonl"
        source.write_text("".join(json.dumps({"id": n, "prompt": f"the flag of place number {n}"}) + "\n" for n in range(rows)))
        working: dict[str, Any] = {"concurrency": concurrency, "workers": workers}
        job = FileRun.prepare(source, out=Path(folder) / "run", profile=str(profile), until="program", **working)
        served, waited, cpu, wall = server_cpu(port), without_core(), time.process_time(), time.perf_counter()
        theirs = workers_cpu()
        tally = asyncio.run(job.run())
        cpu, wall, theirs = time.process_time() - cpu, time.perf_counter() - wall, workers_cpu() - theirs
        served, waited = server_cpu(port) - served, without_core() - waited
    assert tally.done == rows and tally.failed == 0, tally
    each = EPISODE / min(concurrency, rows)
    plain = rows * each / asyncio.run(bare(port, images, rows, min(concurrency, rows)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"rows {rows:5}  concurrency {concurrency:4}  workers {workers}"
        f"  of the bound {rows * each / wall:4.2f} (a bare client {plain:4.2f})"
        f"  CPU/episode {1000 * cpu / rows:5.2f} + {1000 * theirs / rows:5.2f} + {1000 * served / rows:5.2f} ms"
        f" (CPU allows {min(1.0, rows * each / max(cpu, theirs / workers)):4.2f})"
        f"  no core {waited / wall:4.2f}  wall/episode {1000 * wall / rows:5.2f} ms  peak memory {memory:3.0f} MiB",
        flush=True,
    )


def warm_up(images: int, profile: Path, port: int) -> None:
    """What a process does once, apart: loading the client libraries."""
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        measure(1, 1, images, profile, port)
    print(f"start-up, once in a process: {time.perf_counter() - started - 2 * EPISODE:.2f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[512, 5120])
    parser.add_argument("--concurrency", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--workers", type=int, nargs="+", default=[1])
    options = parser.parse_args()
    os.environ |= {"SERPER_API_KEY": "benchmark-key", "OPENAI_API_KEY": "benchmark-key"}
    context = multiprocessing.get_context("spawn")
    port, ready = free_port(), context.Event()
    server = context.Process(target=serve, args=(port, options.images, ready), daemon=True)
    server.start()
    ready.wait(30)
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile.toml"
        profile.write_text(PROFILE.format(port=port))
        warm_up(options.images, profile, port)
        for concurrency in options.concurrency:
            for rows in options.rows:
                for workers in options.workers:
                    measure(rows, concurrency, options.images, profile, port, workers)
    server.terminate()


if __name__ == "__main__":
    main()
