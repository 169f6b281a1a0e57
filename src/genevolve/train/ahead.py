"""Rollouts that go on while training does: the episodes of the next step, made by servers during the update of this one."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from genevolve.core.errors import ServiceError
from genevolve.train.attempt import Attempt
from genevolve.train.loop import SharedLoop
from genevolve.train.ranks import ALONE, Ranks
from genevolve.train.rollout import Rolled, Rollout, StepWork

if TYPE_CHECKING:
    from genevolve.train.trainer import EvolveTrainer


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """``work`` under way."""

    work: StepWork
    rolled: Future[Rolled]


class RolloutAhead:
    """``roll`` for an ``EvolveTrainer`` that knows of it (``ahead``). A server must sample, not the model of this process.

    When step k begins, its attempts have been sampled, drawn and judged, lessons are handed out, and the servers are given the
    weights of the moment; with these the attempts of step k + 1 are made while the trainer learns from those of step k. So
    what is learnt from is one update old, but in the first step of a process, which has to sample before it can learn:
    a run that was interrupted makes the attempts of its next step anew, with the weights of its checkpoint.
    Evaluations wait for the attempts that are under way.
    """

    def __init__(self, rollout: Rollout, loop: SharedLoop, ranks: Ranks = ALONE) -> None:
        self._rollout = rollout
        self._loop = loop
        self._ranks = ranks
        self._begun: Begun | None = None

    def __call__(self, rows: Sequence[Mapping[str, Any]], trainer: "EvolveTrainer") -> list[Attempt]:
        if not trainer.model.training:
            return self._rollout(rows, trainer)
        step = trainer.state.global_step
        work = self._rollout.work(step, rows, trainer)
        with self._ranks.as_one():
            rolled = self._awaited(work)
            fresh = rolled is None
            if rolled is None:
                rolled = self._loop.run(self._rollout.afresh(work))
        attempts = self._loop.run(self._rollout.learnt(work, rolled))
        if step + 1 < trainer.state.max_steps:
            self._begin(self._rollout.work(step + 1, trainer.upcoming(step + 1), trainer), handed_over=fresh)
        return attempts

    def _begin(self, work: StepWork, *, handed_over: bool) -> None:
        if not handed_over:
            with self._ranks.as_one():
                self._loop.run(self._rollout.hand_over())
        self._begun = Begun(work=work, rolled=self._loop.begin(self._rollout.rolled(work)))

    def _awaited(self, work: StepWork) -> Rolled | None:
        """What was begun for this step; None in the first one of a process. Raises ``ServiceError`` for other requests."""
        begun, self._begun = self._begun, None
        if begun is None:
            return None
        if begun.work != work:
            raise ServiceError(
                f"step {work.step + 1}: the trainer asks for other requests than were sampled ahead: this TRL draws them in an "
                "order that genevolve does not know; nothing was updated. Begin the run with evolve.ahead = 0"
            )
        waits = time.monotonic()
        rolled = begun.rolled.result()
        return replace(rolled, times={**rolled.times, "time/waiting": time.monotonic() - waits})
