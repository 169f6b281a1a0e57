"""``python -m tests.run.ray_pool BASE ENGINE``: a file of requests on a cluster of this machine that pretends to have two GPUs.

It prints what the processes of the run were given: how many GPUs each, and which of them those see that have one.
"""

import importlib
import socket
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from genevolve import run_file
from genevolve.app.environment import adopt, environment
from genevolve.run.ray_place import RayPlace

FREED = 60.0  # seconds in which Ray has taken the GPUs of a run that has ended back


def seen(work: Any, note: str, sock: socket.socket) -> None:
    """``work``, once the GPUs that it sees are written to ``note``, in the way that a worker takes the environment over."""
    adopt(environment(), Path.cwd())
    with Path(note).open("a", encoding="utf-8") as file:
        file.write(environment().get("CUDA_VISIBLE_DEVICES", "") + "\n")
    work(sock)


def main() -> None:
    ray: Any = importlib.import_module("ray")
    base, engine = sys.argv[1:]
    shares: list[int] = []
    usual = RayPlace._launch

    def launch(self: RayPlace, work: Any) -> Any:
        shares.append(self.gpus)
        return usual(self, partial(seen, work, f"{base}/gpus.txt") if self.gpus else work)

    RayPlace._launch = launch  # type: ignore[method-assign]
    if engine == "ray":
        local: dict[str, Any] = {"address": "local", "_node_ip_address": "127.0.0.1", "include_dashboard": False}
        ray.init(**local, num_cpus=6, num_gpus=2, log_to_driver=False)
    done = run_file(
        f"{base}/requests.jsonl",
        out=f"{base}/{engine}",
        profile=f"{base}/tiny.toml",
        until="image",
        size="64x64",
        workers=2,
        engine=engine,
    )
    print("rows", done.done, "GPUs of processes", sorted(shares), "free", left(ray) if engine == "ray" else None)


def left(ray: Any) -> float:
    """The GPUs that nobody has, once both are free or time is up."""
    ends = time.monotonic() + FREED
    while (found := ray.available_resources().get("GPU", 0.0)) < 2.0 and time.monotonic() < ends:
        time.sleep(0.2)
    return float(found)


if __name__ == "__main__":
    main()
