"""Episodes as OpenTelemetry spans, by the semantic conventions for generative AI: ``invoke_agent``, and below it ``chat``,
``execute_tool``, ``generate_content`` and verdicts as ``gen_ai.evaluation.result`` events.

Texts (requests, replies, arguments, results) are in them only where ``content`` is on; keys never.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from genevolve.core.command import CallPolicy, CallTool, JudgeImage, JudgeProgram, Render, ReviewImage
from genevolve.core.episode import Episode
from genevolve.core.event import Event, Failed, ImageScored, NotRendered, ProgramScored, Rendered, Replied, Returned, Reviewed
from genevolve.core.message import Message, Role
from genevolve.core.score import NotApplicable, ProgramScore, Score, Unscored, kscore
from genevolve.protocol.detail import Detail
from genevolve.protocol.render import messages, observation_text

Step = CallPolicy | CallTool | Render | JudgeProgram | ReviewImage | JudgeImage
Attributes = dict[str, Any]
AGENT = "genevolve"


class Traces:
    """``tracer`` is OpenTelemetry's; ``members`` say of each role its member and, where one is set, its model."""

    def __init__(
        self,
        tracer: Any,
        members: Mapping[str, tuple[str, str]],
        *,
        content: bool = False,
        redact: Callable[[str], str] = str,
    ) -> None:
        self._tracer = tracer
        self._members = members
        self._content = content
        self._redact = redact

    @contextmanager
    def episode(self, episode: Episode) -> Iterator[None]:
        """A span around all of an episode."""
        known = {"gen_ai.agent.name": AGENT, "gen_ai.conversation.id": episode.request.id}
        with self._span("invoke_agent", AGENT, known) as span:
            self._told(span, **{"gen_ai.input.messages": _conversation([_user(episode.request.text)])})
            yield

    @contextmanager
    def step(self, wanted: Step, episode: Episode, system: str, detail: Detail) -> Iterator[Callable[[Event], None]]:
        """A span around one command; what it yields is to be given the event that comes of it."""
        operation, role, name, known = _named(wanted)
        member, model = self._members.get(role, ("", ""))
        known |= {"gen_ai.provider.name": member, "gen_ai.request.model": model} if operation != "execute_tool" else {}
        with self._span(operation, name or model or member, {key: value for key, value in known.items() if value}) as span:
            if isinstance(wanted, CallPolicy) and self._content:
                asked = messages(episode, system=system, detail=detail)
                self._told(span, **{"gen_ai.input.messages": _conversation(asked)})
            if isinstance(wanted, CallTool):
                self._told(span, **{"gen_ai.tool.call.arguments": json.dumps(dict(wanted.call.arguments), default=str)})
            yield lambda event: self._came(span, event, episode)

    @contextmanager
    def _span(self, operation: str, name: str, known: Attributes) -> Iterator[Any]:
        """A current span; what is raised in it is its error, without the keys that a message may hold."""
        attributes = {"gen_ai.operation.name": operation, **known}
        started = self._tracer.start_as_current_span(
            f"{operation} {name}".strip(), attributes=attributes, record_exception=False, set_status_on_exception=False
        )
        with started as span:
            try:
                yield span
            except Exception as error:
                self._failed(span, type(error).__name__, str(error))
                raise

    def _came(self, span: Any, event: Event, episode: Episode) -> None:
        match event:
            case Replied(text=text, usage=usage):
                span.set_attribute("gen_ai.usage.input_tokens", usage.prompt_tokens)
                span.set_attribute("gen_ai.usage.output_tokens", usage.completion_tokens)
                self._told(span, **{"gen_ai.output.messages": _conversation([Message(role=Role.ASSISTANT, text=text)])})
            case Returned(result=result) if self._content:
                self._told(span, **{"gen_ai.tool.call.result": observation_text(result, episode.tools)})
            case Rendered():
                span.set_attribute("gen_ai.output.type", "image")
            case Failed(boundary=boundary, message=message):
                self._failed(span, f"{boundary}", message)
            case NotRendered(reason=reason):
                self._failed(span, "not_rendered", reason)
            case ImageScored(result=score) | Reviewed(result=score) | ProgramScored(result=score):
                self._judged(span, score)

    def _judged(self, span: Any, score: Score | ProgramScore | Unscored) -> None:
        if isinstance(score, Unscored):
            self._failed(span, "unscored", score.reason)
            return
        image = isinstance(score, Score)
        value = kscore(score, NotApplicable.RENORMALIZED) if isinstance(score, Score) else score.value
        told = {"gen_ai.evaluation.name": "kscore" if image else "program", "gen_ai.evaluation.score.value": value}
        span.add_event("gen_ai.evaluation.result", {**told, "genevolve.judge": score.judged_by})

    def _failed(self, span: Any, kind: str, message: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        span.set_attribute("error.type", kind)
        span.set_status(Status(StatusCode.ERROR, self._redact(message) if self._content else kind))

    def _told(self, span: Any, **texts: str) -> None:
        """Texts, where they are wanted."""
        for name, text in texts.items() if self._content else ():
            span.set_attribute(name, self._redact(text))


def _named(wanted: Step) -> tuple[str, str, str, Attributes]:
    """(operation, role, name of the span if not its model's, what is known before)."""
    match wanted:
        case CallPolicy():
            return "chat", "policy", "", {}
        case CallTool(call=call):
            return "execute_tool", "tool", call.name, {"gen_ai.tool.name": call.name, "gen_ai.tool.type": "function"}
        case Render():
            return "generate_content", "generator", "", {}
        case JudgeProgram():
            return "evaluate", "program_judge", "", {}
    return "evaluate", "image_judge", "", {}


def _user(text: str) -> Message:
    return Message(role=Role.USER, text=text)


def _conversation(spoken: list[Message] | tuple[Message, ...]) -> str:
    """Messages in the JSON form of the conventions."""
    parts = [{"role": str(each.role), "parts": [{"type": "text", "content": each.text}]} for each in spoken]
    return json.dumps(parts, ensure_ascii=False)
