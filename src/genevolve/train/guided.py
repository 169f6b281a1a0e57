"""Guided demonstrations: trajectories under a guide, for the cold start of a model that is to be its own teacher.

Distillation rests on a policy that acts better with a lesson in its prompt than without. A large model follows a guide by
itself; a small one, which knows nothing but the trajectories it has seen, must have seen some under a guide. The lesson
comes from attempts of the imperfect teacher at the same request, by the same steps as in self-evolution: judge, take the
best and the worst, summarise the difference. The best attempt is then what a policy does that has read the lesson.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from genevolve.core.case import Case
from genevolve.experience.bundle import Bundle
from genevolve.experience.pairing import Pair
from genevolve.experience.summariser import NotSummarised, Summariser
from genevolve.experience.teacher_view import teacher_system
from genevolve.protocol.render import messages
from genevolve.run.components import Components
from genevolve.train.attempt import Attempt
from genevolve.train.cases import attempted, taught_rows
from genevolve.train.kept import AttemptJournal
from genevolve.train.lessons import pair_rule
from genevolve.train.recipe import Recipe
from genevolve.train.reward import reward_rule


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidedDemonstrations:
    """``setup`` holds the imperfect teacher and the judges, ``journal`` what was paid for already; ``recipe`` says what a
    lesson and a reward are."""

    setup: Components
    journal: AttemptJournal
    summariser: Summariser
    recipe: Recipe

    async def rows(
        self, cases: Sequence[Case], on_row: Callable[[int, int], None] = lambda done, total: None
    ) -> list[dict[str, Any]]:
        """A conversation for each of ``cases`` whose attempts differ in a way that gives a lesson, in their order."""
        return await taught_rows(cases, self._row, on_row)

    async def _row(self, case: Case) -> dict[str, Any] | None:
        attempts = [await self._attempt(case, number) for number in range(self.recipe.data.attempts)]
        picked = replace(pair_rule(self.recipe), rounds=False).pick([attempts])
        if not picked.pairs:
            return None
        pair = picked.pairs[0]
        bundle = await self.journal.lesson(0, pair, self.summariser.summarise)
        return None if isinstance(bundle, NotSummarised) else self._conversation(case, pair, bundle)

    async def _attempt(self, case: Case, number: int) -> Attempt:
        name = f"{case.id}.{number}"
        kept = self.journal.attempt(0, name, case.id)
        episode = await attempted(case, name, self.setup, seed=number, kept=kept)
        reward = reward_rule(self.recipe).reward(episode, self.setup)
        return Attempt(name=name, case=case, episode=episode, reward=reward)

    def _conversation(self, case: Case, pair: Pair, bundle: Bundle) -> dict[str, Any]:
        system = teacher_system(self.setup.system, bundle, max_characters=self.recipe.experience.guide_characters)
        shown = messages(pair.best, system=system, detail=self.setup.detail)
        return {
            "id": f"{case.id}.guided",
            "prompt": case.text,
            "messages": [{"role": str(message.role), "content": message.text} for message in shown],
            "best_reward": pair.best_reward,
            "worst_reward": pair.worst_reward,
        }
