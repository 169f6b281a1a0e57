"""Whether a run's memory depends on the length of its file.

    python benchmarks/memory.py [--rows 500 5000] [--concurrency 32]

Whole rows from request to score, with policy, search and image host played by a server on this machine that answers at
once; renderer and judges do next to nothing, so that what is measured is the run itself. Each size has a process of its
own, and is then started again on its finished directory. Printed: the peak memory of each, and the ratio of the longest
file to the shortest (1.00: flat).
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

import throughput
from genevolve.app.run import FileRun
from genevolve.core.protocols import ImageCase, Rendering, RenderOrder
from genevolve.core.score import Score, Unscored
from genevolve.world.pixel import PixelJudge
from genevolve.world.sketch import Sketch

PLAIN = throughput.png(0)


async def drawn(self: Sketch, order: RenderOrder) -> Rendering:
    return Rendering(data=PLAIN)


async def judged(self: PixelJudge, case: ImageCase) -> Score | Unscored:
    return Score(faithfulness=1.0, visual_correctness=1.0, text_accuracy=None, aesthetics=1.0, judge="none")


def serve(port: int, ready: "multiprocessing.synchronize.Event") -> None:
    throughput.POLICY = throughput.SEARCH = throughput.IMAGE = 0.0
    throughput.serve(port, 1, ready)


def work(source: Path, out: Path, profile: Path, concurrency: int, told: Connection) -> None:
    """One run in this process; tells its peak memory in MiB."""
    Sketch.generate, PixelJudge.judge_image = drawn, judged  # type: ignore[method-assign]
    job = FileRun.prepare(source, out=out, profile=str(profile), concurrency=concurrency)
    tally = asyncio.run(job.run())
    assert tally.failed == 0, tally
    told.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def peak(*arguments: object) -> float:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(*arguments, theirs))
    process.start()
    memory: float = ours.recv()
    process.join()
    return memory


def measure(rows: int, concurrency: int, profile: Path) -> tuple[float, float]:
    """Peak memory in MiB of a run, and of starting it again when all is done."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "rows.jsonl", Path(folder) / "run"
        source.write_text("".join(json.dumps({"id": n, "prompt": f"the flag of place number {n}"}) + "\n" for n in range(rows)))
        first = peak(source, out, profile, concurrency)
        again = peak(source, out, profile, concurrency)
    print(f"rows {rows:6}  peak memory {first:6.1f} MiB, started again {again:6.1f} MiB", flush=True)
    return first, again


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[500, 5000])
    parser.add_argument("--concurrency", type=int, default=32)
    options = parser.parse_args()
    os.environ |= {"SERPER_API_KEY": "benchmark-key", "OPENAI_API_KEY": "benchmark-key"}
    context = multiprocessing.get_context("spawn")
    port, ready = throughput.free_port(), context.Event()
    server = context.Process(target=serve, args=(port, ready), daemon=True)
    server.start()
    ready.wait(30)
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile.toml"
        profile.write_text(throughput.PROFILE.format(port=port))
        peaks = [measure(rows, options.concurrency, profile) for rows in sorted(options.rows)]
    server.terminate()
    (first, again), (longest, longest_again) = peaks[0], peaks[-1]
    print(f"longest to shortest: {longest / first:.2f}, started again {longest_again / again:.2f}")


if __name__ == "__main__":
    main()
