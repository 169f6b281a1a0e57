"""Traces sent over OTLP to a receiver on this machine; off unless they are asked for."""

from pathlib import Path
from typing import Any

import pytest

from genevolve import generate
from genevolve.app import traces as module
from genevolve.core.errors import UsageError
from tests.services.thread import serving
from tests.services.wire import Reply, Request

collector: Any = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="otel is not installed")


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    return tmp_path


def received(monkeypatch: pytest.MonkeyPatch, **environ: str) -> list[Any]:
    """The spans that a receiver gets of one generation."""
    bodies: list[bytes] = []

    def receiver(request: Request) -> Reply:
        assert (request.method, request.path) == ("POST", "/v1/traces")
        assert request.headers["content-type"] == "application/x-protobuf"
        bodies.append(request.body)
        return Reply(content_type="application/x-protobuf")

    with serving(receiver) as (server,):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.url)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        generate("a photo of two dogs", out="out", policy="raw")
    told = [collector.ExportTraceServiceRequest.FromString(body) for body in bodies]
    return [span for each in told for resource in each.resource_spans for scope in resource.scope_spans for span in scope.spans]


def test_off_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENEVOLVE_TRACES", raising=False)
    assert received(monkeypatch) == []


def test_a_receiver_gets_every_span_of_a_generation_and_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    spans = received(monkeypatch, GENEVOLVE_TRACES="1")
    names = {span.name for span in spans}
    assert {"invoke_agent genevolve", "chat raw", "generate_content sketch", "evaluate pixel"} <= names
    (agent,) = [span for span in spans if span.name.startswith("invoke_agent")]
    assert {span.parent_span_id for span in spans if span is not agent} == {agent.span_id}
    assert "two dogs" not in str(spans)


def test_texts_are_sent_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    content = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"}
    assert "two dogs" in str(received(monkeypatch, GENEVOLVE_TRACES="1", **content))


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setenv("GENEVOLVE_TRACES", "1")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(UsageError, match=r"genevolve\[otel\]"):
        generate("a photo of two dogs", out="out", policy="raw")
    assert module.SWITCH == "GENEVOLVE_TRACES"
