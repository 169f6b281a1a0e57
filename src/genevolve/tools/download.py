"""Downloads of what a stranger named, an image or a page: one network that dials only addresses that were checked.

An address is resolved here, once a hop, and the connection goes to the very address that was checked, so that a name
that resolves differently the second time gains nothing. Proxies and cookies of the environment are not used.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache

import certifi
import httpcore

from genevolve.core.errors import ServiceError
from genevolve.services.http import retry_after
from genevolve.tools.addresses import HINT, Address, Target, literal, redirected, refusal, target

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_TRIED_ADDRESSES = 3

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """All addresses of ``host``, as the system's resolver gives them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The network as strangers' addresses may use it. ``allow_private`` also opens the user's own, never link-local addresses.

    ``resolve`` and ``dial`` are the system's resolver and sockets; tests put their own in.
    """

    allow_private: bool = False
    resolve: Resolve = resolve
    dial: httpcore.AsyncNetworkBackend = field(default_factory=httpcore.AnyIOBackend)

    async def download(self, url: str, want: Expected) -> Downloaded:
        """One attempt. Raises ``ServiceError``; the URL's query is never in its text."""
        first = target(url, allow_private=self.allow_private)
        try:
            async with asyncio.timeout(want.timeout):
                return await self._download(first, want)
        except TimeoutError:
            raise ServiceError(f"{first.label} took longer than {want.timeout:g} s", retryable=True) from None

    async def _download(self, hop: Target, want: Expected) -> Downloaded:
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
    async def _answer(self, hop: Target, want: Expected) -> AsyncIterator[httpcore.Response]:
        network = _CheckedNetwork(resolve=self.resolve, dial=self.dial, allow_private=self.allow_private)
        url = httpcore.URL(scheme=hop.scheme.encode(), host=hop.host.encode(), port=hop.port, target=hop.path.encode("ascii"))
        headers = [(b"Host", hop.authority.encode()), *_headers(want)]
        tls = _tls() if hop.scheme == "https" else None
        # Name resolution, connecting and reading all run under the timeout of `download`.
        try:
            async with (
                httpcore.AsyncHTTPConnection(url.origin, ssl_context=tls, network_backend=network) as connection,
                connection.stream("GET", url, headers=headers) as answer,
            ):
                yield answer
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            what, passing = _meaning(error)
            raise ServiceError(f"{hop.label} cannot be read ({what})", retryable=passing) from None


def _headers(want: Expected) -> list[tuple[bytes, bytes]]:
    return [
        (b"User-Agent", want.agent.encode()),
        (b"Accept", want.accept.encode()),
        (b"Accept-Encoding", b"identity"),
        (b"Connection", b"close"),
    ]


async def _body(hop: Target, answer: httpcore.Response, want: Expected) -> bytes:
    if answer.status != 200:
        raise _status_failure(hop, answer)
    length = _header(answer, b"content-length")
    if length.isdecimal() and int(length) > want.max_bytes:
        raise _too_long(hop, want)
    body = bytearray()
    async for chunk in _decoded(hop, answer, want.max_bytes):
        body += chunk
        if len(body) > want.max_bytes:
            raise _too_long(hop, want)
    return bytes(body)


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that pass the rules, by the address itself and not by the name."""

    def __init__(self, *, resolve: Resolve, dial: httpcore.AsyncNetworkBackend, allow_private: bool) -> None:
        self._resolve = resolve
        self._dial = dial
        self._allow_private = allow_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._checked(host, port)
        trouble: Exception = httpcore.ConnectError("no address")
        for address in addresses[:_TRIED_ADDRESSES]:
            try:
                return await self._dial.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise ServiceError("nothing is fetched through Unix sockets")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _checked(self, host: str, port: int) -> list[Address]:
        """Every address of ``host``. One that is not allowed spoils them all: no honest server is half private."""
        spelt = literal(host)
        addresses = [spelt] if spelt is not None else await self._resolved(host, port)
        for address in addresses:
            if why := refusal(address, allow_private=self._allow_private):
                raise ServiceError(f"{host} is not fetched from: {why}{'' if self._allow_private else HINT}")
        return addresses

    async def _resolved(self, host: str, port: int) -> list[Address]:
        try:
            found = [literal(each) for each in await self._resolve(host, port)]
        except (OSError, UnicodeError) as error:
            passing = getattr(error, "errno", None) == socket.EAI_AGAIN
            raise ServiceError(f"the host name {host} cannot be resolved", retryable=passing) from None
        if not found or None in found:
            raise ServiceError(f"the host name {host} has no usable address")
        return [address for address in found if address is not None]


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()  # takes 20 ms, so it is made once
    context.load_verify_locations(certifi.where())  # beside the system's, which some Python builds lack
    return context


def _header(answer: httpcore.Response, name: bytes) -> str:
    """The value of one header, or an empty string."""
    return next((value.decode("latin-1").strip() for key, value in answer.headers if key.lower() == name), "")


def _status_failure(hop: Target, answer: httpcore.Response) -> ServiceError:
    """A 401 or 403 is a matter between us and a stranger's server: it stops no run."""
    retryable = answer.status in _PASSING
    headers = {"retry-after": _header(answer, b"retry-after"), "date": _header(answer, b"date")}
    wait = retry_after(headers) if retryable else None
    return ServiceError(f"{hop.label} answers with status {answer.status}", retryable=retryable, retry_after=wait)


def _too_long(hop: Target, want: Expected) -> ServiceError:
    return ServiceError(f"{hop.label} has more than {want.max_bytes:,} bytes, which is the cap for {want.what}")


async def _decoded(hop: Target, answer: httpcore.Response, cap: int) -> AsyncIterator[bytes]:
    """The body's chunks. We ask for no compression; a server that compresses all the same is read up to ``cap``."""
    coding = _header(answer, b"content-encoding").lower()
    if coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise ServiceError(f"{hop.label} is compressed with {coding[:20]!r}, which was not asked for")
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32) if coding not in {"", "identity"} else None
    async for chunk in answer.aiter_stream():
        if inflate is None:
            yield chunk
            continue
        try:
            yield inflate.decompress(chunk, cap + 1)  # what lies beyond the cap is never inflated
        except zlib.error:
            raise ServiceError(f"{hop.label} is compressed in a way that cannot be read") from None


def _meaning(error: Exception) -> tuple[str, bool]:
    """What a broken connection is in words, and whether it may pass."""
    if isinstance(error, httpcore.RemoteProtocolError):
        return "the connection was cut or is not HTTP", True
    if isinstance(error.__cause__ or error.__context__, ssl.SSLError) or "certificate" in str(error).lower():
        return "its TLS certificate or handshake is not valid", False
    return type(error).__name__, True
