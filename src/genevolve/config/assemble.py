"""A profile to a ``Setup``, and the record of what made a run."""

import platform
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from genevolve.atlas.library import Libraries
from genevolve.config.environment import environment, home
from genevolve.config.members import Context, build
from genevolve.config.profile import Profile
from genevolve.core.episode import Limits
from genevolve.core.event import Boundary
from genevolve.core.failure import Misuse
from genevolve.core.protocols import ImageSearch, TextSearch
from genevolve.protocol.render import default_system_prompt
from genevolve.run.gated import GatedImageSearch, GatedTextSearch
from genevolve.run.limits import Gate, Traffic
from genevolve.run.limits import Limits as ServiceLimits
from genevolve.run.setup import Setup
from genevolve.store.images import ImageStore
from genevolve.tools.cache import CachedImageSearch, CachedTextSearch, SearchCache


@asynccontextmanager
async def assemble(profile: Profile, images: ImageStore, *, libraries: tuple[str, ...] | None = None) -> AsyncIterator[Setup]:
    """Every member that ``profile`` names, around one image store; connections are closed at the end. Raises ``Misuse``."""
    environ = environment()
    context = Context(home=home(environ), images=images, libraries=libraries, environ=environ, profile=profile)
    if libraries:
        Libraries(context.home).checked(libraries)
    limits = Limits(
        max_tool_calls=profile.episode.max_tool_calls,
        max_turns=profile.episode.max_turns,
        max_references=profile.episode.max_references,
    )
    gates = _gates(profile)
    policy = build("policy", profile, context)
    try:
        yield Setup(
            policy=policy,
            text_search=_text_search(profile, context, gates.pop(Boundary.SEARCH)),
            image_search=_image_search(profile, context, gates.pop(Boundary.IMAGE_SEARCH)),
            skills=build("skills", profile, context),
            generator=build("generator", profile, context),
            image_judge=build("image_judge", profile, context),
            program_judge=build("program_judge", profile, context),
            images=images,
            limits=limits,
            system=_system_prompt(profile, limits, native_tools=profile.policy.settings.get("tools") == "native"),
            crossings=gates,
            redact=context.secrets.redact,
            fetch=context.fetch,
        )
    finally:
        await context.aclose()


def _gates(profile: Profile) -> dict[Boundary, Gate]:
    traffic = Traffic(max_concurrency=profile.traffic.max_concurrency)
    unlimited = ServiceLimits(max_concurrency=profile.traffic.max_concurrency)
    return {boundary: Gate(str(boundary), profile.limits.get(boundary, unlimited), traffic) for boundary in Boundary}


def _text_search(profile: Profile, context: Context, gate: Gate) -> TextSearch:
    """The search behind its gate; one that goes out to the web also behind the cache, where no limits apply."""
    member = build("search", profile, context)
    identity = getattr(member, "identity", None)
    if identity is None:
        return GatedTextSearch(member, gate)
    return CachedTextSearch(GatedTextSearch(member, gate), _cache(profile, context), mode=profile.cache.mode, identity=identity)


def _image_search(profile: Profile, context: Context, gate: Gate) -> ImageSearch:
    member = build("image_search", profile, context)
    identity = getattr(member, "identity", None)
    if identity is None:
        return GatedImageSearch(member, gate)
    return CachedImageSearch(
        GatedImageSearch(member, gate),
        _cache(profile, context),
        mode=profile.cache.mode,
        identity=identity,
        images=context.images,
    )


def _cache(profile: Profile, context: Context) -> SearchCache:
    chosen = profile.cache.folder
    return SearchCache(folder=Path(chosen).expanduser() if chosen else context.home / "search-cache")


def _system_prompt(profile: Profile, limits: Limits, *, native_tools: bool) -> str:
    chosen = profile.episode.system_prompt
    if chosen is None:
        return default_system_prompt(limits, native_tools=native_tools)
    try:
        return Path(chosen).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Misuse(f"profile {profile.name}: episode.system_prompt = {chosen!r} cannot be read ({error})") from None


def describe(profile: Profile, **more: Any) -> dict[str, Any]:
    """What made a run: the whole profile, versions, commit, and ``more``."""
    return {
        "genevolve": metadata.version("genevolve"),
        "commit": _commit(),
        "python": platform.python_version(),
        "profile": profile.model_dump(mode="json"),
        **more,
    }


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
