"""A whole attempt at a request: the episode, the image it led to, and the scores; and the entries it is rebuilt from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from genevolve.core.episode import Episode, Limits, Termination, start, step
from genevolve.core.event import Boundary, Event, Failed, ImageResults, Replied, Returned
from genevolve.core.request import Request
from genevolve.core.score import ProgramScore, Score, Unscored


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The image, stored under ``digest``; ``notes`` say what the generator could not draw and what stands in for it."""

    digest: str
    notes: tuple[str, ...] = ()
    cost: float = 0.0
    kind: Literal["rendered"] = "rendered"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRendered:
    """There is no image. ``refused``: the service declined the content, so asking again is pointless."""

    reason: str
    retryable: bool = False
    refused: bool = False
    kind: Literal["not_rendered"] = "not_rendered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageScored:
    result: Score | Unscored
    kind: Literal["image_scored"] = "image_scored"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramScored:
    result: ProgramScore | Unscored
    kind: Literal["program_scored"] = "program_scored"


Entry = Event | Rendered | NotRendered | ImageScored | ProgramScored


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """τ = (x, a_1, o_1, …, z, ŷ, r, d). What did not happen (yet) is None."""

    episode: Episode
    rendering: Rendered | NotRendered | None = None
    program_score: ProgramScore | Unscored | None = None
    score: Score | Unscored | None = None


def open_trajectory(request: Request, limits: Limits) -> Trajectory:
    return Trajectory(episode=start(request, limits))


def advance(trajectory: Trajectory, entry: Entry) -> Trajectory:
    """The trajectory with one more entry."""
    match entry:
        case Replied() | Returned() | Failed():
            return replace(trajectory, episode=step(trajectory.episode, entry))
        case Rendered() | NotRendered():
            return replace(trajectory, rendering=entry)
        case ImageScored(result=score):
            return replace(trajectory, score=score)
        case ProgramScored(result=program_score):
            return replace(trajectory, program_score=program_score)


def resume(trajectory: Trajectory, entries: Iterable[Entry], *, forget_failures: bool = False) -> Trajectory:
    """Fold ``entries``. ``forget_failures``: what may succeed when tried again counts as not tried yet."""
    for entry in entries:
        following = advance(trajectory, entry)
        if not (forget_failures and _retryable_end(entry, following)):
            trajectory = following
    return trajectory


def images_of(entry: Entry) -> tuple[str, ...]:
    """Digests of the stored images that ``entry`` rests on."""
    match entry:
        case Rendered(digest=digest):
            return (digest,)
        case Returned(result=ImageResults(pictures=pictures)):
            return tuple(picture.digest for picture in pictures)
    return ()


def paid_for(entry: Entry) -> tuple[Boundary, float] | None:
    """The service that ``entry`` is an answer of, and what it cost. Searches are left out: a cache may have answered."""
    match entry:
        case Replied(usage=usage):
            return Boundary.POLICY, usage.cost
        case Rendered(cost=cost):
            return Boundary.GENERATOR, cost
        case ImageScored(result=result):
            return Boundary.IMAGE_JUDGE, result.cost
        case ProgramScored(result=result):
            return Boundary.PROGRAM_JUDGE, result.cost
    return None


def _retryable_end(entry: Entry, following: Trajectory) -> bool:
    match entry:
        case Failed():
            outcome = following.episode.outcome
            return outcome is not None and outcome.termination is Termination.ERROR
        case NotRendered(retryable=retryable):
            return retryable
        case ImageScored(result=Unscored(retryable=retryable)) | ProgramScored(result=Unscored(retryable=retryable)):
            return retryable
    return False
