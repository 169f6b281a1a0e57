"""The episode: a request on its whole way to a judged image. A frozen state, the events it takes, the commands it gives.

This file holds the only transition table; ``docs/episode.md`` shows it as a diagram that is drawn from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum

from genevolve.core.command import CallPolicy, CallTool, Command, Done, JudgeImage, JudgeProgram, Render, ReviewImage
from genevolve.core.event import (
    Answer,
    Event,
    Failed,
    ImageScored,
    KeepBest,
    Malformed,
    Mistake,
    NotRendered,
    Observation,
    Payment,
    ProgramScored,
    Refusal,
    Rendered,
    Replied,
    Returned,
    Review,
    Reviewed,
    Stopped,
    TextHit,
    ToolCall,
    ToolFailure,
    ToolResult,
    payments,
)
from genevolve.core.outage import outages
from genevolve.core.outcome import Outcome, Termination
from genevolve.core.picture import Picture, image_id
from genevolve.core.program import Program, faults
from genevolve.core.request import Request
from genevolve.core.round import Round, best, parted, review_of
from genevolve.core.score import ProgramScore, Score, Unscored
from genevolve.core.tool import Finds, Toolbox
from genevolve.core.turn import Turn


class IllegalEvent(ValueError):
    """An event that the episode's phase cannot take: a programmer's error, or a journal of another run."""


class Phase(StrEnum):
    """What an episode waits for."""

    ASKING = "asking"
    ACTING = "acting"
    RENDERING = "rendering"
    JUDGING_PROGRAM = "judging_program"
    REVIEWING = "reviewing"
    JUDGING_IMAGE = "judging_image"
    DONE = "done"


class Goal(IntEnum):
    """How far to go."""

    PROGRAM = 1
    IMAGE = 2
    SCORE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Budgets of the conversation. Of a reply of more than ``max_reply_characters`` only so many are kept, and none is read.

    ``rounds`` are the answers that may be drawn; turns and tool calls are of each. ``takes`` are the seeds that each of them
    is drawn with until nothing fails.
    """

    max_tool_calls: int = 10
    max_turns: int = 11
    max_references: int = 2
    max_reply_characters: int = 400_000
    rounds: int = 1
    takes: int = 1

    @property
    def several(self) -> bool:
        """More than one picture may be made."""
        return self.rounds > 1 or self.takes > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """τ = (x, a_1, o_1, …, z, ŷ, r, d). ``goal`` is how far it is asked to go, ``judge_program`` whether programs are scored
    on the way to a score, ``reviewed`` whether the policy reads another verdict than the final one."""

    request: Request
    limits: Limits
    tools: Toolbox = field(default_factory=Toolbox, compare=False, repr=False)
    goal: Goal = Goal.SCORE
    judge_program: bool = True
    reviewed: bool = False
    phase: Phase = Phase.ASKING
    turns: tuple[Turn, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tool_calls: int = 0
    outcome: Outcome | None = None
    rounds: tuple[Round, ...] = ()
    spent: tuple[Payment, ...] = ()  # what cost something, with attempts that are forgotten

    @property
    def picture_ids(self) -> tuple[str, ...]:
        return tuple(image_id(position) for position in range(len(self.pictures)))

    @property
    def last_turn(self) -> bool:
        """The next reply is the last one that will be read."""
        return len(self.round_turns) + 1 >= self.limits.max_turns

    @property
    def round_turns(self) -> tuple[Turn, ...]:
        """The turns since the policy was last shown a picture of its own."""
        return parted(self.turns)[-1]

    @property
    def answer_forced(self) -> bool:
        """The next reply must be an answer: it is the last turn, or no tool call is left."""
        executed = (
            isinstance(turn.action, ToolCall) and not isinstance(turn.observation, Refusal) for turn in self.round_turns
        )
        return self.last_turn or sum(executed) >= self.limits.max_tool_calls

    def picture(self, img_id: str) -> Picture:
        """The picture called ``img_id``. Raises ``KeyError`` for an id this episode never handed out."""
        try:
            return self.pictures[self.picture_ids.index(img_id)]
        except ValueError:
            raise KeyError(img_id) from None

    # ---- what it has come to: of its best round -------------------------------------------------------------------------

    @property
    def best(self) -> Round | None:
        """The round that is its result."""
        return best(self.rounds) if self.rounds else None

    @property
    def revising(self) -> bool:
        """It holds the verdict on an earlier program, and works at another."""
        return any(isinstance(turn.observation, Review) for turn in self.turns) and self.phase is not Phase.DONE

    @property
    def program(self) -> Program | None:
        return self.best.program if self.best else None

    @property
    def rendering(self) -> Rendered | NotRendered | None:
        return self.best.rendering if self.best else None

    @property
    def program_score(self) -> ProgramScore | Unscored | None:
        return self.best.program_score if self.best else None

    @property
    def image_score(self) -> Score | Unscored | None:
        return self.best.image_score if self.best else None

    @property
    def verdict(self) -> Score | Unscored:
        """The image score, or why there is none."""
        if self.image_score is not None:
            return self.image_score
        match self.rendering:
            case NotRendered(reason=reason, retryable=retryable):
                return Unscored(reason=f"no image: {reason}", retryable=retryable)
            case Rendered():
                return Unscored(reason="the image has not been judged", retryable=True)
        if self.outcome is None:
            return Unscored(reason="the episode is not finished", retryable=True)
        if self.program is None:
            ended = self.outcome
            return Unscored(reason=f"no program ({ended.termination}): {ended.error}", retryable=ended.retryable)
        return Unscored(reason="the program has not been rendered", retryable=True)

    @property
    def program_verdict(self) -> ProgramScore | Unscored:
        """The program score, or why there is none."""
        return self.program_score or Unscored(reason="the program has not been judged", retryable=True)

    @property
    def judges(self) -> tuple[str, ...]:
        """Who scored its image and its program, with their versions."""
        given = (self.image_score, self.program_score)
        return tuple(score.judged_by for score in given if isinstance(score, Score | ProgramScore))

    # ---- what it was shown --------------------------------------------------------------------------------------------

    def results(self, *finds: Finds) -> tuple[ToolResult, ...]:
        """What tools that bring ``finds`` have brought; without ``finds`` all."""
        return self._brought(self.turns, *finds)

    def known(self, *finds: Finds) -> tuple[ToolResult, ...]:
        """As ``results``, with what was brought for the requests that this one follows."""
        return self._brought((*self.request.earlier_turns, *self.turns), *finds)

    def _brought(self, turns: tuple[Turn, ...], *finds: Finds) -> tuple[ToolResult, ...]:
        seen = (turn.observation for turn in turns if isinstance(turn.observation, ToolResult))
        return tuple(shown for shown in seen if not finds or self.tools.tool(shown.tool).finds in finds)

    @property
    def facts(self) -> tuple[TextHit, ...]:
        """Every text hit that it was shown, in order, each once."""
        return tuple(dict.fromkeys(hit for shown in self.known() for answered in shown.facts for hit in answered.hits))

    @property
    def skills(self) -> tuple[str, ...]:
        """The names of the guidance that it read, in order, each once."""
        return tuple(dict.fromkeys(shown.about for shown in self.known(Finds.GUIDANCE)))

    def calls(self, *finds: Finds) -> tuple[ToolCall, ...]:
        """Its calls of tools that bring ``finds``, whatever came of them; without ``finds`` all."""
        made = (turn.action for turn in self.turns if isinstance(turn.action, ToolCall))
        return tuple(call for call in made if not finds or self.tools.tool(call.name).finds in finds)

    @property
    def degraded(self) -> tuple[str, ...]:
        """What it asked for and got from no service, in words. Such an episode is no opinion of its policy."""
        turns = ((turn.action, turn.observation) for turn in self.turns)
        return outages((self.tools.tool(act.name), act, seen) for act, seen in turns if isinstance(act, ToolCall))


# ---- its start and its end -----------------------------------------------------------------------------------------


def start(request: Request, limits: Limits, tools: Toolbox) -> Episode:
    """A fresh episode; the pictures that come with the request take the first image ids."""
    return Episode(request=request, limits=limits, tools=tools, pictures=request.pictures)


def given(request: Request, limits: Limits, pictures: tuple[Picture, ...], program: Program) -> Episode:
    """An episode whose program someone else has found; ``pictures`` are those that it may refer to."""
    begun = Episode(request=request, limits=limits, pictures=pictures)
    return _further(replace(begun, outcome=Outcome(termination=Termination.ANSWER), rounds=(Round(program=program),)))


def aimed(episode: Episode, goal: Goal, *, judge_program: bool = True, reviewed: bool = False) -> Episode:
    """The episode asked to go as far as ``goal``; what it already holds is not done again."""
    asked = replace(episode, goal=goal, judge_program=judge_program, reviewed=reviewed and episode.limits.several)
    return _further(asked) if asked.rounds and asked.outcome is not None else asked


def command(episode: Episode) -> Command:
    """What the outside world has to do before the next event."""
    match episode.phase:
        case Phase.ASKING:
            return CallPolicy(forced=episode.answer_forced)
        case Phase.ACTING:
            return CallTool(call=_pending(episode))
        case Phase.DONE:
            return Done()
    last = episode.rounds[-1]
    if episode.phase is Phase.RENDERING:
        return Render(program=last.program, take=last.take)
    if episode.phase is Phase.JUDGING_PROGRAM:
        return JudgeProgram(program=last.program)
    assert isinstance(last.rendering, Rendered)
    reviewing = episode.phase is Phase.REVIEWING
    return ReviewImage(rendered=last.rendering) if reviewing else JudgeImage(rendered=last.rendering)


def step(episode: Episode, event: Event) -> Episode:
    """The next state. Raises ``IllegalEvent`` where the transition table has no entry."""
    try:
        transition = TRANSITIONS[episode.phase, type(event)]
        following = transition.take(episode, event)
    except (KeyError, _NoProgram):
        raise IllegalEvent(f"a {type(event).__name__} event cannot be taken in phase {episode.phase}") from None
    assert following.phase in transition.to, f"{episode.phase} to {following.phase} is not in the table"
    return paid(following, event)


def paid(episode: Episode, event: Event) -> Episode:
    """``episode`` with what ``event`` cost."""
    costs = tuple(payment for payment in payments(event) if payment.cost)
    return replace(episode, spent=(*episode.spent, *costs)) if costs else episode


# ---- transitions: the conversation ------------------------------------------------------------------------------------


def _replied(episode: Episode, event: Event) -> Episode:
    assert isinstance(event, Replied)
    turn = Turn(text=event.text, action=event.action, usage=event.usage)
    match event.action:
        case Answer(program=program) if any(program == earlier.program for earlier in episode.rounds):
            return _end(episode, turn, Outcome(termination=Termination.ANSWER))
        case Answer(program=program):
            return _answered(episode, turn, program)
        case KeepBest():
            return _kept(episode, turn)
        case Malformed(reason=reason):
            if episode.last_turn:
                return _end(episode, turn, Outcome(termination=Termination.MAX_ROUNDS, error=reason))
            return _observe(episode, turn, Mistake(problems=(reason,)))
        case ToolCall(name=name) if episode.last_turn:
            refused = f"{name} was called in the last turn, in which only an answer is taken; it was not executed"
            return _end(episode, turn, Outcome(termination=Termination.MAX_ROUNDS, error=refused))
        case ToolCall(name=name) if episode.answer_forced:
            budget = f"all {episode.limits.max_tool_calls} tool calls are used; {name} was not executed"
            return _observe(episode, turn, Refusal(reason=budget))
        case ToolCall():
            turns = (*episode.turns, turn)
            return replace(episode, phase=Phase.ACTING, turns=turns, tool_calls=episode.tool_calls + 1)


def _answered(episode: Episode, turn: Turn, program: Program) -> Episode:
    found = faults(program, known_ids=episode.picture_ids, max_references=episode.limits.max_references)
    if not found:
        ended = _end(episode, turn, Outcome(termination=Termination.ANSWER))
        return _further(replace(ended, rounds=(*ended.rounds, Round(program=program))))
    problems = tuple(f"{fault.rule}: {fault.detail}" for fault in found)
    if episode.last_turn:
        error = "the last answer is not a valid program: " + "; ".join(problems)
        return _end(episode, turn, Outcome(termination=Termination.NO_ANSWER, error=error))
    return _observe(episode, turn, Mistake(problems=problems))


def _kept(episode: Episode, turn: Turn) -> Episode:
    if episode.rounds:
        return _end(episode, turn, Outcome(termination=Termination.ANSWER))
    reason = "there is no picture to keep yet: answer with a program"
    if episode.last_turn:
        return _end(episode, turn, Outcome(termination=Termination.NO_ANSWER, error=reason))
    return _observe(episode, turn, Mistake(problems=(reason,)))


def _policy_failed(episode: Episode, event: Event) -> Episode:
    assert isinstance(event, Failed)
    outcome = Outcome(termination=Termination.ERROR, error=f"{event.boundary}: {event.message}", retryable=event.retryable)
    return replace(episode, phase=Phase.DONE, outcome=_with_program(episode, outcome))


def _returned(episode: Episode, event: Event) -> Episode:
    assert isinstance(event, Returned)
    found = event.result.pictures
    result = replace(event.result, first=len(episode.pictures) if found else 0)
    return replace(_see(episode, result), pictures=(*episode.pictures, *found))


def _tool_failed(episode: Episode, event: Event) -> Episode:
    assert isinstance(event, Failed)
    return _see(episode, ToolFailure(call=_pending(episode), message=event.message, outage=event.outage))


def _pending(episode: Episode) -> ToolCall:
    call = episode.turns[-1].action
    assert isinstance(call, ToolCall)
    return call


def _see(episode: Episode, observation: Observation) -> Episode:
    *earlier, last = episode.turns
    turns = (*earlier, replace(last, observation=observation))
    return replace(episode, phase=Phase.ASKING, turns=turns)


def _observe(episode: Episode, turn: Turn, observation: Observation) -> Episode:
    return replace(episode, turns=(*episode.turns, replace(turn, observation=observation)))


def _end(episode: Episode, turn: Turn, outcome: Outcome) -> Episode:
    return replace(episode, phase=Phase.DONE, turns=(*episode.turns, turn), outcome=_with_program(episode, outcome))


def _with_program(episode: Episode, outcome: Outcome) -> Outcome:
    """``outcome``; where an earlier round has a program, that is the answer, and what went wrong only stopped the revising."""
    if not episode.rounds or outcome.termination is Termination.ANSWER:
        return outcome
    return Outcome(termination=Termination.ANSWER, retryable=outcome.retryable, stopped=outcome.error)


# ---- transitions: what becomes of a program ---------------------------------------------------------------------------


class _NoProgram(ValueError):
    """There is no round that the event could be about."""


def _came(episode: Episode, event: Event) -> Episode:
    """A rendering or a score, in whichever order they come: a failure that was asked about again comes after its successors."""
    if not episode.rounds:
        raise _NoProgram
    *earlier, last = episode.rounds
    match event:
        case Rendered() | NotRendered():
            last = replace(last, rendering=event)
        case ProgramScored(result=program_score):
            last = replace(last, program_score=program_score)
        case Reviewed(result=review):
            last = replace(last, review=review)
        case ImageScored(result=image_score):
            last = replace(last, image_score=image_score)
    return _further(replace(episode, rounds=(*earlier, last)))


def _further(episode: Episode) -> Episode:
    """The phase of an episode with a program: the first thing on the way to its goal that it does not have yet."""
    last, goal = episode.rounds[-1], episode.goal
    if goal >= Goal.IMAGE and last.rendering is None:
        phase = Phase.RENDERING
    elif goal >= Goal.SCORE and episode.judge_program and last.program_score is None:
        phase = Phase.JUDGING_PROGRAM
    elif goal >= Goal.SCORE and isinstance(last.rendering, Rendered) and episode.reviewed and last.review is None:
        phase = Phase.REVIEWING
    elif goal >= Goal.SCORE and isinstance(last.rendering, Rendered) and last.image_score is None:
        phase = Phase.JUDGING_IMAGE
    elif (review := _review(episode)) is None:
        phase = Phase.DONE
    elif not review.refused and last.take + 1 < episode.limits.takes:
        phase = Phase.RENDERING
        another = Round(program=last.program, take=last.take + 1, program_score=last.program_score)
        episode = replace(episode, rounds=(*episode.rounds, another))
    elif review.round < review.most:
        return replace(_see(episode, review), outcome=None)
    else:
        phase = Phase.DONE
    return replace(episode, phase=phase)


def _review(episode: Episode) -> Review | None:
    """What is to be said of the newest picture: the policy has just answered, and something failed."""
    if episode.goal < Goal.SCORE or not episode.limits.several or not episode.turns:
        return None
    if not isinstance(episode.turns[-1].action, Answer) or episode.turns[-1].observation is not None:
        return None
    if episode.rounds[-1].halted:
        return None
    return review_of(episode.rounds, episode.limits.rounds)


def _stopped(episode: Episode, event: Event) -> Episode:
    assert isinstance(event, Stopped)
    if not episode.rounds:
        raise _NoProgram
    outcome = Outcome(termination=Termination.ANSWER, retryable=True, stopped=event.reason)
    return replace(episode, phase=Phase.DONE, outcome=outcome)


# ---- the table --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Transition:
    """What an event does, and the phases that it may lead to."""

    take: Callable[[Episode, Event], Episode]
    to: tuple[Phase, ...]


def _stays(phase: Phase, *events: type[Event]) -> dict[tuple[Phase, type[Event]], Transition]:
    """Results that came later than what followed them."""
    return {(phase, event): Transition(_came, (phase,)) for event in events}


_STOPPABLE = tuple(phase for phase in Phase if phase is not Phase.DONE)
_ONWARD = (Phase.JUDGING_PROGRAM, Phase.REVIEWING, Phase.JUDGING_IMAGE, Phase.RENDERING, Phase.ASKING, Phase.DONE)
TRANSITIONS: Mapping[tuple[Phase, type[Event]], Transition] = {
    (Phase.ASKING, Replied): Transition(_replied, (Phase.ASKING, Phase.ACTING, Phase.RENDERING, Phase.DONE)),
    (Phase.ASKING, Failed): Transition(_policy_failed, (Phase.DONE,)),
    (Phase.ACTING, Returned): Transition(_returned, (Phase.ASKING,)),
    (Phase.ACTING, Failed): Transition(_tool_failed, (Phase.ASKING,)),
    (Phase.RENDERING, Rendered): Transition(_came, _ONWARD),
    (Phase.RENDERING, NotRendered): Transition(_came, (Phase.JUDGING_PROGRAM, *_ONWARD[3:])),
    (Phase.JUDGING_PROGRAM, ProgramScored): Transition(_came, _ONWARD[1:]),
    (Phase.REVIEWING, Reviewed): Transition(_came, _ONWARD[2:]),
    (Phase.JUDGING_IMAGE, ImageScored): Transition(_came, _ONWARD[3:]),
    (Phase.DONE, Rendered): Transition(_came, (Phase.REVIEWING, Phase.JUDGING_IMAGE, Phase.DONE)),
    (Phase.DONE, NotRendered): Transition(_came, _ONWARD[3:]),
    (Phase.DONE, Reviewed): Transition(_came, _ONWARD[3:]),
    (Phase.DONE, ImageScored): Transition(_came, _ONWARD[3:]),
    (Phase.REVIEWING, NotRendered): Transition(_came, (Phase.DONE,)),
    (Phase.JUDGING_IMAGE, NotRendered): Transition(_came, (Phase.DONE,)),
    **{(phase, Stopped): Transition(_stopped, (Phase.DONE,)) for phase in _STOPPABLE},
    **_stays(Phase.RENDERING, ProgramScored, Reviewed, ImageScored),
    **_stays(Phase.JUDGING_PROGRAM, Reviewed, ImageScored, Rendered, NotRendered),
    **_stays(Phase.REVIEWING, ProgramScored, ImageScored, Rendered),
    **_stays(Phase.JUDGING_IMAGE, ProgramScored, Reviewed, Rendered),
    **_stays(Phase.DONE, ProgramScored),
}
