"""Evaluation during a cold start: held-out requests through the same attempts as in self-evolution."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from genevolve.core.case import Case
from genevolve.core.protocols import Policy
from genevolve.policies.local.model import LoadedModel
from genevolve.protocol.detail import Detail
from genevolve.protocol.render import messages
from genevolve.run.components import Components
from genevolve.store.images import ImageStore, write_atomically
from genevolve.train.attempt import Attempt
from genevolve.train.evaluate import attempt_all, evaluation_of
from genevolve.train.kept import AttemptJournal
from genevolve.train.ranks import ALONE, Ranks
from genevolve.train.reward import RewardRule

OpenComponents = Callable[[ImageStore], AbstractAsyncContextManager[Components]]
PolicyOf = Callable[[LoadedModel, Components], Policy]  # replies with the model's weights of the moment


@dataclass(frozen=True, kw_only=True)
class ValidationRollouts:
    """Called with (model, step). ``open`` builds all components; ``policy_of`` puts a policy around the model in its policy's
    place. What was written and scored lies in ``folder``, one file for each evaluation. Each of the ``ranks`` tries its share.
    """

    folder: Path
    held_out: Sequence[Case]
    open: OpenComponents
    policy_of: PolicyOf
    rule: RewardRule = field(default_factory=RewardRule)
    concurrency: int = 8
    ranks: Ranks = ALONE

    def __call__(self, model: LoadedModel, step: int) -> Mapping[str, float]:
        with self.ranks.as_one():
            own, setup = asyncio.run(self._run(model, step))
        found = [one.heard(setup.tools) for one in self.ranks.whole([one.told for one in own])]
        if self.ranks.first:
            self._keep(step, found, setup.detail)
        evaluation = evaluation_of(found)
        return {**evaluation.means, "unscored": float(evaluation.unscored)}

    async def _run(self, model: LoadedModel, step: int) -> tuple[list[Attempt], Components]:
        async with self.open(ImageStore(self.folder / "images")) as setup:
            setup = replace(setup, policy=self.policy_of(model, setup))
            name = "attempts.jsonl" if self.ranks.first else f"attempts.{self.ranks.index}.jsonl"
            with AttemptJournal(self.folder / name, since=step) as journal:
                journal.charge(setup)
                kept = partial(journal.attempt, step)
                own = self.ranks.share(self.held_out)
                return await attempt_all(setup, own, self.rule, kept, concurrency=self.concurrency), setup

    def _keep(self, step: int, attempts: Sequence[Attempt], detail: Detail) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(_record(one, detail), ensure_ascii=False) for one in attempts]
        write_atomically(self.folder / f"step-{step:06d}.jsonl", ("\n".join(lines) + "\n").encode("utf-8", "replace"))


def _record(attempt: Attempt, detail: Detail) -> dict[str, Any]:
    episode, reward = attempt.episode, attempt.reward
    shown = messages(episode, system="", detail=detail)[1:]
    return {
        "id": episode.request.id,
        "reward": reward.value,
        "image": reward.image,
        "program": reward.program,
        "reason": reward.reason,
        "termination": str(episode.outcome.termination) if episode.outcome else None,
        "messages": [{"role": str(one.role), "content": one.text} for one in shown],
    }
