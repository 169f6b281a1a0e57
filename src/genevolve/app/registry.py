"""The registry: which class plays which role under which name, and how it is built from its settings.

A member's constructor takes its settings as keyword arguments with types; parameters named in ``Context`` are handed in.
So a new member is one file, one line here, and one test.
"""

import difflib
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, ValidationError, create_model

from genevolve.app.environment import private_fetching
from genevolve.app.profile import MemberChoice, Profile
from genevolve.core.errors import UsageError
from genevolve.core.event import SKILLS
from genevolve.protocol.detail import Detail
from genevolve.services.secrets import Secrets
from genevolve.store.images import ImageStore

REGISTRY: Mapping[str, Mapping[str, str]] = {
    "policy": {
        "expert": "genevolve.world.expert:ExpertPolicy",
        "raw": "genevolve.policies.raw:RawPolicy",
        "chat": "genevolve.policies.chat:ChatPolicy",
        "local": "genevolve.policies.local:LocalPolicy",
    },
    "search": {
        "atlas": "genevolve.world.atlas.searches:AtlasSearch",
        "serper": "genevolve.tools.serper:SerperSearch",
        "ddgs": "genevolve.tools.ddgs:DdgsSearch",
    },
    "image_search": {
        "atlas": "genevolve.world.atlas.searches:AtlasImageSearch",
        "serper": "genevolve.tools.serper:SerperImageSearch",
        "ddgs": "genevolve.tools.ddgs:DdgsImageSearch",
    },
    "skills": {
        "files": "genevolve.tools.skills:SkillFiles",
    },
    "tool": {  # what a policy may call; a profile names several, in episode.tools
        "search": "genevolve.tools.search:SEARCH",
        "image_search": "genevolve.tools.image_search:IMAGE_SEARCH",
        "query_knowledge": "genevolve.tools.skills:query_knowledge",
    },
    "generator": {
        "sketch": "genevolve.world.sketch:Sketch",
        "qwen_service": "genevolve.generators.qwen_service:QwenEditService",
        "diffusers": "genevolve.generators.diffusers:QwenEditPipeline",
        "gemini": "genevolve.generators.gemini:GeminiImage",
        "openai": "genevolve.generators.openai_images:OpenAIImages",
        "comfyui": "genevolve.generators.comfyui:ComfyUI",
    },
    "image_judge": {
        "pixel": "genevolve.world.pixel:PixelJudge",
        "vlm": "genevolve.judges.vlm:VlmJudge",
    },
    "program_judge": {
        "lint": "genevolve.world.lint:LintJudge",
        "llm": "genevolve.judges.vlm:LlmJudge",
    },
    # roles of training only: a recipe chooses them, no profile does
    "summariser": {
        "contrast": "genevolve.world.contrast.summarise:Contrast",
        "llm": "genevolve.experience.summarise:LlmSummariser",
    },
    "embedder": {
        "minilm": "genevolve.experience.embed:MiniLmEmbedder",
        "sentence_transformers": "genevolve.experience.embed:SentenceTransformerEmbedder",
    },
}


EXTRAS: Mapping[str, str] = {"diffusers": "diffusers", "minilm": "train", "sentence_transformers": "train", "local": "train"}
OFFLINE_MEMBERS = {"expert", "raw", "atlas", "files", "sketch", "pixel", "lint"}
PLAIN_MEMBERS = {"raw", "files", "contrast"}  # of these, those that need no extra


@dataclass(frozen=True, kw_only=True)
class Context:
    """What members may ask for by parameter name, beside their own settings. Services are made when first asked for."""

    home: Path
    images: ImageStore
    environ: Mapping[str, str]
    profile: Profile
    libraries: tuple[str, ...] | None = None

    @cached_property
    def policy(self) -> Any:
        return build("policy", self.profile, self)

    @cached_property
    def skills(self) -> Any:
        return build("skills", self.profile, self)

    @property
    def skill_names(self) -> tuple[str, ...]:
        """The skills that the policy may read about."""
        return tuple(getattr(self.skills, "names", SKILLS))

    @property
    def detail(self) -> Detail:
        """How much the policy is told: what the profile says, else what the policy was trained with."""
        if self.profile.episode.detail is not None:
            return self.profile.episode.detail
        try:
            return Detail(getattr(self.policy, "detail", Detail.FULL))
        except UsageError:  # told where the policy itself is built
            return Detail.FULL

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets(self.environ)

    @cached_property
    def client(self) -> Any:
        from genevolve.services.http import new_client

        return new_client()

    @cached_property
    def fetcher(self) -> Any:
        from genevolve.tools.fetch import FetchLimits, ImageFetcher

        caps = self.profile.fetch.model_dump(exclude={"allow_private"}, exclude_none=True)
        return ImageFetcher(store=self.images, allow_private=self.allow_private, limits=FetchLimits(**caps))

    async def fetch(self, url: str) -> str:
        """Download a web image safely into ``images``; its digest."""
        fetched: str = (await self.fetcher.fetch(url)).digest
        return fetched

    @property
    def allow_private(self) -> bool:
        """The laboratory's opt-out: by the profile, or by GENEVOLVE_ALLOW_PRIVATE_FETCH=1."""
        return private_fetching(self.profile.fetch.allow_private, self.environ) is not None

    @cached_property
    def knowledge(self) -> Any:
        from genevolve.world.atlas.knowledge import AtlasKnowledge

        return AtlasKnowledge()

    @cached_property
    def template(self) -> Callable[[str, int], Any]:
        from genevolve.world.atlas.looks import LookLoader

        return LookLoader(self.images)

    async def aclose(self) -> None:
        """Close what was opened."""
        if "client" in self.__dict__:
            await self.client.aclose()


INJECTED = {
    "home",
    "images",
    "environ",
    "libraries",
    "secrets",
    "client",
    "fetcher",
    "knowledge",
    "template",
    "detail",
    "skill_names",
}


def build(role: str, profile: Profile, context: Context) -> Any:
    """The member that ``profile`` chooses for ``role``. Raises ``UsageError`` naming the setting that cannot be used."""
    return build_choice(role, profile.choice(role), context, where=f"profile {profile.name}")


def build_choice(role: str, choice: MemberChoice, context: Context, *, where: str) -> Any:
    """As ``build``, for a ``choice`` that stands in no profile; ``where`` says in messages where it stands."""
    factory = factory_of(role, choice)
    parameters = inspect.signature(factory).parameters
    handed = {name: getattr(context, name) for name in sorted(INJECTED & set(parameters))}
    return factory(**_checked(role, choice, parameters, where), **handed)


def _checked(role: str, choice: MemberChoice, parameters: Mapping[str, inspect.Parameter], where: str) -> dict[str, Any]:
    """The settings, converted to the types of the constructor. Raises ``UsageError``."""
    takes = {name: parameter for name, parameter in parameters.items() if name not in INJECTED}
    for name in choice.settings:
        if name not in takes:
            known = f"it takes {', '.join(sorted(takes))}" if takes else "it takes none"
            raise UsageError(f"{where}: {role}.{name} is not a setting of {choice.member!r}; {known}")
    for name, parameter in takes.items():
        if parameter.default is parameter.empty and name not in choice.settings:
            raise UsageError(f"{where}: {role}.{name} is not set; {choice.member!r} needs it")
    fields: dict[str, Any] = {name: (takes[name].annotation, ...) for name in choice.settings}
    model = create_model("Settings", __config__=ConfigDict(arbitrary_types_allowed=True), **fields)
    try:
        settings = model.model_validate(choice.settings)
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{where}: {role}.{setting} = {first.get('input')!r}: {first['msg']}") from None
    return {name: getattr(settings, name) for name in choice.settings}


def factory_of(role: str, choice: MemberChoice) -> Any:
    known = REGISTRY[role]
    try:
        module, _, name = known[choice.member].partition(":")
    except KeyError:
        close = difflib.get_close_matches(choice.member, known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise UsageError(f"{role} {choice.member!r} is unknown: choose one of {', '.join(known)}{hint}") from None
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("genevolve"):
            raise
        extra = extra_of(choice.member)
        raise UsageError(
            f"{role} {choice.member!r} needs the package {error.name!r}: pip install 'genevolve[{extra}]'"
        ) from None


def extra_of(member: str) -> str | None:
    """The extra of the package that ``member`` needs; None where it needs none."""
    if member in PLAIN_MEMBERS:
        return None
    return "offline" if member in OFFLINE_MEMBERS else EXTRAS.get(member, "services")
