"""How close to the latency bound a batch comes when every service answers after a fixed time.

    python benchmarks/throughput.py [--rows 512] [--concurrency 64 256]

A server process on this machine plays the policy (200 ms), Serper's text and image search (100 ms) and an image host
(30 ms). Each episode has five turns: search, image search, search, skill, answer. Printed, for each setting: the share
of the bound that was reached (1.0: nothing but waiting), and the CPU time of our process for an episode.
"""

import argparse
import asyncio
import io
import json
import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path

from genevolve.files import FileRun

POLICY, SEARCH, IMAGE = 0.200, 0.100, 0.030
EPISODE = 5 * POLICY + 3 * SEARCH + IMAGE


def tool(name: str, **arguments: object) -> str:
    return f"<tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>"


PROGRAM = {
    "gen_prompt": "The first reference image, large, in the center, on a plain white background.",
    "reference_images": [{"img_id": "IMG_001", "note": "shape"}],
}
REPLIES = (
    tool("search", queries=["which flag"]),
    tool("image_search", query="the flag", top_k=1),
    tool("search", queries=["which colours"]),
    tool("query_knowledge", skill_name="spatial_layout"),
    f"<answer>{json.dumps(PROGRAM)}</answer>",
)


def png() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (96, 64), (20, 120, 60)).save(buffer, "PNG")
    return buffer.getvalue()


class Server:
    """Answers with fixed bodies after fixed times; keep-alive HTTP, nothing else."""

    def __init__(self, port: int) -> None:
        organic = [{"title": f"Result {n}", "link": f"https://example.org/{n}", "snippet": "A fact. " * 20} for n in range(5)]
        images = [{"title": "A flag", "imageUrl": f"http://127.0.0.1:{port}/flag.png", "link": "https://example.org/"}]
        self.search = json.dumps({"organic": organic}).encode()
        self.images = json.dumps({"images": images}).encode()
        self.picture = png()
        self.replies = [json.dumps(self._completion(text)).encode() for text in REPLIES]

    @staticmethod
    def _completion(text: str) -> dict[str, object]:
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 900, "completion_tokens": 40, "total_tokens": 940}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices, "usage": usage}

    def answer(self, path: bytes, body: bytes) -> tuple[float, bytes, bytes]:
        if path.endswith(b"/chat/completions"):
            return POLICY, b"application/json", self.replies[body.count(b'"assistant"')]
        if path == b"/search":
            return SEARCH, b"application/json", self.search
        if path == b"/images":
            return SEARCH, b"application/json", self.images
        return IMAGE, b"image/png", self.picture

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


def serve(port: int, ready: "multiprocessing.synchronize.Event") -> None:
    async def main() -> None:
        server = await asyncio.start_server(Server(port).serve, "127.0.0.1", port, backlog=1024)
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


def measure(rows: int, concurrency: int, profile: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rows.jsonl"
        source.write_text("".join(json.dumps({"id": n, "prompt": f"the flag of place number {n}"}) + "\n" for n in range(rows)))
        job = FileRun.prepare(source, out=Path(folder) / "run", profile=str(profile), until="program", concurrency=concurrency)
        cpu, wall = time.process_time(), time.perf_counter()
        tally = asyncio.run(job.run())
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert tally.done == rows and tally.failed == 0, tally
    bound = rows * EPISODE / min(concurrency, rows)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"rows {rows:6}  concurrency {concurrency:4}  of the bound {bound / wall:5.2f}  CPU/episode {1000 * cpu / rows:6.2f} ms"
        f"  wall/episode {1000 * wall / rows:6.2f} ms  peak memory {memory:4.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[512, 5120])
    parser.add_argument("--concurrency", type=int, nargs="+", default=[64, 256])
    options = parser.parse_args()
    os.environ |= {"SERPER_API_KEY": "benchmark-key", "OPENAI_API_KEY": "benchmark-key"}
    context = multiprocessing.get_context("spawn")
    port, ready = free_port(), context.Event()
    server = context.Process(target=serve, args=(port, ready), daemon=True)
    server.start()
    ready.wait(30)
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile.toml"
        profile.write_text(PROFILE.format(port=port))
        for concurrency in options.concurrency:
            for rows in options.rows:
                measure(rows, concurrency, profile)
    server.terminate()


if __name__ == "__main__":
    main()
