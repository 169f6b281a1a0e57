"""How good a policy is on held-out requests: real episodes, rendered and judged, each once."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean
from typing import Any

from genevolve.core.case import Case
from genevolve.policies.local.merged import merged
from genevolve.run.components import Components
from genevolve.run.together import all_ended
from genevolve.train.attempt import Attempt
from genevolve.train.cases import attempted
from genevolve.train.components import TrainingComponents
from genevolve.train.kept import KeptAttempt
from genevolve.train.measures import measures
from genevolve.train.recipe import Recipe
from genevolve.train.reward import RewardRule, reward_rule

KeptAttempts = Callable[[str, str], KeptAttempt]  # (name, case) → what is kept of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """``means`` are over the scored requests; ``rewards`` of each request (None = unscored), for paired comparisons.

    ``degraded``: how many of the unscored ones are so because a service was out. ``judges``: who scored, with their versions.
    """

    means: Mapping[str, float]
    rewards: Mapping[str, float | None]
    degraded: int = 0
    judges: tuple[str, ...] = ()

    @property
    def unscored(self) -> int:
        return sum(reward is None for reward in self.rewards.values())

    def to_json(self) -> dict[str, Any]:
        means = {name: round(value, 5) for name, value in sorted(self.means.items())}
        counts = {"unscored": self.unscored, "degraded": self.degraded}
        return {"means": means, **counts, "judges": list(self.judges), "rewards": dict(self.rewards)}


def evaluate(members: TrainingComponents, cases: Sequence[Case], recipe: Recipe, step: int) -> Evaluation:
    """Every case once, at ``evolve.eval_temperature``; the same seeds at every step.

    Each process of the run takes its share, which may be none; all of them call this, and get the whole.
    """
    ranks = members.ranks
    with ranks.as_one(), merged(members.loaded.model) if members.published is None else nullcontext():
        own = members.runner.run(_evaluate(members, ranks.share(cases), recipe, step))
    return evaluation_of([one.heard(members.setup.tools) for one in ranks.whole([one.told for one in own])])


async def _evaluate(members: TrainingComponents, cases: Sequence[Case], recipe: Recipe, step: int) -> list[Attempt]:
    """Nothing else samples meanwhile: the loop has come to this."""
    sampler = members.sampler
    trained = sampler.sampling
    sampler.sampling = replace(trained, temperature=recipe.evolve.eval_temperature)
    try:
        await sampler.reload_weights()
        kept = partial(members.journal.attempt, step)
        return await attempt_all(members.setup, cases, reward_rule(recipe), kept, seed=recipe.evolve.seed)
    finally:
        sampler.sampling = trained
        sampler.forget()


async def attempt_all(
    setup: Components,
    cases: Sequence[Case],
    rule: RewardRule,
    kept: KeptAttempts,
    *,
    seed: int = 0,
    concurrency: int | None = None,
) -> list[Attempt]:
    """Every case once, rendered and judged; ``concurrency`` None is all at once."""
    gate = asyncio.Semaphore(concurrency or max(1, len(cases)))

    async def one(case: Case, group: int) -> Attempt:
        name = f"evaluation.{case.id}"
        async with gate:
            episode = await attempted(case, name, setup, seed=seed, kept=kept(name, case.id))
        return Attempt(name=name, case=case, group=group, episode=episode, reward=rule.reward(episode, setup))

    return await all_ended(map(one, cases, range(len(cases))))


def evaluation_of(attempts: Sequence[Attempt]) -> Evaluation:
    """Means over what could be scored. ``right_skills``: of those that a request needs, how many were read."""
    values: dict[str, list[float]] = defaultdict(list)
    for one in attempts:
        if one.value is None:
            continue
        for name, value in measures(one.episode, one.reward).items():
            values[name].append(value)
        if one.case.hidden.skills:
            read = set(one.episode.skills)
            values["right_skills"].append(len(read & set(one.case.hidden.skills)) / len(one.case.hidden.skills))
    found = {one.case.id: one.value for one in attempts}
    return Evaluation(
        means={name: fmean(all_) for name, all_ in values.items()},
        rewards=found,
        degraded=sum(bool(one.episode.degraded) for one in attempts),
        judges=tuple(sorted({judge for one in attempts for judge in one.episode.judges})),
    )
