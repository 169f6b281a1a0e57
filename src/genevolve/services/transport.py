"""Connections of a run, made by ``aiohttp``, under a client of ``httpx``.

The pool of ``httpx`` itself looks at all its connections, and polls the idle ones, for every request: with 256 calls in
flight that took 36 ms of CPU a request, where this takes 0.4 ms.
"""

import asyncio
import json as _json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from io import BytesIO
from typing import Any
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from yarl import URL

from genevolve.services.packing import BadBody, Unpacker

_CHARSETS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252"})
_SENT_AT_ONCE = 262_144  # bytes; what is larger goes out in parts, between which others have their turn
_LONGEST_REASON = 200  # characters
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


class Client(httpx.AsyncClient):
    """``httpx``'s client without what no service here uses: redirects, cookies, authentication flows, streamed replies.

    A whole reply costs less than half of the CPU time that it costs there.
    """

    async def send(self, request: httpx.Request, *, stream: bool = False, **unused: Any) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        response.request = request
        charset = (response.charset_encoding or "").lower()
        response.encoding = charset if charset in _CHARSETS else "utf-8"  # others may not even be of texts
        await response.aread()
        return response

    def build_request(
        self, method: str, url: httpx.URL | str, *, content: Any = None, json: Any = None, headers: Any = None, **more: Any
    ) -> httpx.Request:
        """A request whose body is JSON or bytes is put together here; forms and files are left to ``httpx``."""
        timeout = more.pop("timeout", httpx.USE_CLIENT_DEFAULT)
        if any(value is not None for value in more.values()) or not isinstance(content, bytes | None):
            return super().build_request(method, url, content=content, json=json, headers=headers, timeout=timeout, **more)
        merged = httpx.Headers(self.headers.raw, encoding="utf-8")
        if json is not None:
            content = _json.dumps(json, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
            merged["content-type"] = "application/json"
        merged.update(headers)
        if method in {"POST", "PUT", "PATCH"} or content:
            merged["content-length"] = str(len(content or b""))
        times = self.timeout if timeout is httpx.USE_CLIENT_DEFAULT else httpx.Timeout(timeout)
        address = _address(url) if isinstance(url, str) else url
        return httpx.Request(
            method, address, headers=merged, stream=httpx.ByteStream(content or b""), extensions={"timeout": times.as_dict()}
        )


@lru_cache(maxsize=1024)
def _address(url: str) -> httpx.URL:
    return httpx.URL(url)


@lru_cache(maxsize=1024)
def _yarl(url: httpx.URL) -> URL:
    return URL(str(url), encoded=True)


class Connections(httpx.AsyncBaseTransport):
    """At most ``max_connections`` at a time, kept alive, without cookies and without the passwords of ``.netrc``.

    Replies over ``max_reply_bytes`` (unpacked) are cut off with ``BadBody``. Proxies of the environment are used
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
        url = _yarl(request.url)
        body = await request.aread()
        with _translated(request):
            response = await session.request(
                request.method,
                url,
                headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
                data=(BytesIO(body) if len(body) > _SENT_AT_ONCE else body) or None,
                allow_redirects=False,
                proxy=self._proxy(url),
                ssl=_certificates(self._trust_env) if url.scheme == "https" else True,
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=times.get("pool"), sock_connect=times.get("connect"), sock_read=times.get("read")
                ),
            )
            headers = httpx.Headers(response.raw_headers, encoding="latin-1")
            try:
                content = await self._whole(response, _unpacker(headers))
            except BadBody:
                if response.ok:
                    raise
                content = b""  # what went wrong is told by the status
            finally:
                response.close()
        answer = httpx.Response(response.status, stream=httpx.ByteStream(content), request=request)
        answer.headers = headers
        return answer

    async def _whole(self, response: aiohttp.ClientResponse, unpacker: Unpacker) -> bytes:
        """The body, unpacked and capped."""
        body = bytearray()
        async for packet in response.content.iter_any():
            body += unpacker.unpack(packet, self._max_reply_bytes + 1 - len(body))
            if len(body) > self._max_reply_bytes:
                raise BadBody(f"has more than {self._max_reply_bytes:,} bytes")
        unpacker.end()
        return bytes(body)

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


@contextmanager
def _translated(request: httpx.Request) -> Iterator[None]:
    """Errors of ``aiohttp`` as those of ``httpx``, which the callers and the client library of OpenAI understand."""
    try:
        yield
    except (aiohttp.ClientError, ConnectionError) as error:
        meaning = next(meaning for kind, meaning in _MEANING if isinstance(error, kind))
        raise meaning(_said(error), request=request) from error


def _said(error: Exception) -> str:
    """What broke, without the bytes, the address and the status that ``aiohttp`` adds: the server has not sent this status."""
    if isinstance(error, aiohttp.ClientPayloadError) and isinstance(error.__cause__, aiohttp.http.HttpProcessingError):
        error = error.__cause__
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.http.HttpProcessingError):
        return error.message.partition("\n")[0].rstrip(":")[:_LONGEST_REASON]
    return str(error) or type(error).__name__


def _unpacker(headers: httpx.Headers) -> Unpacker:
    """What turns packets into the body. The header goes, because the packing is gone after it."""
    return Unpacker(headers.pop("content-encoding", "identity"))
