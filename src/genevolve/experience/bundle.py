"""Structured visual experience: when a lesson applies, and what to do then, slot by slot. Strict at the edge."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from genevolve.experience.wording import Names, faults_of, particular, tokens

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MAX_BULLETS = 3  # in one list of guidance
MAX_FOCUS = 1
MAX_KEY_WORDS = 60
_STRICT: dict[str, Any] = {"extra": "forbid"}


class Slot(StrEnum):
    """What experience is about. Each list of guidance belongs to one slot."""

    SEARCH = "search_strategy"
    KNOWLEDGE = "knowledge_activation"
    REFERENCES = "reference_selection"
    PROMPT = "prompt_construction"
    FAILURES = "failure_avoidance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """One instruction. ``standard``: the pair does not differ here, so this is what the better attempt did anyway."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    text: str
    standard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalKey:
    """When to use the lesson. ``source_prompt_summary`` tells the kind of request it came from, without its names."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    trigger: str
    source_prompt_summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """Lists of bullets, each of one to three; ``focus`` is a single one."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    focus: tuple[Bullet, ...]
    recommended_tool_plan: tuple[Bullet, ...]
    search_query_guidance: tuple[Bullet, ...]
    skill_routing_guidance: tuple[Bullet, ...]
    reference_selection_guidance: tuple[Bullet, ...]
    prompt_program_guidance: tuple[Bullet, ...]
    failure_guards: tuple[Bullet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A lesson: when it applies, and what to do then. What its parts may hold is checked where it is read."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    retrieval_key: RetrievalKey
    decision_guidance: Guidance


SLOT_OF: Mapping[str, Slot] = {
    "recommended_tool_plan": Slot.SEARCH,
    "search_query_guidance": Slot.SEARCH,
    "skill_routing_guidance": Slot.KNOWLEDGE,
    "reference_selection_guidance": Slot.REFERENCES,
    "prompt_program_guidance": Slot.PROMPT,
    "failure_guards": Slot.FAILURES,
}
PARTS = ("focus", *SLOT_OF)


class BadBundle(ValueError):
    """Why something is no bundle. ``reasons`` are all of them, each naming the place."""

    def __init__(self, reasons: Collection[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)


def bullets(bundle: Bundle) -> Iterator[tuple[str, Bullet]]:
    """(name of the list, bullet), in the order in which a reader should see them."""
    for part in PARTS:
        for bullet in getattr(bundle.decision_guidance, part):
            yield part, bullet


def lessons(bundle: Bundle) -> tuple[Bullet, ...]:
    """The bullets that come from a difference."""
    return tuple(bullet for _, bullet in bullets(bundle) if not bullet.standard)


def check(bundle: Bundle, *, names: Names | None = None, same: Collection[Slot] = ()) -> Bundle:
    """``bundle`` itself. Raises ``BadBundle`` with every reason.

    ``names`` are those of its source (see ``wording.names_of``); ``same`` are the slots on which the pair does not
    differ, whose bullets must be marked as standard.
    """
    reasons = tuple(_reasons(bundle, names or Names(), same))
    if reasons:
        raise BadBundle(reasons)
    return bundle


def _reasons(bundle: Bundle, names: Names, same: Collection[Slot]) -> Iterator[str]:
    for key in ("trigger", "source_prompt_summary"):
        text = getattr(bundle.retrieval_key, key)
        if not 1 <= len(tokens(text)) <= MAX_KEY_WORDS:
            yield f"retrieval_key.{key} has {len(tokens(text))} words; it needs 1 to {MAX_KEY_WORDS}"
        yield from (f"retrieval_key.{key} “{text[:60]}”: {fault}" for fault in particular(text, names))
    for part in PARTS:
        listed = getattr(bundle.decision_guidance, part)
        most = MAX_FOCUS if part == "focus" else MAX_BULLETS
        if not 1 <= len(listed) <= most:
            yield f"{part} has {len(listed)} bullets; it needs 1 to {most}"
    seen: set[str] = set()
    for part, bullet in bullets(bundle):
        shown = f"{part} “{bullet.text[:60]}”"
        yield from (f"{shown}: {fault}" for fault in faults_of(bullet.text, names))
        if bullet.text.lower() in seen:
            yield f"{shown}: it stands there twice"
        seen.add(bullet.text.lower())
        if part != "focus" and not bullet.standard and SLOT_OF[part] in same:
            yield f"{shown}: the two attempts do not differ in {SLOT_OF[part]}, so it must be marked as standard"
    if not lessons(bundle):
        yield "every bullet is marked as standard: there is no lesson in it"


def bundle_from_json(value: object, *, names: Names | None = None, same: Collection[Slot] = ()) -> Bundle:
    """A checked bundle. Raises ``BadBundle`` naming every unknown key, missing key, wrong type and bad bullet."""
    from pydantic import ValidationError

    try:
        bundle = _adapter().validate_json(json.dumps(value), strict=True)  # as JSON, because a list is no tuple in Python
    except (TypeError, ValueError, RecursionError) as error:
        if not isinstance(error, ValidationError):
            raise BadBundle([f"bundle: it is no JSON value ({error})"]) from None
        places = ((".".join(str(part) for part in found["loc"]) or "bundle", found["msg"]) for found in error.errors())
        raise BadBundle([f"{place}: {message}" for place, message in places]) from None
    return check(bundle, names=names, same=same)


def bundle_to_json(bundle: Bundle) -> dict[str, Any]:
    value: dict[str, Any] = _adapter().dump_python(bundle, mode="json")
    return value


@cache
def _adapter() -> "TypeAdapter[Bundle]":
    from pydantic import TypeAdapter

    return TypeAdapter(Bundle)
