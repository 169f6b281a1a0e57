"""The conversation so far as the policy remembers it: rebuilt from the messages at every turn, nothing is kept between."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from genevolve.core.episode import Limits
from genevolve.core.event import (
    Action,
    Answer,
    Malformed,
    Mistake,
    Observation,
    Refusal,
    Review,
    TextHit,
    ToolCall,
    ToolResult,
)
from genevolve.core.message import Message, Role
from genevolve.core.picture import Picture, image_id
from genevolve.core.protocols import PolicyCall
from genevolve.core.round import parted
from genevolve.core.tool import Finds
from genevolve.protocol.observations import Asked, follow_up_of, observation_of, request_of
from genevolve.protocol.parse import parse
from genevolve.tools.standard import RECORDED

_REFERENCES = re.compile(r"\bat most (\d+) references?\b", re.IGNORECASE)
_BUDGETS = re.compile(r"\bat most (\d+) calls and (\d+) turns\b", re.IGNORECASE)
_ALLOWED = re.compile(r"\bat most (\d+) are allowed\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    action: Action
    observation: Observation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPicture:
    """A picture of this episode: one that came with the request, or a result of the image search for ``query``."""

    img_id: str
    picture: Picture
    query: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """``wishes`` are what was asked for, ``earlier`` what was done for all but the last of them. ``own`` are the user's own
    pictures."""

    wishes: tuple[str, ...]
    limits: Limits
    exchanges: tuple[Exchange, ...]
    forced: bool
    own: tuple[SeenPicture, ...] = ()
    earlier: tuple[Exchange, ...] = ()

    @property
    def supplied(self) -> tuple[Picture, ...]:
        """The user's own pictures."""
        return tuple(shown.picture for shown in self.own)

    @property
    def calls_left(self) -> int:
        """Tool calls that may still be made in this round, with one turn kept for the answer."""
        if self.forced:
            return 0
        made = sum(_executed(exchange) for exchange in self.current)
        turns = self.limits.max_turns - len(self.current) - 1
        return max(0, min(self.limits.max_tool_calls - made, turns))

    @property
    def reviews(self) -> tuple[Review, ...]:
        """What was said of each picture of this episode."""
        return tuple(e.observation for e in self.exchanges if isinstance(e.observation, Review))

    @property
    def current(self) -> tuple[Exchange, ...]:
        """The exchanges since it was last shown a picture of its own."""
        return parted(self.exchanges)[-1]

    @property
    def answered(self) -> bool:
        """It has answered in this round, and was turned down."""
        return any(isinstance(exchange.action, Answer) for exchange in self.current)

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """Every call made so far, whatever came of it."""
        made = (exchange.action for exchange in (*self.earlier, *self.exchanges))
        return tuple(action for action in made if isinstance(action, ToolCall))

    @property
    def skills(self) -> frozenset[str]:
        """Skills whose guidance was read."""
        return frozenset(result.about for result in self._results(Finds.GUIDANCE))

    @property
    def hits(self) -> tuple[TextHit, ...]:
        """All text hits, each once, in the order in which they came."""
        facts = (found for result in self._results(Finds.FACTS) for found in result.facts)
        return tuple(dict.fromkeys(hit for found in facts for hit in found.hits))

    def _results(self, finds: Finds) -> Iterator[ToolResult]:
        seen = (e.observation for e in (*self.earlier, *self.exchanges) if isinstance(e.observation, ToolResult))
        return (result for result in seen if RECORDED.tool(result.tool).finds is finds)

    @property
    def pictures(self) -> tuple[SeenPicture, ...]:
        """All pictures that may be selected, by id."""
        found = [
            SeenPicture(img_id=image_id(seen.first + rank), picture=picture, query=seen.about, rank=rank)
            for seen in self._results(Finds.PICTURES)
            for rank, picture in enumerate(seen.pictures)
        ]
        return (*self.own, *found)

    @property
    def image_queries(self) -> tuple[str, ...]:
        return self._asked(Finds.PICTURES)

    @property
    def text_queries(self) -> tuple[str, ...]:
        return self._asked(Finds.FACTS)

    def _asked(self, finds: Finds) -> tuple[str, ...]:
        tools = ((RECORDED.tool(call.name), call) for call in self.calls)
        return tuple(subject for tool, call in tools if tool.finds is finds for subject in tool.subjects(call))

    @property
    def rejections(self) -> tuple[Mistake, ...]:
        """Mistakes that answers or malformed replies of this policy were met with."""
        return tuple(
            e.observation
            for e in self.exchanges
            if isinstance(e.observation, Mistake) and isinstance(e.action, Answer | Malformed)
        )

    @property
    def answers(self) -> tuple[Answer, ...]:
        return tuple(e.action for e in self.exchanges if isinstance(e.action, Answer))

    @property
    def max_references(self) -> int:
        """The system prompt's number, unless an answer was already turned down for exceeding another one."""
        problems = " ".join(problem for mistake in self.rejections for problem in mistake.problems)
        if told := _ALLOWED.findall(problems):
            return int(told[-1])
        return self.limits.max_references


def transcript_of(call: PolicyCall) -> Transcript:
    users = [n for n, message in enumerate(call.messages) if message.role is Role.USER]
    first = users[0] if users else len(call.messages)
    asked = request_of(call.messages[first].text) if users else Asked(text="")
    changes = [(n, found) for n in users[1:] if (found := follow_up_of(call.messages[n].text)) is not None]
    newest = changes[-1][0] if changes else first
    own = [SeenPicture(img_id=image_id(n), picture=picture) for n, picture in enumerate(asked.supplied)]
    own += [SeenPicture(img_id=each.img_id, picture=each.picture) for _, change in changes for each in change.supplied]
    return Transcript(
        wishes=(asked.text, *(change.text for _, change in changes)),
        limits=_limits(call.messages[:first]),
        exchanges=tuple(_exchanges(call.messages[newest + 1 :])),
        forced=call.forced,
        own=tuple(own),
        earlier=tuple(_exchanges(call.messages[first + 1 : newest])),
    )


def _exchanges(messages: tuple[Message, ...]) -> list[Exchange]:
    exchanges: list[Exchange] = []
    for message in messages:
        if message.role is Role.ASSISTANT:
            exchanges.append(Exchange(action=parse(message.text, RECORDED, may_keep=True), observation=None))
        elif exchanges and (seen := observation_of(message.text, RECORDED)) is not None:
            exchanges[-1] = Exchange(action=exchanges[-1].action, observation=seen)
    return exchanges


def _limits(before: tuple[Message, ...]) -> Limits:
    """The budgets that the system prompt states; the usual ones where it is silent."""
    text = "\n".join(message.text for message in before)
    usual = Limits()
    references, budgets = _REFERENCES.search(text), _BUDGETS.search(text)
    return Limits(
        max_tool_calls=int(budgets[1]) if budgets else usual.max_tool_calls,
        max_turns=int(budgets[2]) if budgets else usual.max_turns,
        max_references=int(references[1]) if references else usual.max_references,
    )


def _executed(exchange: Exchange) -> bool:
    return isinstance(exchange.action, ToolCall) and not isinstance(exchange.observation, Refusal)
