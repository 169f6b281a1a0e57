"""The one loop that executes an episode's commands: interactive use, batches, data building, benchmarks and rollouts."""

from collections.abc import Callable
from dataclasses import replace

from genevolve.core.case import Hidden
from genevolve.core.episode import (
    CallPolicy,
    CallTool,
    Done,
    Episode,
    Goal,
    JudgeImage,
    JudgeProgram,
    Render,
    aimed,
    command,
    step,
)
from genevolve.core.event import Event, Payment, payments
from genevolve.run.components import Components
from genevolve.run.execute import ask, judge_image, judge_program, render, use
from genevolve.run.limits import billed

Keep = Callable[[Event], None]


_NOTHING_KNOWN = Hidden()


async def drive(
    episode: Episode,
    setup: Components,
    keep: Keep = lambda event: None,
    *,
    goal: Goal | None = None,
    hidden: Hidden = _NOTHING_KNOWN,
) -> Episode:
    """Carry ``episode`` on to ``goal`` (None: its own); what it already holds is not done again.

    ``keep`` is given each event before the next command is executed. Of what is ``hidden`` only judges see the claims and the
    ground truth, where it is an image.
    """
    goal = episode.goal if goal is None else goal
    episode = aimed(episode, goal, judge_program=setup.program_judge is not None)
    while not isinstance(wanted := command(episode), Done):
        with billed() as bill:
            event = await _execute(wanted, episode, setup, hidden)
        event = _with_payments(event, bill.payments)
        keep(event)
        episode = step(episode, event)
    return episode


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


async def _execute(
    wanted: CallPolicy | CallTool | Render | JudgeProgram | JudgeImage, episode: Episode, setup: Components, hidden: Hidden
) -> Event:
    match wanted:
        case CallPolicy(forced=forced):
            return await ask(episode, forced, setup)
        case CallTool(call=call):
            return await use(call, episode, setup)
        case Render(program=program):
            return await render(program, episode, setup)
        case JudgeProgram(program=program):
            assert setup.program_judge is not None
            return await judge_program(program, episode, setup, setup.program_judge)
        case JudgeImage(rendered=rendered):
            return await judge_image(rendered, episode, setup, hidden)
