"""``genevolve serve`` and ``genevolve mcp``: the page, OpenAI's image API, and the tools of an assistant."""

import asyncio
import threading
import webbrowser
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from genevolve.app.environment import environment, home
from genevolve.cli.options import announce, positive
from genevolve.core.errors import UsageError

if TYPE_CHECKING:
    from genevolve.app.profile import Profile

F = TypeVar("F", bound=Callable[..., Any])


def _common(command: F) -> F:
    workers = click.option(
        "--workers", default=1, show_default=True, callback=positive,
        help="Processes that draw and judge, where that is done on this machine.",
    )  # fmt: skip
    concurrency = click.option(
        "--concurrency", default=4, show_default=True, callback=positive, help="Generations under way at once."
    )
    profile = click.option(
        "--profile", "names", multiple=True, default=("offline",), show_default=True, metavar="NAME",
        help="A built-in profile or a TOML file of yours; given several times, clients choose, and the first is the default.",
    )  # fmt: skip
    return profile(concurrency(workers(command)))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need GENEVOLVE_TOKEN.")
@click.option("--port", default=8400, show_default=True, help="0 takes a free one.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs/serve"), show_default=True, metavar="DIR",
    help="Run directory; a server that is started again goes on with what is unfinished in it.",
)  # fmt: skip
@click.option(
    "--allow-host", "hosts", multiple=True, metavar="NAME", help="Another name of this server, such as one of a proxy."
)
@click.option("--allow-origin", "origins", multiple=True, metavar="URL", help="A site whose pages may call this server.")
@click.option(
    "--allow", "allowed", multiple=True, type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
    help="A folder whose pictures may become libraries and whose trainings are shown; may be given several times.",
)  # fmt: skip
@click.option("--open", "opens", is_flag=True, help="Open the page in your browser.")
@_common
def serve(names: tuple[str, ...], opens: bool, **options: Any) -> None:
    """Serve the studio (a page to make pictures in), OpenAI's image API (/v1), and MCP (/mcp).

    All requests go through one queue. On another address than 127.0.0.1 every client must send the token that the
    environment variable GENEVOLVE_TOKEN holds.
    """
    from genevolve.server.app import serve as run

    def ready(address: str) -> None:
        click.echo(f"genevolve: {address}/ (page), {address}/v1 (OpenAI images), {address}/mcp (MCP); Ctrl-C ends it", err=True)
        if opens:  # in a thread: some browsers return only when they are closed
            threading.Thread(target=webbrowser.open, args=(f"{address}/",), daemon=True).start()

    asyncio.run(run(_profiles(names), token=environment().get("GENEVOLVE_TOKEN"), ready=ready, **options))


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Run directory. [default: the first of GENEVOLVE_HOME/mcp, mcp-2, … that no other process works in]",
)  # fmt: skip
@click.option(
    "--allow", "allowed", multiple=True, type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
    help="A folder whose pictures may be references, for clients without roots; may be given several times.",
)  # fmt: skip
@_common
def mcp(names: tuple[str, ...], out: Path | None, **options: Any) -> None:
    """Offer the tools generate_image, revise_image, search_pictures and read_trajectory over standard input and output.

    An assistant (an MCP client) starts this command itself.
    """
    from genevolve.server.app import over_stdio

    asyncio.run(over_stdio(_profiles(names), out=out or _own_folder(), **options))


def _profiles(names: tuple[str, ...]) -> "dict[str, Profile]":
    """By the names that clients use: of a file without its ending."""
    from genevolve.app.profile import load_profile

    found: dict[str, Profile] = {}
    for name in names:
        called = Path(name).stem if name.endswith(".toml") else name
        if called in found:
            raise UsageError(f"--profile {name}: there is one called {called!r} already; give each another name")
        found[called] = load_profile(name)
        announce(found[called])
    return found


def _own_folder() -> Path:
    """One that no other process holds: each client starts a process of its own."""
    from genevolve.store.lock import HeldElsewhere, HeldFile

    for number in count(1):
        path = home(environment()) / ("mcp" if number == 1 else f"mcp-{number}")
        path.mkdir(parents=True, exist_ok=True)
        try:
            HeldFile(path / ".lock").release()
        except HeldElsewhere:
            continue
        return path
    raise AssertionError("count never ends")
