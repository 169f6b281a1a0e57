"""Options that several commands share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from genevolve.app.arguments import Count, fitting
from genevolve.app.environment import environment, private_fetching
from genevolve.app.roles import ROLES, ComponentRole

if TYPE_CHECKING:
    from genevolve.app.profile import Profile

F = TypeVar("F", bound=Callable[..., Any])


def profile_options(command: F) -> F:
    """``--profile`` and one option for each role."""
    for role in reversed(with_options()):
        flags = (*role.flags, f"--{role.name.replace('_', '-')}", role.name)
        shown = f"{role.title}, instead of the profile's choice: a name or module:Name."
        command = click.option(*flags, metavar="MEMBER", help=shown)(command)
    cache = click.option(
        "--cache", type=click.Choice(["read", "write", "off", "replay"]),
        help="Web search answers on disk: read (default), write anew, off, or replay without ever going out.",
    )  # fmt: skip
    profile = click.option(
        "--profile", default="offline", show_default=True, metavar="NAME", help="A built-in profile or a TOML file of yours."
    )
    return profile(cache(command))


def round_options(command: F) -> F:
    """``--rounds``, ``--takes`` and ``--reviewer``."""
    reviewer = click.option(
        "--reviewer", metavar="MEMBER",
        help="Whose verdict the policy reads between rounds: a name or module:Name.  [default: the judge that scores]",
    )  # fmt: skip
    takes = click.option(
        "--takes", type=int, metavar="N",
        help="Seeds that each answer is drawn with until nothing fails; the best counts.  [default: 1]",
    )  # fmt: skip
    rounds = click.option(
        "--rounds", type=int, metavar="N",
        help="Pictures at most: after each the policy is told what failed, and may try again; the best counts.  [default: 1]",
    )  # fmt: skip
    return rounds(takes(reviewer(command)))


def chosen_profile_of(values: dict[str, Any]) -> "Profile":
    """The profile with all that options replace in it; these options are taken out of ``values``."""
    from genevolve.app.profile import ProfileChanges, chosen_profile

    named = {name: values.pop(name) for name in ProfileChanges.__annotations__ if name in values}
    return chosen_profile(values.pop("profile"), chosen_members(values), **named)


def chosen_members(values: dict[str, Any]) -> dict[str, str]:
    """The roles for which an option was given; the others are taken out of ``values``."""
    return {role.name: value for role in with_options() if (value := values.pop(role.name)) is not None}


def with_options() -> tuple[ComponentRole, ...]:
    """The roles that have an option of the command line."""
    return tuple(role for role in ROLES.values() if role.title)


engine = click.option(
    "--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True,
    help="Where worker processes are: on this machine, or on those of a Ray cluster.",
)  # fmt: skip
include_degraded = click.option(
    "--include-degraded", is_flag=True,
    help="Take rows into the means that answered without something which a service that was out did not give them.",
)  # fmt: skip


def announce(profile: "Profile") -> None:
    """Say on standard error what a user should know before a run: that image downloads may go into private networks."""
    if where := private_fetching(profile.fetch.allow_private, environment()):
        click.echo(f"genevolve: {where} is on: images are fetched from private networks too", err=True)


def positive(context: click.Context, parameter: click.Parameter, value: int) -> int:
    fitting(f"--{parameter.name}", value, Count)
    return value
