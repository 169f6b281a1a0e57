"""One request, from where it stands to its end: episode, image, scores. Each step is recorded before the next begins."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum

from genevolve.core.claim import Claim
from genevolve.core.score import ProgramScore, Score, Unscored
from genevolve.core.trajectory import Entry, ImageScored, NotRendered, ProgramScored, Rendered, Trajectory, advance
from genevolve.run.assess import assess_image, assess_program
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.render import render

Keep = Callable[[Entry], None]


class Until(IntEnum):
    """How far to go."""

    PROGRAM = 1
    IMAGE = 2
    SCORE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is known about the right image; only judges may see it. ``image`` is an image file."""

    claims: tuple[Claim, ...] | None = None
    image: bytes | None = None


async def attempt(
    trajectory: Trajectory,
    setup: Components,
    *,
    keep: Keep = lambda entry: None,
    until: Until = Until.SCORE,
    truth: Truth | None = None,
) -> Trajectory:
    """Carry ``trajectory`` on to ``until``; what it already holds is not done again."""
    truth = truth or Truth()
    episode = await drive(trajectory.episode, setup, keep)
    trajectory = replace(trajectory, episode=episode)

    def grow(entry: Entry) -> None:
        nonlocal trajectory
        keep(entry)
        trajectory = advance(trajectory, entry)

    program = episode.outcome.program if episode.outcome else None
    if program is None:
        return trajectory
    if until >= Until.IMAGE and trajectory.rendering is None:
        grow(await render(program, episode, setup))
    if until >= Until.SCORE and trajectory.program_score is None and setup.program_judge is not None:
        grow(ProgramScored(result=await assess_program(program, episode, setup, setup.program_judge)))
    if until >= Until.SCORE and trajectory.score is None and isinstance(trajectory.rendering, Rendered):
        scored = await assess_image(trajectory.rendering, episode, setup, claims=truth.claims, ground_truth=truth.image)
        grow(ImageScored(result=scored))
    return trajectory


def verdict(trajectory: Trajectory) -> Score | Unscored:
    """The image score, or why there is none."""
    if trajectory.score is not None:
        return trajectory.score
    outcome = trajectory.episode.outcome
    match trajectory.rendering:
        case NotRendered(reason=reason, retryable=retryable):
            return Unscored(reason=f"no image: {reason}", retryable=retryable)
        case Rendered():
            return Unscored(reason="the image has not been judged", retryable=True)
    if outcome is None:
        return Unscored(reason="the episode is not finished", retryable=True)
    if outcome.program is None:
        return Unscored(reason=f"no program ({outcome.termination}): {outcome.error}", retryable=outcome.retryable)
    return Unscored(reason="the program has not been rendered", retryable=True)


def program_verdict(trajectory: Trajectory) -> ProgramScore | Unscored:
    """The program score, or why there is none."""
    return trajectory.program_score or Unscored(reason="the program has not been judged", retryable=True)
