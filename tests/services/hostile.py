"""Servers that break HTTP: each fault of the table is what one of them does with a connection after the request has come."""

import asyncio
import contextlib
import gzip
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from socket import SO_LINGER, SOL_SOCKET

Good = Callable[[str], tuple[str, bytes]]  # the path of a request -> type and body of an honest answer
_MEBIBYTE = b"0" * 2**20


@dataclass(slots=True)
class Line:
    """One connection on which a request for ``path`` has come. ``kind`` and ``body`` are the honest answer to it."""

    path: str
    kind: str
    body: bytes
    host: str
    writer: asyncio.StreamWriter
    sent: int = 0

    async def say(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            self.sent += len(part)

    def head(self, *headers: str, status: str = "200 OK", kind: str | None = None) -> bytes:
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind or self.kind}", *headers]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    @property
    def length(self) -> str:
        return f"Content-Length: {len(self.body)}"

    async def honest(self) -> None:
        await self.say(self.head(self.length), self.body)


Fault = Callable[[Line], Awaitable[None]]


async def drips_its_body(line: Line) -> None:
    await line.say(line.head(f"Content-Length: {len(line.body) + 1000}"))
    for place in range(len(line.body)):
        await line.say(line.body[place : place + 1])
        await asyncio.sleep(0.02)


async def drips_its_headers(line: Line) -> None:
    for byte in line.head(*(f"X-{n}: y" for n in range(200))):
        await line.say(bytes([byte]))
        await asyncio.sleep(0.02)


async def drips_chunks(line: Line) -> None:
    await line.say(line.head("Transfer-Encoding: chunked"))
    while True:
        await line.say(b"1\r\n \r\n")
        await asyncio.sleep(0.02)


async def says_nothing(line: Line) -> None:
    await asyncio.sleep(30)


async def says_nothing_after_the_head(line: Line) -> None:
    await line.say(line.head(line.length))
    await asyncio.sleep(30)


async def closes_its_half(line: Line) -> None:
    line.writer.write_eof()
    await asyncio.sleep(30)


async def closes_its_half_in_the_body(line: Line) -> None:
    await line.say(line.head(line.length), line.body[:-1])
    line.writer.write_eof()
    await asyncio.sleep(30)


async def hangs_up(line: Line) -> None:
    pass


async def resets_at_once(line: Line) -> None:
    line.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))


async def resets_in_the_body(line: Line) -> None:
    await line.say(line.head(line.length), line.body[: len(line.body) // 2])
    await asyncio.sleep(0.01)
    await resets_at_once(line)


async def promises_more_than_it_sends(line: Line) -> None:
    await line.say(line.head(f"Content-Length: {len(line.body) + 10}"), line.body)


async def sends_half_of_what_it_promises(line: Line) -> None:
    await line.say(line.head(f"Content-Length: {len(line.body) // 2}"), line.body)


async def promises_a_terabyte(line: Line) -> None:
    await line.say(line.head(f"Content-Length: {2**40}"))
    while True:
        await line.say(_MEBIBYTE)


async def has_two_lengths(line: Line) -> None:
    await line.say(line.head(line.length, "Content-Length: 3"), line.body)


async def has_a_length_below_nothing(line: Line) -> None:
    await line.say(line.head("Content-Length: -5"), line.body)


async def has_a_length_of_words(line: Line) -> None:
    await line.say(line.head("Content-Length: ten"), line.body)


async def has_a_length_of_4300_digits(line: Line) -> None:
    await line.say(line.head("Content-Length: " + "9" * 5000), line.body)


async def sends_chunks_without_end(line: Line) -> None:
    await line.say(line.head("Transfer-Encoding: chunked"))
    while True:
        await line.say(b"%x\r\n" % len(_MEBIBYTE), _MEBIBYTE, b"\r\n")


async def sends_white_space_without_end(line: Line) -> None:
    await line.say(line.head("Transfer-Encoding: chunked"))
    while True:
        await line.say(b"%x\r\n" % len(_MEBIBYTE), b" " * len(_MEBIBYTE), b"\r\n")


async def has_a_chunk_of_a_strange_size(line: Line) -> None:
    await line.say(line.head("Transfer-Encoding: chunked"), b"-1\r\n", line.body, b"\r\n0\r\n\r\n")


async def has_a_chunk_larger_than_numbers(line: Line) -> None:
    await line.say(line.head("Transfer-Encoding: chunked"), b"f" * 4000 + b"\r\n", line.body, b"\r\n0\r\n\r\n")


async def has_a_chunk_line_without_end(line: Line) -> None:
    await line.say(line.head("Transfer-Encoding: chunked"), b"5;")
    while True:
        await line.say(b"x" * 65536)


async def has_trailers_without_end(line: Line) -> None:
    body = b"%x\r\n%s\r\n0\r\n" % (len(line.body), line.body)
    await line.say(line.head("Transfer-Encoding: chunked"), body)
    while True:
        await line.say(b"X-More: y\r\n" * 1000)


async def is_a_bomb_of_gzip(line: Line) -> None:
    bomb = _bomb(zlib.MAX_WBITS | 16)
    await line.say(line.head("Content-Encoding: gzip", f"Content-Length: {len(bomb)}"), bomb)


async def is_a_bomb_of_deflate(line: Line) -> None:
    bomb = _bomb(zlib.MAX_WBITS)
    await line.say(line.head("Content-Encoding: deflate", f"Content-Length: {len(bomb)}"), bomb)


async def is_packed_with_brotli(line: Line) -> None:
    await line.say(line.head("Content-Encoding: br", line.length), line.body)


async def is_packed_twice(line: Line) -> None:
    body = gzip.compress(gzip.compress(line.body))
    await line.say(line.head("Content-Encoding: gzip, gzip", f"Content-Length: {len(body)}"), body)


async def says_packed_and_is_not(line: Line) -> None:
    await line.say(line.head("Content-Encoding: gzip", line.length), line.body)


async def is_packed_and_cut_off(line: Line) -> None:
    body = gzip.compress(line.body)[:-9]
    await line.say(line.head("Content-Encoding: gzip", f"Content-Length: {len(body)}"), body)


async def has_a_huge_header(line: Line) -> None:
    await line.say(line.head("X-Long: " + "x" * 2**20, line.length), line.body)


async def has_headers_without_end(line: Line) -> None:
    await line.say(b"HTTP/1.1 200 OK\r\n")
    while True:
        await line.say(b"X-More: y\r\n" * 1000)


async def has_a_header_without_end(line: Line) -> None:
    await line.say(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await line.say(b"x" * 65536)


async def has_a_nul_in_a_header(line: Line) -> None:
    await line.say(line.head("X-Odd: a\0b", line.length), line.body)


async def has_controls_in_its_type(line: Line) -> None:
    await line.say(line.head(line.length, kind="\x1b[31m\x07\x01evil"), line.body)


async def has_bytes_in_its_type(line: Line) -> None:
    await line.say(line.head(line.length, kind="\xff\xfe/\x80\x81"), line.body)


async def has_no_status_line(line: Line) -> None:
    await line.say(b"SSH-2.0-OpenSSH_9.6\r\n")
    await asyncio.sleep(0.05)


async def has_an_odd_status(line: Line) -> None:
    await line.say(line.head(line.length, status="2 0 0 OK"), line.body)


async def has_the_status_999(line: Line) -> None:
    await line.say(line.head(line.length, status="999 Whatever"), line.body)


async def answers_no_content(line: Line) -> None:
    await line.say(b"HTTP/1.1 204 No Content\r\n\r\n")


async def answers_partial_content(line: Line) -> None:
    await line.say(line.head("Content-Range: bytes 0-3/9999", "Content-Length: 4", status="206 Partial Content"), line.body[:4])


async def switches_protocols(line: Line) -> None:
    await line.say(line.head("Upgrade: websocket", "Connection: Upgrade", status="101 Switching Protocols"), line.body)


async def floods_with_1xx(line: Line) -> None:
    while True:
        await line.say(b"HTTP/1.1 102 Processing\r\n\r\n" * 50)
        await asyncio.sleep(0)


async def speaks_tls_nonsense(line: Line) -> None:
    await line.say(b"\x15\x03\x01\x00\x02\x02\x28")


async def is_html(line: Line) -> None:
    page = b"<!doctype html><html><head><title>Sign in</title></head><body></body></html>"
    await line.say(line.head(f"Content-Length: {len(page)}", kind="text/html"), page)


async def is_html_that_calls_itself_right(line: Line) -> None:
    page = b"<!doctype html><html><head></head><body><script>x</script></body></html>"
    await line.say(line.head(f"Content-Length: {len(page)}"), page)


async def is_no_utf_8(line: Line) -> None:
    body = b'{"error": "\xff\xfe\x80", \xc0\xaf}'
    await line.say(line.head(f"Content-Length: {len(body)}"), body)


async def says_an_error_that_is_no_utf_8(line: Line) -> None:
    body = b'{"error": {"message": "\xff\xfe\x1b[2J\x00"}}'
    await line.say(line.head(f"Content-Length: {len(body)}", status="500 Oops"), body)


async def has_an_unknown_charset(line: Line) -> None:
    body = b"\xff\xfe<b>\x80</b>"
    head = line.head(f"Content-Length: {len(body)}", kind="application/json; charset=utf-7\x00", status="503 Busy")
    await line.say(head, body)


async def is_empty(line: Line) -> None:
    await line.say(line.head("Content-Length: 0"))


async def redirects(line: Line, to: str) -> None:
    await line.say(line.head(f"Location: {to}", "Content-Length: 0", status="302 Found"))


async def _refuses(line: Line) -> None:
    body = b'{"error": {"message": "the request is too large"}}'
    await line.say(
        line.head(f"Content-Length: {len(body)}", "Connection: close", status="413 Too Large", kind="application/json")
    )
    await line.say(body)


def _to(address: str) -> Fault:
    async def redirects_there(line: Line) -> None:
        await redirects(line, address.format(host=line.host, path=line.path))

    return redirects_there


@cache
def _bomb(wbits: int) -> bytes:
    """64 MiB in 64 KB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return b"".join(packer.compress(_MEBIBYTE) for _ in range(64)) + packer.flush()


REDIRECTS: dict[str, Fault] = {
    "redirects to itself": _to("http://{host}{path}"),
    "redirects to a file": _to("file:///etc/passwd"),
    "redirects to another scheme": _to("gopher://127.0.0.1:70/x"),
    "redirects to data": _to("data:text/plain,hello"),
    "redirects to the metadata of a cloud": _to("http://169.254.169.254/latest/meta-data/"),
    "redirects to another spelling of this machine": _to("http://2130706433/"),
    "redirects with a name and a password": _to("http://user:word@{host}/"),
    "redirects to a line break": _to("http://{host}/\x01\x02"),
    "redirects to what is no address": _to("http://[::1"),
    "redirects to a long address": _to("http://{host}/" + "a" * 9000),
}
FAULTS: Mapping[str, Fault] = {
    **REDIRECTS,
    **{
        each.__name__.replace("_", " "): each
        for each in (
            promises_more_than_it_sends, sends_half_of_what_it_promises, promises_a_terabyte, has_two_lengths,
            has_a_length_below_nothing, has_a_length_of_words, has_a_length_of_4300_digits,
            drips_its_body, drips_its_headers, drips_chunks, says_nothing, says_nothing_after_the_head,
            closes_its_half, closes_its_half_in_the_body, hangs_up, resets_at_once, resets_in_the_body,
            sends_chunks_without_end, sends_white_space_without_end, has_a_chunk_of_a_strange_size,
            has_a_chunk_larger_than_numbers, has_a_chunk_line_without_end, has_trailers_without_end,
            is_a_bomb_of_gzip, is_a_bomb_of_deflate, is_packed_with_brotli, is_packed_twice, says_packed_and_is_not,
            is_packed_and_cut_off, has_a_huge_header, has_headers_without_end, has_a_header_without_end,
            has_a_nul_in_a_header, has_controls_in_its_type, has_bytes_in_its_type, has_no_status_line, has_an_odd_status,
            has_the_status_999, answers_no_content, answers_partial_content, switches_protocols, floods_with_1xx,
            speaks_tls_nonsense, is_html, is_html_that_calls_itself_right, is_no_utf_8, says_an_error_that_is_no_utf_8,
            has_an_unknown_charset, is_empty,
        )
    },
}  # fmt: skip


@dataclass(slots=True)
class Hostile:
    """``async with serving(...)`` gives one. ``lines`` are the requests that came, each with what was sent on it."""

    lines: list[Line] = field(default_factory=list)
    url: str = ""


# Those that only a time limit ends.
ENDLESS = frozenset(
    {"drips its body", "drips its headers", "drips chunks", "says nothing", "says nothing after the head"}
    | {"has a chunk line without end", "floods with 1xx"}
)
# Those that would come again: asking again would be paid for again.
LASTING = REDIRECTS.keys() - {"redirects to a long address"} | {
    "promises a terabyte", "sends chunks without end", "sends white space without end", "is a bomb of gzip",
    "is a bomb of deflate", "is packed with brotli", "is packed twice",
}  # fmt: skip
# What a client may do that has read too little of a request, or nothing of it.
EARLY: Mapping[str, Fault] = {
    "answers before the request": Line.honest,
    "refuses what it has not read": _refuses,
    "hangs up": hangs_up,
    "resets": resets_at_once,
    "speaks another protocol": has_no_status_line,
}


@contextlib.asynccontextmanager
async def serving(fault: Fault, good: Good, at: str = "/", *, early: bool = False) -> AsyncIterator[Hostile]:
    """A server that answers honestly but where the path begins with ``at``; ``early`` it waits for no request. ``{host}`` in
    an answer is the server itself."""
    known = Hostile()
    tasks: set[asyncio.Task[None]] = set()

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]  # a connection is always a task
        try:
            while (path := "/" if early else await _request(reader)) is not None:
                host = known.url.removeprefix("http://")
                kind, body = good(path)
                line = Line(path, kind, body.replace(b"{host}", host.encode()), host, writer)
                known.lines.append(line)
                if early or path.startswith(at):
                    await fault(line)
                    break
                await line.honest()
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client had enough, or the test has
        finally:
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    known.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield known
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> str | None:
    """The path of the next request, whose body is read away; None where there is none."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    lines = head.lower().split("\r\n")
    length = next((int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")), 0)
    try:
        await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None
    return head.split(" ")[1]
