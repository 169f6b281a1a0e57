"""Connections of a run: each in its own lane, so that hundreds of calls at once cost no more each than a few.

The pool of ``httpx`` looks at all its connections, and polls the idle ones, for every request: at 256 calls in flight
that took 36 ms of CPU a request where a lane takes about 1 ms.
"""

import asyncio
import ssl
import time
import zlib
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from urllib.request import getproxies, proxy_bypass

import httpx

from genevolve.core.failure import Failure

_IDLE = 30.0  # seconds that an unused connection is kept
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})

Origin = tuple[str, str, int | None]
Unpack = Callable[[bytes, int], bytes]


class ReplyTooLarge(Failure):
    """A reply that goes on and on; asking again would only bring it again."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the reply has more than {limit:,} bytes", retryable=False)


class Lanes(httpx.AsyncBaseTransport):
    """A transport of many single connections, at most ``max_connections`` at a time; the one used last is used next.

    Replies over ``max_reply_bytes`` (unpacked) are cut off with ``ReplyTooLarge``. Proxies of the environment are used
    if ``trust_env``, but never for this machine itself. ``inner`` replaces the connections, for tests.
    """

    def __init__(
        self, *, max_connections: int, max_reply_bytes: int, trust_env: bool, inner: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._room = asyncio.Semaphore(max_connections)
        self._max_reply_bytes = max_reply_bytes
        self._trust_env = trust_env
        self._inner = inner
        self._proxies = getproxies() if trust_env else {}
        self._free: defaultdict[Origin, deque[tuple[float, httpx.AsyncBaseTransport]]] = defaultdict(deque)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        origin = (request.url.scheme, request.url.host, request.url.port)
        await self._room.acquire()
        lane = self._take(origin)
        try:
            response = await lane.handle_async_request(request)
            unpack = _unpacker(response, request)
        except BaseException:
            self._room.release()
            await self._close(lane)
            raise
        response.stream = _Reply(response.stream, unpack, self._max_reply_bytes, lambda: self._give_back(origin, lane))
        return response

    async def aclose(self) -> None:
        for lanes in self._free.values():
            while lanes:
                await self._close(lanes.pop()[1])

    def _take(self, origin: Origin) -> httpx.AsyncBaseTransport:
        if self._inner is not None:
            return self._inner
        if self._free[origin]:
            return self._free[origin].pop()[1]
        one = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_IDLE)
        return httpx.AsyncHTTPTransport(limits=one, verify=self._verify(origin), proxy=self._proxy(origin), trust_env=False)

    async def _give_back(self, origin: Origin, lane: httpx.AsyncBaseTransport) -> None:
        self._room.release()
        if self._inner is not None:
            return
        lanes = self._free[origin]
        lanes.append((time.monotonic(), lane))
        if time.monotonic() - lanes[0][0] > _IDLE:
            await self._close(lanes.popleft()[1])

    async def _close(self, lane: httpx.AsyncBaseTransport) -> None:
        if lane is not self._inner:
            await lane.aclose()

    def _verify(self, origin: Origin) -> ssl.SSLContext | bool:
        """Certificates are loaded (tens of milliseconds) only where a connection is encrypted."""
        encrypted = origin[0] == "https" or (self._proxy(origin) or "").startswith("https:")
        return _certificates(self._trust_env) if encrypted else False

    def _proxy(self, origin: Origin) -> str | None:
        scheme, host, port = origin
        if host in _LOCAL or not self._proxies or proxy_bypass(host if port is None else f"{host}:{port}"):
            return None
        return self._proxies.get(scheme) or self._proxies.get("all")


@cache
def _certificates(trust_env: bool) -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=trust_env)


class _Reply(httpx.AsyncByteStream):
    """The body of a reply, unpacked and capped; its lane is free again when it has been read or given up."""

    def __init__(
        self,
        inner: httpx.AsyncByteStream | httpx.SyncByteStream,
        unpack: Unpack,
        limit: int,
        done: Callable[[], Awaitable[None]],
    ) -> None:
        assert isinstance(inner, httpx.AsyncByteStream)
        self._inner, self._unpack, self._limit, self._done = inner, unpack, limit, done
        self._open = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for packet in self._inner:
            chunk = self._unpack(packet, self._limit + 1 - received)
            received += len(chunk)
            if received > self._limit:
                raise ReplyTooLarge(self._limit)
            yield chunk

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            try:
                await self._inner.aclose()
            finally:
                await self._done()


def _unpacker(response: httpx.Response, request: httpx.Request) -> Unpack:
    """What turns packets into the body. The header goes, because the packing is gone after it."""
    packing = response.headers.pop("content-encoding", "identity").strip().lower()
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
