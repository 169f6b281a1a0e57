"""How long do trainer GPUs wait? Steps of self-evolution simulated from latencies, with rollouts before or beside the training.

    python benchmarks/idle.py [--requests 8] [--generations 6] [--steps 20] [--recorded SOURCE[:PART,…]]…

Without ``--recorded`` all latencies are assumed (``genevolve.train.plan.Assumed``, spread log-normally). A SOURCE is a folder
of ``genevolve run``, ``bench`` or ``evolve``, whose journals say when each answer came, or a JSON file of seconds; a PART
is turn, search, render or judge, all of them where none is named. What was recorded is drawn again as it was; what was not
stays assumed, and a line for each part says which it is. A recorded call holds its waiting for a place among others; that of
a run that was interrupted holds the interruption, too. Recorded turns are what they were, however many GPUs sample here.
Learning is worked out (``genevolve.train.plan``), always for the recipe ``paper``.

Two ways to share N GPUs: half train, a quarter samples and the others draw; or 4 train, which is what the weights need, an
eighth samples (2 at least) and all others draw. No more train than the requests split over, as a group stays on one process.
Episodes share samplers evenly; a picture is drawn as soon as its episode has ended, and judged as soon as it is drawn.
``ahead`` 1: the rollout of the next step goes on while the trainer learns, with weights that are one step old.
"""

import argparse
import heapq
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import quantiles

from genevolve.core.errors import UsageError
from genevolve.core.event import Event, ImageScored, NotRendered, ProgramScored, Rendered, Replied, Returned, Reviewed
from genevolve.store.journal import records
from genevolve.store.wire import entry_from_json
from genevolve.train.plan import Assumed, planned
from genevolve.train.recipe import changed, load_recipe

SPREAD = 0.4  # of the logarithm of a latency
SAMPLED_A_SECOND = 2000.0  # tokens of one GPU, over all its conversations
JUDGES = 32  # calls at once
HAND_OVER = 5.0  # seconds for weights to reach the samplers
ASSUMED = Assumed()
PARTS = ("turn", "search", "render", "judge")
MEANS = {
    "turn": f"{ASSUMED.sampled} tokens of an episode at {ASSUMED.tokens_a_second:.0f} a second",
    "search": f"{ASSUMED.tools} of {ASSUMED.tool:g} s an episode",
    "render": f"{ASSUMED.render:g} s",
    "judge": f"{ASSUMED.judge:g} s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """Seconds from its start until the last episode, the last picture and the last judgement."""

    episodes: float
    drawn: float
    judged: float


@dataclass(slots=True, kw_only=True)
class Recorded:
    """Seconds of single calls by part, and of each episode its turns and tool calls (None: not recorded)."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {part: [] for part in PARTS})
    episodes: list[tuple[int, int | None]] = field(default_factory=list)
    sources: dict[str, list[str]] = field(default_factory=lambda: {part: [] for part in PARTS})
    notes: list[str] = field(default_factory=list)  # what files say of their figures

    def add(self, source: str) -> None:
        """What ``source`` holds. Raises ``UsageError`` for one that holds nothing of what is wanted."""
        path, parts = _named(source)
        found = _from_file(path) if path.is_file() else _from_journals(path)
        for part in parts:
            if found.seconds[part]:
                self.seconds[part] += found.seconds[part]
                self.sources[part].append(str(path))
        if not any(found.seconds[part] for part in parts):
            raise UsageError(f"--recorded {source}: it holds no seconds of {', '.join(parts)}")
        self.episodes += found.episodes if "turn" in parts else []
        self.notes += [f"{path}: {note}" for note in found.notes]

    def told(self) -> Iterator[str]:
        """A line for each part: where its latencies come from."""
        for part in PARTS:
            if not (seconds := self.seconds[part]):
                yield f"{part}: assumed, {MEANS[part]}"
                continue
            cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else seconds * 19
            spread = f"median {cuts[9]:.3g} s, nine of ten below {cuts[17]:.3g} s"
            yield f"{part}: recorded, {len(seconds)} figures, {spread} ({', '.join(self.sources[part])})"
        if self.episodes:
            turns = sum(each for each, _ in self.episodes) / len(self.episodes)
            yield f"episodes: recorded, {len(self.episodes)} of {turns:.1f} turns on average"
        yield from self.notes


def _named(source: str) -> tuple[Path, Sequence[str]]:
    path, _, named = source.rpartition(":")
    parts = named.split(",")
    if path and all(part in PARTS for part in parts):
        return Path(path), parts
    return Path(source), PARTS


def _from_file(path: Path) -> Recorded:
    told = json.loads(path.read_text(encoding="utf-8"))
    found = Recorded(episodes=[(int(turns), tools) for turns, tools in told.get("episodes", ())], notes=[told["source"]])
    for part in PARTS:
        found.seconds[part] = [float(each) for each in told.get(part, ())]
    return found


def _from_journals(folder: Path) -> Recorded:
    """Each answer took from the line of its row before it to its own; what failed is no answer, and only moves the clock.

    Episodes count that came to a picture: others may have been cut off.
    """
    found = Recorded()
    paths = [folder / "journal.jsonl", *sorted(folder.glob("attempts.*.jsonl"))]
    for path in (each for each in paths if each.is_file()):
        before: dict[object, float] = {}
        counted: dict[object, list[int]] = {}
        whole: set[object] = set()
        for record in records(path):
            if "row" not in record or "at" not in record:
                continue
            row, at = (record.get("step"), record["row"], record.get("case")), float(record["at"])
            if "entry" not in record:  # the row begins
                before[row] = at
                continue
            event = entry_from_json(record["entry"])
            part = _part(event)
            if part is not None and row in before:
                found.seconds[part].append(max(0.0, at - before[row]))
            if part in ("turn", "search"):
                counted.setdefault(row, [0, 0])[part == "search"] += 1
            if isinstance(event, Rendered | NotRendered):
                whole.add(row)
            before[row] = at
        found.episodes += [(turns, tools) for row, (turns, tools) in counted.items() if turns and row in whole]
    return found


def _part(event: Event) -> str | None:
    match event:
        case Replied():
            return "turn"
        case Returned():
            return "search"
        case Rendered():
            return "render"
        case ProgramScored() | ImageScored() | Reviewed():
            return "judge"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """Seconds as they were recorded, else spread around what is assumed. ``rate``: tokens a second of one conversation."""

    recorded: Recorded
    draw: Random
    rate: float

    def episode(self) -> float:
        known = self.draw.choice(self.recorded.episodes) if self.recorded.episodes else (0, None)
        turns, tools = known[0], ASSUMED.tools if known[1] is None else known[1]
        if turns and self.recorded.seconds["turn"]:
            said = sum(self.draw.choice(self.recorded.seconds["turn"]) for _ in range(turns))
        else:
            said = self._spread(ASSUMED.sampled) / self.rate
        return said + sum(self.one("search", ASSUMED.tool) for _ in range(tools))

    def one(self, part: str, mean: float) -> float:
        seconds = self.recorded.seconds[part]
        return self.draw.choice(seconds) if seconds else self._spread(mean)

    def _spread(self, mean: float) -> float:
        return mean * math.exp(self.draw.gauss(0.0, SPREAD) - SPREAD**2 / 2)


def queued(ready: list[float], seconds: list[float], places: int) -> list[float]:
    """When each of several jobs ends that are served by ``places``, first come, first served."""
    free = [0.0] * places
    ends = [0.0] * len(ready)
    for job in sorted(range(len(ready)), key=ready.__getitem__):
        begins = max(ready[job], heapq.heappop(free))
        ends[job] = begins + seconds[job]
        heapq.heappush(free, ends[job])
    return ends


def rollout(rows: int, samplers: int, drawers: int, draw: Random, recorded: Recorded) -> Rollout:
    rate = min(ASSUMED.tokens_a_second, SAMPLED_A_SECOND * samplers / rows)
    latencies = Latencies(recorded=recorded, draw=draw, rate=rate)
    ended = [latencies.episode() for _ in range(rows)]
    drawn = queued(ended, [latencies.one("render", ASSUMED.render) for _ in ended], drawers)
    twice = [when for when in drawn for _ in range(2)]
    judged = queued(twice, [latencies.one("judge", ASSUMED.judge) for _ in twice], JUDGES)
    return Rollout(episodes=max(ended), drawn=max(drawn), judged=max(judged))


def shares(gpus: int, requests: int) -> list[tuple[int, int, int]]:
    """(GPUs that train, sample, draw)."""
    found = []
    for training, sampling in ((gpus // 2, gpus // 4), (4, max(2, gpus // 8))):
        training = next(count for count in range(training, 0, -1) if requests % count == 0)
        found.append((training, sampling, gpus - training - sampling))
    return list(dict.fromkeys(found))


def simulated(
    samplers: int, drawers: int, rows: int, steps: int, ahead: int, learning: float, recorded: Recorded
) -> tuple[float, float, str]:
    """(seconds of a step, share of it that trainer GPUs stand idle, what takes longest)."""
    draw = Random(0)
    trained = rolled = 0.0
    parts = {"episodes": 0.0, "rendering": 0.0, "judging": 0.0, "learning": steps * learning}
    ends: list[float] = []  # of the learning of each step, with its weights handed over
    for step in range(steps):
        found = rollout(rows, samplers, drawers, draw, recorded)
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
    parser.add_argument("--recorded", action="append", default=[], metavar="SOURCE[:PART,…]")
    options = parser.parse_args()
    recorded = Recorded()
    for source in options.recorded:
        recorded.add(source)
    print(*recorded.told(), "learning: worked out for the recipe paper", sep="\n", end="\n\n")
    shape = {"requests": options.requests, "generations": options.generations}
    recipe = changed(load_recipe("paper"), {"evolve": shape})
    print("| GPUs (train, sample, draw) | ahead | a step | trainer idle | longest part |\n|---|---|---|---|---|")
    rows = options.requests * options.generations
    for gpus in (8, 16, 32, 64):
        for training, samplers, drawers in shares(gpus, options.requests):
            learning = planned(recipe, training, {}).step["learning"]
            for ahead in (0, 1):
                seconds, idle, longest = simulated(samplers, drawers, rows, options.steps, ahead, learning, recorded)
                split = f"{gpus} ({training}, {samplers}, {drawers})"
                print(f"| {split} | {ahead} | {seconds:.0f} s | {100 * idle:.0f} % | {longest} |")


if __name__ == "__main__":
    main()
