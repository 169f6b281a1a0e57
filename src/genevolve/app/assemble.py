"""A profile to a ``Components``, and the record of what made a run."""

import math
import platform
import subprocess
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from genevolve.app.environment import cache_folders, environment, home
from genevolve.app.profile import Profile
from genevolve.app.registry import Context, build, build_choice, plugins_of, user_libraries
from genevolve.app.roles import IN_PROFILE
from genevolve.app.toolbox import toolbox
from genevolve.app.traces import traces_of
from genevolve.core.episode import Limits
from genevolve.core.errors import UsageError
from genevolve.core.event import Boundary
from genevolve.core.protocols import ImageSearch, Policy, TextSearch
from genevolve.core.tool import Toolbox
from genevolve.protocol.detail import Detail
from genevolve.protocol.render import default_system_prompt
from genevolve.run.components import Components, OrderLimits
from genevolve.run.gated import GatedImageSearch, GatedTextSearch
from genevolve.run.limits import RateLimiter, ServiceLimits
from genevolve.run.sharing import ONE_PROCESS, Sharing
from genevolve.services.secrets import recordable
from genevolve.store.images import ImageStore
from genevolve.store.user_file import expanded, utf8_text
from genevolve.tools.cache import CachedImageSearch, CachedTextSearch, CacheMode, SearchCache
from genevolve.tools.standard import STANDARD


@asynccontextmanager
async def assemble(
    profile: Profile,
    images: ImageStore,
    *,
    roles: Collection[str] = IN_PROFILE,
    libraries: Sequence[str] | None = None,
    policy: Policy | None = None,
    sharing: Sharing = ONE_PROCESS,
) -> AsyncIterator[Components]:
    """The members that ``profile`` names for ``roles``, around one image store; connections are closed at the end.

    A stage that needs no judge needs no judge's key: other roles are left empty. ``policy`` takes the place of the profile's.
    ``sharing`` is what rows share with those of other processes. Raises ``UsageError``.
    """
    environ = environment()
    context = Context(home=home(environ), images=images, libraries=libraries, environ=environ, profile=profile)
    if libraries:
        user_libraries(context.home).checked(libraries)
    try:
        chosen = frozenset(roles)
        async with traces_of(profile, environ, context.secrets.redact) as traces:
            made = _components(context, chosen, policy, sharing)
            yield replace(made, reviewer=_reviewer(context, chosen), traces=traces)
    finally:
        await context.aclose()


def _components(context: Context, roles: frozenset[str], policy: Policy | None, sharing: Sharing) -> Components:
    """What the profile of ``context`` names for ``roles``, each search behind its own limits."""
    profile = context.profile
    gates = _gates(profile, sharing)

    def member(role: str) -> Any:
        return _priced(build(role, profile, context), gates.get(Boundary(role))) if role in roles else None

    chosen: Any = _priced(policy or (context.policy if "policy" in roles else None), gates[Boundary.POLICY])
    chosen = _remembering(context, chosen)
    detail = _detail(context, roles, policy)
    skills: Any = context.skills if "skills" in roles else None
    tools = toolbox(profile, context) if "policy" in roles else STANDARD
    generator, search, image_search = member("generator"), member("search"), member("image_search")
    limits = _episode_limits(profile, takes := order_limits(profile, generator))
    _check_keys(profile, {"search": search, "image_search": image_search}, tools)
    behind = {boundary: gates.pop(boundary) for boundary in (Boundary.SEARCH, Boundary.IMAGE_SEARCH)}
    return Components(
        policy=chosen,
        text_search=_text_search(search, context, behind[Boundary.SEARCH], sharing),
        image_search=_image_search(image_search, context, behind[Boundary.IMAGE_SEARCH], sharing),
        skills=skills,
        generator=generator,
        image_judge=member("image_judge"),
        program_judge=member("program_judge"),
        images=context.images,
        limits=limits,
        system=_system_prompt(profile, limits, tools, detail),
        tools=tools,
        detail=detail,
        crossings=gates,
        searches=behind,
        redact=context.secrets.redact,
        fetch=context.fetch,
        takes=takes,
    )


def _remembering(context: Context, policy: Any) -> Any:
    """``policy``, which reads the lessons of the memory that the profile names. Raises ``UsageError``."""
    settings = context.profile.memory
    if settings is None or policy is None:
        return policy
    from genevolve.experience.in_use import RememberingPolicy
    from genevolve.experience.memory import Memory
    from genevolve.experience.retrieve import Retriever

    memory = context.keep(Memory(expanded(settings.file)))
    embedder = build_choice("embedder", settings.embedder, context, where=f"profile {context.profile.name}: memory")
    return RememberingPolicy(policy, Retriever(memory, embedder, settings.gate, pooled=settings.pooled), settings.characters)


def varied(setup: Components, profile: Profile) -> Components:
    """``setup`` for ``profile``, which differs in its ``[episode]`` alone: the same members, behind the same limits."""
    limits = _episode_limits(profile, setup.takes)
    system = _system_prompt(profile, limits, setup.tools, setup.detail)
    return replace(setup, limits=limits, system=system, reviewer=setup.reviewer if limits.several else None)


def _reviewer(context: Context, roles: frozenset[str]) -> Any:
    """The judge whose verdict the policy reads, where it is not the one that scores and there are rounds to read it in."""
    profile = context.profile
    one = (profile.episode.rounds or 1) == (profile.episode.takes or 1) == 1
    if profile.reviewer is None or one or not {"policy", "generator"} <= roles:
        return None
    return build_choice("image_judge", profile.reviewer, context, where=f"profile {profile.name}: reviewer")


def _detail(context: Context, roles: frozenset[str], policy: Policy | None) -> Detail:
    """What the profile says, else what its own policy was trained with."""
    own = Detail.FULL if policy is not None or "policy" not in roles else context.detail
    return context.profile.episode.detail or own


def order_limits(profile: Profile, generator: object) -> OrderLimits:
    """What ``generator`` says that it takes: an instance, or its class."""
    sides, most = getattr(generator, "sides", None), getattr(generator, "max_references", None)
    return OrderLimits(
        name=profile.generator.member,
        sides=(int(sides[0]), int(sides[1])) if isinstance(sides, tuple) and len(sides) == 2 else None,
        references=most if isinstance(most, int) or most == math.inf else None,
        edits=getattr(generator, "edits", False) is True,
        vectors=callable(getattr(generator, "vector", None)),
    )


def _check_keys(profile: Profile, searches: Mapping[str, Any], tools: Toolbox) -> None:
    """Raise ``UsageError`` for a key that is missing, where it would be noticed only at the first search.

    A replayed cache needs none, nor does a search that no tool of the policy makes.
    """
    if profile.cache.mode is CacheMode.REPLAY:
        return
    for role, search in searches.items():
        require = getattr(search, "require_key", None)
        if require is not None and role in tools.names:
            require()


def _episode_limits(profile: Profile, takes: OrderLimits) -> Limits:
    """A policy is never offered more references than the generator takes. Raises ``UsageError`` where the profile asks for
    more.
    """
    episode = profile.episode
    references = episode.max_references
    if takes.references is not None and references > takes.references:
        if "max_references" in episode.model_fields_set:
            raise UsageError(
                f"profile {profile.name}: episode.max_references is {references}, but {takes.name} takes at most "
                f"{takes.references}: set episode.max_references to {takes.references} or less"
            )
        references = int(takes.references)
    limits = Limits(
        max_tool_calls=episode.max_tool_calls,
        max_turns=episode.max_turns,
        max_references=references,
        rounds=episode.rounds or 1,
        takes=episode.takes or 1,
    )
    cap = episode.max_reply_characters
    return limits if cap is None else replace(limits, max_reply_characters=cap)


def _priced(member: Any, gate: RateLimiter | None) -> Any:
    """``member``, whose ``gate`` now knows what a call of it costs at least."""
    if gate is not None:
        gate.known_price = float(getattr(member, "least_price", 0.0))
    return member


def _gates(profile: Profile, sharing: Sharing) -> dict[Boundary, RateLimiter]:
    traffic = sharing.limits(profile.traffic.max_concurrency)
    unlimited = ServiceLimits(max_concurrency=profile.traffic.max_concurrency)
    named = ((boundary, profile.limits.get(boundary, unlimited)) for boundary in Boundary)
    return {boundary: sharing.limiter(str(boundary), limits, traffic) for boundary, limits in named}


def _text_search(member: Any, context: Context, gate: RateLimiter, sharing: Sharing) -> TextSearch:
    """The search behind its gate; one that goes out to the web also behind the cache, where no limits apply."""
    gated = GatedTextSearch(member, gate, context.secrets.redact)
    identity = getattr(member, "identity", None)
    if identity is None:
        return gated
    mode = context.profile.cache.mode
    return CachedTextSearch(gated, _cache(context), mode=mode, identity=identity, turn=sharing.turn)


def _image_search(member: Any, context: Context, gate: RateLimiter, sharing: Sharing) -> ImageSearch:
    gated = GatedImageSearch(member, gate, context.secrets.redact)
    identity = getattr(member, "identity", None)
    if identity is None:
        return gated
    mode = context.profile.cache.mode
    cache = _cache(context)
    return CachedImageSearch(gated, cache, mode=mode, identity=identity, images=context.images, turn=sharing.turn)


def _cache(context: Context) -> SearchCache:
    folder, images = cache_folders(context.environ, context.profile.cache.folder)
    return SearchCache(folder=folder, images_folder=images)


def _system_prompt(profile: Profile, limits: Limits, tools: Toolbox, detail: Detail) -> str:
    chosen = profile.episode.system_prompt
    if chosen is None:
        native = profile.policy.settings.get("tools") == "native"
        return default_system_prompt(limits, tools, native_tools=native, detail=detail)
    try:
        return utf8_text(expanded(chosen).read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"profile {profile.name}: episode.system_prompt = {chosen!r} cannot be read ({error})") from None


def describe(profile: Profile, **more: Any) -> dict[str, Any]:
    """What made a run: the whole profile, versions, commit, plug-ins, and ``more``."""
    outside = {role: asdict(plugin) for role, plugin in plugins_of(profile).items()}
    plugged = {"plugins": outside} if outside else {}
    return recordable({**origin(), "profile": profile.model_dump(mode="json"), **plugged, **more})


def origin() -> dict[str, Any]:
    """Versions and commit."""
    return {"genevolve": metadata.version("genevolve"), "commit": _commit(), "python": platform.python_version()}


def _commit() -> str | None:
    """The commit of the source tree that runs, None for an installed package."""
    folder = Path(__file__).parent
    if not any((parent / ".git").exists() for parent in folder.parents):
        return None
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
