"""How good a policy is on held-out requests: real episodes, rendered and judged, each once."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from genevolve.core.trajectory import open_trajectory
from genevolve.policies.local.merged import merged
from genevolve.run.attempt import Stage, attempt
from genevolve.train.cases import TrainingCase
from genevolve.train.measures import measures
from genevolve.train.recipe import Recipe
from genevolve.train.reward import reward_of

if TYPE_CHECKING:
    from genevolve.train.evolve import Members


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """``means`` are over the scored requests; ``rewards`` of each request (None = unscored), for paired comparisons."""

    means: Mapping[str, float]
    rewards: Mapping[str, float | None]

    @property
    def unscored(self) -> int:
        return sum(reward is None for reward in self.rewards.values())

    def to_json(self) -> dict[str, Any]:
        means = {name: round(value, 5) for name, value in sorted(self.means.items())}
        return {"means": means, "unscored": self.unscored, "rewards": dict(self.rewards)}


def evaluate(members: "Members", cases: Sequence[TrainingCase], recipe: Recipe) -> Evaluation:
    """Every case once, at ``evolve.eval_temperature``; the same seeds at every step."""
    speaker = members.speaker
    trained = speaker.sampling
    speaker.sampling = replace(trained, temperature=recipe.evolve.eval_temperature)
    speaker.forget()
    try:
        with merged(members.loaded.model):
            return members.runner.run(_evaluate(members, cases, recipe))
    finally:
        speaker.sampling = trained
        speaker.forget()


async def _evaluate(members: "Members", cases: Sequence[TrainingCase], recipe: Recipe) -> Evaluation:
    from genevolve.train.evolve import reward_rule

    rule = reward_rule(recipe)
    setup = members.setup

    async def one(case: TrainingCase) -> tuple[float | None, dict[str, float]]:
        request = case.request(f"evaluation.{case.id}", seed=0)
        trajectory = await attempt(open_trajectory(request, setup.limits), setup, until=Stage.SCORE, truth=case.truth())
        members.speaker.take(request.id)
        reward = reward_of(trajectory, alpha=rule.alpha, convention=rule.convention, programs=setup.program_judge is not None)
        return reward.value, measures(trajectory, reward)

    found = await asyncio.gather(*map(one, cases))
    values: dict[str, list[float]] = defaultdict(list)
    for reward, measured in found:
        if reward is not None:
            for name, value in measured.items():
                values[name].append(value)
    rewards = {case.id: reward for case, (reward, _) in zip(cases, found, strict=True)}
    return Evaluation(means={name: fmean(all_) for name, all_ in values.items()}, rewards=rewards)
