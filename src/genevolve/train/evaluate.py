"""How good a policy is on held-out requests: real episodes, rendered and judged, each once."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from genevolve.core.case import Case
from genevolve.core.episode import Episode
from genevolve.policies.local.merged import merged
from genevolve.run.components import Components
from genevolve.train.cases import attempted
from genevolve.train.measures import measures
from genevolve.train.recipe import Recipe
from genevolve.train.reward import Reward, reward_rule

if TYPE_CHECKING:
    from genevolve.train.evolve import TrainingComponents


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


def evaluate(members: "TrainingComponents", cases: Sequence[Case], recipe: Recipe) -> Evaluation:
    """Every case once, at ``evolve.eval_temperature``; the same seeds at every step."""
    speaker = members.speaker
    trained = speaker.sampling
    speaker.sampling = replace(trained, temperature=recipe.evolve.eval_temperature)
    try:
        with merged(members.loaded.model):
            return members.runner.run(_evaluate(members, cases, recipe))
    finally:
        speaker.sampling = trained
        speaker.forget()


async def _evaluate(members: "TrainingComponents", cases: Sequence[Case], recipe: Recipe) -> Evaluation:
    rule = reward_rule(recipe)
    await members.speaker.reload_weights()
    ended = await attempts(members.setup, cases, seed=recipe.evolve.seed)
    for case in cases:
        members.speaker.take(_name(case))
    rewards = [rule.reward(one, members.setup) for one in ended]
    return evaluation_of(cases, ended, rewards)


async def attempts(setup: Components, cases: Sequence[Case], *, seed: int = 0, concurrency: int | None = None) -> list[Episode]:
    """Every case once, rendered and judged; ``concurrency`` None is all at once."""
    gate = asyncio.Semaphore(concurrency or max(1, len(cases)))

    async def one(case: Case) -> Episode:
        async with gate:
            return await attempted(case, _name(case), setup, seed=seed)

    return list(await asyncio.gather(*map(one, cases)))


def _name(case: Case) -> str:
    return f"evaluation.{case.id}"


def evaluation_of(cases: Sequence[Case], trajectories: Sequence[Episode], rewards: Sequence[Reward]) -> Evaluation:
    """Means over what could be scored. ``right_skills``: of those that a request needs, how many were read."""
    values: dict[str, list[float]] = defaultdict(list)
    for case, trajectory, reward in zip(cases, trajectories, rewards, strict=True):
        if reward.value is None:
            continue
        for name, value in measures(trajectory, reward).items():
            values[name].append(value)
        if case.hidden.skills:
            read = set(trajectory.skills)
            values["right_skills"].append(len(read & set(case.hidden.skills)) / len(case.hidden.skills))
    found = {case.id: reward.value for case, reward in zip(cases, rewards, strict=True)}
    return Evaluation(means={name: fmean(all_) for name, all_ in values.items()}, rewards=found)
