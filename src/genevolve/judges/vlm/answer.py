"""A judge's answer, read strictly: exactly the allowed levels, or no score at all. Nothing is rounded, clipped or assumed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genevolve.core.event import SKILLS
from genevolve.core.score import IMAGE_LEVELS, PROGRAM_LEVELS, Diagnostic, Dimension
from genevolve.core.strict_json import NotFinite, RepeatedKey, fenced, strict_json
from genevolve.judges.coverage import Constraint

_LONGEST = 100_000  # characters
_SHOWN = 60


class BadAnswer(ValueError):
    """Why an answer is no verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeAnswer:
    """One reading of one answer. ``levels`` holds the scores by key; None stands for "not applicable".

    ``constraints`` is None where the answer has no list of them. ``coverage`` is what they answer for, once that is known.
    """

    levels: Mapping[str, float | None]
    diagnostics: tuple[Diagnostic, ...]
    rationale: str
    constraints: tuple[Constraint, ...] | None = None
    coverage: float | None = None


def image_verdict(text: str, *, allow_fence: bool = False) -> JudgeAnswer:
    """The four scores of ``text``. Raises ``BadAnswer``."""
    value = answer_object(text, allow_fence)
    na = _required(value, "text_accuracy_na")
    if not isinstance(na, bool):
        raise BadAnswer(f"text_accuracy_na is {_shown(na)}; it must be true or false")
    levels: dict[str, float | None] = {}
    for dimension in Dimension:
        score = _required(value, dimension)
        if na and dimension is Dimension.TEXT_ACCURACY:
            _ = score if score is None else _level(score, dimension, IMAGE_LEVELS)
            levels[dimension] = None
        else:
            levels[dimension] = _level(score, dimension, IMAGE_LEVELS)
    return _answer(value, levels)


def program_verdict(text: str, *, allow_fence: bool = False) -> JudgeAnswer:
    """The sufficiency in ``text``. Raises ``BadAnswer``."""
    value = answer_object(text, allow_fence)
    levels = {"sufficiency": _level(_required(value, "sufficiency"), "sufficiency", PROGRAM_LEVELS)}
    return _answer(value, levels)


def _answer(value: Mapping[str, Any], levels: Mapping[str, float | None]) -> JudgeAnswer:
    constraints = _constraints(value)
    return JudgeAnswer(levels=levels, diagnostics=_diagnostics(value), rationale=_rationale(value), constraints=constraints)


def answer_object(text: str, allow_fence: bool) -> Mapping[str, Any]:
    """The JSON object that is all of an answer, apart from thinking before it. Raises ``BadAnswer``."""
    body = _after_thinking(text).strip()
    if not body:
        raise BadAnswer("it is empty")
    if len(body) > _LONGEST:
        raise BadAnswer(f"it has more than {_LONGEST:,} characters")
    if (inner := fenced(body)) is not None:
        if not allow_fence:
            raise BadAnswer("it is inside a code fence, which the setting allow_fence = true takes")
        body = inner
    try:
        value = strict_json(body)
    except json.JSONDecodeError as error:
        raise BadAnswer(f"it is not JSON alone ({error.msg} at character {error.pos})") from None
    except RepeatedKey as twice:
        raise BadAnswer(f"it gives {twice.key[:_SHOWN]!r} more than once") from None
    except NotFinite as problem:
        raise BadAnswer(str(problem)) from None
    except ValueError:  # a number of more digits than Python reads, or lists without end
        raise BadAnswer("its JSON is too large to be an answer") from None
    if not isinstance(value, dict):
        raise BadAnswer("it is not a JSON object")
    return value


def _after_thinking(text: str) -> str:
    """What follows the thinking that some servers leave in front of an answer; the opening tag may be in their template."""
    thought, closed, answer = text.rpartition("</think>")
    return answer if closed and not thought.lstrip().startswith(("{", "`")) else text


def _required(value: Mapping[str, Any], key: str) -> Any:
    if key not in value:
        raise BadAnswer(f"{key} is missing")
    return value[key]


def _level(value: object, key: str, levels: Sequence[float]) -> float:
    """``value`` as one of ``levels``. Booleans and strings are no numbers, although Python takes True for 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in levels:
        raise BadAnswer(f"{key} is {_shown(value)}; it must be one of {', '.join(f'{level:g}' for level in levels)}")
    return abs(float(value))


def _shown(value: object) -> str:
    return json.dumps(value)[:_SHOWN]


def _rationale(value: Mapping[str, Any]) -> str:
    text = value.get("rationale", "")
    if not isinstance(text, str):
        raise BadAnswer(f"rationale is {_shown(text)}; it must be text")
    return _storable(text)


def _diagnostics(value: Mapping[str, Any]) -> tuple[Diagnostic, ...]:
    """The constraints that were written down as asked for; a loose entry says nothing that could be counted on."""
    listed = value.get("hard_constraints")
    entries = listed if isinstance(listed, list) else []
    return tuple(found for entry in entries if (found := _diagnostic(entry)) is not None)


def _constraints(value: Mapping[str, Any]) -> tuple[Constraint, ...] | None:
    """What was checked, whatever else the entries leave open."""
    listed = value.get("hard_constraints")
    if not isinstance(listed, list):
        return None
    found = []
    for entry in listed:
        match entry:
            case {"requirement": str(requirement), "met": bool(), **rest} if requirement.strip():
                words = rest.get("words")
                found.append(Constraint(requirement=requirement, words=words if isinstance(words, str) else ""))
    return tuple(found)


def _diagnostic(entry: object) -> Diagnostic | None:
    match entry:
        case {"requirement": str(requirement), "skill": str(skill), "dimension": str(dimension), "met": bool(met), **rest}:
            if skill not in SKILLS or dimension not in set(Dimension) or not requirement.strip():
                return None
            detail = _storable(str(rest.get("seen", "")))
            found = _storable(requirement)
            return Diagnostic(skill=skill, dimension=Dimension(dimension), requirement=found, passed=met, detail=detail)
    return None


def _storable(text: str) -> str:
    """JSON can spell half a character; it cannot be stored, so it becomes the replacement character."""
    return text.encode("utf-8", "replace").decode("utf-8")
