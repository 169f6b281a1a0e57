"""Spans of an episode, in OpenTelemetry's own exporter in memory."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from genevolve.core.episode import Goal
from genevolve.core.errors import ServiceError
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.core.request import Request
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.traces import Traces

sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra otel is not installed")
memory: Any = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
export: Any = pytest.importorskip("opentelemetry.sdk.trace.export")
KEY = "sk-not-a-real-key-9f8e7d6c"
MEMBERS = {"policy": ("chat", "gpt-x"), "generator": ("sketch", ""), "image_judge": ("pixel", "")}


def spans(setup: Components, *, content: bool = False) -> dict[str, Any]:
    """The spans of one episode by their name; of several of one name the last."""
    kept = memory.InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(kept))
    traces = Traces(provider.get_tracer("test"), MEMBERS, content=content, redact=lambda text: text.replace(KEY, "***"))
    request = Request(id="r1", text=f"a red circle {KEY}")
    asyncio.run(drive(setup.begin(request), replace(setup, traces=traces), goal=Goal.SCORE))
    return {span.name: span for span in kept.get_finished_spans()}


def test_an_episode_is_an_agent_with_chats_tools_a_picture_and_a_verdict(setup: Components) -> None:
    found = spans(setup)
    agent = found["invoke_agent genevolve"]
    assert agent.attributes["gen_ai.operation.name"] == "invoke_agent" and agent.attributes["gen_ai.conversation.id"] == "r1"
    names = ("chat gpt-x", "execute_tool search", "generate_content sketch", "evaluate pixel")
    chat, tool, drawn, judged = (found[name] for name in names)
    assert all(span.parent.span_id == agent.context.span_id for span in (chat, tool, drawn, judged))
    assert chat.attributes["gen_ai.request.model"] == "gpt-x" and chat.attributes["gen_ai.usage.output_tokens"] >= 0
    assert tool.attributes["gen_ai.tool.name"] == "search" and drawn.attributes["gen_ai.output.type"] == "image"
    (event,) = judged.events
    assert event.name == "gen_ai.evaluation.result" and 0 <= event.attributes["gen_ai.evaluation.score.value"] <= 1


def test_no_text_is_in_them_unless_it_is_wanted_and_a_key_never(setup: Components) -> None:
    quiet = [str(dict(span.attributes)) for span in spans(setup).values()]
    assert not any("red circle" in text for text in quiet)
    told = [str(dict(span.attributes)) for span in spans(setup, content=True).values()]
    assert any("red circle" in text and "***" in text for text in told) and not any(KEY in text for text in told)
    assert any("gen_ai.tool.call.arguments" in text and "gen_ai.tool.call.result" in text for text in told)


def test_what_fails_is_an_error_of_its_span(setup: Components) -> None:
    class Broken:
        async def generate(self, order: RenderOrder) -> Rendering:
            raise ServiceError(f"no {KEY}")

    span = spans(replace(setup, generator=Broken()), content=True)["generate_content sketch"]
    assert not span.status.is_ok and span.attributes["error.type"] == "not_rendered" and KEY not in str(span.status.description)
