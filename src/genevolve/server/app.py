"""The whole server as one ASGI application, and the process that runs it."""

import ipaddress
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from genevolve.app.profile import Profile
from genevolve.core.errors import UsageError
from genevolve.server.api import Api
from genevolve.server.assistant import Assistant
from genevolve.server.guard import LONGEST_BODY, Access, Guard
from genevolve.server.images_api import ImagesApi
from genevolve.server.shelves import Shelves
from genevolve.server.show import path_of
from genevolve.server.studio import Studio, opened
from genevolve.server.trouble import NotServed

_MOST_CONNECTIONS = 1000
_GRACE = 3  # seconds that open connections are given at the end
_SCRIPTS = ("studio.js", "api.js", "parts.js", "make.js", "see.js", "gallery.js", "shelves.js", "preact.js")
_PAGE = {
    "index.html": "text/html; charset=utf-8",
    "studio.css": "text/css",
    "icon.svg": "image/svg+xml",
    **dict.fromkeys(_SCRIPTS, "text/javascript"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


def application(studio: Studio, access: Access, base: str, allowed: Sequence[Path] = ()) -> ASGIApp:
    """Everything that the server offers, behind its guard. ``base`` is its own address, for links in MCP results; ``allowed``
    are folders in which clients may name libraries and runs.
    """
    assistant = Assistant(studio, lambda name, file: base + access.signed(path_of(name, file))).server()
    mcp = assistant.streamable_http_app(
        max_request_body_size=LONGEST_BODY,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # the guard checks for all
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with assistant.session_manager.run():
            yield

    routes = [*Api(studio=studio, access=access).routes(), *ImagesApi(studio=studio, access=access).routes(), *mcp.routes]
    routes += Shelves(allowed=allowed).routes()
    routes += [Route("/", _page), Route("/assets/{name}", _page)]
    cors = Middleware(CORSMiddleware, allow_origins=access.origins, allow_methods=["*"], allow_headers=["*"])
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[cors] if access.origins else [],
        exception_handlers={NotServed: _refused, HTTPException: _http, OSError: _disk, Exception: _fault},
    )
    return Guard(app, access)


async def _page(request: Request) -> Response:
    """The page at ``/``, and what it loads; nothing else of the package is served."""
    name = request.path_params.get("name", "index.html")
    if name not in _PAGE:
        raise NotServed("there is nothing here", status=404, code="not_found")
    data = files("genevolve.server").joinpath("page", name).read_bytes()
    return Response(data, media_type=_PAGE[name], headers={"content-security-policy": _POLICY, "cache-control": "no-cache"})


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, NotServed)
    headers = {} if problem.again else {"x-should-retry": "false"}
    return JSONResponse(problem.to_json(), status_code=problem.status, headers=headers)


async def _http(request: Request, problem: Exception) -> Response:
    """What the framework refuses, in the common form."""
    assert isinstance(problem, HTTPException)
    told = NotServed(f"{request.method} {request.url.path}: {problem.detail}"[:300], status=problem.status_code)
    return JSONResponse(told.to_json(), status_code=problem.status_code, headers=problem.headers)


async def _fault(request: Request, problem: Exception) -> Response:
    """A fault of ours, or a damaged file; what it was is in the log."""
    told = NotServed(
        str(problem) if isinstance(problem, UsageError) else "the server has a fault; its log says more", status=500
    )
    return JSONResponse(told.to_json(), status_code=500, headers={"x-should-retry": "false"})


async def _disk(request: Request, problem: Exception) -> Response:
    """The request was not taken: its line is not on the disk."""
    assert isinstance(problem, OSError)
    told = NotServed(f"the request could not be written down: {problem.strerror}", status=507, code="disk", again=True)
    return JSONResponse(told.to_json(), status_code=told.status)


@asynccontextmanager
async def prepared(
    profiles: Mapping[str, Profile],
    *,
    out: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    hosts: Sequence[str] = (),
    origins: Sequence[str] = (),
    allowed: Sequence[Path] = (),
    **making: Any,
) -> AsyncIterator[tuple[uvicorn.Server, socket.socket, str]]:
    """A server, the socket that it is to serve, and its address; ``making`` goes to ``opened``.

    Raises ``UsageError`` before anything is served: for a directory, a profile or an address that cannot be used.
    """
    access = Access.checked(host, token, tuple(hosts), tuple(origins))
    with _listening(host, port) as listener:
        address = f"http://{_shown(host)}:{listener.getsockname()[1]}"
        async with opened(out, profiles, **making) as studio:
            config = uvicorn.Config(
                application(studio, access, address, allowed),
                log_level="warning", access_log=False, server_header=False, proxy_headers=False, ws="none",
                limit_concurrency=_MOST_CONNECTIONS, timeout_graceful_shutdown=_GRACE,
            )  # fmt: skip
            yield uvicorn.Server(config), listener, address


async def serve(profiles: Mapping[str, Profile], *, ready: Callable[[str], None], **settings: Any) -> None:
    """Serve until the process is told to end. ``ready`` is given the address; ``settings`` go to ``prepared``."""
    async with prepared(profiles, **settings) as (server, listener, address):
        ready(address)
        await server.serve(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    """Raises ``UsageError`` for an address that cannot be listened on."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host.strip("[]"), port), family=family)
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "a port is 0 to 65535"
        raise UsageError(f"--host {host} --port {port} cannot be listened on ({why}); choose another port") from None


def _shown(host: str) -> str:
    """``host`` as part of an address that programs of this machine can open."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return f"[{address}]" if address.version == 6 else str(address)


async def over_stdio(profiles: Mapping[str, Profile], *, out: Path, allowed: Sequence[Path], **making: Any) -> None:
    """The tools of the assistant over standard input and output, until the client closes them. Raises ``UsageError``."""
    async with opened(out, profiles, **making) as studio:

        def link(name: str, file: str) -> str:
            row = studio.row(name)
            path = studio.folder.path / str((row or {}).get("image_path") or file)
            return path.absolute().as_uri()

        await Assistant(studio, link, local=True, allowed=allowed).server().run_stdio_async()
