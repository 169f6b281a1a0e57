"""How long do trainer GPUs wait? Steps of self-evolution simulated from latencies, with rollouts before or beside the training.

    python benchmarks/idle.py [--requests 8] [--generations 6] [--steps 20]

Latencies are assumed, not recorded (``genevolve.train.plan.Assumed``, spread log-normally): no run of this size was made. Two
ways to share N GPUs: half train, a quarter samples and a quarter draws; or 4 train, which is what the weights need, an eighth
samples (2 at least) and all others draw. Episodes share samplers evenly; a picture is drawn as soon as its episode has ended,
and judged as soon as it is drawn. ``ahead`` 1: the rollout of the next step goes on while the trainer learns, with weights
that are one step old.
"""

import argparse
import heapq
import math
from dataclasses import dataclass
from random import Random

from genevolve.train.plan import Assumed, planned
from genevolve.train.recipe import changed, load_recipe

SPREAD = 0.4  # of the logarithm of a latency
SAMPLED_A_SECOND = 2000.0  # tokens of one GPU, over all its conversations
JUDGES = 32  # calls at once
HAND_OVER = 5.0  # seconds for weights to reach the samplers
ASSUMED = Assumed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Seconds from its start until the last episode, the last picture and the last judgement."""

    episodes: float
    drawn: float
    judged: float


def spread(mean: float, draw: Random) -> float:
    """A latency around ``mean``."""
    return mean * math.exp(draw.gauss(0.0, SPREAD) - SPREAD**2 / 2)


def queued(ready: list[float], seconds: list[float], places: int) -> list[float]:
    """When each of several jobs ends that are served by ``places``, first come, first served."""
    free = [0.0] * places
    ends = [0.0] * len(ready)
    for job in sorted(range(len(ready)), key=ready.__getitem__):
        begins = max(ready[job], heapq.heappop(free))
        ends[job] = begins + seconds[job]
        heapq.heappush(free, ends[job])
    return ends


def rollout(rows: int, samplers: int, drawers: int, draw: Random) -> Rollout:
    rate = min(ASSUMED.tokens_a_second, SAMPLED_A_SECOND * samplers / rows)
    ended = []
    for _ in range(rows):
        tokens = spread(ASSUMED.sampled, draw)
        ended.append(tokens / rate + sum(spread(ASSUMED.tool, draw) for _ in range(ASSUMED.tools)))
    drawn = queued(ended, [spread(ASSUMED.render, draw) for _ in ended], drawers)
    twice = [when for when in drawn for _ in range(2)]
    judged = queued(twice, [spread(ASSUMED.judge, draw) for _ in twice], JUDGES)
    return Rollout(episodes=max(ended), drawn=max(drawn), judged=max(judged))


def shares(gpus: int) -> list[tuple[int, int, int]]:
    """(GPUs that train, sample, draw)."""
    sampling = max(2, gpus // 8)
    return list(dict.fromkeys([(gpus // 2, gpus // 4, gpus // 4), (4, sampling, gpus - 4 - sampling)]))


def simulated(samplers: int, drawers: int, rows: int, steps: int, ahead: int, learning: float) -> tuple[float, float, str]:
    """(seconds of a step, share of it that trainer GPUs stand idle, what takes longest)."""
    draw = Random(0)
    trained = rolled = 0.0
    parts = {"episodes": 0.0, "rendering": 0.0, "judging": 0.0, "learning": steps * learning}
    ends: list[float] = []  # of the learning of each step, with its weights handed over
    for step in range(steps):
        found = rollout(rows, samplers, drawers, draw)
        needs = step - 1 - ahead
        begins = max(rolled, ends[needs] if needs >= 0 else 0.0)
        rolled = begins + found.judged
        trained = max(rolled, trained) + learning + HAND_OVER
        ends.append(trained)
        parts["episodes"] += found.episodes
        parts["rendering"] += found.drawn - found.episodes
        parts["judging"] += found.judged - found.drawn
    return trained / steps, 1 - steps * learning / trained, max(parts, key=parts.__getitem__)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=8)
    parser.add_argument("--generations", type=int, default=6)
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    shape = {"requests": options.requests, "generations": options.generations}
    recipe = changed(load_recipe("paper"), {"evolve": shape})
    print("| GPUs (train, sample, draw) | ahead | a step | trainer idle | longest part |\n|---|---|---|---|---|")
    rows = options.requests * options.generations
    for gpus in (8, 16, 32, 64):
        for training, samplers, drawers in shares(gpus):
            learning = planned(recipe, training, {}).step["learning"]
            for ahead in (0, 1):
                seconds, idle, longest = simulated(samplers, drawers, rows, options.steps, ahead, learning)
                split = f"{gpus} ({training}, {samplers}, {drawers})"
                print(f"| {split} | {ahead} | {seconds:.0f} s | {100 * idle:.0f} % | {longest} |")


if __name__ == "__main__":
    main()
