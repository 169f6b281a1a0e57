"""The audit of lessons: the programmatic checks, then a judge on six dimensions. What is rejected keeps its reason."""

import hashlib
import json
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from genevolve.core.errors import ServiceError
from genevolve.core.outcome import Termination
from genevolve.core.score import Unscored
from genevolve.data.answers import Paid, run_paid_stage
from genevolve.data.audit_checks import DEGRADED, Conversation, check, conversation_of
from genevolve.data.records import Json, TrajectoryRow, json_object, number, text
from genevolve.data.stage import OnRow, Rejected, Stage, rows_of
from genevolve.run.limits import RateLimiter

NOT_COLLECTED = "teacher_failed"  # an endpoint's failure, not the teacher's own: trying again may help
LEVELS = (0.0, 0.5, 1.0)
REPEATED = Rejected(rule="repeated_trajectory", detail="another lesson of this prompt is the same")


class Quality(StrEnum):
    """The six dimensions."""

    SUITABILITY = "prompt_suitability"
    GROUNDING = "reference_grounding"
    PROCESS = "process_quality"
    SKILLS = "skill_integration"
    FAITHFULNESS = "program_faithfulness"
    VALUE = "supervised_value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a judge thinks of a lesson: a level of ``LEVELS`` and a reason (empty for 1) for each quality."""

    levels: dict[Quality, float]
    reasons: dict[Quality, str]
    judge: str

    @property
    def total(self) -> float:
        return sum(self.levels.values())

    def to_json(self) -> Json:
        return {"judge": self.judge, "total": self.total, **{q.value: self.levels[q] for q in Quality}}


class Auditor(Protocol):
    """Raises ``ServiceError`` when it cannot judge; an answer that cannot be read is ``Unscored``."""

    def __call__(self, row: TrajectoryRow, conversation: Conversation) -> Awaitable[Marks | Unscored]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a lesson needs: at least ``each`` in every quality, ``total`` of 6 together."""

    each: float = 0.5
    total: float = 5.0
    max_references: int = 2


async def audit(
    stage: Stage,
    lessons: Iterable[TrajectoryRow],
    auditor: Auditor,
    bar: Thresholds,
    *,
    on_row: OnRow,
    concurrency: int = 4,
    gate: RateLimiter | None = None,
) -> None:
    """Judge each lesson that ``stage`` has not taken; kept ones carry their marks. Answers of a judge behind a ``gate`` are
    kept from the moment they arrive; one without costs nothing and is asked again after a kill."""
    known = _Known()
    for row in map(TrajectoryRow.from_json, rows_of(stage.path)):
        known.is_new(row)

    async def ask(row: TrajectoryRow) -> Json:
        if _fault(row, bar) is not None:
            return {}
        return answer_to_json(await _asked(auditor, row))

    def decide(row: TrajectoryRow, answer: Json) -> TrajectoryRow | Rejected:
        if (problem := _fault(row, bar)) is not None:
            return problem
        if not known.is_new(row):
            return REPEATED
        return judged(row, answer_from_json(answer), bar)

    if gate is not None:
        await run_paid_stage(stage, lessons, Paid(ask=ask, decide=decide, gate=gate), on_row, concurrency)
        return
    for row in stage.fresh(lessons):
        stage.put(row, decide(row, await ask(row)))
        on_row(1)


def _fault(row: TrajectoryRow, bar: Thresholds) -> Rejected | None:
    """What keeps a lesson from being judged at all."""
    found = row.collected
    if found.termination == Termination.ERROR or found.messages is None:
        return Rejected(rule=NOT_COLLECTED, detail=str(found.error)[:400])
    if found.degraded:
        return Rejected(rule=DEGRADED, detail="; ".join(found.degraded)[:600])
    conversation = conversation_of(spoken(row), found.program)
    return check(conversation, ended=found.termination, error=found.error, max_references=bar.max_references)


def spoken(row: TrajectoryRow) -> list[Json]:
    return [message.to_json() for message in row.collected.messages or ()]


async def _asked(auditor: Auditor, row: TrajectoryRow) -> Marks | Unscored:
    """A judge that refuses this one lesson leaves it unjudged; one that cannot be reached stops the stage."""
    try:
        return await auditor(row, conversation_of(spoken(row), row.collected.program))
    except ServiceError as failure:
        if failure.retryable:
            raise
        return Unscored(reason=str(failure))


def answer_to_json(marks: Marks | Unscored) -> Json:
    if isinstance(marks, Unscored):
        return {"unscored": marks.reason}
    return {"judge": marks.judge, "levels": marks.levels, "reasons": marks.reasons}


def answer_from_json(answer: Json) -> Marks | Unscored:
    if "unscored" in answer:
        return Unscored(reason=text(answer["unscored"]))
    levels = {Quality(name): number(value) for name, value in json_object(answer["levels"]).items()}
    reasons = {Quality(name): text(value) for name, value in json_object(answer["reasons"]).items()}
    return Marks(levels=levels, reasons=reasons, judge=text(answer["judge"]))


class _Known:
    """The lessons of the prompt at hand, by what they say: seeds that change nothing give no second lesson."""

    def __init__(self) -> None:
        self._prompt = ""
        self._digests: set[str] = set()

    def is_new(self, row: TrajectoryRow) -> bool:
        if row.prompt_id != self._prompt:
            self._prompt, self._digests = row.prompt_id, set()
        said = json.dumps([message.content for message in row.collected.messages or ()])
        digest = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
        new = digest not in self._digests
        self._digests.add(digest)
        return new


def judged(row: TrajectoryRow, marks: Marks | Unscored, bar: Thresholds) -> TrajectoryRow | Rejected:
    if isinstance(marks, Unscored):
        return Rejected(rule="unjudged", detail=marks.reason[:400])
    low = [quality for quality in Quality if marks.levels[quality] < bar.each]
    if low:
        return Rejected(rule=f"low_{low[0]}", detail="; ".join(f"{q}: {marks.reasons.get(q, '')}" for q in low)[:600])
    if marks.total < bar.total:
        reasons = "; ".join(f"{q}: {why}" for q, why in marks.reasons.items() if why)
        return Rejected(rule="low_total", detail=f"{marks.total:g} of 6: {reasons}"[:600])
    return replace(row, audit=marks.to_json())
