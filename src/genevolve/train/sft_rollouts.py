"""Evaluation of a policy in training by real episodes: held-out requests through the same attempt as everything else."""

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from genevolve.core.event import SKILLS, SkillText
from genevolve.core.failure import Misuse
from genevolve.core.protocols import Policy
from genevolve.core.request import Request
from genevolve.core.score import NotApplicable
from genevolve.core.trajectory import Trajectory, open_trajectory
from genevolve.data.case import Case, cases
from genevolve.data.splits import Split
from genevolve.data.views import View, views_of
from genevolve.policies.local.model import LoadedModel
from genevolve.protocol.detail import Detail
from genevolve.protocol.render import messages
from genevolve.run.attempt import Truth, attempt
from genevolve.run.setup import Setup
from genevolve.store.images import ImageStore, write_atomically
from genevolve.train.measures import measures
from genevolve.train.reward import Reward, reward_of

Open = Callable[[ImageStore], AbstractAsyncContextManager[Setup]]
Speak = Callable[[LoadedModel, Setup], Policy]  # who replies with the model's weights of the moment
ALPHA = 0.5  # share of the program's sufficiency in the reward
_ABUNDANCE = 12  # cases drawn for each one that may be kept


@dataclass(frozen=True, kw_only=True)
class Rollouts:
    """Called with (model, step). ``open`` builds a whole setup; ``speak`` puts a policy around the model in its policy's place.

    What was said and scored lies in ``folder``, one file for each evaluation.
    """

    folder: Path
    held_out: Sequence[Case]
    open: Open
    speak: Speak
    concurrency: int = 8

    def __call__(self, model: LoadedModel, step: int) -> Mapping[str, float]:
        ended, detail = asyncio.run(self._run(model))
        rewards = [reward_of(one, alpha=ALPHA, convention=NotApplicable.RELEASE) for one in ended]
        self._keep(step, ended, rewards, detail)
        return means(self.held_out, ended, rewards)

    async def _run(self, model: LoadedModel) -> tuple[list[Trajectory], Detail]:
        gate = asyncio.Semaphore(self.concurrency)
        async with self.open(ImageStore(self.folder / "images")) as setup:
            setup = replace(setup, policy=self.speak(model, setup))

            async def one(case: Case) -> Trajectory:
                begun = open_trajectory(Request(id=case.id, text=case.request), setup.limits)
                async with gate:
                    return await attempt(begun, setup, truth=Truth(claims=case.claims))

            return await asyncio.gather(*map(one, self.held_out)), setup.detail

    def _keep(self, step: int, ended: Sequence[Trajectory], rewards: Sequence[Reward], detail: Detail) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        told = (_told(one, reward, detail) for one, reward in zip(ended, rewards, strict=True))
        lines = [json.dumps(row, ensure_ascii=False) for row in told]
        write_atomically(self.folder / f"step-{step:06d}.jsonl", ("\n".join(lines) + "\n").encode("utf-8", "replace"))


def held_out(count: int, seed: int) -> tuple[Case, ...]:
    """Requests about entities that nothing in training names; the benchmark's are others again. Raises ``Misuse``."""
    own = (case for case in cases(count * _ABUNDANCE, seed, Split.VALIDATION) if views_of(case.entities) <= {View.VALIDATION})
    found = tuple(itertools.islice(own, count))
    if len(found) < count:
        raise Misuse(f"data.validation = {count}: only {len(found)} requests of their own were found; ask for fewer")
    return found


def means(held: Sequence[Case], ended: Sequence[Trajectory], rewards: Sequence[Reward]) -> dict[str, float]:
    """Means over the requests; what could not be scored leaves the means of scores and is counted in ``unscored``.

    ``right_skills``: of those that a request needs, how many were read.
    """
    values: dict[str, list[float]] = defaultdict(list)
    for case, one, reward in zip(held, ended, rewards, strict=True):
        values["unscored"].append(float(reward.value is None))
        for name, value in measures(one, reward).items():
            values[name].append(value)
        if due := _due(case):
            values["right_skills"].append(len(_read(one) & due) / len(due))
    return {name: fmean(found) for name, found in values.items()}


def _due(case: Case) -> set[str]:
    """The skills that the case's requirements name."""
    return {case.recipe.dominant.value, *(other.value for other in case.recipe.secondary)} & set(SKILLS)


def _read(trajectory: Trajectory) -> set[str]:
    seen = (turn.observation for turn in trajectory.episode.turns)
    return {observation.skill_name for observation in seen if isinstance(observation, SkillText)}


def _told(trajectory: Trajectory, reward: Reward, detail: Detail) -> dict[str, Any]:
    episode = trajectory.episode
    spoken = [{"role": str(one.role), "content": one.text} for one in messages(episode, system="", detail=detail)[1:]]
    return {
        "id": episode.request.id,
        "reward": reward.value,
        "image": reward.image,
        "program": reward.program,
        "reason": reward.reason,
        "termination": str(episode.outcome.termination) if episode.outcome else None,
        "messages": spoken,
    }
