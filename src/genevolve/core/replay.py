"""An episode from the events that were recorded of it: folded, and carried on after failures."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from genevolve.core.episode import Episode, Limits, Phase, aimed, paid, start, step
from genevolve.core.event import Event, Failed, ImageScored, NotRendered, ProgramScored, Rendered, Replied, Reviewed, Stopped
from genevolve.core.request import Request
from genevolve.core.score import Unscored
from genevolve.core.tool import Toolbox

T = TypeVar("T")


def replay(request: Request, limits: Limits, tools: Toolbox, events: Iterable[Event]) -> Episode:
    """The state that ``events`` lead to."""
    return resume(start(request, limits, tools), events)


def resume(episode: Episode, events: Iterable[Event], *, forget_failures: bool = False) -> Episode:
    """Fold ``events``. ``forget_failures``: what may succeed when tried again counts as not tried yet, but was paid for; not
    where the conversation has gone on from it. What ended the conversation and is followed by something was tried again."""
    told = tuple(events)
    if episode.limits.several:  # where a round ends must be known before the policy speaks again
        kinds = {type(event) for event in told}
        episode = replace(episode, judge_program=ProgramScored in kinds, reviewed=Reviewed in kinds)
    gone_on = max((place for place, event in enumerate(told) if isinstance(event, Replied | Rendered)), default=-1)
    for place, event in enumerate(told):
        following = step(episode, event)
        if isinstance(event, Failed | Stopped):
            forgotten = following.phase is Phase.DONE and (forget_failures or place + 1 < len(told))
        else:
            forgotten = forget_failures and place > gone_on and _may_come_out_better(event)
        episode = paid(episode, event) if forgotten else following
    return episode


def _may_come_out_better(event: Event) -> bool:
    return _untried(event.result if isinstance(event, ProgramScored | Reviewed | ImageScored) else event) is None


def _untried(came: T) -> T | None:
    """``came``, or None where it failed for a reason that may have passed."""
    return None if isinstance(came, NotRendered | Unscored) and came.retryable else came


def retried(episode: Episode) -> Episode:
    """The episode where what became of its program, and may come out better when tried again, was not tried yet."""
    if not episode.rounds:
        return episode
    *earlier, last = episode.rounds
    last = replace(
        last,
        rendering=_untried(last.rendering),
        program_score=_untried(last.program_score),
        review=_untried(last.review),
        image_score=_untried(last.image_score),
    )
    again = replace(episode, rounds=(*earlier, last))
    return aimed(again, episode.goal, judge_program=episode.judge_program, reviewed=episode.reviewed)
