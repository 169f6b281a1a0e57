"""Downloads of what a stranger named, an image or a page: one network that dials only addresses that were checked.

An address is resolved here, once a hop, and the connection goes to the very address that was checked, so that a name
that resolves differently the second time gains nothing: ``aiohttp`` is given the address, never the name. A connection
is used again only for the same address, and for the same name where it is encrypted. Proxies and cookies of the
environment are not used.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache

import aiohttp
import certifi
from yarl import URL

from genevolve.core.errors import ServiceError
from genevolve.services.http import retry_after
from genevolve.services.packing import BadBody, Unpacker
from genevolve.tools.addresses import HINT, Address, Target, literal, redirected, refusal, target

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_TRIED_ADDRESSES = 3

_IDLE = 2.0  # seconds that an unused connection is kept: the pictures of one search often lie on one host
_LONGEST_HEADER = 65_536  # bytes of one header, of which there may be 128

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Dial = Callable[[aiohttp.connector.AddrInfoType], socket.socket]


async def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of ``host``, as the system's resolver gives them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """What is asked for: the words for it ("an image"), the ``Accept`` header, and the caps; ``timeout`` is in seconds for the
    whole download, redirects included."""

    what: str
    agent: str
    accept: str
    max_bytes: int
    max_redirects: int
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """``target`` is the address that answered after redirects; ``kind`` its ``Content-Type``, in small letters."""

    target: Target
    body: bytes
    kind: str


class CheckedConnections:
    """Those of one event loop at a time, made when they are first needed. ``dial`` makes the sockets, for tests."""

    def __init__(self, dial: Dial | None = None) -> None:
        self._dial = dial
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def opened(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            self._loop = loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE, socket_factory=self._dial),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None),  # name resolution and all hops run under that of `download`
                max_line_size=_LONGEST_HEADER,
                max_field_size=_LONGEST_HEADER,
            )
        return self._session

    async def aclose(self) -> None:
        if self._session is not None and self._loop is asyncio.get_running_loop():
            await self._session.close()
        self._session = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The network as strangers' addresses may use it. ``allow_private`` also opens the user's own, never link-local addresses.

    ``resolve`` is the system's resolver; tests put their own in. ``connections`` are closed by their owner.
    """

    allow_private: bool = False
    resolve: Resolve = resolve
    connections: CheckedConnections = field(default_factory=CheckedConnections)

    async def download(self, url: str, want: Download) -> Downloaded:
        """One attempt. Raises ``ServiceError``; the URL's query is never in its text."""
        first = target(url, allow_private=self.allow_private)
        try:
            async with asyncio.timeout(want.timeout):
                return await self._download(first, want)
        except TimeoutError:
            raise ServiceError(f"{first.label} took longer than {want.timeout:g} s", retryable=True) from None

    async def _download(self, hop: Target, want: Download) -> Downloaded:
        for _ in range(want.max_redirects + 1):
            async with self._answer(hop, want) as answer:
                if answer.status not in _REDIRECTS:
                    kind = _header(answer, b"content-type").lower()
                    return Downloaded(target=hop, body=await _body(hop, answer, want), kind=kind)
                location = _header(answer, b"location")
                if not location:
                    raise ServiceError(f"{hop.label} answers with a redirect to nowhere")
                hop = redirected(hop, location, allow_private=self.allow_private)
        raise ServiceError(f"{hop.label} is behind more than {want.max_redirects} redirects")

    @asynccontextmanager
    async def _answer(self, hop: Target, want: Download) -> AsyncIterator[aiohttp.ClientResponse]:
        addresses = await self._checked(hop.host, hop.port)
        try:
            answer = await self._asked(hop, addresses[:_TRIED_ADDRESSES], want)
            try:
                yield answer
            finally:
                answer.close()  # what was read to its end is kept all the same
        except (aiohttp.ClientError, OSError) as error:
            what, passing = _meaning(error)
            raise ServiceError(f"{hop.label} cannot be read ({what})", retryable=passing) from None

    async def _asked(self, hop: Target, addresses: Sequence[Address], want: Download) -> aiohttp.ClientResponse:
        """The answer of the first of ``addresses`` that can be connected to."""
        headers = {"Host": hop.authority, "User-Agent": want.agent, "Accept": want.accept, "Accept-Encoding": "identity"}
        session = self.connections.opened()
        trouble: Exception = aiohttp.ClientError()
        for address in addresses:
            host = f"[{address}]" if address.version == 6 else str(address)
            url = URL(f"{hop.scheme}://{host}:{hop.port}{hop.path}", encoded=True)
            try:
                if hop.scheme == "http":
                    return await session.get(url, headers=headers, allow_redirects=False)
                return await session.get(url, headers=headers, allow_redirects=False, ssl=_tls(), server_hostname=hop.host)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                trouble = error
        raise trouble

    async def _checked(self, host: str, port: int) -> list[Address]:
        """Every address of ``host``. One that is not allowed spoils them all: no honest server is half private."""
        spelt = literal(host)
        addresses = [spelt] if spelt is not None else await self._resolved(host, port)
        for address in addresses:
            if why := refusal(address, allow_private=self.allow_private):
                raise ServiceError(f"{host} is not fetched from: {why}{'' if self.allow_private else HINT}")
        return addresses

    async def _resolved(self, host: str, port: int) -> list[Address]:
        try:
            found = [literal(each) for each in await self.resolve(host, port)]
        except (OSError, UnicodeError) as error:
            passing = getattr(error, "errno", None) == socket.EAI_AGAIN
            raise ServiceError(f"the host name {host} cannot be resolved", retryable=passing) from None
        if not found or None in found:
            raise ServiceError(f"the host name {host} has no usable address")
        return [address for address in found if address is not None]


async def _body(hop: Target, answer: aiohttp.ClientResponse, want: Download) -> bytes:
    if answer.status != 200:
        raise _status_failure(hop, answer)
    length = _header(answer, b"content-length")
    if length.isdecimal() and int(length) > want.max_bytes:
        raise _too_long(hop, want)
    body = bytearray()
    try:
        unpacker = Unpacker(_header(answer, b"content-encoding"))
        async for packet in answer.content.iter_any():
            body += unpacker.unpack(packet, want.max_bytes + 1 - len(body))
            if len(body) > want.max_bytes:
                raise _too_long(hop, want)
        unpacker.end()
    except BadBody as problem:
        raise ServiceError(f"{hop.label} {problem}", retryable=problem.retryable) from None
    return bytes(body)


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()  # takes 20 ms, so it is made once
    context.load_verify_locations(certifi.where())  # beside the system's, which some Python builds lack
    return context


def _header(answer: aiohttp.ClientResponse, name: bytes) -> str:
    """The value of one header, or an empty string."""
    return next((value.decode("latin-1").strip() for key, value in answer.raw_headers if key.lower() == name), "")


def _status_failure(hop: Target, answer: aiohttp.ClientResponse) -> ServiceError:
    """A 401 or 403 is a matter between us and a stranger's server: it stops no run."""
    retryable = answer.status in _PASSING
    headers = {"retry-after": _header(answer, b"retry-after"), "date": _header(answer, b"date")}
    wait = retry_after(headers) if retryable else None
    return ServiceError(f"{hop.label} answers with status {answer.status}", retryable=retryable, retry_after=wait)


def _too_long(hop: Target, want: Download) -> ServiceError:
    return ServiceError(f"{hop.label} has more than {want.max_bytes:,} bytes, which is the cap for {want.what}")


def _meaning(error: Exception) -> tuple[str, bool]:
    """What a broken connection is in words, and whether it may pass."""
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return "its TLS certificate or handshake is not valid", False
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "ConnectTimeout", True
    if isinstance(error, aiohttp.ClientConnectorError):
        return "ConnectError", True
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError | aiohttp.ServerDisconnectedError):
        return "the connection was cut or is not HTTP", True
    return "ReadError", True
