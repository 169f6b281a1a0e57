"""Which trajectories are worth comparing: the best and the worst of a group, where their rewards are far apart.

With ``nested`` pairs, the second best and the second worst as well, and so on: more evidence out of the same attempts. So are
the rounds of one attempt, where it had several: what a revision has mended, and what it has broken.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from genevolve.core.episode import Episode
from genevolve.core.outcome import Outcome, Termination
from genevolve.core.round import parted, tried


class Judged(Protocol):
    """An attempt with what it is worth, and the answer of each of its ``rounds``, where there were several; None: unscored."""

    @property
    def episode(self) -> Episode: ...

    @property
    def value(self) -> float | None: ...

    @property
    def rounds(self) -> Sequence[float | None]: ...


class LeftOut(StrEnum):
    """Why something was not compared. ``degraded`` and ``unscored`` count trajectories, every other reason counts groups."""

    DEGRADED = "degraded"
    UNSCORED = "unscored"
    TOO_FEW = "fewer_than_two_scored"
    SMALL_GAP = "gap_too_small"
    NO_PROGRAM = "worst_without_program"
    NO_REFERENCE = "worst_without_reference"
    OVER_LIMIT = "over_max_pairs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two attempts at one request. ``group`` is the position of their group; the indices are positions within it.

    ``rounds``: best and worst are these rounds (from 1 on) of one attempt, each as it was when its picture had been judged.
    """

    group: int
    best: Episode
    worst: Episode
    best_index: int
    worst_index: int
    best_reward: float
    worst_reward: float
    rounds: tuple[int, int] | None = None

    @property
    def gap(self) -> float:
        return self.best_reward - self.worst_reward


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """``pairs`` by falling gap; ``left_out`` counts every reason that occurred."""

    pairs: tuple[Pair, ...]
    left_out: Mapping[LeftOut, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRule:
    """Which pairs count: those at least ``min_gap`` apart, the ``max_pairs`` widest of them.

    A worst attempt that failed by protocol alone teaches nothing about images, so its group is left out: one without a
    valid program, and (``reference_is_protocol``) one that selected no reference although the best one did. With ``valid_only``
    attempts without a program are passed over instead, and the group is compared by the others. ``nested``: so many pairs of a
    group at most, each of attempts that no other pair has; what is left out is counted by the first one. ``rounds``: the best
    and the worst round of an attempt make a pair, too.
    """

    min_gap: float = 0.20
    max_pairs: int = 8
    reference_is_protocol: bool = True
    valid_only: bool = False
    rounds: bool = True
    nested: int = 1

    def pick(self, groups: Sequence[Sequence[Judged]]) -> Picked:
        """Best and worst of every group, and of the rounds of an attempt. Attempts that are unscored, or met an outage, are
        left out; rounds without a telling pair are not counted.

        Equal rewards and equal gaps are settled by position, so the same input gives the same pairs.
        """
        left_out: Counter[LeftOut] = Counter()
        pairs: list[Pair] = []
        for group, attempts in enumerate(groups):
            found = self._nested(group, attempts, left_out)
            if found and (reason := self._reason(found[0])) is not None:
                left_out[reason] += 1
            pairs += filter(self._telling, found)
            if self.rounds:
                pairs += filter(self._telling, _of_rounds(group, attempts))
        pairs.sort(key=lambda pair: (-pair.gap, pair.group))
        if len(pairs) > self.max_pairs:
            left_out[LeftOut.OVER_LIMIT] += len(pairs) - self.max_pairs
        return Picked(pairs=tuple(pairs[: self.max_pairs]), left_out=dict(left_out))

    def _nested(self, group: int, attempts: Sequence[Judged], left_out: Counter[LeftOut]) -> list[Pair]:
        """The best with the worst, the second best with the second worst, and so on to the middle."""
        scored = self._scored(attempts, left_out)
        best = sorted(scored, key=lambda entry: (-entry[0], entry[1]))
        worst = sorted(scored)
        pairs: list[Pair] = []
        used: set[int] = set()
        for (best_reward, one), (worst_reward, other) in zip(best[: self.nested], worst, strict=False):
            if {one, other} & used or (pairs and one == other):
                break
            used |= {one, other}
            pair = Pair(
                group=group,
                best=attempts[one].episode,
                worst=attempts[other].episode,
                best_index=one,
                worst_index=other,
                best_reward=best_reward,
                worst_reward=worst_reward,
            )
            pairs.append(pair)
        return pairs

    def _scored(self, attempts: Sequence[Judged], left_out: Counter[LeftOut]) -> list[tuple[float, int]]:
        """(reward, position) of those that can be compared; none where there are fewer than two."""
        whole = [(one.value, index) for index, one in enumerate(attempts) if not one.episode.degraded]
        scored = [(value, index) for value, index in whole if value is not None]
        if degraded := len(attempts) - len(whole):
            left_out[LeftOut.DEGRADED] += degraded
        if unscored := len(whole) - len(scored):
            left_out[LeftOut.UNSCORED] += unscored
        if self.valid_only:
            scored = [(value, index) for value, index in scored if attempts[index].episode.program is not None]
        if len(scored) < 2:
            left_out[LeftOut.TOO_FEW] += 1
            return []
        return scored

    def _telling(self, pair: Pair) -> bool:
        return self._reason(pair) is None

    def _reason(self, pair: Pair) -> LeftOut | None:
        if pair.gap < self.min_gap - 1e-9:  # rewards are sums of tenths: 0.7 - 0.5 is a little less than 0.2
            return LeftOut.SMALL_GAP
        best, worst = pair.best.program, pair.worst.program
        if worst is None or best is None:
            return LeftOut.NO_PROGRAM
        if self.reference_is_protocol and best.references and not worst.references:
            return LeftOut.NO_REFERENCE
        return None


def _of_rounds(group: int, attempts: Sequence[Judged]) -> Iterator[Pair]:
    """The best and the worst round of each attempt that had several."""
    for index, one in enumerate(attempts):
        known = [(value, number) for number, value in enumerate(one.rounds) if value is not None]
        if len(known) < 2 or one.value is None or one.episode.degraded:
            continue
        best_reward, best = max(known, key=lambda entry: (entry[0], -entry[1]))
        worst_reward, worst = min(known)
        yield Pair(
            group=group,
            best=at_round(one.episode, best),
            worst=at_round(one.episode, worst),
            best_index=index,
            worst_index=index,
            best_reward=best_reward,
            worst_reward=worst_reward,
            rounds=(best + 1, worst + 1),
        )


def at_round(episode: Episode, number: int) -> Episode:
    """``episode`` as if it had ended with the answer of round ``number`` (from 0 on) and what became of that."""
    turns = [turn for part in parted(episode.turns)[: number + 1] for turn in part]
    turns[-1] = replace(turns[-1], observation=None)
    ended = Outcome(termination=Termination.ANSWER)
    return replace(episode, turns=tuple(turns), rounds=tried(episode.rounds)[number], outcome=ended)
