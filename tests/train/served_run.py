"""``python -m tests.train.served_run RECIPE OUT [split]``: ``genevolve evolve`` by plain SGD, whose rewards follow from what
was said, so that any number of processes earns the same. The second process waits before every reply, so that the others wait
for it. ``split``: FSDP2 over CPUs.

``Steady`` is a server whose replies do not depend on the order in which processes ask: the same prompts get the same replies.
"""

import asyncio
import os
import sys
import zlib
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.services.vllm import TinyVllm

SLOW = 0.15  # seconds before each reply of the second process


@dataclass(slots=True)
class Steady(TinyVllm):
    """The n-th reply to a prompt by the n-th weights is always the same one. ``spoke``: with which weights prompts were met."""

    device: str = "cuda"  # so that it may be sent seeds, which are not taken
    met: Counter[tuple[int, tuple[int, ...]]] = field(default_factory=Counter)
    spoke: list[int] = field(default_factory=list)

    def _sampled(self, model: Any, prompt: list[int], asked: dict[str, Any], shown: dict[str, Any]) -> Any:
        name = self.asked[-1]["model"]
        version = self.loaded.index(name) if name in self.loaded else len(self.loaded) - 1
        key = (version, tuple(prompt))
        self.met[key] += 1
        self.spoke.append(version)
        seed = zlib.crc32(repr((key, self.met[key])).encode())
        return super(Steady, self)._sampled(model, prompt, {**asked, "seed": seed}, shown)


def earned(trajectory: Any, **_: Any) -> Any:
    from genevolve.train.reward import Reward

    said = "".join(turn.text for turn in trajectory.turns)
    return Reward(value=zlib.crc32(said.encode()) % 5 / 4)


def slowed(usual: Any) -> Any:
    async def sample(self: Any, *asked: Any) -> Any:
        await asyncio.sleep(SLOW)
        return await usual(self, *asked)

    return sample


def main() -> None:
    from genevolve.cli.main import cli, exit_code
    from genevolve.policies.served.engine import ServedEngine
    from genevolve.train import config, reward

    reward.reward_of = earned
    config.grpo_config = partial(config.grpo_config, optim="sgd")
    if os.environ.get("RANK") == "1":
        ServedEngine.sample = slowed(ServedEngine.sample)  # type: ignore[method-assign]
    recipe, out, *split = sys.argv[1:]
    if split:
        from tests.train.sharded_step import split_on_cpus

        os.environ["ACCELERATE_USE_FSDP"] = "true"
        split_on_cpus("LlamaDecoderLayer")
    sys.exit(exit_code(lambda: cli.main(["evolve", recipe, "--out", out], standalone_mode=False)))


if __name__ == "__main__":
    main()
