"""Where traces go: to a receiver that speaks OTLP over HTTP, only where the environment asks for it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib import metadata
from typing import Any

from genevolve.app.profile import Profile
from genevolve.app.roles import IN_PROFILE
from genevolve.core.errors import UsageError
from genevolve.run.traces import AGENT, Traces

SWITCH, CONTENT = "GENEVOLVE_TRACES", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_ON = frozenset({"1", "true", "yes", "on"})


@asynccontextmanager
async def traces_of(profile: Profile, environ: Mapping[str, str], redact: Callable[[str], str]) -> AsyncIterator[Traces | None]:
    """Traces of what runs under ``profile``, sent at the end at the latest; None where nobody asked for any.

    The receiver's address is OpenTelemetry's own setting. Raises ``UsageError`` where the packages are missing.
    """
    if environ.get(SWITCH, "").strip().lower() not in _ON:
        yield None
        return
    provider = _provider()
    content = environ.get(CONTENT, "").strip().lower() in _ON
    try:
        yield Traces(
            provider.get_tracer(AGENT, metadata.version("genevolve")), members_of(profile), content=content, redact=redact
        )
    finally:
        await asyncio.to_thread(provider.shutdown)


def members_of(profile: Profile) -> dict[str, tuple[str, str]]:
    """Of each role its member and its model, "" where none is set."""
    chosen = {role: profile.choice(role) for role in IN_PROFILE}
    return {role: (each.member, str(each.settings.get("model") or "")) for role, each in chosen.items()}


def _provider() -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError:
        raise UsageError(f"{SWITCH} is on, which needs more packages: pip install 'genevolve[otel]'") from None
    about = Resource.create({"service.name": AGENT, "service.version": metadata.version("genevolve")})
    provider = TracerProvider(resource=about)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
