"""What happens in an episode: actions of the policy, results of tools, renderings, scores, and the events made of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from genevolve.core.picture import Picture
from genevolve.core.program import Program
from genevolve.core.score import Diagnostic, ProgramScore, Score, Unscored

# The eight skills of the paper, in its order: what recipes and judges know by name. A run may offer more (tools/skills.py).
SKILLS = (
    "spatial_layout",
    "aesthetic_drawing",
    "text_rendering",
    "creative_drawing",
    "anatomy_body_coherence",
    "attribute_binding",
    "physical_material_consistency",
    "quantity_counting",
)


# ---- actions: what a reply means ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call whose ``arguments`` its tool has read: plain JSON values, every default filled in."""

    name: str
    arguments: Mapping[str, object]
    kind: Literal["tool_call"] = "tool_call"

    def __hash__(self) -> int:
        return hash((self.name, json.dumps(self.arguments, sort_keys=True, default=str)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    program: Program
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A reply that is neither a call nor an answer; ``reason`` is worded for the policy."""

    reason: str
    kind: Literal["malformed"] = "malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepBest:
    """The policy has seen its picture and keeps the best that it has."""

    kind: Literal["keep"] = "keep"


Action = ToolCall | Answer | Malformed | KeepBest


# ---- observations: what the policy reads next -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TextHit:
    """A page that a search found: its title, address and a passage; ``source`` is who found it."""

    title: str
    url: str
    snippet: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryHits:
    """Hits of one query, or the error that kept it from being answered (never both)."""

    query: str
    hits: tuple[TextHit, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a tool has brought, of any kind: text to read, facts with the queries that found them, pictures to choose from.

    ``about`` is what was asked for where the facts do not say it: a query, a skill's name. ``first`` is the position of the
    first picture among the episode's pictures; the episode sets it.
    """

    tool: str
    about: str = ""
    text: str = ""
    facts: tuple[QueryHits, ...] = ()
    pictures: tuple[Picture, ...] = ()
    first: int = 0
    kind: Literal["tool_result"] = "tool_result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """The policy's own mistake, answered so that it can fix it. Each problem is one sentence."""

    problems: tuple[str, ...]
    kind: Literal["mistake"] = "mistake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A well-formed call that is not executed, because a budget is used up."""

    reason: str
    kind: Literal["refusal"] = "refusal"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFailure:
    """The tool could not answer. ``outage``: the fault lies with a service, not with what was asked for."""

    call: ToolCall
    message: str
    outage: bool = True
    kind: Literal["tool_failure"] = "tool_failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a judge saw in the picture of an answer, or why there is none (``refused``), shown where another round is left.

    ``unchecked`` are words of the request that nobody could check, ``notes`` what the generator says of its picture, ``best``
    the number of the best round so far. ``digest`` is the picture.
    """

    round: int
    most: int
    best: int
    failed: tuple[Diagnostic, ...] = ()
    passed: tuple[Diagnostic, ...] = ()
    unchecked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remark: str = ""
    refused: str = ""
    digest: str | None = None
    kind: Literal["review"] = "review"


Observation = ToolResult | Mistake | Refusal | ToolFailure | Review


# ---- events: what the outside world reports -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Cost of one reply: tokens as the server counts them, money in the currency of the price list."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0


class Boundary(StrEnum):
    POLICY = "policy"
    SEARCH = "search"
    IMAGE_SEARCH = "image_search"
    SKILLS = "skills"
    TOOL = "tool"  # any other tool
    GENERATOR = "generator"
    IMAGE_JUDGE = "image_judge"
    PROGRAM_JUDGE = "program_judge"
    STORE = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Calls to one service on the way to an event, with those that failed, and what they cost together."""

    boundary: Boundary
    calls: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    text: str
    action: Action
    usage: Usage = field(default_factory=Usage)
    spent: tuple[Payment, ...] = ()
    kind: Literal["replied"] = "replied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    result: ToolResult
    spent: tuple[Payment, ...] = ()
    kind: Literal["returned"] = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Infrastructure failed for good: retries, where they made sense, are behind us."""

    boundary: Boundary
    message: str
    retryable: bool
    spent: tuple[Payment, ...] = ()
    kind: Literal["failed"] = "failed"

    @property
    def outage(self) -> bool:
        """Searches and skills take any words, so they fail for reasons of their own, and so does a download of what a search
        found. Another tool that may not succeed later has answered: the page is not there, or is no text."""
        return self.retryable or self.boundary is not Boundary.TOOL


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A stored file of a rendering: its bytes lie in the run's store under ``digest`` (SHA-256, hex)."""

    media_type: str
    digest: str


def png(digest: str) -> tuple[Artifact, ...]:
    """The artifacts of a rendering that is one image."""
    return (Artifact(media_type="image/png", digest=digest),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A rendering; ``notes`` say what the generator could not draw and what stands in for it.

    ``credits`` name the works of others in it and their licences.
    """

    artifacts: tuple[Artifact, ...]
    notes: tuple[str, ...] = ()
    cost: float = 0.0
    credits: tuple[str, ...] = ()
    spent: tuple[Payment, ...] = ()
    kind: Literal["rendered"] = "rendered"

    @property
    def digest(self) -> str:
        """The digest of the image: of the first artifact that is one."""
        return next(artifact.digest for artifact in self.artifacts if artifact.media_type.startswith("image/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRendered:
    """There is no image. ``refused``: the service declined the content, so asking again is pointless."""

    reason: str
    retryable: bool = False
    refused: bool = False
    spent: tuple[Payment, ...] = ()
    kind: Literal["not_rendered"] = "not_rendered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramScored:
    result: ProgramScore | Unscored
    spent: tuple[Payment, ...] = ()
    kind: Literal["program_scored"] = "program_scored"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageScored:
    result: Score | Unscored
    spent: tuple[Payment, ...] = ()
    kind: Literal["image_scored"] = "image_scored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """The verdict that the policy may read, where it is not the final one."""

    result: Score | Unscored
    spent: tuple[Payment, ...] = ()
    kind: Literal["reviewed"] = "reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Revising ends here, although rounds are left: a budget is used up. What earlier rounds have come to stays."""

    reason: str
    spent: tuple[Payment, ...] = ()
    kind: Literal["stopped"] = "stopped"


Event = Replied | Returned | Failed | Rendered | NotRendered | ProgramScored | Reviewed | ImageScored | Stopped


def images_of(event: Event) -> tuple[str, ...]:
    """Digests of the stored files that ``event`` rests on."""
    match event:
        case Rendered(artifacts=artifacts):
            return tuple(artifact.digest for artifact in artifacts)
        case Returned(result=result):
            return tuple(picture.digest for picture in result.pictures)
    return ()


def payments(event: Event) -> tuple[Payment, ...]:
    """What ``event`` was paid with. ``spent`` says it where the event itself does not: searches, and calls that failed before.

    Without it an answer is one call of its service; a tool's then counts none, because a cache may have given it.
    """
    if event.spent:
        return event.spent
    match event:
        case Replied(usage=usage):
            return (Payment(boundary=Boundary.POLICY, calls=1, cost=usage.cost),)
        case Rendered(cost=cost):
            return (Payment(boundary=Boundary.GENERATOR, calls=1, cost=cost),)
        case ImageScored(result=result) | Reviewed(result=result):
            return (Payment(boundary=Boundary.IMAGE_JUDGE, calls=1, cost=result.cost),)
        case ProgramScored(result=result):
            return (Payment(boundary=Boundary.PROGRAM_JUDGE, calls=1, cost=result.cost),)
    return ()
