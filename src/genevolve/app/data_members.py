"""The members behind ``genevolve data``: the source of requests, who words recipes, who judges lessons, and the profiles."""

import hashlib
import json
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

from genevolve.app.assemble import assemble, describe
from genevolve.app.environment import environment, home
from genevolve.app.profile import EpisodeSettings, MemberChoice, Profile, load_profile
from genevolve.app.registry import Context, build_choice
from genevolve.app.roles import IN_PROFILE
from genevolve.app.workers import Engine, row_workers, worker_number
from genevolve.core.protocols import ProgramJudge
from genevolve.data.audit_rules import JUDGE, RuleAuditor
from genevolve.data.build import BuildComponents, ChosenAuditor, Worder, own_worder
from genevolve.data.folder import DataFolder
from genevolve.data.plan import BuildPlan
from genevolve.data.requests import RequestSource
from genevolve.run.limits import RateLimiter, ServiceLimits, SharedLimits
from genevolve.services.chat import ChatEndpoint
from genevolve.services.endpoint import WRITERS, ChatSettings
from genevolve.services.secrets import Secrets
from genevolve.store.images import ImageStore

SOURCE, PROGRAM_JUDGE = "atlas", "lint"  # whose requests are drawn, and who reads programs for the offline audit


def request_source(member: str = SOURCE) -> RequestSource:
    """The member of the role ``requests``. Raises ``UsageError``."""
    source: RequestSource = _member("requests", member, Path())
    return source


def _member(role: str, member: str, folder: Path) -> Any:
    environ = environment()
    profile = load_profile("offline")
    context = Context(home=home(environ), images=ImageStore(folder / "images"), environ=environ, profile=profile)
    return build_choice(role, MemberChoice(member=member), context, where="genevolve data")


@asynccontextmanager
async def opened_worder(plan: BuildPlan, source: RequestSource) -> AsyncIterator[Worder]:
    """Who words the recipes of ``source``: itself, or a chat model."""
    if plan.prompts.realiser == "offline":
        yield own_worder(source)
        return
    from genevolve.data.llm_wording import SETTING, LlmRealiser, instructions

    chosen = plan.prompts
    async with _endpoint(chosen.llm.endpoint.found(SETTING, environment(), WRITERS)) as endpoint:
        realiser = LlmRealiser(
            source=source,
            endpoint=endpoint,
            gate=_gate(plan, "realiser"),
            instructions=instructions(chosen.llm.prompt),
            attempts=chosen.attempts,
            json_mode=chosen.llm.json_mode,
            allow_fence=chosen.llm.allow_fence,
            concurrency=chosen.concurrency,
        )
        yield Worder(word=realiser.word, label=realiser.label)


@asynccontextmanager
async def opened_auditor(plan: BuildPlan, folder: DataFolder, source: RequestSource | None) -> AsyncIterator[ChosenAuditor]:
    """Who judges lessons: the offline rules, or a vision model."""
    if plan.audit.judge == "rules":
        judge: ProgramJudge = _member("program_judge", PROGRAM_JUDGE, folder.path)
        yield ChosenAuditor(judge=RuleAuditor(program_judge=judge, source=source), label=JUDGE)
        return
    from genevolve.data.audit_vlm import SETTING, VlmAuditor

    chosen = plan.audit
    async with _endpoint(chosen.vlm.endpoint.found(SETTING, environment())) as endpoint:
        gate = _gate(plan, "audit")
        auditor = VlmAuditor(endpoint, gate, folder.lessons.path, chosen=chosen.vlm, show_images=chosen.show_images)
        yield ChosenAuditor(judge=auditor, label=auditor.label, gate=gate)


@asynccontextmanager
async def _endpoint(settings: ChatSettings) -> AsyncIterator[ChatEndpoint]:
    from genevolve.services.http import new_client

    async with AsyncExitStack() as stack:
        client = new_client()
        stack.push_async_callback(client.aclose)
        yield ChatEndpoint(settings, Secrets(environment()), client)


def _gate(plan: BuildPlan, name: Literal["realiser", "audit"]) -> RateLimiter:
    return RateLimiter(name, plan.limits.get(name, ServiceLimits()), SharedLimits())


def profile_of(plan: BuildPlan, part: Literal["teach", "render"]) -> Profile:
    """The profile of collecting or rendering, with the members that the plan puts in the place of its own."""
    chosen = plan.teach if part == "teach" else plan.render
    members = {role: member for role in IN_PROFILE if (member := getattr(chosen, role, None)) is not None}
    profile = load_profile(chosen.profile or plan.profile, members, cache=plan.cache)
    told = {name: value for name in ("system_prompt", "detail", "rounds") if (value := getattr(chosen, name, None)) is not None}
    episode = EpisodeSettings.model_validate({**profile.episode.model_dump(), **told})
    return profile.model_copy(update={"episode": episode})


def components_of(profile: Profile, workers: int | None, roles: Collection[str], engine: Engine = "local") -> BuildComponents:
    """``workers`` None takes the cores of this machine, where one of ``roles`` computes here. ``engine``: where they are."""
    model = profile.policy.settings.get("model")
    told = json.dumps(profile.model_dump(mode="json"), sort_keys=True)
    teacher = f"{profile.policy.member}:{model}" if model else profile.policy.member
    number = worker_number(profile, roles) if workers is None else workers
    judges = {"teacher": teacher, "generator": profile.generator.member, "judge": profile.image_judge.member}
    return BuildComponents(
        open=partial(assemble, profile),
        about={**describe(profile), **judges},
        teacher=teacher,
        profile=f"{Path(profile.name).stem}#{hashlib.sha256(told.encode()).hexdigest()[:8]}",
        apart=partial(row_workers, profile, number=number, engine=engine),
        revises=(profile.episode.rounds or 1) > 1,
    )
