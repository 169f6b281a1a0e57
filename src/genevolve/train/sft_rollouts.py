"""Evaluation during a cold start: held-out requests through the same attempts as in self-evolution."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from genevolve.core.case import Case
from genevolve.core.episode import Episode
from genevolve.core.protocols import Policy
from genevolve.policies.local.model import LoadedModel
from genevolve.protocol.detail import Detail
from genevolve.protocol.render import messages
from genevolve.run.components import Components
from genevolve.store.images import ImageStore, write_atomically
from genevolve.train.evaluate import attempts, evaluation_of
from genevolve.train.reward import Reward, RewardRule

OpenComponents = Callable[[ImageStore], AbstractAsyncContextManager[Components]]
Speak = Callable[[LoadedModel, Components], Policy]  # who replies with the model's weights of the moment


@dataclass(frozen=True, kw_only=True)
class ValidationRollouts:
    """Called with (model, step). ``open`` builds a whole setup; ``speak`` puts a policy around the model in its policy's place.

    What was said and scored lies in ``folder``, one file for each evaluation.
    """

    folder: Path
    held_out: Sequence[Case]
    open: OpenComponents
    speak: Speak
    rule: RewardRule = field(default_factory=RewardRule)
    concurrency: int = 8

    def __call__(self, model: LoadedModel, step: int) -> Mapping[str, float]:
        ended, rewards, detail = asyncio.run(self._run(model))
        self._keep(step, ended, rewards, detail)
        found = evaluation_of(self.held_out, ended, rewards)
        return {**found.means, "unscored": float(found.unscored)}

    async def _run(self, model: LoadedModel) -> tuple[list[Episode], list[Reward], Detail]:
        async with self.open(ImageStore(self.folder / "images")) as setup:
            setup = replace(setup, policy=self.speak(model, setup))
            ended = await attempts(setup, self.held_out, concurrency=self.concurrency)
            return ended, [self.rule.reward(one, setup) for one in ended], setup.detail

    def _keep(self, step: int, ended: Sequence[Episode], rewards: Sequence[Reward], detail: Detail) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        told = (_told(one, reward, detail) for one, reward in zip(ended, rewards, strict=True))
        lines = [json.dumps(row, ensure_ascii=False) for row in told]
        write_atomically(self.folder / f"step-{step:06d}.jsonl", ("\n".join(lines) + "\n").encode("utf-8", "replace"))


def _told(trajectory: Episode, reward: Reward, detail: Detail) -> dict[str, Any]:
    episode = trajectory
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
