"""A finished trajectory as a reward: the policy's own faults count 0, failures of others do not count at all.

Of several rounds the reward is that of the round that was kept: the best by the verdict that the policy read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from genevolve.core.episode import Episode
from genevolve.core.outcome import Termination
from genevolve.core.round import Round, tried
from genevolve.core.score import NotApplicable, ProgramScore, Score, Unscored, kscore, reward
from genevolve.run.components import Components
from genevolve.run.revision import halted
from genevolve.train.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """``value`` None: unscored, for the reason given. ``retryable``: what is missing may come when asked for again.

    Where there were several rounds, ``rounds`` are what the answer of each is worth, and ``so_far`` what the attempt would be
    worth had it ended there; None where that is not known.
    """

    value: float | None
    image: float | None = None
    program: float | None = None
    reason: str = ""
    retryable: bool = False
    rounds: tuple[float | None, ...] = ()
    so_far: tuple[float | None, ...] = ()

    @property
    def gains(self) -> tuple[float, ...]:
        """What each round after the first has changed, against keeping what there was; 0 where that is not known."""
        return tuple(
            after - before if before is not None and after is not None else 0.0 for before, after in pairwise(self.so_far)
        )


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

    An episode that met an outage has none: neither what it won nor what it lost is its policy's. Nor has one whose revising
    an outage or a budget has ended."""

    def worth(rounds: Sequence[Round]) -> Reward:
        return _reward_of(replace(trajectory, rounds=tuple(rounds)), alpha, convention, programs)

    found = worth(trajectory.rounds)
    made = tried(trajectory.rounds)
    if len(made) > 1 and not trajectory.degraded:
        ends = accumulate(map(len, made))
        so_far = tuple(worth(trajectory.rounds[:end]).value for end in ends)
        found = replace(found, rounds=tuple(worth(own).value for own in made), so_far=so_far)
    if stopped := halted(trajectory):
        again = bool(trajectory.rounds[-1].halted)
        return Reward(value=None, reason=f"the revising was ended by others: {stopped}", retryable=again)
    return found


def _reward_of(trajectory: Episode, alpha: float, convention: NotApplicable, programs: bool) -> Reward:
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
