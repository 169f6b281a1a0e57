"""Rows of a training step to attempts: episodes by the same ``attempt`` and ``drive`` as everything else, scores, lessons."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from genevolve.core.case import Case
from genevolve.core.episode import Episode, Goal, start
from genevolve.core.errors import ServiceError
from genevolve.core.message import Message
from genevolve.core.replay import retried
from genevolve.experience.teacher_view import MAX_CHARACTERS, teacher_system
from genevolve.policies.local.merged import merged
from genevolve.policies.local.sampler import ChatSampler
from genevolve.policies.local.trace import Trace
from genevolve.protocol.render import messages
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.together import all_ended
from genevolve.train.attempt import Attempt
from genevolve.train.cases import attempted
from genevolve.train.kept import AttemptJournal
from genevolve.train.launch import sharded_sampling
from genevolve.train.lessons import ExperienceLoop, StepExperience
from genevolve.train.loop import SharedLoop
from genevolve.train.measures import measures
from genevolve.train.ranks import ALONE, Ranks
from genevolve.train.reward import RewardRule
from genevolve.train.step_log import StepLog

if TYPE_CHECKING:
    from genevolve.train.trainer import EvolveTrainer

_PAUSE = 20.0  # seconds between two looks at a service that is down
_SCORING = "time/scoring_and_lessons"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWork:
    """What one process rolls out in a step: ``size`` attempts at each case that ``cases`` names ``size`` times in a row."""

    step: int
    cases: tuple[Case, ...]
    size: int
    process: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """Attempts that are drawn and judged, but not taught yet. ``times``: seconds, for the log."""

    attempts: Sequence[Attempt]
    times: Mapping[str, float]


class Rollout:
    """``roll`` for ``EvolveTrainer``. ``setup.policy`` must be ``sampler``, whose engine runs the model in training.

    ``runner`` is the event loop that the setup's connections belong to. Without ``experience`` there are no lessons.
    """

    def __init__(
        self,
        *,
        setup: Components,
        sampler: ChatSampler,
        runner: SharedLoop,
        cases: Mapping[str, Case],
        rule: RewardRule,
        experience: ExperienceLoop | None,
        step_log: StepLog,
        journal: AttemptJournal,
        seed: int = 0,
        max_completion: int = 30_000,
        guide_characters: int = MAX_CHARACTERS,
        ranks: Ranks = ALONE,
        elsewhere: bool = False,
    ) -> None:
        """``elsewhere``: a server samples, not the model of this process."""
        self._setup = setup
        self._sampler = sampler
        self._runner = runner
        self._cases = cases
        self._rule = rule
        self._experience = experience
        self._step_log = step_log
        self._journal = journal
        self._seed = seed
        self._max_completion = max_completion
        self._guide_characters = guide_characters
        self._ranks = ranks
        self._elsewhere = elsewhere

    def __call__(self, rows: Sequence[Mapping[str, Any]], trainer: "EvolveTrainer") -> list[Attempt]:
        """Attempts of one step, in the order of ``rows``; groups are neighbouring rows of one case."""
        if trainer.splits_weights and not self._elsewhere:
            raise sharded_sampling()
        work = self.work(trainer.state.global_step, rows, trainer)
        with nullcontext() if self._elsewhere else _speaking(trainer):
            return self._runner.run(self.step(work))

    def work(self, step: int, rows: Sequence[Mapping[str, Any]], trainer: "EvolveTrainer") -> StepWork:
        """What ``rows`` of the data set ask for."""
        return StepWork(
            step=step,
            cases=tuple(self._cases[row["case"]] for row in rows),
            size=trainer.num_generations if trainer.model.training else trainer.num_generations_eval,
            process=trainer.args.process_index,
        )

    async def step(self, work: StepWork) -> list[Attempt]:
        """The whole step, with the weights of the moment. All processes call this."""
        with self._ranks.as_one():
            rolled = await self.afresh(work)
        return await self.learnt(work, rolled)

    async def hand_over(self) -> None:
        """From now on the weights of the moment sample. All processes call this."""
        await self._sampler.reload_weights()

    async def afresh(self, work: StepWork) -> Rolled:
        """``rolled`` with the weights of the moment."""
        began = time.monotonic()
        await self.hand_over()
        return await self.rolled(work, began)

    async def rolled(self, work: StepWork, began: float | None = None) -> Rolled:
        """Attempts, rendered and judged. Without a word to other processes, and with nothing of the model in training."""
        began = time.monotonic() if began is None else began
        names = [f"step{work.step}.process{work.process}.row{number}" for number in range(len(work.cases))]
        groups = [number // work.size for number in range(len(work.cases))]
        attempts = await all_ended(map(partial(self._attempt, work.step), names, work.cases, groups))
        ended = time.monotonic()
        traced = [self._traced(one) for one in await self._scored(work.step, attempts)]
        return Rolled(attempts=traced, times={"time/episodes": ended - began, _SCORING: time.monotonic() - ended})

    async def learnt(self, work: StepWork, rolled: Rolled) -> list[Attempt]:
        """Lessons from the groups of all processes and for them, and the step written down. All processes call this."""
        began = time.monotonic()
        self._some_scored(work.step, rolled.attempts)
        found = StepExperience(attempts=tuple(rolled.attempts))
        if self._experience is not None:
            found = await self._experience.teach(work.step, rolled.attempts)
        times = {**rolled.times, _SCORING: rolled.times[_SCORING] + time.monotonic() - began}
        taught = tuple(self._taught(one, {**times, **found.metrics}) for one in found.attempts)
        self._step_log.write(work.step, work.process, replace(found, attempts=taught))
        self._journal.forget(work.step)
        return list(taught)

    def _some_scored(self, step: int, attempts: Sequence[Attempt]) -> None:
        """Raises ``ServiceError`` where there is nothing to learn from, on any process."""
        tried = self._ranks.gathered([one.reward.value is not None for one in attempts])
        if not any(map(any, tried)):
            raise ServiceError(
                f"step {step + 1}: not one of {sum(map(len, tried))} episodes could be scored ({attempts[0].reward.reason}); "
                "nothing was updated. The last checkpoint is complete: fix the service and resume",
                retryable=True,
            )

    async def _attempt(self, step: int, name: str, case: Case, group: int) -> Attempt:
        """One attempt. Siblings are rendered with one seed, so that only their programs tell them apart."""
        kept = self._journal.attempt(step, name, case.id)
        episode = await attempted(case, name, self._setup, seed=self._seed, kept=kept)
        return Attempt(name=name, case=case, group=group, episode=episode, reward=self._rule.reward(episode, self._setup))

    def _traced(self, one: Attempt) -> Attempt:
        """The attempt with its token ids, cut at the longest completion that training takes; images are files.

        Not before all is judged: where a service failed between two rounds, the policy has gone on since.
        """
        found = self._sampler.take(one.name) or Trace.blank(self._sampler.template.end)
        images = tuple(self._setup.images.path(digest) for digest in found.images)
        return replace(one, trace=found.cut(self._max_completion), images=images)

    async def _scored(self, step: int, attempts: list[Attempt]) -> list[Attempt]:
        """Ask again for what services failed to say, as long as the patience lasts. Episodes themselves are not repeated."""
        deadline = time.monotonic() + self._rule.patience
        while any(_may_come(one) for one in attempts) and time.monotonic() < deadline:
            await asyncio.sleep(min(_PAUSE, max(0.0, deadline - time.monotonic())))
            attempts = await all_ended(map(partial(self._again, step), attempts))
        return attempts

    async def _again(self, step: int, one: Attempt) -> Attempt:
        if not _may_come(one):
            return one
        keep = self._journal.attempt(step, one.name, one.case.id).keep
        episode = await drive(retried(one.episode), self._setup, keep, goal=Goal.SCORE, hidden=one.case.hidden)
        return replace(one, episode=episode, reward=self._rule.reward(episode, self._setup))

    def _taught(self, one: Attempt, logged: Mapping[str, float]) -> Attempt:
        """The attempt with the prompt that its teacher reads, and what the log says of it."""
        guide = None
        if one.lesson is not None:
            system = teacher_system(self._setup.system, one.lesson.bundle, max_characters=self._guide_characters)
            guide = tuple(self._sampler.opening(self._opening(one.episode, system)))
        return replace(one, guide_ids=guide, metrics={**measures(one.episode, one.reward), **logged})

    def _opening(self, episode: Episode, system: str) -> tuple[Message, ...]:
        """The opening of an episode as the teacher reads it: the student's own, with the lesson in the ``system`` prompt."""
        fresh = start(episode.request, episode.limits, episode.tools)
        return messages(fresh, system=system, detail=self._setup.detail)


@contextmanager
def _speaking(trainer: "EvolveTrainer") -> Iterator[None]:
    """The model in training can sample within."""
    from trl.models.utils import unwrap_model_for_generation

    with unwrap_model_for_generation(trainer.model_wrapped, trainer.accelerator) as model, merged(model):
        yield


def _may_come(one: Attempt) -> bool:
    """Whether an episode that has its program lacks only what a service may still say."""
    return one.episode.program is not None and one.reward.value is None and one.reward.retryable
