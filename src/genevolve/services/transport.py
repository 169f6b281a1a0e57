"""Connections of a run, made by ``aiohttp``, under a client of ``httpx``.

The pool of ``httpx`` itself looks at all its connections, and polls the idle ones, for every request: with 256 calls in
flight that took 36 ms of CPU a request, where this takes 0.4 ms.
"""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from yarl import URL

from genevolve.core.failure import Failure

_IDLE = 30.0  # seconds that an unused connection is kept
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_MEANING: tuple[tuple[type[Exception], type[httpx.RequestError]], ...] = (  # the first that fits
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientHttpProxyError, httpx.ProxyError),
    (aiohttp.ClientError, httpx.RemoteProtocolError),
    (ConnectionError, httpx.ReadError),
)

Unpack = Callable[[bytes, int], bytes]


class ReplyTooLarge(Failure):
    """A reply that goes on and on; asking again would only bring it again."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the reply has more than {limit:,} bytes", retryable=False)


class Connections(httpx.AsyncBaseTransport):
    """At most ``max_connections`` at a time, kept alive, without cookies and without the passwords of ``.netrc``.

    Replies over ``max_reply_bytes`` (unpacked) are cut off with ``ReplyTooLarge``. Proxies of the environment are used
    if ``trust_env``, but never for this machine itself.
    """

    def __init__(self, *, max_connections: int, max_reply_bytes: int, trust_env: bool) -> None:
        self._max_connections = max_connections
        self._max_reply_bytes = max_reply_bytes
        self._trust_env = trust_env
        self._proxies = getproxies() if trust_env else {}
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme not in {"http", "https"} or not request.url.host:
            raise httpx.UnsupportedProtocol("only http and https are spoken", request=request)
        session = self._opened()
        times = request.extensions.get("timeout", {})
        url = URL(str(request.url), encoded=True)
        body = await request.aread()
        with _translated(request):
            response = await session.request(
                request.method,
                url,
                headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
                data=body or None,
                allow_redirects=False,
                proxy=self._proxy(url),
                ssl=_certificates(self._trust_env) if url.scheme == "https" else True,
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=times.get("pool"), sock_connect=times.get("connect"), sock_read=times.get("read")
                ),
            )
        headers = httpx.Headers(response.raw_headers)
        try:
            unpack = _unpacker(headers, request)
        except httpx.DecodingError:
            response.close()
            raise
        return httpx.Response(
            response.status, headers=headers, stream=_Body(response, unpack, self._max_reply_bytes, request), request=request
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        """The session of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            self._loop = loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._max_connections, keepalive_timeout=_IDLE),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

    def _proxy(self, url: URL) -> str | None:
        host = url.host or ""
        if host in _LOCAL or not self._proxies or proxy_bypass(f"{host}:{url.port}"):
            return None
        return self._proxies.get(url.scheme) or self._proxies.get("all")


@cache
def _certificates(trust_env: bool) -> ssl.SSLContext:
    """Loaded when the first connection is encrypted: it takes tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=trust_env)


class _Body(httpx.AsyncByteStream):
    """The body of a reply, unpacked and capped."""

    def __init__(self, response: aiohttp.ClientResponse, unpack: Unpack, limit: int, request: httpx.Request) -> None:
        self._response, self._unpack, self._limit, self._request = response, unpack, limit, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        with _translated(self._request):
            async for packet in self._response.content.iter_any():
                chunk = self._unpack(packet, self._limit + 1 - received)
                received += len(chunk)
                if received > self._limit:
                    raise ReplyTooLarge(self._limit)
                yield chunk

    async def aclose(self) -> None:
        self._response.close()


@contextmanager
def _translated(request: httpx.Request) -> Iterator[None]:
    """Errors of ``aiohttp`` as those of ``httpx``, which the callers and the client library of OpenAI understand."""
    try:
        yield
    except (aiohttp.ClientError, ConnectionError) as error:
        meaning = next(meaning for kind, meaning in _MEANING if isinstance(error, kind))
        raise meaning(str(error) or type(error).__name__, request=request) from error


def _unpacker(headers: httpx.Headers, request: httpx.Request) -> Unpack:
    """What turns packets into the body. The header goes, because the packing is gone after it."""
    packing = headers.pop("content-encoding", "identity").strip().lower()
    if packing == "identity":
        return lambda packet, room: packet
    if packing not in {"gzip", "deflate"}:
        raise httpx.DecodingError(f"the reply is packed with {packing}, which was declined", request=request)
    stream = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def unpack(packet: bytes, room: int) -> bytes:
        """At most ``room`` bytes: a packed bomb is never unpacked whole."""
        try:
            return stream.decompress(packet, room)
        except zlib.error as error:
            raise httpx.DecodingError(f"the reply cannot be unpacked ({error})", request=request) from None

    return unpack
