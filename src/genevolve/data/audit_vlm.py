"""The judge of lessons that asks a vision model: six qualities, with the selected references before its eyes."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genevolve.core.event import Answer
from genevolve.core.score import Unscored
from genevolve.data.audit import LEVELS, Marks, Quality
from genevolve.data.audit_checks import Conversation
from genevolve.data.plan import AskedModel
from genevolve.data.records import Json, TrajectoryRow
from genevolve.judges.vlm.answer import BadAnswer, JudgeAnswer, answer_object
from genevolve.judges.vlm.panel import Panel
from genevolve.protocol.escape import escape, one_line, unescape
from genevolve.run.limits import RateLimiter
from genevolve.services.chat import ChatEndpoint
from genevolve.services.pictures import Encoding, data_url, encode
from genevolve.services.texts import text_of
from genevolve.store.decode import read_image

SETTING = "audit.vlm"
_OBSERVED = 1500  # characters of an observation that are shown: skills and long digests say little after that


def rubric(chosen: str | None) -> str:
    return text_of(chosen, __package__, "rubric_audit", setting=f"{SETTING}.prompt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(JudgeAnswer):
    """A verdict with a reason for each quality that is not exemplary."""

    reasons: Mapping[str, str] = field(default_factory=dict)


class VlmAuditor:
    """An ``Auditor``. ``lessons`` is the folder that the paths of references are relative to."""

    def __init__(
        self, endpoint: ChatEndpoint, gate: RateLimiter, lessons: Path, *, chosen: AskedModel, show_images: bool = True
    ) -> None:
        self._rubric = rubric(chosen.prompt)
        self._panel = Panel(
            "audit",
            endpoint,
            votes=chosen.votes,
            json_mode=chosen.json_mode,
            rubric=(self._rubric, "images" if show_images else "text"),
            allow_fence=chosen.allow_fence,
        )
        self._gate = gate
        self._lessons = lessons
        self._show_images = show_images

    @property
    def label(self) -> str:
        return self._panel.label

    async def __call__(self, row: TrajectoryRow, conversation: Conversation) -> Marks | Unscored:
        content = await asyncio.to_thread(self._content, row, conversation)
        costs: list[float] = []

        async def attempt() -> JudgeAnswer | Unscored:
            verdict, cost = await self._panel.ask(self._rubric, content, self._read)
            costs.append(cost)
            return verdict

        verdict = await self._gate.call(attempt, cost=lambda _: costs[-1])
        if isinstance(verdict, Unscored):
            return verdict
        assert isinstance(verdict, Judgement)
        levels = {quality: float(verdict.levels[quality] or 0.0) for quality in Quality}
        reasons = {quality: verdict.reasons.get(quality, "") for quality in Quality}
        return Marks(levels=levels, reasons=reasons, judge=self.label)

    def _read(self, text: str) -> JudgeAnswer:
        return judgement(text, allow_fence=self._panel.allow_fence)

    def _content(self, row: TrajectoryRow, conversation: Conversation) -> str | list[Json]:
        text = "\n".join(_lines(row, conversation))
        images = [*self._images(row)] if self._show_images else []
        return [{"type": "text", "text": text}, *images] if images else text

    def _images(self, row: TrajectoryRow) -> Iterator[Json]:
        """Raises ``UsageError`` for a reference whose file is gone or damaged: it is not judged unseen."""
        for reference in row.collected.references:
            path = self._lessons / str(reference.get("local_path") or "?")
            image = read_image(path, setting=f"lesson {row.id!r}: {reference.get('img_id')}")
            yield {"type": "image_url", "image_url": {"url": data_url(encode(image.png, Encoding(max_side=512)))}}


def _lines(row: TrajectoryRow, conversation: Conversation) -> Iterator[str]:
    """The lesson as text in which nothing from the web or the policy can imitate the structure around it."""
    yield f"<request>\n{escape(row.prompt.prompt or unescape(conversation.request))}\n</request>"
    for number, step in enumerate(conversation.steps, start=1):
        yield f"<step_{number}>\n{escape(step.text)}\n</step_{number}>"
        if step.observation is not None and (step.review is not None or not isinstance(step.action, Answer)):
            shown = step.observation[:_OBSERVED] + ("…" if len(step.observation) > _OBSERVED else "")
            yield f"<observation_{number}>\n{escape(shown)}\n</observation_{number}>"
    program = conversation.program
    assert program is not None
    yield f"<generation_prompt>\n{escape(program.prompt)}\n</generation_prompt>\n<reference_images>"
    for selection in program.references:
        title = one_line(unescape(conversation.titles.get(selection.img_id, "")))
        yield f"- {one_line(selection.img_id)}: title: {title}; what to copy: {one_line(selection.note)}"
    yield "</reference_images>" if program.references else "(none)\n</reference_images>"


def judgement(text: str, *, allow_fence: bool = False) -> Judgement:
    """The six levels and the reasons in ``text``, exactly as asked for. Raises ``BadAnswer``."""
    value = answer_object(text, allow_fence)
    levels: dict[str, float | None] = {}
    for quality in Quality:
        level = value.get(quality)
        if isinstance(level, bool) or not isinstance(level, int | float) or level not in LEVELS:
            shown = "missing" if quality not in value else json.dumps(level)[:60]
            raise BadAnswer(f"{quality} is {shown}; it must be one of {', '.join(f'{level:g}' for level in LEVELS)}")
        levels[quality] = float(level)
    reasons = value.get("reasons", {})
    if not isinstance(reasons, dict) or not all(isinstance(reason, str) for reason in reasons.values()):
        raise BadAnswer("reasons is not an object of texts")
    told = {key: reason.encode("utf-8", "replace").decode("utf-8")[:400] for key, reason in reasons.items()}
    return Judgement(levels=levels, diagnostics=(), rationale="", reasons=told)
