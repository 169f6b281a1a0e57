"""An episode from the events that were recorded of it: folded, and carried on after failures."""

from collections.abc import Iterable
from dataclasses import replace

from genevolve.core.episode import Episode, Limits, Phase, aimed, paid, start, step
from genevolve.core.event import Event, Failed, ImageScored, NotRendered, ProgramScored, Rendered, Replied, Reviewed, Stopped
from genevolve.core.request import Request
from genevolve.core.score import Unscored
from genevolve.core.tool import Toolbox


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
    match event:
        case NotRendered(retryable=retryable):
            return retryable
        case ImageScored(result=Unscored(retryable=retryable)) | Reviewed(result=Unscored(retryable=retryable)):
            return retryable
        case ProgramScored(result=Unscored(retryable=retryable)):
            return retryable
    return False


def retried(episode: Episode) -> Episode:
    """The episode where what became of its program, and may come out better when tried again, was not tried yet."""
    if not episode.rounds:
        return episode
    *earlier, last = episode.rounds
    if isinstance(last.rendering, NotRendered) and last.rendering.retryable:
        last = replace(last, rendering=None)
    if isinstance(last.program_score, Unscored) and last.program_score.retryable:
        last = replace(last, program_score=None)
    if isinstance(last.review, Unscored) and last.review.retryable:
        last = replace(last, review=None)
    if isinstance(last.image_score, Unscored) and last.image_score.retryable:
        last = replace(last, image_score=None)
    again = replace(episode, rounds=(*earlier, last))
    return aimed(again, episode.goal, judge_program=episode.judge_program, reviewed=episode.reviewed)
