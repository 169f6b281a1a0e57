"""A profile: one member for each role, its settings, and the limits of a run. Written as TOML, validated strictly."""

import difflib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Self, TypedDict, Unpack

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    create_model,
    field_validator,
    model_serializer,
    model_validator,
)

from genevolve.app.arguments import checked
from genevolve.app.roles import IN_PROFILE, ROLES, Chosen
from genevolve.core.errors import UsageError
from genevolve.experience.teacher_view import MAX_CHARACTERS
from genevolve.protocol.detail import Detail
from genevolve.run.limits import ServiceLimits
from genevolve.services.secrets import learn
from genevolve.store.credentials import Algorithm
from genevolve.store.named import Library
from genevolve.store.tables import key_path
from genevolve.tools.cache import CacheMode

MOST_ROUNDS = 10
_WITHOUT_EFFECT = ("store",)  # limits that profiles may hold from before; no call goes by them


_LATER = ("max_reply_characters", "max_argument_characters", "rounds", "takes")  # of [episode]


class ProfileChanges(TypedDict, total=False):
    """``--cache``, ``--rounds``, ``--takes`` and ``--reviewer`` as arguments; None leaves what the profile says."""

    cache: str | None
    rounds: int | None
    takes: int | None
    reviewer: object


class MemberChoice(BaseModel):
    """``member`` names it; every further key is one of its settings. ``given`` is the class or the instance itself, where a
    program handed one over: ``member`` then says which class it is."""

    model_config = ConfigDict(extra="allow", frozen=True)
    member: str
    _given: object = PrivateAttr(default=None)

    @classmethod
    def of(cls, given: object) -> Self:
        """The choice of this class, function or instance."""
        kind: Any = given if hasattr(given, "__qualname__") else type(given)
        choice = cls(member=f"{kind.__module__}:{kind.__qualname__}")
        choice._given = given
        return choice

    @property
    def given(self) -> object:
        return self._given

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, value: object) -> object:
        """``generator = "sketch"`` is short for a table with nothing but ``member``."""
        return {"member": value} if isinstance(value, str) else value

    @property
    def settings(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class EpisodeSettings(BaseModel):
    """Budgets of an episode, the file that replaces the built-in system prompt, and how much the policy is told.

    ``detail`` None is what the policy was trained with: ``brief`` for our small local model, else ``full``.
    ``max_reply_characters`` are read of a reply, and
    ``max_argument_characters`` may stand in each text of a call; longer ones are refused in words that the policy reads.
    ``rounds``: how many answers of the policy may be drawn, each after it was told what failed in the one before; ``takes``:
    with how many seeds each is drawn until nothing fails. None is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    max_tool_calls: int = Field(default=10, ge=0, le=100)
    max_turns: int = Field(default=11, ge=1, le=101)
    max_references: int = Field(default=2, ge=0, le=5)
    system_prompt: str | None = None
    detail: Detail | None = None
    max_reply_characters: int | None = Field(default=None, ge=1000)
    max_argument_characters: int | None = Field(default=None, ge=100)
    rounds: int | None = Field(default=None, ge=1, le=MOST_ROUNDS)
    takes: int | None = Field(default=None, ge=1, le=MOST_ROUNDS)

    @model_serializer(mode="wrap")
    def _as_before(self, dump: Callable[[Self], dict[str, Any]]) -> dict[str, Any]:
        """A setting that came later is left out where it is not set: directories from before it are gone on with."""
        return {key: value for key, value in dump(self).items() if value is not None or key not in _LATER}


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
    timeout: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class TrafficSettings(BaseModel):
    """Calls of all services together that may be under way at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    max_concurrency: int = Field(default=512, ge=1)


class SigningSettings(BaseModel):
    """Content Credentials (C2PA) for pictures: ``certificate`` is a PEM file with the chain, the signer's first. The key (PEM)
    is in ``key_file`` or in the environment variable that ``key_env`` names."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    certificate: str
    key_file: str | None = None
    key_env: str | None = None
    algorithm: Algorithm = "es256"

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if (self.key_file is None) == (self.key_env is None):
            raise ValueError("name the key by key_file or by key_env, and not by both")
        return self


class MemorySettings(BaseModel):
    """Lessons that the policy reads while it works: ``file`` is the memory of a training run (its ``experience.sqlite``).

    Of each request's most similar lesson, where it is similar enough (``gate``; None: the embedder's own), or of what as many
    of the most similar ones as ``pooled`` agree on, at most ``characters`` stand in the system prompt. ``embedder`` must be
    the one that the memory was made with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    file: str
    gate: float | None = Field(default=None, ge=-1, le=1)
    characters: int = Field(default=MAX_CHARACTERS, ge=400)
    pooled: int = Field(default=1, ge=1)
    embedder: MemberChoice = MemberChoice(member="minilm")


class _Settings(BaseModel):
    """A profile: one component of each role, and the budgets, cache, limits and caps of a run. Made by ``load_profile``.

    ``vocabulary`` is what the offline world can draw without a reference; None: icons for ``generate``, else everyday.
    ``reviewer`` is the image judge whose verdict the policy reads where it has several rounds; None: the one that scores.
    ``signing``: whose signature pictures get. ``memory``: whose lessons the policy reads.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    episode: EpisodeSettings = EpisodeSettings()
    cache: CacheSettings = CacheSettings()
    fetch: FetchSettings = FetchSettings()
    traffic: TrafficSettings = TrafficSettings()
    limits: Mapping[str, ServiceLimits] = Field(default_factory=dict)
    vocabulary: Literal["everyday", "icons"] | None = None
    reviewer: MemberChoice | None = None
    signing: SigningSettings | None = None
    memory: MemorySettings | None = None

    if TYPE_CHECKING:

        def __getattr__(self, role: str) -> MemberChoice: ...

    def choice(self, role: str) -> MemberChoice:
        """The member of a role that has one. Raises ``UsageError`` for a role that no profile chooses."""
        if role not in IN_PROFILE:
            raise UsageError(f"{role} is not a role of a profile: {_nearest(role, IN_PROFILE)}")
        chosen: MemberChoice = getattr(self, role)
        return chosen

    @field_validator("limits")
    @classmethod
    def _known(cls, limits: Mapping[str, ServiceLimits]) -> Mapping[str, ServiceLimits]:
        known = [role.name for role in ROLES.values() if role.limited]
        for name in limits:
            if name not in known and name not in _WITHOUT_EFFECT:
                raise ValueError(f"{name!r} has no limits: {_nearest(name, known)}")
        return limits

    @model_serializer(mode="wrap")
    def _without_empty_lists(self, dump: Callable[[Self], dict[str, Any]]) -> dict[str, Any]:
        """Roles of which a profile may choose several are left out where it chooses none, as in profiles from before them."""
        later = {"vocabulary", "reviewer", "signing", "memory"}  # profiles from before it are the same where it is not set
        several = later | {role.key for role in ROLES.values() if role.chosen is Chosen.SEVERAL}
        return {key: value for key, value in dump(self).items() if value or key not in several}


def _nearest(name: str, known: "tuple[str, ...] | list[str]") -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"it is one of {', '.join(known)}"


def _fields() -> dict[str, Any]:
    """The roles of a profile as fields of its model."""
    fields: dict[str, Any] = {}
    for role in ROLES.values():
        if role.chosen is Chosen.ONE:
            fields[role.key] = (MemberChoice, ...)
        elif role.chosen is Chosen.SEVERAL:
            fields[role.key] = (tuple[MemberChoice, ...], ())
    return fields


if TYPE_CHECKING:
    Profile = _Settings
else:
    Profile = create_model("Profile", __base__=_Settings, __module__=__name__, __doc__=_Settings.__doc__, **_fields())


@checked
def load_profile(name: str, overrides: Mapping[str, object] | None = None, *, cache: str | None = None) -> Profile:
    """The built-in profile or TOML file called ``name``; ``overrides`` replaces single members: role → name, class, instance.

    A file may say ``extends = "offline"`` and then holds only what differs. Raises ``UsageError``.
    """
    values = PROFILES.values(name)
    for role, member in (overrides or {}).items():
        values[role] = _replaced(role, member, values.get(role))
    if cache is not None:
        below = values.get("cache", {})
        values["cache"] = {**below, "mode": cache} if isinstance(below, dict) else below  # what is no table is told below
    learn(values)
    try:
        return Profile.model_validate({"name": name, **values})
    except UsageError as problem:
        raise UsageError(f"profile {name}: limits: {problem}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"profile {name}: {key_path(first['loc'])}: {first['msg'][:400]}") from None


def chosen_profile(profile: str | Profile, overrides: Mapping[str, object], **changes: Unpack[ProfileChanges]) -> Profile:
    """As ``load_profile``, for a profile that may be loaded already, with the rounds that are given. Raises ``UsageError``."""
    cache = changes.get("cache")
    chosen = load_profile(profile, overrides, cache=cache) if isinstance(profile, str) else _with(profile, overrides, cache)
    return with_rounds(chosen, changes.get("rounds"), changes.get("reviewer"), takes=changes.get("takes"))


def _with(profile: Profile, overrides: Mapping[str, object], cache: str | None) -> Profile:
    changed: dict[str, Any] = {
        role: MemberChoice.model_validate(_replaced(role, member, profile.choice(role))) for role, member in overrides.items()
    }
    if cache is not None:
        changed["cache"] = CacheSettings.model_validate({**profile.cache.model_dump(), "mode": cache})
    return profile.model_copy(update=changed)


def with_rounds(profile: Profile, rounds: int | None = None, reviewer: object = None, *, takes: int | None = None) -> Profile:
    """``profile`` with so many rounds and takes and this reviewer, where they are given. Raises ``UsageError``."""
    given = {name: number for name, number in (("rounds", rounds), ("takes", takes)) if number is not None}
    for name, number in given.items():
        if not 1 <= number <= MOST_ROUNDS:
            raise UsageError(f"--{name} is {number}; it is 1 to {MOST_ROUNDS}")
    if given:
        profile = profile.model_copy(update={"episode": profile.episode.model_copy(update=given)})
    if reviewer is not None:
        choice = MemberChoice.model_validate(_replaced("image_judge", reviewer, profile.image_judge))
        profile = profile.model_copy(update={"reviewer": choice})
    return profile


def with_quirks(profile: Profile, quirks: int | None) -> Profile:
    """``profile`` with a generator of these hidden habits, where a number is given. Raises ``UsageError``."""
    if quirks is None:
        return profile
    choice = MemberChoice.model_validate({**profile.generator.model_dump(), "quirks": quirks})
    return profile.model_copy(update={"generator": choice})


def _replaced(role: str, member: object, below: object) -> object:
    """The choice of ``member`` in the place of ``below``, whose settings are kept only where it is the same member."""
    if role not in IN_PROFILE:
        raise UsageError(f"{role} is not a role of a profile: {_nearest(role, IN_PROFILE)}")
    if not isinstance(member, str):
        return MemberChoice.of(member)
    named = below.get("member") if isinstance(below, dict) else getattr(below, "member", below)
    return below if member == named else {"member": member}


def _other_member(key: str, below: Mapping[str, Any], over: Mapping[str, Any]) -> bool:
    """A role with another member starts from nothing: settings belong to their member."""
    return key in IN_PROFILE and "member" in over and over["member"] != below.get("member")


PROFILES = Library(package="genevolve.app", folder="profiles", kind="profile", argument="--profile", replaces=_other_member)
