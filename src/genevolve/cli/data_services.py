"""The chat models of the data pipeline: who words recipes, and who judges lessons, where that is not done here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from genevolve.app.environment import environment
from genevolve.data.audit import Auditor
from genevolve.data.audit_rules import JUDGE
from genevolve.data.build import Worder
from genevolve.data.folder import DataFolder
from genevolve.data.plan import BuildPlan
from genevolve.data.prompts import REALISER
from genevolve.run.limits import RateLimiter, ServiceLimits, SharedLimits
from genevolve.services.chat import ChatEndpoint, ChatSettings
from genevolve.services.secrets import Secrets


@asynccontextmanager
async def opened_worder(plan: BuildPlan) -> AsyncIterator[tuple[Worder | None, str]]:
    """Who words recipes (None: the offline realiser) and what it is called in each row."""
    if plan.prompts.realiser == "offline" or plan.prompts.input is not None:
        yield None, REALISER
        return
    from genevolve.data.realise_llm import LlmRealiser, chat_settings, instructions

    chosen = plan.prompts
    async with _endpoint(chat_settings(chosen.llm, environment())) as endpoint:
        realiser = LlmRealiser(
            endpoint=endpoint,
            gate=_gate(plan, "realiser"),
            instructions=instructions(chosen.llm.prompt),
            attempts=chosen.attempts,
            json_mode=chosen.llm.json_mode,
            allow_fence=chosen.llm.allow_fence,
            concurrency=chosen.concurrency,
        )
        yield realiser.word, realiser.label


@asynccontextmanager
async def opened_auditor(plan: BuildPlan, folder: DataFolder) -> AsyncIterator[tuple[Auditor | None, str]]:
    """Who judges lessons (None: the offline rules) and what it is called in each row."""
    if plan.audit.judge == "rules":
        yield None, JUDGE
        return
    from genevolve.data.audit_vlm import VlmAuditor, chat_settings

    chosen = plan.audit
    async with _endpoint(chat_settings(chosen.vlm, environment())) as endpoint:
        gate = _gate(plan, "audit")
        auditor = VlmAuditor(endpoint, gate, folder.lessons.path, chosen=chosen.vlm, show_images=chosen.show_images)
        yield auditor, auditor.label


@asynccontextmanager
async def _endpoint(settings: ChatSettings) -> AsyncIterator[ChatEndpoint]:
    from genevolve.services.http import new_client

    client = new_client()
    try:
        yield ChatEndpoint(settings, Secrets(environment()), client)
    finally:
        await client.aclose()


def _gate(plan: BuildPlan, name: str) -> RateLimiter:
    limits = {str(key): value for key, value in plan.limits.items()}.get(name, ServiceLimits())
    return RateLimiter(name, limits, SharedLimits())
