"""A profile: one member for each role, its settings, and the limits of a run. Written as TOML, validated strictly."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from genevolve.core.errors import UsageError
from genevolve.core.event import Boundary
from genevolve.protocol.detail import Detail
from genevolve.run.limits import ServiceLimits
from genevolve.store.named import Library
from genevolve.tools.cache import CacheMode

ROLES = ("policy", "search", "image_search", "skills", "generator", "image_judge", "program_judge")


class MemberChoice(BaseModel):
    """``member`` names it; every further key is one of its settings."""

    model_config = ConfigDict(extra="allow", frozen=True)
    member: str

    @property
    def settings(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class EpisodeSettings(BaseModel):
    """Budgets of an episode, the file that replaces the built-in system prompt, and how much the policy is told.

    ``detail`` None is what the policy was trained with: ``brief`` for our small local model, else ``full``. ``tools`` names
    those that the policy may call, in the order in which it is told of them: None is search, image_search and
    query_knowledge; "module:object" is a tool of your own. ``max_reply_characters`` are read of a reply, and
    ``max_argument_characters`` may stand in each text of a call; longer ones are refused in words that the policy reads.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    max_tool_calls: int = Field(default=10, ge=0, le=100)
    max_turns: int = Field(default=11, ge=1, le=101)
    max_references: int = Field(default=2, ge=0, le=5)
    system_prompt: str | None = None
    detail: Detail | None = None
    tools: tuple[str, ...] | None = None
    max_reply_characters: int | None = Field(default=None, ge=1000)
    max_argument_characters: int | None = Field(default=None, ge=100)


class CacheSettings(BaseModel):
    """Search answers on disk. ``mode`` is read, write, off or replay; ``folder`` is below the home directory if not given."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    mode: CacheMode = CacheMode.READ
    folder: str | None = None


class FetchSettings(BaseModel):
    """``allow_private`` opens the user's own network to image downloads: for laboratories with an image store of their own.

    The other settings are caps of ``tools.fetch.FetchLimits``; None leaves its default.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    allow_private: bool = False
    max_bytes: int | None = Field(default=None, ge=1)
    max_pixels: int | None = Field(default=None, ge=1)
    max_side: int | None = Field(default=None, ge=16)
    max_redirects: int | None = Field(default=None, ge=0)
    timeout: float | None = Field(default=None, gt=0)


class TrafficSettings(BaseModel):
    """Calls of all services together that may be under way at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    max_concurrency: int = Field(default=512, ge=1)


class Profile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    policy: MemberChoice
    search: MemberChoice
    image_search: MemberChoice
    skills: MemberChoice
    generator: MemberChoice
    image_judge: MemberChoice
    program_judge: MemberChoice
    episode: EpisodeSettings = EpisodeSettings()
    cache: CacheSettings = CacheSettings()
    fetch: FetchSettings = FetchSettings()
    traffic: TrafficSettings = TrafficSettings()
    limits: Mapping[Boundary, ServiceLimits] = Field(default_factory=dict)

    def choice(self, role: str) -> MemberChoice:
        chosen: MemberChoice = getattr(self, role)
        return chosen


def load_profile(name: str, overrides: Mapping[str, str] | None = None, *, cache: str | None = None) -> Profile:
    """The built-in profile or TOML file called ``name``; ``overrides`` replaces single members (role → member).

    A file may say ``extends = "offline"`` and then holds only what differs. Raises ``UsageError``.
    """
    values = PROFILES.values(name)
    for role, member in (overrides or {}).items():
        if member != values.get(role, {}).get("member"):
            values[role] = {"member": member}
    if cache is not None:
        values["cache"] = {**values.get("cache", {}), "mode": cache}
    try:
        return Profile.model_validate({"name": name, **values})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"profile {name}: {where}: {first['msg']}") from None


def _other_member(key: str, below: Mapping[str, Any], over: Mapping[str, Any]) -> bool:
    """A role with another member starts from nothing: settings belong to their member."""
    return key in ROLES and "member" in over and over["member"] != below.get("member")


PROFILES = Library(package="genevolve.app", folder="profiles", kind="profile", argument="--profile", replaces=_other_member)
