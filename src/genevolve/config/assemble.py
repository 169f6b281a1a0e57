"""A profile to a ``Setup``, and the record of what made a run."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from genevolve.config.environment import environment, home
from genevolve.config.members import Context, build
from genevolve.config.profile import Profile
from genevolve.core.episode import Limits
from genevolve.core.failure import Misuse
from genevolve.protocol.render import default_system_prompt
from genevolve.run.setup import Setup
from genevolve.store.images import ImageStore


def assemble(profile: Profile, images: ImageStore, *, libraries: tuple[str, ...] | None = None) -> Setup:
    """Every member that ``profile`` names, around one image store. Raises ``Misuse``."""
    environ = environment()
    context = Context(home=home(environ), images=images, libraries=libraries, environ=environ)
    limits = Limits(
        max_tool_calls=profile.episode.max_tool_calls,
        max_turns=profile.episode.max_turns,
        max_references=profile.episode.max_references,
    )
    return Setup(
        policy=build("policy", profile, context),
        text_search=build("search", profile, context),
        image_search=build("image_search", profile, context),
        skills=build("skills", profile, context),
        generator=build("generator", profile, context),
        image_judge=build("image_judge", profile, context),
        program_judge=build("program_judge", profile, context),
        images=images,
        limits=limits,
        system=_system_prompt(profile, limits),
    )


def _system_prompt(profile: Profile, limits: Limits) -> str:
    chosen = profile.episode.system_prompt
    if chosen is None:
        return default_system_prompt(limits)
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
