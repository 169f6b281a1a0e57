"""A memory in use: the lesson stands in the system prompt that the policy reads, and nowhere else."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genevolve.app.assemble import assemble
from genevolve.app.profile import load_profile
from genevolve.core.errors import UsageError
from genevolve.core.message import Message, Role
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.core.request import Request
from genevolve.experience.in_use import RememberingPolicy
from genevolve.experience.memory import Memory
from genevolve.experience.retrieve import Retriever
from genevolve.experience.teacher_view import teacher_system
from genevolve.run.drive import drive
from genevolve.store.images import ImageStore
from tests.experience.bundles import bundle
from tests.experience.test_memory import Spoken, memory, unit

SYSTEM = "You plan images."


class Near(Spoken):
    """An embedder to which all is alike."""

    def __init__(self) -> None:
        super().__init__({})

    def embed(self, texts: Sequence[str]) -> Any:
        return np.stack([unit(1) for _ in texts])


class Noting:
    def __init__(self) -> None:
        self.calls: list[PolicyCall] = []

    async def reply(self, call: PolicyCall) -> Reply:
        self.calls.append(call)
        return Reply(text="…")


def asked(text: str, *more: Message) -> PolicyCall:
    said = (Message(role=Role.SYSTEM, text=SYSTEM), Message(role=Role.USER, text=text))
    return PolicyCall(episode_id="one", turn=0, forced=False, messages=(*said, *more))


def test_the_nearest_lesson_of_any_step_is_read_and_nothing_else_changes(tmp_path: Path) -> None:
    embedder = Spoken({"a flag": unit(1), "a flag again": unit(1, 0.1), "a cat": unit(0, 1)})
    policy = Noting()
    with memory(tmp_path) as held:
        held.add(bundle("title"), "a flag", unit(1), 0.5, 30, "g1")
        reading = RememberingPolicy(policy, Retriever(held, embedder), 800)
        later = Message(role=Role.ASSISTANT, text="<tool_call>")
        for call in (asked("a flag again"), asked("a flag again", later), asked("a cat")):
            assert asyncio.run(reading.reply(call)).text == "…"
    first, second, other = policy.calls
    assert first.messages[0].text == teacher_system(SYSTEM, bundle("title"), max_characters=800) != SYSTEM
    assert first.messages[1:] == asked("a flag again").messages[1:]
    assert second.messages == (*first.messages, later)
    assert other == asked("a cat")  # nothing is similar enough


def test_a_profile_names_the_memory_that_its_policy_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the file of a run: the member of the profile reads it, whichever it is, and the episode is otherwise the same."""
    told = []
    from genevolve.world.expert import ExpertPolicy

    write = ExpertPolicy.reply

    async def heard(self: ExpertPolicy, call: PolicyCall) -> Reply:
        told.append(call.messages[0].text)
        return await write(self, call)

    monkeypatch.setattr(ExpertPolicy, "reply", heard)
    embedder = Near()
    with Memory(tmp_path / "experience.sqlite", embedder=embedder.name, dimension=embedder.dimension) as held:
        held.add(bundle("title"), "two cats", embedder.embed(["two cats"])[0], 0.5, 3, "g1")
    chosen = tmp_path / "remembering.toml"
    table = f'[memory]\nfile = "{tmp_path / "experience.sqlite"}"\nembedder = "tests.experience.test_in_use:Near"\n'
    chosen.write_text(f'extends = "offline"\n{table}', encoding="utf-8")

    async def once(name: str) -> str:
        async with assemble(load_profile(name), ImageStore(tmp_path / "images")) as setup:
            ended = await drive(setup.begin(Request(id="one", text="two cats", seed=1)), setup)
            assert ended.program is not None
            assert setup.system == plain
            return ended.program.prompt

    async def system() -> str:
        async with assemble(load_profile("offline"), ImageStore(tmp_path / "images")) as setup:
            return setup.system

    plain = asyncio.run(system())
    without = asyncio.run(once("offline"))
    assert set(told) == {plain}
    told.clear()
    assert asyncio.run(once(str(chosen))) == without  # the expert reads no lessons; others do
    assert set(told) == {teacher_system(plain, bundle("title"))}
    chosen.write_text(chosen.read_text(encoding="utf-8").replace("experience.sqlite", "nowhere.sqlite"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"nowhere\.sqlite: there is no memory"):
        asyncio.run(once(str(chosen)))
