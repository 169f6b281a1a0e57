"""From the groups of a step to what the memory holds: every bundle of a group under a name of its own."""

import asyncio
from pathlib import Path

import pytest

from genevolve.core.case import Case, Hidden
from genevolve.experience.memory import Memory
from genevolve.experience.pairing import PairRule
from genevolve.experience.retrieve import Retriever
from genevolve.train.attempt import Attempt
from genevolve.train.kept import AttemptJournal
from genevolve.train.lessons import ExperienceLoop
from genevolve.train.ranks import ALONE
from genevolve.train.reward import Reward
from tests.train.gloo_experience import BAD, GOOD, Kinds, Marked


def group(number: int, *values: float) -> list[Attempt]:
    case = Case(id=f"r{number}", text=f"request {number}", hidden=Hidden(family="one"))
    rewards = [Reward(value=value, image=value) for value in values]
    return [
        Attempt(name=f"{number}.{member}", case=case, group=number, episode=GOOD if value.value > 0.5 else BAD, reward=value)
        for member, value in enumerate(rewards)
        if value.value is not None
    ]


@pytest.mark.parametrize(
    ("nested", "kept"),
    [
        (1, [("0.0", 0.6), ("0.1", 0.9)]),
        (4, [("0.0", 0.6), ("0.0.1", 0.3), ("0.1", 0.9)]),
    ],
)
def test_every_bundle_of_a_group_is_kept(tmp_path: Path, nested: int, kept: list[tuple[str, float]]) -> None:
    memory = Memory(tmp_path / "memory.sqlite", embedder=Kinds.name, dimension=Kinds.dimension)
    retriever = Retriever(memory, Kinds())
    rule = PairRule(max_pairs=9, nested=nested)
    loop = ExperienceLoop(Marked("", False), retriever, rule, AttemptJournal(tmp_path / "attempts.jsonl"), ALONE)
    found = asyncio.run(loop.teach(0, [*group(0, 0.9, 0.3, 0.6, 0.3), *group(1, 0.0, 0.9, 0.45, 0.5)]))
    assert sorted((entry.group, round(entry.gap, 3)) for entry in memory.entries()) == kept
    assert found.metrics["experience/own_group"] == 1.0
    lessons = {one.name: one.lesson for one in found.attempts}
    assert [round(lesson.gap, 3) for name in ("0.0", "1.0") if (lesson := lessons[name])] == [0.6, 0.9]  # the widest
    memory.close()
