"""A round of an episode: a program and what became of it; which round is the best; what the policy is told before another."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Protocol, TypeVar

from genevolve.core.event import NotRendered, Observation, Rendered, Review
from genevolve.core.program import Program
from genevolve.core.score import Diagnostic, Dimension, ProgramScore, Score, Unscored, kscore


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A program and what became of it. What did not happen (yet) is None. ``take``: how often it was drawn before, each time
    with another seed.

    ``image_score`` is the final judge's. ``review`` is the verdict that the policy may read, where the final one is another's
    or rests on what the policy may not know.
    """

    program: Program
    take: int = 0
    rendering: Rendered | NotRendered | None = None
    program_score: ProgramScore | Unscored | None = None
    review: Score | Unscored | None = None
    image_score: Score | Unscored | None = None

    @property
    def told(self) -> Score | Unscored | None:
        """The verdict that revising goes by."""
        return self.review if self.review is not None else self.image_score

    @property
    def halted(self) -> str:
        """What a service failed to do here and may do when asked again; "" where nothing is missing."""
        match self.rendering, self.told:
            case (NotRendered(reason=reason, retryable=True), _) | (Rendered(), Unscored(reason=reason, retryable=True)):
                return reason
        return ""


def best(rounds: Sequence[Round]) -> Round:
    """The one with the best picture by the verdict that revising goes by; of equals the first. Without any picture the last."""
    rendered = [each for each in rounds if isinstance(each.rendering, Rendered)]
    return max(rendered, key=lambda each: rank(each.told)) if rendered else rounds[-1]


def rank(told: Score | Unscored | None) -> tuple[float, float]:
    """The higher the better; a picture without a score comes after all that have one."""
    if not isinstance(told, Score):
        return (-1.0, 0.0)
    checks = told.diagnostics
    return (kscore(told), sum(check.passed for check in checks) / len(checks) if checks else 0.0)


class Observed(Protocol):
    """A reply of the policy and what it was shown in return."""

    @property
    def observation(self) -> Observation | None: ...


T = TypeVar("T", bound=Observed)


def parted(turns: Sequence[T]) -> list[tuple[T, ...]]:
    """The turns of each round; the last are those since the policy was last shown a picture of its own, if only none."""
    ends = [place for place, turn in enumerate(turns, start=1) if isinstance(turn.observation, Review)]
    return [tuple(turns[begin:end]) for begin, end in zip([0, *ends], [*ends, len(turns)], strict=True)]


def longest(turns: Sequence[Observed]) -> int:
    """The turns of the round that has most of them."""
    return max(map(len, parted(turns)))


def tried(rounds: Sequence[Round]) -> list[tuple[Round, ...]]:
    """The rounds of each program: it with all its takes."""
    begins = [place for place, each in enumerate(rounds) if each.take == 0]
    return [tuple(rounds[begin:end]) for begin, end in pairwise([*begins, len(rounds)])]


def answers(rounds: Sequence[Round]) -> int:
    """How many programs there are."""
    return sum(each.take == 0 for each in rounds)


def review_of(rounds: Sequence[Round], most: int) -> Review | None:
    """What the policy is shown of the newest program, or None: where nothing failed, or nothing is known."""
    last = best(rounds[-1 - rounds[-1].take :])
    review = partial(Review, round=answers(rounds), most=most, best=answers(rounds[: rounds.index(best(rounds)) + 1]))
    match last.rendering, last.told:
        case NotRendered(reason=reason, refused=True), _:
            return review(refused=reason)
        case Rendered(notes=notes, digest=digest), Score() as score if failed := failures(score):
            passed = tuple(check for check in score.diagnostics if check.passed)
            lost = tuple(entry.words for entry in score.ledger.losses()) if score.ledger is not None else ()
            remark = score.rationale
            return review(failed=failed, passed=passed, unchecked=lost, remark=remark, notes=notes, digest=digest)
    return None


def failures(score: Score) -> tuple[Diagnostic, ...]:
    """The requirements that are not met; of a judge that lists none, the dimensions that are not full."""
    if score.diagnostics:
        return tuple(check for check in score.diagnostics if not check.passed)
    levels = {dimension: getattr(score, dimension) for dimension in Dimension}
    return tuple(
        Diagnostic(skill="", dimension=each, requirement=each.replace("_", " "), passed=False, detail=f"{level:g} of 1")
        for each, level in levels.items()
        if level is not None and level < 1
    )
