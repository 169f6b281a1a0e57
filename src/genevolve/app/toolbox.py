"""The tools that a profile names, as a box: the registry's, and ``module:object`` for those from outside the package."""

import importlib
import inspect
from collections.abc import Sequence
from typing import Any

from genevolve.app.profile import MemberChoice, Profile
from genevolve.app.registry import INJECTED, Context, factory_of
from genevolve.core.errors import UsageError
from genevolve.core.tool import MAX_ARGUMENT_CHARACTERS, Tool, Toolbox
from genevolve.tools.standard import STANDARD


def toolbox(profile: Profile, context: Context, more: Sequence[Tool] = ()) -> Toolbox:
    """The tools of ``episode.tools``, else the paper's three, and ``more``. Raises ``UsageError`` naming what is no tool."""
    named = STANDARD.names if profile.episode.tools is None else profile.episode.tools
    tools = (*(_tool(name, profile, context) for name in named), *more)
    names = [tool.name for tool in tools]
    if twice := {name for name in names if names.count(name) > 1}:
        raise UsageError(f"profile {profile.name}: episode.tools names {', '.join(sorted(twice))} more than once")
    return Toolbox(tools, max_argument=profile.episode.max_argument_characters or MAX_ARGUMENT_CHARACTERS)


def _tool(name: str, profile: Profile, context: Context) -> Tool:
    """A tool is an object, or is made by a function from what the run has (its parameters are named in ``INJECTED``)."""
    made: Any = _outside(name, profile) if ":" in name else factory_of("tool", MemberChoice(member=name))
    if not isinstance(made, Tool) and callable(made):
        wanted = inspect.signature(made).parameters
        made = made(**{key: getattr(context, key) for key in sorted(INJECTED & set(wanted))})
    if not isinstance(made, Tool):
        raise UsageError(f"profile {profile.name}: episode.tools: {name!r} is a {type(made).__name__}, not a genevolve Tool")
    return made


def _outside(name: str, profile: Profile) -> Any:
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"profile {profile.name}: episode.tools: {name!r} cannot be imported ({error})") from None
