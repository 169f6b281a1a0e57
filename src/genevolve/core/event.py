"""What happens in an episode: actions of the policy, results of tools, and the events made of them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from genevolve.core.picture import Picture
from genevolve.core.program import Program

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
DEFAULT_TOP_K = 5
MAX_TOP_K = 10
MAX_QUERIES = 5


# ---- actions: what a reply means ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCall:
    queries: tuple[str, ...]
    top_k: int = DEFAULT_TOP_K
    kind: Literal["search"] = "search"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSearchCall:
    query: str
    top_k: int = DEFAULT_TOP_K
    kind: Literal["image_search"] = "image_search"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillCall:
    skill_name: str
    kind: Literal["query_knowledge"] = "query_knowledge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    program: Program
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A reply that is neither a call nor an answer; ``reason`` is worded for the policy."""

    reason: str
    kind: Literal["malformed"] = "malformed"


ToolCall = SearchCall | ImageSearchCall | SkillCall
Action = ToolCall | Answer | Malformed


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
class TextResults:
    results: tuple[QueryHits, ...]
    kind: Literal["text_results"] = "text_results"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResults:
    """Pictures of one query; ``first`` is the position of the first of them among the episode's pictures."""

    query: str
    pictures: tuple[Picture, ...] = ()
    first: int = 0
    kind: Literal["image_results"] = "image_results"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillText:
    skill_name: str
    text: str
    kind: Literal["skill_text"] = "skill_text"


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
    """The tool could not answer; the fault lies outside the policy."""

    call: ToolCall
    message: str
    kind: Literal["tool_failure"] = "tool_failure"


ToolResult = TextResults | ImageResults | SkillText
Observation = ToolResult | Mistake | Refusal | ToolFailure


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
    GENERATOR = "generator"
    IMAGE_JUDGE = "image_judge"
    PROGRAM_JUDGE = "program_judge"
    STORE = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    text: str
    action: Action
    usage: Usage = field(default_factory=Usage)
    kind: Literal["replied"] = "replied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    result: ToolResult
    kind: Literal["returned"] = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Infrastructure failed for good: retries, where they made sense, are behind us."""

    boundary: Boundary
    message: str
    retryable: bool
    kind: Literal["failed"] = "failed"


Event = Replied | Returned | Failed
