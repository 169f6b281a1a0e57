"""A small HTTP/1.1 server that tests script down to the byte: faults on a schedule, and every request kept for inspection."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``headers`` have lower-case names; a header that was sent twice is joined with a comma."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer and what goes wrong with it.

    ``delay`` seconds pass before it, ``drip`` seconds after each of its bytes; ``cut_after`` bytes of the body the
    connection is dropped; ``length`` is declared in place of the true one, and -1 declares none.
    """

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    delay: float = 0.0
    drip: float = 0.0
    cut_after: int | None = None
    length: int | None = None


class Rejected(Exception):
    """What the real service would answer with an error status; the server keeps the reason."""

    def __init__(self, reason: str, *, status: int = 400, body: Any = None) -> None:
        super().__init__(reason)
        self.reply = answer(body if body is not None else {"error": {"message": reason}}, status=status)


def answer(value: Any, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    return Reply(status=status, body=json.dumps(value).encode(), headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a multipart form; ``filename`` and ``content_type`` are empty for plain fields."""

    name: str
    filename: str
    content_type: str
    body: bytes


def form(request: Request) -> list[Part]:
    """The parts of a ``multipart/form-data`` body, in their order. Raises ``Rejected`` for any other body."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data; boundary="):
        raise Rejected("a multipart form is expected")
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    parts = []
    for part in message.iter_parts():
        body = part.get_payload(decode=True)
        assert isinstance(body, bytes)
        parts.append(
            Part(
                name=str(part.get_param("name", "", "content-disposition")),
                filename=part.get_filename("") or "",
                content_type=part.get_content_type() if "content-type" in part else "",
                body=body,
            )
        )
    return parts


Handler = Callable[[Request], Reply]


@dataclass(slots=True)
class Server:
    """``async with Server(handler) as server``. ``script`` replies come first, one a request; None lets the handler answer."""

    handler: Handler
    script: list[Reply | None] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    rejections: list[str] = field(default_factory=list)
    busiest: int = 0
    _active: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                self._active += 1
                self.busiest = max(self.busiest, self._active)
                try:
                    whole = await _write(writer, self._reply(request))
                finally:
                    self._active -= 1
                if not whole or request.headers.get("connection") == "close":
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side is gone, or the test is over
        finally:
            writer.close()

    def _reply(self, request: Request) -> Reply:
        scripted = self.script.pop(0) if self.script else None
        if scripted is not None:
            return scripted
        try:
            return self.handler(request)
        except Rejected as refusal:
            self.rejections.append(str(refusal))
            return refusal.reply


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
    if not head:
        return None
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name = name.lower()
        headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
    body = await _chunked(reader) if "chunked" in headers.get("transfer-encoding", "") else await _counted(reader, headers)
    parts = urlsplit(target)
    return Request(method=method, path=parts.path, query=dict(parse_qsl(parts.query)), headers=headers, body=body)


async def _counted(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    return await reader.readexactly(int(headers.get("content-length", 0)))


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


async def _write(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    """Send the reply with its faults; whether the connection can serve another request."""
    await asyncio.sleep(reply.delay)
    length = len(reply.body) if reply.length is None else reply.length
    lines = [f"HTTP/1.1 {reply.status} Scripted", f"Content-Type: {reply.content_type}"]
    lines += [f"Content-Length: {length}"] if length >= 0 else ["Connection: close"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    body = reply.body if reply.cut_after is None else reply.body[: reply.cut_after]
    if reply.drip:
        for position in range(len(body)):
            writer.write(body[position : position + 1])
            await writer.drain()
            await asyncio.sleep(reply.drip)
    else:
        writer.write(body)
    await writer.drain()
    return reply.cut_after is None and length == len(reply.body)
