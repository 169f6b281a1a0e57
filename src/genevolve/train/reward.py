"""A finished trajectory as a reward: the policy's own faults count 0, failures of others do not count at all."""

from dataclasses import dataclass

from genevolve.core.episode import Episode
from genevolve.core.outcome import Termination
from genevolve.core.score import NotApplicable, ProgramScore, Score, Unscored, kscore, reward
from genevolve.run.components import Components
from genevolve.train.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """``value`` None: unscored, for the reason given. ``retryable``: what is missing may come when asked for again."""

    value: float | None
    image: float | None = None
    program: float | None = None
    reason: str = ""
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRule:
    """How scores become a reward; ``patience`` is in seconds (see the recipe's ``[reward]``)."""

    alpha: float = 0.5
    convention: NotApplicable = NotApplicable.RELEASE
    patience: float = 900.0

    def reward(self, trajectory: Episode, setup: Components) -> Reward:
        """Of a trajectory that ``setup`` made: without a judge of programs the image alone counts."""
        programs = setup.program_judge is not None
        return reward_of(trajectory, alpha=self.alpha, convention=self.convention, programs=programs)


def reward_rule(recipe: Recipe) -> RewardRule:
    chosen = recipe.reward
    return RewardRule(alpha=chosen.alpha, convention=NotApplicable(chosen.text_accuracy_na), patience=chosen.patience * 60.0)


def reward_of(trajectory: Episode, *, alpha: float, convention: NotApplicable, programs: bool = True) -> Reward:
    """R = (1-α)·KScore + α·sufficiency. ``programs`` False: no judge of programs, the image alone counts.

    An episode that met an outage has none: neither what it won nor what it lost is its policy's."""
    outcome = trajectory.outcome
    if outcome is None or outcome.termination is Termination.ERROR:
        return Reward(value=None, reason=outcome.error if outcome else "not finished", retryable=True)
    if trajectory.degraded:
        return Reward(value=None, reason=f"degraded by an outage: {'; '.join(trajectory.degraded)}")
    if trajectory.program is None:
        return Reward(value=0.0, image=0.0, program=0.0, reason=f"no program ({outcome.termination})")
    image = _image(trajectory.verdict, convention)
    if not programs or alpha == 0:
        return image
    found = trajectory.program_verdict
    if isinstance(found, Unscored):
        return Reward(value=None, image=image.value, reason=f"program: {found.reason}", retryable=found.retryable)
    assert isinstance(found, ProgramScore)
    if image.value is None:
        return Reward(value=None, program=found.value, reason=image.reason, retryable=image.retryable)
    return Reward(value=reward(image.value, found.value, alpha=alpha), image=image.value, program=found.value)


def _image(score: Score | Unscored, convention: NotApplicable) -> Reward:
    if isinstance(score, Unscored):
        return Reward(value=None, reason=score.reason, retryable=score.retryable)
    value = kscore(score, convention)
    return Reward(value=value, image=value)
