"""The programmatic checks on a lesson: what the conversation itself shows to be wrong. They need nothing but its messages,
so that trajectories of other makers can be checked as well."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from genevolve.core.event import Action, Answer, KeepBest, Malformed, Review, ToolCall
from genevolve.core.outage import outages
from genevolve.core.program import Program, Rule, faults
from genevolve.core.tool import Finds
from genevolve.data.records import Json
from genevolve.data.stage import Rejected
from genevolve.protocol.listing import listed
from genevolve.protocol.observations import observation_of
from genevolve.protocol.parse import parse
from genevolve.run.result import programmed
from genevolve.tools.standard import RECORDED

MIN_PROGRAM_WORDS = 12
_NOT_ACCEPTED = "--- this reply was not accepted ---"
_SELECTION = {
    Rule.TOO_MANY_REFERENCES,
    Rule.UNKNOWN_REFERENCE,
    Rule.DUPLICATE_REFERENCE,
    Rule.UNSORTED_REFERENCES,
}
_ORDINALS = {Rule.MISSING_ORDINAL, Rule.DANGLING_ORDINAL, Rule.ORDINAL_ORDER}
_LEAKS = {Rule.LEAKED_ID, Rule.LEAKED_URL, Rule.LEAKED_PATH}
INCOMPLETE, DEGRADED, SELECTION, LEAK, ORDINAL, UNDERSPECIFIED = (
    "incomplete_tool_loop", "degraded_by_outage", "invalid_reference_selection", "url_or_id_leakage",
    "missing_ordinal_wording", "underspecified_program",
)  # fmt: skip
CHECKS = (INCOMPLETE, DEGRADED, SELECTION, LEAK, ORDINAL, UNDERSPECIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A reply and what came back; ``observation`` None means that nothing did."""

    action: Action
    text: str
    observation: str | None = None

    @property
    def call(self) -> ToolCall | None:
        return self.action if isinstance(self.action, ToolCall) else None

    @property
    def review(self) -> Review | None:
        """What was said of the picture of its answer."""
        seen = observation_of(self.observation or "", RECORDED) if isinstance(self.action, Answer) else None
        return seen if isinstance(seen, Review) else None

    @property
    def accepted(self) -> Program | None:
        """The program of its answer, unless that was turned down."""
        taken = isinstance(self.action, Answer) and _NOT_ACCEPTED not in (self.observation or "")
        return self.action.program if taken and isinstance(self.action, Answer) else None

    @property
    def ends(self) -> bool:
        """It ends a round: with a program, or by keeping the one that there is."""
        return self.accepted is not None or isinstance(self.action, KeepBest)

    @property
    def subject(self) -> str:
        """What its call asks for."""
        return " ".join(RECORDED.tool(self.call.name).subjects(self.call)) if self.call is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A lesson's messages as steps. ``titles``: image id → title, of every image that was found. ``result``: the program that
    came of it, where that is known: of several rounds not always the last."""

    request: str
    steps: tuple[Step, ...]
    titles: dict[str, str] = field(default_factory=dict)
    result: Json | None = None

    @property
    def programs(self) -> tuple[Program, ...]:
        """Those of all answers that were taken, one for each round."""
        return tuple(program for step in self.steps if (program := step.accepted) is not None)

    @property
    def program(self) -> Program | None:
        """The program that came of it, if the last reply is an answer; where that keeps one, the best by the review."""
        last = self.steps[-1].action if self.steps else None
        if not isinstance(last, Answer | KeepBest) or not self.programs:
            return None
        known = [program for program in self.programs if programmed(program) == self.result]
        if known or isinstance(last, Answer):
            return known[0] if known else self.programs[-1]
        reviews = [step.review for step in self.steps if step.review is not None]
        return self.programs[min(reviews[-1].best, len(self.programs)) - 1] if reviews else None

    @property
    def mistakes(self) -> int:
        """Replies that the episode did not accept."""
        return sum(_NOT_ACCEPTED in (step.observation or "") or isinstance(step.action, Malformed) for step in self.steps)

    @property
    def degraded(self) -> tuple[str, ...]:
        """As ``Episode.degraded``, as far as the observations show it."""
        asked = ((step.call, observation_of(step.observation or "", RECORDED)) for step in self.steps)
        return outages((RECORDED.tool(call.name), call, seen) for call, seen in asked if call is not None)

    def calls(self, *finds: Finds) -> list[Step]:
        """The steps that call a tool which brings ``finds``."""
        return [step for step in self.steps if (call := step.call) is not None and RECORDED.tool(call.name).finds in finds]


def conversation_of(messages: Sequence[Mapping[str, object]], result: Json | None = None) -> Conversation:
    """Reads messages of the public form; anything odd in them ends up as a step that the checks refuse. ``result``: the
    program that is known to have come of them, as rows hold it."""
    texts = [(str(message.get("role")), str(message.get("content") or "")) for message in messages]
    request = next((text for role, text in texts if role == "user"), "")
    steps: list[Step] = []
    titles: dict[str, str] = {}
    for position, (role, text) in enumerate(texts):
        if role != "assistant":
            continue
        following = texts[position + 1] if position + 1 < len(texts) else ("", "")
        seen = following[1] if following[0] == "user" else None
        may_keep = any(step.review is not None for step in steps)
        steps.append(Step(action=parse(text, RECORDED, may_keep=may_keep), text=text, observation=seen))
        titles |= {found.img_id: found.picture.title for found in listed(seen or "")}
    return Conversation(request=request, steps=tuple(steps), titles=titles, result=result)


def check(
    conversation: Conversation, *, ended: str | None = None, error: str | None = None, max_references: int = 5
) -> Rejected | None:
    """The first check that the lesson fails, with everything it fails in the detail. ``ended`` is how, where that is known."""
    failed = []
    if ended not in (None, "answer"):
        failed.append((INCOMPLETE, f"it ended with {ended}: {error}"))
    elif (why := _loop_fault(conversation)) is not None:
        failed.append((INCOMPLETE, why))
    if outage := "; ".join(conversation.degraded):
        failed.append((DEGRADED, outage))
    failed += _failed(conversation, max_references)
    if not failed:
        return None
    return Rejected(rule=failed[0][0], detail="; ".join(f"{name}: {why}" for name, why in failed)[:600])


def _failed(conversation: Conversation, max_references: int) -> Iterator[tuple[str, str]]:
    if conversation.program is None:
        return
    for program in conversation.programs:
        broken = faults(program, known_ids=tuple(conversation.titles), max_references=max_references)
        for name, rules in ((SELECTION, _SELECTION), (LEAK, _LEAKS), (ORDINAL, _ORDINALS)):
            for fault in broken:
                if fault.rule in rules:
                    yield name, fault.detail
        words = len(re.findall(r"\w+", program.prompt))
        if words < MIN_PROGRAM_WORDS:
            yield UNDERSPECIFIED, f"the program has {words} words"


def _loop_fault(conversation: Conversation) -> str | None:
    """Why the conversation is not: calls, each answered, then an answer; after that its end, or a review and the same again."""
    if not conversation.steps:
        return "there is no reply"
    for number, step in enumerate(conversation.steps, start=1):
        last = number == len(conversation.steps)
        if isinstance(step.action, Malformed) and (last or step.observation is None):
            return f"reply {number} is neither a call nor an answer ({step.action.reason})"
        if step.call is not None and step.observation is None:
            return f"the call in reply {number} was never answered"
        if step.observation is not None and "<tool_response>" not in step.observation:
            return f"what follows reply {number} is not an observation"
        accepted = _NOT_ACCEPTED not in (step.observation or "")
        ended = isinstance(step.action, Answer | KeepBest)
        if ended and (step.observation is not None if last else accepted and step.review is None):
            return f"the conversation goes on after the answer in reply {number}"
    return None if conversation.program is not None else "the last reply is not an answer"
