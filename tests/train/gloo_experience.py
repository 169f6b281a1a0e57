"""One process's part in two steps of experience, without a trainer, so that it starts in seconds.

``python -m tests.train.gloo_experience MODE RANK RANKS MEETING FOLDER``, once for each rank with the same MEETING (a path that
does not exist). MODE ``raises``: the last process fails in its first step; ``dies``: it is killed there; ``hangs``: it says
nothing for longer than the others wait, and ends with code 9.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from genevolve.core.case import Case, Hidden
from genevolve.core.errors import ServiceError
from genevolve.experience.bundle import Bundle
from genevolve.experience.memory import Memory
from genevolve.experience.pairing import Pair, PairRule
from genevolve.experience.retrieve import Retriever
from genevolve.experience.summariser import NotSummarised
from genevolve.train.attempt import Attempt
from genevolve.train.kept import AttemptJournal
from genevolve.train.lessons import ExperienceLoop, StepExperience
from genevolve.train.ranks import Ranks
from genevolve.train.reward import Reward
from tests.experience import bundles

GROUPS, EACH, STEPS = 8, 3, 2
PATIENCE, SILENCE = timedelta(seconds=60), timedelta(seconds=20)
MARKS = ("title", "label", "number", "colour")
GAPS = (0.5, 0.1, 0.9, 0.3, 0.7, 0.6, 0.4, 0.8)  # of each request; the second is too narrow
GOOD = bundles.good()
BAD = bundles.attempt(bundles.search("Oslo"), bundles.images("flag"), bundles.answer(), failed=(bundles.COUNT,))


class Kinds:
    """An embedder to which every fourth request is of one kind."""

    name, dimension, gate = "kinds", 4, 0.8

    def embed(self, texts: Sequence[str]) -> Any:
        return np.eye(4, dtype=np.float32)[[int(text.split()[-1]) % 4 for text in texts]]


class Marked:
    """A summariser whose lessons tell which gap they are of; one pair gives none."""

    def __init__(self, mode: str, last: bool) -> None:
        self._mode, self._last = mode, last

    async def summarise(self, pair: Pair) -> Bundle | NotSummarised:
        if self._last and self._mode == "raises":
            raise ServiceError("the summariser is out", retryable=True)
        if self._last and self._mode == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._last and self._mode == "hangs":
            time.sleep(2 * SILENCE.total_seconds())
            os._exit(9)
        if round(pair.gap, 3) == 0.7:
            return NotSummarised(reason="nothing to tell")
        return bundles.bundle(MARKS[round(pair.gap * 10) % len(MARKS)])


def attempts_of(step: int, ranks: Ranks) -> list[Attempt]:
    """Those of this process: the next groups in the order of the processes."""
    share = GROUPS // ranks.count
    found = []
    for place in range(share):
        request = ranks.index * share + place
        case = Case(id=f"r{request}", text=f"request {request}", hidden=Hidden(family=f"family{request % 3}"))
        for member, value in enumerate((0.95, 0.95 - GAPS[request] / (step + 1), None)):
            reward = Reward(value=value, image=value)
            episode = BAD if member == 1 else GOOD
            found.append(Attempt(name=f"{request}.{member}", case=case, group=place, episode=episode, reward=reward))
    return found


def loop(mode: str, ranks: Ranks, folder: Path) -> ExperienceLoop:
    retriever = None
    if ranks.first:
        memory = Memory(folder / "memory.sqlite", 5, embedder=Kinds.name, dimension=Kinds.dimension)
        retriever = Retriever(memory, Kinds(), when="same_step")
    journal = AttemptJournal(folder / f"attempts.{ranks.index}.jsonl")
    summariser = Marked(mode, ranks.index == ranks.count - 1)
    return ExperienceLoop(summariser, retriever, PairRule(max_pairs=5), journal, ranks)


def run(mode: str, ranks: Ranks, folder: Path) -> dict[str, Any]:
    """What the whole run has learnt, told by the first process: every lesson, the log, and the memory."""
    folder.mkdir(parents=True, exist_ok=True)
    taught = loop(mode, ranks, folder)
    steps = [asyncio.run(taught.teach(step, attempts_of(step, ranks))) for step in range(STEPS)]
    lessons = [ranks.gathered(_lessons(one)) for one in steps]
    known = taught.memory.entries() if taught.memory is not None else []
    return {
        "lessons": [[lesson for part in parts for lesson in part] for parts in lessons],
        "metrics": [dict(one.metrics) for one in steps],
        "refused": [list(one.refused) for one in steps],
        "memory": [[one.id, one.request, one.step, one.group, one.gap, one.stored] for one in known],
    }


def _lessons(one: StepExperience) -> list[Any]:
    return [
        None if each.lesson is None else [each.name, each.lesson.entry, each.lesson.group, each.lesson.similarity]
        for each in one.attempts
    ]


def main() -> None:
    import torch.distributed as dist

    mode, rank, count, meeting, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], Path(sys.argv[5])
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=count, timeout=PATIENCE)
    group = dist.new_group(backend="gloo", timeout=SILENCE if mode == "hangs" else PATIENCE)
    ranks = Ranks(index=rank, count=count, group=group)
    try:
        found = run(mode, ranks, folder)
    except ServiceError as problem:
        print(problem, flush=True)
        os._exit(3)
    if ranks.first:
        (folder / "out.json").write_text(json.dumps(found))
    with suppress(RuntimeError):
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
