"""The episode: a request on its whole way to a judged image. A frozen state, the events it takes, the commands it gives.

This file holds the only transition table; ``docs/episode.md`` shows it as a diagram that is drawn from it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum

from genevolve.core.event import (
    Action,
    Answer,
    Event,
    Failed,
    ImageScored,
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
    TextHit,
    ToolCall,
    ToolFailure,
    ToolResult,
    Usage,
    payments,
)
from genevolve.core.outage import outages
from genevolve.core.picture import Picture, image_id
from genevolve.core.program import Program, faults
from genevolve.core.request import Request
from genevolve.core.score import ProgramScore, Score, Unscored
from genevolve.core.tool import Finds, Toolbox


class IllegalEvent(ValueError):
    """An event that the episode's phase cannot take: a programmer's error, or a journal of another run."""


class Phase(StrEnum):
    """What an episode waits for."""

    ASKING = "asking"
    ACTING = "acting"
    RENDERING = "rendering"
    JUDGING_PROGRAM = "judging_program"
    JUDGING_IMAGE = "judging_image"
    DONE = "done"


class Goal(IntEnum):
    """How far to go."""

    PROGRAM = 1
    IMAGE = 2
    SCORE = 3


class Termination(StrEnum):
    """How the conversation ended; the values are those of the public result files."""

    ANSWER = "answer"
    NO_ANSWER = "no_answer"
    MAX_ROUNDS = "max_rounds_reached"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Budgets of the conversation. Of a reply of more than ``max_reply_characters`` only so many are kept, and none is read."""

    max_tool_calls: int = 10
    max_turns: int = 11
    max_references: int = 2
    max_reply_characters: int = 400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One reply of the policy and what it was shown in return (nothing, when the reply ended the conversation)."""

    text: str
    action: Action
    usage: Usage = field(default_factory=Usage)
    observation: Observation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the conversation ended. There is a program exactly when ``termination`` is ``answer``."""

    termination: Termination
    error: str = ""
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A program and what became of it. What did not happen (yet) is None."""

    program: Program
    rendering: Rendered | NotRendered | None = None
    program_score: ProgramScore | Unscored | None = None
    image_score: Score | Unscored | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """τ = (x, a_1, o_1, …, z, ŷ, r, d). ``goal`` is how far it is asked to go, ``judge_program`` whether programs are scored
    on the way to a score."""

    request: Request
    limits: Limits
    tools: Toolbox = field(default_factory=Toolbox, compare=False, repr=False)
    goal: Goal = Goal.SCORE
    judge_program: bool = True
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
        return len(self.turns) + 1 >= self.limits.max_turns

    @property
    def answer_forced(self) -> bool:
        """The next reply must be an answer: it is the last turn, or no tool call is left."""
        return self.last_turn or self.tool_calls >= self.limits.max_tool_calls

    def picture(self, img_id: str) -> Picture:
        """The picture called ``img_id``. Raises ``KeyError`` for an id this episode never handed out."""
        try:
            return self.pictures[self.picture_ids.index(img_id)]
        except ValueError:
            raise KeyError(img_id) from None

    # ---- what it has come to: of the last round -------------------------------------------------------------------------

    @property
    def program(self) -> Program | None:
        return self.rounds[-1].program if self.rounds else None

    @property
    def rendering(self) -> Rendered | NotRendered | None:
        return self.rounds[-1].rendering if self.rounds else None

    @property
    def program_score(self) -> ProgramScore | Unscored | None:
        return self.rounds[-1].program_score if self.rounds else None

    @property
    def image_score(self) -> Score | Unscored | None:
        return self.rounds[-1].image_score if self.rounds else None

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
        seen = (turn.observation for turn in self.turns if isinstance(turn.observation, ToolResult))
        return tuple(shown for shown in seen if not finds or self.tools.tool(shown.tool).finds in finds)

    @property
    def facts(self) -> tuple[TextHit, ...]:
        """Every text hit that it was shown, in order, each once."""
        return tuple(dict.fromkeys(hit for shown in self.results() for answered in shown.facts for hit in answered.hits))

    @property
    def skills(self) -> tuple[str, ...]:
        """The names of the guidance that it read, in order, each once."""
        return tuple(dict.fromkeys(shown.about for shown in self.results(Finds.GUIDANCE)))

    def calls(self, *finds: Finds) -> tuple[ToolCall, ...]:
        """Its calls of tools that bring ``finds``, whatever came of them; without ``finds`` all."""
        made = (turn.action for turn in self.turns if isinstance(turn.action, ToolCall))
        return tuple(call for call in made if not finds or self.tools.tool(call.name).finds in finds)

    @property
    def degraded(self) -> tuple[str, ...]:
        """What it asked for and got from no service, in words. Such an episode is no opinion of its policy."""
        turns = ((turn.action, turn.observation) for turn in self.turns)
        return outages((self.tools.tool(act.name), act, seen) for act, seen in turns if isinstance(act, ToolCall))


# ---- commands: what the episode wants done next ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPolicy:
    forced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTool:
    call: ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Render:
    program: Program


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeProgram:
    program: Program


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeImage:
    rendered: Rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    outcome: Outcome


Command = CallPolicy | CallTool | Render | JudgeProgram | JudgeImage | Done


def start(request: Request, limits: Limits, tools: Toolbox) -> Episode:
    """A fresh episode; the request's own references take the first image ids."""
    return Episode(request=request, limits=limits, tools=tools, pictures=request.references)


def given(request: Request, limits: Limits, pictures: tuple[Picture, ...], program: Program) -> Episode:
    """An episode whose program someone else has found; ``pictures`` are those that it may refer to."""
    begun = Episode(request=request, limits=limits, pictures=pictures)
    return _further(replace(begun, outcome=Outcome(termination=Termination.ANSWER), rounds=(Round(program=program),)))


def aimed(episode: Episode, goal: Goal, *, judge_program: bool = True) -> Episode:
    """The episode asked to go as far as ``goal``; what it already holds is not done again."""
    asked = replace(episode, goal=goal, judge_program=judge_program)
    return _further(asked) if asked.rounds else asked


def command(episode: Episode) -> Command:
    """What the outside world has to do before the next event."""
    match episode.phase:
        case Phase.ASKING:
            return CallPolicy(forced=episode.answer_forced)
        case Phase.ACTING:
            return CallTool(call=_pending(episode))
    if episode.phase is Phase.DONE:
        assert episode.outcome is not None
        return Done(outcome=episode.outcome)
    program, rendering = episode.rounds[-1].program, episode.rendering
    if episode.phase is Phase.RENDERING:
        return Render(program=program)
    if episode.phase is Phase.JUDGING_PROGRAM:
        return JudgeProgram(program=program)
    assert isinstance(rendering, Rendered)
    return JudgeImage(rendered=rendering)


def step(episode: Episode, event: Event) -> Episode:
    """The next state. Raises ``IllegalEvent`` where the transition table has no entry."""
    try:
        transition = TRANSITIONS[episode.phase, type(event)]
        following = transition.take(episode, event)
    except (KeyError, _NoProgram):
        raise IllegalEvent(f"a {type(event).__name__} event cannot be taken in phase {episode.phase}") from None
    assert following.phase in transition.to, f"{episode.phase} to {following.phase} is not in the table"
    return _paid(following, event)


def _paid(episode: Episode, event: Event) -> Episode:
    """``episode`` with what ``event`` cost."""
    costs = tuple(payment for payment in payments(event) if payment.cost)
    return replace(episode, spent=(*episode.spent, *costs)) if costs else episode


def replay(request: Request, limits: Limits, tools: Toolbox, events: Iterable[Event]) -> Episode:
    """The state that ``events`` lead to."""
    return resume(start(request, limits, tools), events)


def resume(episode: Episode, events: Iterable[Event], *, forget_failures: bool = False) -> Episode:
    """Fold ``events``. ``forget_failures``: what may succeed when tried again counts as not tried yet, but was paid
    for."""
    for event in events:
        following = step(episode, event)
        forgotten = forget_failures and _retryable_end(event, following)
        episode = _paid(episode, event) if forgotten else following
    return episode


def retried(episode: Episode) -> Episode:
    """The episode where what became of its program, and may come out better when tried again, was not tried yet."""
    if not episode.rounds:
        return episode
    *earlier, last = episode.rounds
    if isinstance(last.rendering, NotRendered) and last.rendering.retryable:
        last = replace(last, rendering=None)
    if isinstance(last.program_score, Unscored) and last.program_score.retryable:
        last = replace(last, program_score=None)
    if isinstance(last.image_score, Unscored) and last.image_score.retryable:
        last = replace(last, image_score=None)
    return _further(replace(episode, rounds=(*earlier, last)))


def _retryable_end(event: Event, following: Episode) -> bool:
    match event:
        case Failed():
            return following.outcome is not None and following.outcome.termination is Termination.ERROR
        case NotRendered(retryable=retryable):
            return retryable
        case ImageScored(result=Unscored(retryable=retryable)) | ProgramScored(result=Unscored(retryable=retryable)):
            return retryable
    return False


# ---- transitions: the conversation ------------------------------------------------------------------------------------


def _replied(episode: Episode, event: Event) -> Episode:
    assert isinstance(event, Replied)
    turn = Turn(text=event.text, action=event.action, usage=event.usage)
    match event.action:
        case Answer(program=program):
            return _answered(episode, turn, program)
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


def _policy_failed(episode: Episode, event: Event) -> Episode:
    assert isinstance(event, Failed)
    outcome = Outcome(termination=Termination.ERROR, error=f"{event.boundary}: {event.message}", retryable=event.retryable)
    return replace(episode, phase=Phase.DONE, outcome=outcome)


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
    return replace(episode, phase=Phase.DONE, turns=(*episode.turns, turn), outcome=outcome)


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
    elif goal >= Goal.SCORE and isinstance(last.rendering, Rendered) and last.image_score is None:
        phase = Phase.JUDGING_IMAGE
    else:
        phase = Phase.DONE
    return replace(episode, phase=phase)


# ---- the table --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Transition:
    """What an event does, and the phases that it may lead to."""

    take: Callable[[Episode, Event], Episode]
    to: tuple[Phase, ...]


_ONWARD = (Phase.RENDERING, Phase.JUDGING_PROGRAM, Phase.JUDGING_IMAGE, Phase.DONE)
TRANSITIONS: Mapping[tuple[Phase, type[Event]], Transition] = {
    (Phase.ASKING, Replied): Transition(_replied, (Phase.ASKING, Phase.ACTING, Phase.RENDERING, Phase.DONE)),
    (Phase.ASKING, Failed): Transition(_policy_failed, (Phase.DONE,)),
    (Phase.ACTING, Returned): Transition(_returned, (Phase.ASKING,)),
    (Phase.ACTING, Failed): Transition(_tool_failed, (Phase.ASKING,)),
    (Phase.RENDERING, Rendered): Transition(_came, _ONWARD[1:]),
    (Phase.RENDERING, NotRendered): Transition(_came, (Phase.JUDGING_PROGRAM, Phase.DONE)),
    (Phase.RENDERING, ProgramScored): Transition(_came, (Phase.RENDERING,)),
    (Phase.RENDERING, ImageScored): Transition(_came, (Phase.RENDERING,)),
    (Phase.JUDGING_PROGRAM, ProgramScored): Transition(_came, _ONWARD[2:]),
    (Phase.JUDGING_PROGRAM, ImageScored): Transition(_came, (Phase.JUDGING_PROGRAM,)),
    (Phase.JUDGING_PROGRAM, Rendered): Transition(_came, (Phase.JUDGING_PROGRAM,)),
    (Phase.JUDGING_PROGRAM, NotRendered): Transition(_came, (Phase.JUDGING_PROGRAM,)),
    (Phase.JUDGING_IMAGE, ImageScored): Transition(_came, (Phase.DONE,)),
    (Phase.JUDGING_IMAGE, ProgramScored): Transition(_came, (Phase.JUDGING_IMAGE,)),
    (Phase.JUDGING_IMAGE, Rendered): Transition(_came, (Phase.JUDGING_IMAGE,)),
    (Phase.JUDGING_IMAGE, NotRendered): Transition(_came, (Phase.DONE,)),
    (Phase.DONE, Rendered): Transition(_came, (Phase.JUDGING_IMAGE, Phase.DONE)),
    (Phase.DONE, NotRendered): Transition(_came, (Phase.DONE,)),
    (Phase.DONE, ProgramScored): Transition(_came, (Phase.DONE,)),
    (Phase.DONE, ImageScored): Transition(_came, (Phase.DONE,)),
}
