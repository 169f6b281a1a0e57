"""The tools of a profile as a box: ours by name, those of plug-ins, and ``module:object`` of anything importable."""

from collections.abc import Sequence
from typing import Any

from genevolve.app.profile import MemberChoice, Profile
from genevolve.app.registry import Context, build_choice
from genevolve.core.errors import UsageError
from genevolve.core.tool import MAX_ARGUMENT_CHARACTERS, Tool, Toolbox
from genevolve.tools.standard import STANDARD


def toolbox(profile: Profile, context: Context) -> Toolbox:
    """The tools that ``tools`` names, in its order, else the paper's three. Raises ``UsageError`` naming what is no tool."""
    chosen: Any = profile.tools
    named: Sequence[MemberChoice] = chosen or [MemberChoice(member=name) for name in STANDARD.names]
    tools = tuple(_tool(choice, profile, context) for choice in named)
    names = [tool.name for tool in tools]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UsageError(f"profile {profile.name}: tools has {', '.join(sorted(twice))} more than once")
    return Toolbox(tools, max_argument=profile.episode.max_argument_characters or MAX_ARGUMENT_CHARACTERS)


def _tool(choice: MemberChoice, profile: Profile, context: Context) -> Tool:
    made: Any = build_choice("tool", choice, context, where=f"profile {profile.name}")
    if not isinstance(made, Tool):
        raise UsageError(f"profile {profile.name}: tool {choice.member!r} is a {type(made).__name__}, not a genevolve Tool")
    return made
