"""The registry: which class plays which role under which name, and how it is built from its settings.

A member's constructor takes its settings as keyword arguments with types; parameters named in ``Context`` are handed in.
So a new member is one file, one line here, and one test.
"""

import difflib
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, ValidationError, validate_call

from genevolve.config.profile import MemberChoice, Profile
from genevolve.core.failure import Misuse
from genevolve.store.images import ImageStore

REGISTRY: Mapping[str, Mapping[str, str]] = {
    "policy": {
        "expert": "genevolve.policies.expert:ExpertPolicy",
        "raw": "genevolve.policies.raw:RawPolicy",
    },
    "search": {
        "atlas": "genevolve.tools.atlas:AtlasSearch",
    },
    "image_search": {
        "atlas": "genevolve.tools.atlas:AtlasImageSearch",
    },
    "skills": {
        "files": "genevolve.tools.skills:SkillFiles",
    },
    "generator": {
        "sketch": "genevolve.generators.sketch:Sketch",
    },
    "image_judge": {
        "pixel": "genevolve.judges.pixel:PixelJudge",
    },
    "program_judge": {
        "lint": "genevolve.judges.lint:LintJudge",
    },
}


@dataclass(frozen=True, kw_only=True)
class Context:
    """What members may ask for by parameter name, beside their own settings."""

    home: Path
    images: ImageStore
    libraries: tuple[str, ...] | None = None
    environ: Mapping[str, str]

    @cached_property
    def knowledge(self) -> Any:
        from genevolve.atlas.knowledge import AtlasKnowledge

        return AtlasKnowledge()

    @cached_property
    def template(self) -> Callable[[str, int], Any]:
        from genevolve.atlas.looks import LookLoader

        return LookLoader(self.images)


INJECTED = {field.name for field in fields(Context)} | {"knowledge", "template"}


def build(role: str, profile: Profile, context: Context) -> Any:
    """The member that ``profile`` chooses for ``role``. Raises ``Misuse`` naming the setting that cannot be used."""
    choice = profile.choice(role)
    factory = _factory(role, choice)
    parameters = inspect.signature(factory).parameters
    allowed = sorted(set(parameters) - INJECTED)
    for name in choice.settings:
        if name not in allowed:
            takes = f"it takes {', '.join(allowed)}" if allowed else "it takes none"
            raise Misuse(f"profile {profile.name}: {role}.{name} is not a setting of {choice.member!r}; {takes}")
    handed = {name: getattr(context, name) for name in sorted(INJECTED & set(parameters))}
    checked = validate_call(config=ConfigDict(arbitrary_types_allowed=True))(factory)
    try:
        return checked(**choice.settings, **handed)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Misuse(f"profile {profile.name}: {role}.{where} = {first.get('input')!r}: {first['msg']}") from None


def _factory(role: str, choice: MemberChoice) -> Any:
    known = REGISTRY[role]
    try:
        module, _, name = known[choice.member].partition(":")
    except KeyError:
        close = difflib.get_close_matches(choice.member, known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise Misuse(f"{role} {choice.member!r} is unknown: choose one of {', '.join(known)}{hint}") from None
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("genevolve"):
            raise
        extra = EXTRAS.get(choice.member, "offline")
        raise Misuse(f"{role} {choice.member!r} needs the package {error.name!r}: pip install 'genevolve[{extra}]'") from None


EXTRAS: Mapping[str, str] = {}
