"""The one loop that executes an episode's commands: interactive use, batches, data building, benchmarks and rollouts."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from genevolve.core.case import Hidden
from genevolve.core.command import CallPolicy, CallTool, Done, JudgeImage, JudgeProgram, Render, ReviewImage
from genevolve.core.episode import Episode, Goal, aimed, command, step
from genevolve.core.event import Event, Payment, Rendered, Stopped, payments
from genevolve.run.components import Components
from genevolve.run.execute import ask, judge_image, judge_program, render, review_image, use
from genevolve.run.limits import BudgetExhausted, billed

Keep = Callable[[Event], None]
Work = CallPolicy | CallTool | Render | JudgeProgram | ReviewImage | JudgeImage


_NOTHING_KNOWN = Hidden()


async def drive(
    episode: Episode,
    setup: Components,
    keep: Keep = lambda event: None,
    *,
    goal: Goal | None = None,
    hidden: Hidden = _NOTHING_KNOWN,
    settle: bool = False,
) -> Episode:
    """Carry ``episode`` on to ``goal`` (None: its own); what it already holds is not done again.

    ``keep`` is given each event before the next command is executed. Of what is ``hidden`` only judges see the claims and the
    ground truth, where it is an image. ``settle``: a budget that is used up once there is a picture ends the episode with
    it, as it ends revising.
    """
    goal = episode.goal if goal is None else goal
    reviewed = setup.reviewer is not None or hidden.claims is not None or hidden.truth is not None
    episode = aimed(episode, goal, judge_program=setup.program_judge is not None, reviewed=reviewed)
    with setup.traces.episode(episode) if setup.traces is not None else nullcontext():
        while not isinstance(wanted := command(episode), Done):
            with billed() as bill, _traced(wanted, episode, setup) as came:
                event = await _within_budget(wanted, episode, setup, hidden, settle)
                came(event)
            event = _with_payments(event, bill.payments)
            keep(event)
            episode = step(episode, event)
    return episode


def _traced(wanted: Work, episode: Episode, setup: Components) -> AbstractContextManager[Keep]:
    """The span of a command, where there are traces; what it gives is told the event."""
    if setup.traces is None:
        return nullcontext(lambda event: None)
    return setup.traces.step(wanted, episode, setup.system, setup.detail)


def _with_payments(event: Event, spent: tuple[Payment, ...]) -> Event:
    """``event`` with what was paid for it, where it does not say the same itself.

    A call that costs something and has no budget is counted by its cost alone.
    """
    own = payments(event)
    same = len(spent) == len(own) and all(
        (paid.boundary, paid.cost) == (said.boundary, said.cost) and paid.calls in (0, said.calls)
        for paid, said in zip(spent, own, strict=True)
    )
    if not spent or same:
        return event
    return replace(event, spent=tuple(replace(paid, calls=max(1, paid.calls)) for paid in spent))


async def _within_budget(wanted: Work, episode: Episode, setup: Components, hidden: Hidden, settle: bool) -> Event:
    """``_execute``; a budget that is used up while a picture is revised ends the revising: there is a picture."""
    try:
        return await _execute(wanted, episode, setup, hidden)
    except BudgetExhausted as spent:
        if not episode.revising and not (settle and isinstance(episode.rendering, Rendered)):
            raise
        return Stopped(reason=str(spent))


async def _execute(wanted: Work, episode: Episode, setup: Components, hidden: Hidden) -> Event:
    match wanted:
        case CallPolicy(forced=forced):
            return await ask(episode, forced, setup)
        case CallTool(call=call):
            return await use(call, episode, setup)
        case Render(program=program, take=take):
            return await render(program, episode, setup, take)
        case JudgeProgram(program=program):
            assert setup.program_judge is not None
            return await judge_program(program, episode, setup, setup.program_judge)
        case ReviewImage(rendered=rendered):
            return await review_image(rendered, episode, setup)
        case JudgeImage(rendered=rendered):
            return await judge_image(rendered, episode, setup, hidden)
