"""Evaluation of a policy in training by real episodes: held-out requests through the same attempt as everything else."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genevolve.core.event import SKILLS, Mistake, SkillText
from genevolve.core.protocols import Policy
from genevolve.core.request import Request
from genevolve.core.score import NotApplicable
from genevolve.core.trajectory import Trajectory, open_trajectory
from genevolve.data.case import Case, cases
from genevolve.data.splits import Split
from genevolve.policies.local.model import LoadedModel
from genevolve.protocol.detail import Detail
from genevolve.protocol.render import messages
from genevolve.run.attempt import Truth, attempt
from genevolve.run.setup import Setup
from genevolve.store.images import ImageStore, write_atomically
from genevolve.train.reward import Reward, reward_of

Open = Callable[[ImageStore], AbstractAsyncContextManager[Setup]]
Speak = Callable[[LoadedModel, Setup], Policy]  # who replies with the model's weights of the moment
ALPHA = 0.5


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
        return measures(self.held_out, ended, rewards)

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
    """Requests about entities that no training case shows; the benchmark's are others again."""
    return tuple(cases(count, seed, Split.VALIDATION))


def measures(held: Sequence[Case], ended: Sequence[Trajectory], rewards: Sequence[Reward]) -> dict[str, float]:
    """Means over the requests. What could not be scored leaves the means of scores and is counted."""
    scored = [reward.value for reward in rewards if reward.value is not None]
    images = [reward.image for reward in rewards if reward.image is not None]
    found = {
        "requests": float(len(ended)),
        "unscored": float(len(rewards) - len(scored)),
        "valid_answers": _mean([one.episode.outcome is not None and one.episode.outcome.program is not None for one in ended]),
        "turns": _mean([len(one.episode.turns) for one in ended]),
        "mistakes": _mean([_mistakes(one) for one in ended]),
    }
    if scored:
        found["reward"] = _mean(scored)
    if images:
        found["kscore"] = _mean(images)
    if recalls := [len(_read(one) & due) / len(due) for case, one in zip(held, ended, strict=True) if (due := _due(case))]:
        found["right_skills"] = _mean(recalls)  # of those that a request needs, how many were read
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _due(case: Case) -> set[str]:
    """The skills that the case's requirements name."""
    return {case.recipe.dominant.value, *(other.value for other in case.recipe.secondary)} & set(SKILLS)


def _read(trajectory: Trajectory) -> set[str]:
    seen = (turn.observation for turn in trajectory.episode.turns)
    return {observation.skill_name for observation in seen if isinstance(observation, SkillText)}


def _mistakes(trajectory: Trajectory) -> int:
    return sum(isinstance(turn.observation, Mistake) for turn in trajectory.episode.turns)


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
