"""Rows of a training step to samples: episodes by the same ``attempt`` and ``drive`` as everything else, scores, lessons."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from genevolve.core.case import Case
from genevolve.core.episode import Episode, Goal, retried, start
from genevolve.core.errors import ServiceError
from genevolve.core.message import Message
from genevolve.experience.retrieve import Retrieved
from genevolve.experience.teacher_view import MAX_CHARACTERS, teacher_system
from genevolve.policies.local.merged import merged
from genevolve.policies.local.policy import ChatSampler
from genevolve.policies.local.trace import Trace
from genevolve.protocol.render import messages
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.train.cases import attempted, truth_of
from genevolve.train.lessons import ExperienceLoop, StepLessons
from genevolve.train.measures import measures
from genevolve.train.reward import Reward, RewardRule
from genevolve.train.sample import Sample
from genevolve.train.step_log import StepLog

if TYPE_CHECKING:
    from genevolve.train.trainer import EvolveTrainer

_PAUSE = 20.0  # seconds between two looks at a service that is down


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """One episode of a step: what happened, its token ids, and what it is worth."""

    case: Case
    trajectory: Episode
    trace: Trace | None
    reward: Reward


class Rollout:
    """``roll`` for ``EvolveTrainer``. ``setup.policy`` must be ``speaker``, whose engine runs the model in training.

    ``runner`` is the event loop that the setup's connections belong to. Without a ``school`` there are no lessons.
    """

    def __init__(
        self,
        *,
        setup: Components,
        speaker: ChatSampler,
        runner: asyncio.Runner,
        cases: Mapping[str, Case],
        rule: RewardRule,
        school: ExperienceLoop | None,
        diary: StepLog,
        seed: int = 0,
        max_completion: int = 30_000,
        guide_characters: int = MAX_CHARACTERS,
    ) -> None:
        self._setup = setup
        self._speaker = speaker
        self._runner = runner
        self._cases = cases
        self._rule = rule
        self._school = school
        self._diary = diary
        self._seed = seed
        self._max_completion = max_completion
        self._guide_characters = guide_characters

    def __call__(self, rows: Sequence[Mapping[str, Any]], trainer: "EvolveTrainer") -> list[Sample]:
        """Samples of one step, in the order of ``rows``; groups are neighbouring rows of one case."""
        from trl.models.utils import unwrap_model_for_generation

        step = trainer.state.global_step
        size = trainer.num_generations if trainer.model.training else trainer.num_generations_eval
        with unwrap_model_for_generation(trainer.model_wrapped, trainer.accelerator) as model, merged(model):
            return self._runner.run(
                self.step(step, [self._cases[row["case"]] for row in rows], size, trainer.args.process_index)
            )

    async def step(self, step: int, cases: Sequence[Case], size: int, process: int = 0) -> list[Sample]:
        """``size`` episodes for each case that ``cases`` names ``size`` times in a row."""
        began = time.monotonic()
        await self._speaker.reload_weights()
        names = [f"step{step}.process{process}.row{number}" for number in range(len(cases))]
        rolled = await asyncio.gather(*map(self._episode, names, cases))
        generated = time.monotonic()
        rolled = await self._scored(list(rolled))
        if all(one.reward.value is None for one in rolled):
            raise ServiceError(
                f"step {step + 1}: not one of {len(rolled)} episodes could be scored ({rolled[0].reward.reason}); nothing was "
                "updated. The last checkpoint is whole: fix the service and resume",
                retryable=True,
            )
        taught = await self._taught(step, rolled, size)
        samples = [self._sample(one, taught.lessons[number // size]) for number, one in enumerate(rolled)]
        timing = {"time/episodes": generated - began, "time/scoring_and_lessons": time.monotonic() - generated}
        samples = [replace(sample, metrics={**sample.metrics, **timing, **taught.metrics}) for sample in samples]
        self._diary.write(step, process, names, rolled, samples, taught, size)
        return samples

    async def _episode(self, name: str, case: Case) -> Rolled:
        """One attempt. Siblings are rendered with one seed, so that only their programs tell them apart."""
        trajectory = await attempted(case, name, self._setup, seed=self._seed)
        return self._judged(case, trajectory, self._speaker.take(name))

    def _judged(self, case: Case, trajectory: Episode, trace: Trace | None) -> Rolled:
        return Rolled(case=case, trajectory=trajectory, trace=trace, reward=self._rule.reward(trajectory, self._setup))

    async def _scored(self, rolled: list[Rolled]) -> list[Rolled]:
        """Ask again for what services failed to say, as long as the patience lasts. Episodes themselves are not repeated."""
        deadline = time.monotonic() + self._rule.patience
        while any(_may_come(one) for one in rolled) and time.monotonic() < deadline:
            await asyncio.sleep(min(_PAUSE, max(0.0, deadline - time.monotonic())))
            rolled = list(await asyncio.gather(*map(self._again, rolled)))
        return rolled

    async def _again(self, one: Rolled) -> Rolled:
        if not _may_come(one):
            return one
        trajectory = await drive(retried(one.trajectory), self._setup, goal=Goal.SCORE, truth=truth_of(one.case))
        return self._judged(one.case, trajectory, one.trace)

    async def _taught(self, step: int, rolled: Sequence[Rolled], size: int) -> StepLessons:
        groups = [rolled[start : start + size] for start in range(0, len(rolled), size)]
        if self._school is None:
            return StepLessons(lessons=(None,) * len(groups), metrics={})
        return await self._school.teach(
            step,
            [group[0].case for group in groups],
            [[one.trajectory for one in group] for group in groups],
            [[one.reward.value for one in group] for group in groups],
        )

    def _sample(self, one: Rolled, lesson: Retrieved | None) -> Sample:
        """The sample of an episode. One whose model never answered is a single token without loss."""
        trace = one.trace
        if trace is None:
            return Sample(
                prompt_ids=(self._speaker.template.end,),
                completion_ids=(self._speaker.template.end,),
                logprobs=(0.0,),
                mask=(1,),
                reward=None,
            )
        guide = None
        if lesson is not None:
            system = teacher_system(self._setup.system, lesson.bundle, max_characters=self._guide_characters)
            guide = tuple(self._speaker.opening(self._opening(one.trajectory, system)))
        keep = self._max_completion
        reward = one.reward.value
        if not any(trace.mask[:keep]):
            reward = None
        return Sample(
            prompt_ids=tuple(trace.prompt),
            completion_ids=tuple(trace.completion[:keep]),
            logprobs=tuple(trace.logprobs[:keep]),
            mask=tuple(trace.mask[:keep]),
            reward=reward,
            guide_ids=guide,
            images=tuple(self._setup.images.path(digest) for digest in trace.images),
            metrics=measures(one.trajectory, one.reward),
        )

    def _opening(self, trajectory: Episode, system: str) -> tuple[Message, ...]:
        """The opening of an episode as the teacher reads it: the student's own, with the lesson in the ``system`` prompt."""
        fresh = start(trajectory.request, trajectory.limits, trajectory.tools)
        return messages(fresh, system=system, detail=self._setup.detail)


def _may_come(one: Rolled) -> bool:
    """Whether an episode that has its program lacks only what a service may still say."""
    return one.trajectory.program is not None and one.reward.value is None and one.reward.retryable
