"""Who may ask: the address that was called, the page that calls, the token, and how much is read of a request.

A server on 127.0.0.1 is reached by every page that its user's browser shows. So a request must name an address of this
server (a name that was pointed at 127.0.0.1 is none: DNS rebinding), and must not come from the page of another site.
"""

import asyncio
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from genevolve.core.errors import UsageError
from genevolve.server.trouble import NotServed

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_FORM = 64 * 1024 * 1024  # bytes of a form with reference pictures
LONGEST_BODY = 8 * 1024 * 1024  # bytes of any other body
_PATIENCE = 120.0  # seconds for a whole body to arrive
_SHORTEST_TOKEN = 16  # characters
_OPEN = ("/",)  # the page itself, which holds nothing of anybody
_ASSETS = "/assets/"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """``token`` None: none is needed, which only a loopback address may do. ``hosts`` are names by which the server may be
    called beside addresses and localhost, ``origins`` sites whose pages may call it.
    """

    token: str | None = None
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()

    @classmethod
    def checked(cls, host: str, token: str | None, hosts: tuple[str, ...], origins: tuple[str, ...]) -> "Access":
        """For a server on ``host``. Raises ``UsageError``."""
        if token is None and not is_loopback(host):
            raise UsageError(
                f"--host {host} lets other machines in: set GENEVOLVE_TOKEN to a secret of {_SHORTEST_TOKEN} characters or more"
            )
        if token is not None and (len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
            raise UsageError(f"GENEVOLVE_TOKEN must have {_SHORTEST_TOKEN} or more plain characters")
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}":
                raise UsageError(f"--allow-origin is {origin!r}; write it as https://example.org")
        return cls(token=token, hosts=(host.lower(), *(name.lower() for name in hosts)), origins=origins)

    def knows_host(self, value: str) -> bool:
        """Whether ``value``, a Host header, names this server: an address, localhost, or a name that was allowed."""
        try:
            parts = urlsplit(f"//{value}")
            name, _ = parts.hostname or "", parts.port
        except ValueError:
            return False
        if any(char in value for char in "/@?#\\ "):
            return False
        return name == "localhost" or name in self.hosts or _address(name) is not None

    def knows_origin(self, origin: str, host: str) -> bool:
        """Whether a page of ``origin`` may call: a page of this server, or of a site that was allowed."""
        parts = urlsplit(origin)
        own = parts.scheme in ("http", "https") and origin.lower() == f"{parts.scheme}://{host}".lower()
        return own or origin in self.origins

    def signed(self, path: str) -> str:
        """``path`` with the key that opens it alone, for programs that cannot send the token: pictures on a page, links."""
        return path if self.token is None else f"{path}?key={self._key(path)}"

    def _key(self, path: str) -> str:
        assert self.token is not None
        return hmac.new(self.token.encode(), path.encode(), hashlib.sha256).hexdigest()

    def admits(self, path: str, headers: Mapping[str, str], query: str, method: str) -> bool:
        """Whether the token is there, or the key of this very path."""
        if self.token is None or path in _OPEN or path.startswith(_ASSETS):
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self.token.encode()):
            return True
        key = parse_qs(query).get("key", [""])[0]
        return method in ("GET", "HEAD") and hmac.compare_digest(key.encode(), self._key(path).encode())


def is_loopback(host: str) -> bool:
    """Whether a server on ``host`` is reached from this machine alone."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None


class Guard:
    """In front of everything that the server offers: who is refused here reaches nothing of it."""

    def __init__(self, app: "ASGIApp", access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        answer = _Answer(send)
        try:
            headers = _headers(scope)
            self._check(scope, headers)
            await self._app(scope, _limited(receive, headers), answer.send)
        except NotServed as refused:
            await answer.refuse(refused)

    def _check(self, scope: "Scope", headers: Mapping[str, str]) -> None:
        """Raise ``NotServed`` for a request that is not for this server, of another site, or without the token."""
        host, method, path = headers.get("host", ""), scope["method"], scope["path"]
        if not self._access.knows_host(host):
            raise NotServed(
                f"this server is not called {host[:80]!r}; if it is, start it with --allow-host", status=403, code="wrong_host"
            )
        origin = headers.get("origin")
        foreign = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        followed = (
            method == "GET" and headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        )
        if not self._access.knows_origin(origin, host) if origin is not None else foreign and not followed:
            raise NotServed("pages of other sites may not call this server (--allow-origin)", status=403, code="wrong_origin")
        preflight = method == "OPTIONS" and origin is not None
        if not preflight and not self._access.admits(path, headers, scope["query_string"].decode("latin-1"), method):
            raise NotServed("send the token of this server: Authorization: Bearer …", status=401, code="invalid_api_key")


def _headers(scope: "Scope") -> dict[str, str]:
    """By their lower-case names. Raises ``NotServed`` where one that decides is given twice."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        if key in found and key in ("host", "origin", "authorization", "content-length", "content-type"):
            raise NotServed(f"the header {key} is given twice", code="bad_header")
        found[key] = value.decode("latin-1")
    return found


def _limited(receive: "Receive", headers: Mapping[str, str]) -> "Receive":
    """``receive`` that reads no more than is taken, and waits no longer. Raises ``NotServed``."""
    most = LONGEST_FORM if headers.get("content-type", "").startswith("multipart/form-data") else LONGEST_BODY
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > most:
        raise _too_long(most)
    read, whole = 0, False
    deadline = asyncio.get_running_loop().time() + _PATIENCE

    async def limited() -> "Message":
        nonlocal read, whole
        if whole:  # what comes now is that the client has gone
            return await receive()
        left = deadline - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(receive(), left)
        except TimeoutError:
            raise NotServed(f"the request did not arrive within {_PATIENCE:.0f} s", status=408, code="too_slow") from None
        read += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if read > most:
            raise _too_long(most)
        return message

    return limited


def _too_long(most: int) -> NotServed:
    return NotServed(f"at most {most // 1024**2} MiB are read of this request", status=413, code="too_large")


class _Answer:
    """The way back to the client, with the headers that every answer has."""

    def __init__(self, send: "Send") -> None:
        self._send = send
        self._begun = False

    async def send(self, message: "Message") -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            have = {name.lower() for name, _ in message.get("headers", ())}
            message = {**message, "headers": [*message.get("headers", ()), *(h for h in _HEADERS if h[0] not in have)]}
        await self._send(message)

    async def refuse(self, refused: NotServed) -> None:
        if self._begun:
            raise refused
        body = json.dumps(refused.to_json()).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if refused.status == HTTPStatus.UNAUTHORIZED:
            headers.append((b"www-authenticate", b"Bearer"))
        await self.send({"type": "http.response.start", "status": refused.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})
