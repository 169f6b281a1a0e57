"""A profile from three answers: what draws, what plans, what searches. Its tables are those of the ready profiles."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from genevolve.app.arguments import checked
from genevolve.app.profile import PROFILES, load_profile
from genevolve.core.errors import UsageError
from genevolve.store.images import write_atomically

Draws = Literal["sketch", "openai", "gemini", "comfyui", "diffusers", "klein"]
Plans = Literal["rules", "ollama", "openai", "gemini"]
Searches = Literal["offline", "web", "serper"]

_READY = {"sketch": "offline", "rules": "offline", "web": "comfyui"}  # answers that are not called as their ready profile
_JUDGES = {"ollama": "comfyui", "openai": "openai", "gemini": "gemini"}  # whose judge goes with who plans
_HEAD = "# Written by `genevolve init`: {draws} draws, {plans} plans, {searches} searches. `genevolve doctor` checks it."
_UNJUDGED = "# The judge pixel knows pictograms, not photographs: choose a planner that sees, or put a judge here, for scores."


@checked
def write_profile(path: Path | str, *, draws: Draws, plans: Plans, searches: Searches, replace: bool = False) -> Path:
    """Write the profile of these answers to ``path``. Raises ``UsageError``, also for a file that is there already, unless
    ``replace``; nothing is written that does not load."""
    path = Path(path)
    if path.exists() and not replace:
        raise UsageError(f"{path} is there already: choose another file, or replace it with --force")
    try:
        write_atomically(path, profile_text(draws=draws, plans=plans, searches=searches).encode())
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror})") from None
    load_profile(str(path))
    return path


def profile_text(*, draws: Draws, plans: Plans, searches: Searches) -> str:
    """The profile as TOML."""
    ready: dict[str, Mapping[str, Any]] = {
        "policy": _values(plans)["policy"],
        "generator": _values(draws)["generator"],
        **_search(searches),
    }
    if draws != "sketch" and plans in _JUDGES:
        ready["image_judge"] = PROFILES.values(_JUDGES[plans])["image_judge"]
    below = PROFILES.values("offline")
    parts = [_HEAD.format(draws=draws, plans=plans, searches=searches), 'extends = "offline"']
    parts += [_table(name, table) for name, table in ready.items() if table != below.get(name)]
    if draws != "sketch" and plans not in _JUDGES:
        parts.append(_UNJUDGED)
    return "\n\n".join(parts) + "\n"


def _values(answer: str) -> dict[str, Any]:
    return PROFILES.values(_READY.get(answer, answer))


def _search(searches: Searches) -> dict[str, Mapping[str, Any]]:
    """Both searches; those of the web are slowed down where no key is asked for."""
    roles = ("search", "image_search")
    match searches:
        case "offline":
            return {}
        case "serper":
            return {role: {"member": "serper"} for role in roles}
    web = PROFILES.values("comfyui")
    return {role: web[role] for role in roles} | {f"limits.{role}": web["limits"][role] for role in roles}


def _table(name: str, values: Mapping[str, Any]) -> str:
    """A table of texts, numbers, switches and lists of them: JSON writes these as TOML does."""
    return "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())])
