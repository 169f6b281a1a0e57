"""The episode: a frozen state, the events it takes, and the commands it gives. This file holds the only transition table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from genevolve.core.event import (
    Action,
    Answer,
    Event,
    Failed,
    ImageResults,
    Malformed,
    Mistake,
    Observation,
    Refusal,
    Replied,
    Returned,
    ToolCall,
    ToolFailure,
    Usage,
)
from genevolve.core.picture import Picture, image_id
from genevolve.core.program import Program, faults
from genevolve.core.request import Request


class IllegalEvent(ValueError):
    """An event that the episode's phase cannot take: a programmer's error, or a journal of another run."""


class Phase(StrEnum):
    ASKING = "asking"
    ACTING = "acting"
    DONE = "done"


class Termination(StrEnum):
    """How an episode ended; the values are those of the public result files."""

    ANSWER = "answer"
    NO_ANSWER = "no_answer"
    MAX_ROUNDS = "max_rounds_reached"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    max_tool_calls: int = 10
    max_turns: int = 11
    max_references: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One reply of the policy and what it was shown in return (nothing, when the reply ended the episode)."""

    text: str
    action: Action
    usage: Usage = field(default_factory=Usage)
    observation: Observation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of an episode. ``program`` is set exactly when ``termination`` is ``answer``."""

    termination: Termination
    program: Program | None = None
    error: str = ""
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    request: Request
    limits: Limits
    phase: Phase = Phase.ASKING
    turns: tuple[Turn, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tool_calls: int = 0
    outcome: Outcome | None = None

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


# ---- commands: what the episode wants done next ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPolicy:
    forced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTool:
    call: ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    outcome: Outcome


Command = CallPolicy | CallTool | Done


def start(request: Request, limits: Limits) -> Episode:
    """A fresh episode; the request's own references take the first image ids."""
    return Episode(request=request, limits=limits, pictures=request.references)


def command(episode: Episode) -> Command:
    """What the outside world has to do before the next event."""
    if episode.outcome is not None:
        return Done(outcome=episode.outcome)
    if episode.phase is Phase.ASKING:
        return CallPolicy(forced=episode.answer_forced)
    pending = episode.turns[-1].action
    assert not isinstance(pending, Answer | Malformed)
    return CallTool(call=pending)


def step(episode: Episode, event: Event) -> Episode:
    """The next state. Raises ``IllegalEvent`` where the transition table has no entry."""
    try:
        transition = _TRANSITIONS[episode.phase, type(event)]
    except KeyError:
        raise IllegalEvent(f"a {type(event).__name__} event cannot be taken in phase {episode.phase}") from None
    return transition(episode, event)


def replay(request: Request, limits: Limits, events: Iterable[Event]) -> Episode:
    """The state that ``events`` lead to."""
    episode = start(request, limits)
    for event in events:
        episode = step(episode, event)
    return episode


# ---- transitions ----------------------------------------------------------------------------------------------------


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
        case _ if episode.last_turn:
            refused = f"{event.action.kind} was called in the last turn, in which only an answer is taken; it was not executed"
            return _end(episode, turn, Outcome(termination=Termination.MAX_ROUNDS, error=refused))
        case _ if episode.answer_forced:
            budget = f"all {episode.limits.max_tool_calls} tool calls are used; {event.action.kind} was not executed"
            return _observe(episode, turn, Refusal(reason=budget))
        case _:
            turns = (*episode.turns, turn)
            return replace(episode, phase=Phase.ACTING, turns=turns, tool_calls=episode.tool_calls + 1)


def _answered(episode: Episode, turn: Turn, program: Program) -> Episode:
    found = faults(program, known_ids=episode.picture_ids, max_references=episode.limits.max_references)
    if not found:
        return _end(episode, turn, Outcome(termination=Termination.ANSWER, program=program))
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
    result = event.result
    pictures = episode.pictures
    if isinstance(result, ImageResults):
        result = replace(result, first=len(pictures))
        pictures = (*pictures, *result.pictures)
    return replace(_see(episode, result), pictures=pictures)


def _tool_failed(episode: Episode, event: Event) -> Episode:
    assert isinstance(event, Failed)
    call = episode.turns[-1].action
    assert not isinstance(call, Answer | Malformed)
    return _see(episode, ToolFailure(call=call, message=event.message))


def _see(episode: Episode, observation: Observation) -> Episode:
    *earlier, last = episode.turns
    turns = (*earlier, replace(last, observation=observation))
    return replace(episode, phase=Phase.ASKING, turns=turns)


def _observe(episode: Episode, turn: Turn, observation: Observation) -> Episode:
    return replace(episode, turns=(*episode.turns, replace(turn, observation=observation)))


def _end(episode: Episode, turn: Turn, outcome: Outcome) -> Episode:
    return replace(episode, phase=Phase.DONE, turns=(*episode.turns, turn), outcome=outcome)


_TRANSITIONS: Mapping[tuple[Phase, type[Event]], Callable[[Episode, Event], Episode]] = {
    (Phase.ASKING, Replied): _replied,
    (Phase.ASKING, Failed): _policy_failed,
    (Phase.ACTING, Returned): _returned,
    (Phase.ACTING, Failed): _tool_failed,
}
