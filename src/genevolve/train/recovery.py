"""Recovery demonstrations: a teacher that has lost its way and still ends well, for the cold start of a small model.

A small model reads guidance again and again where it does not know what to do, until its turns are used up and only an answer
is taken; a teacher that always knows has never shown it what to do then. Here the teacher strays: in place of its answer it
reads guidance, needed or not, up to some turn, often the last one. What it says after that is learnt; the straying is context.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from genevolve.core.case import Case
from genevolve.core.episode import Episode, Goal, Phase, aimed
from genevolve.core.event import SKILLS
from genevolve.core.message import Message, Role
from genevolve.core.protocols import Policy, PolicyCall, Reply
from genevolve.protocol.render import messages
from genevolve.protocol.reply import call_text
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.tools.skills import skill_call
from genevolve.tools.standard import STANDARD
from genevolve.train.cases import taught_rows
from genevolve.train.kept import AttemptJournal

_TO_THE_END = 0.5  # share of the requests in which no turn is left but the last


class StrayingPolicy:
    """``policy``, but up to a turn drawn for each request it reads guidance in place of its answer. ``turns`` tells where."""

    def __init__(self, policy: Policy, max_turns: int) -> None:
        self._policy = policy
        self._last = max_turns - 1
        self.turns: defaultdict[str, set[int]] = defaultdict(set)

    async def reply(self, call: PolicyCall) -> Reply:
        own = await self._policy.reply(call)
        draw = Random(f"{call.episode_id}\n{call.seed}")
        until = self._last if draw.random() < _TO_THE_END else draw.randint(1, self._last)
        if call.forced or call.turn >= until or "<answer>" not in own.text:
            return own
        self.turns[call.episode_id].add(call.turn)
        skill = Random(f"{call.episode_id}\n{call.seed}\n{call.turn}").choice(SKILLS)
        return replace(
            own, text=call_text(f"The request needs {skill.replace('_', ' ')}.", skill_call(skill_name=skill), STANDARD)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryDemonstrations:
    """``setup`` holds the teacher, ``journal`` what was paid for already."""

    setup: Components
    journal: AttemptJournal

    async def rows(
        self, cases: Sequence[Case], on_row: Callable[[int, int], None] = lambda done, total: None
    ) -> list[dict[str, Any]]:
        """A conversation for each of ``cases`` that ends with a program, in their order; straying has the weight 0."""
        policy = StrayingPolicy(self.setup.policy, self.setup.limits.max_turns)
        setup = replace(self.setup, policy=policy)

        async def one(case: Case) -> dict[str, Any] | None:
            begun = aimed(
                setup.begin(case.request(case.id, seed=0)), Goal.PROGRAM, judge_program=setup.program_judge is not None
            )
            kept = self.journal.attempt(0, case.id, case.id)
            ended = await drive(await kept.caught_up(begun, setup), setup, kept.keep, goal=Goal.PROGRAM)
            return self._row(case, ended, policy.turns[case.id])

        return await taught_rows(cases, one, on_row)

    def _row(self, case: Case, episode: Episode, strayed: set[int]) -> dict[str, Any] | None:
        if episode.program is None or not strayed or episode.degraded:
            return None
        asked = replace(episode, turns=episode.turns[:-1], phase=Phase.ASKING, outcome=None, rounds=())
        answer = Message(role=Role.ASSISTANT, text=episode.turns[-1].text)
        shown = [*messages(asked, system=self.setup.system, detail=self.setup.detail), answer]
        return {"id": f"{case.id}.recovery", "prompt": case.text, "messages": list(_weighted(shown, strayed))}


def _weighted(shown: Sequence[Message], strayed: set[int]) -> Iterator[dict[str, Any]]:
    turn = 0
    for message in shown:
        row: dict[str, Any] = {"role": str(message.role), "content": message.text}
        if message.role is Role.ASSISTANT:
            row |= {"weight": 0} if turn in strayed else {}
            turn += 1
        yield row
