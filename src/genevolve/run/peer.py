"""Two processes of one run that ask each other, over a socket: what one tells is done by the other in the order of telling."""

import asyncio
import pickle
import socket
import struct
import traceback
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Self

from genevolve.core.errors import ServiceError, UsageError

_LENGTH = struct.Struct("!Q")
_TOLD = 0  # the number of a message that wants no reply


class PeerLost(Exception):
    """The other process is gone, and with it what it was asked."""


class Peer(asyncio.Protocol):
    """One end of the socket. ``answers`` are the functions that the other end may call by name, plain ones or coroutines.

    A plain function is done before the next message is looked at; one that raises when nobody waits for its reply ends the
    connection, and ``lost`` says why.
    """

    def __init__(self, answers: Mapping[str, Callable[..., Any]]) -> None:
        self._answers = answers
        self._buffer = bytearray()
        self._number = _TOLD
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.Transport | None = None
        self._reason: BaseException | None = None
        self.lost: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

    async def over(self, sock: socket.socket) -> Self:
        """This end, connected."""
        await asyncio.get_running_loop().create_connection(lambda: self, sock=sock)
        return self

    def tell(self, name: str, *values: object) -> None:
        """Call ``name`` at the other end, and expect nothing. Nothing happens once that is gone."""
        self._send((_TOLD, name, values))

    async def ask(self, name: str, *values: object) -> Any:
        """What ``name`` gives at the other end. Raises what it raises there, ``PeerLost``, and why the connection ended."""
        if self.lost.done():
            raise self._reason or PeerLost
        self._number += 1
        number = self._number
        reply = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._send((number, name, values))
            return await reply
        finally:
            self._asked.pop(number, None)

    async def aclose(self) -> None:
        """Send what is still to be sent, and end what the other end waits for."""
        if self._transport is not None:
            self._transport.close()
        tasks = self._cancelled()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _cancelled(self) -> tuple[asyncio.Task[None], ...]:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        return tasks

    # ---- the socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancelled()
        for reply in self._asked.values():
            if not reply.done():
                reply.set_exception(self._reason or PeerLost())
        if not self.lost.done():
            self.lost.set_result(self._reason)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        place = 0
        while len(self._buffer) - place >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, place)
            end = place + _LENGTH.size + length
            if len(self._buffer) < end:
                break
            with memoryview(self._buffer) as view:
                message = pickle.loads(view[place + _LENGTH.size : end])
            place = end
            self._received(*message)
            if self._reason is not None:
                return
        del self._buffer[:place]

    def _send(self, message: tuple[int, str | None, object]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            packed = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
            self._transport.write(_LENGTH.pack(len(packed)) + packed)

    # ---- messages

    def _received(self, number: int, name: str | None, values: Any) -> None:
        if name is None:
            self._replied(number, *values)
            return
        try:
            found = self._answers[name](*values)
        except Exception as error:
            self._failed(number, error)
            return
        if isinstance(found, Coroutine):
            task = asyncio.create_task(self._answer(number, found))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif number != _TOLD:
            self._send((number, None, (True, found)))

    async def _answer(self, number: int, work: Coroutine[Any, Any, Any]) -> None:
        try:
            found = await work
        except Exception as error:
            self._failed(number, error)
            return
        if number != _TOLD:
            self._send((number, None, (True, found)))

    def _failed(self, number: int, error: Exception) -> None:
        if number != _TOLD:
            self._send((number, None, (False, portable(error))))
            return
        self._reason = self._reason or error
        if self._transport is not None:
            self._transport.abort()

    def _replied(self, number: int, succeeded: bool, value: Any) -> None:
        reply = self._asked.get(number)
        if reply is None or reply.done():
            return
        if succeeded:
            reply.set_result(value)
        else:
            reply.set_exception(value)


def portable(error: Exception) -> Exception:
    """``error`` as it can be sent to another process: itself, or one of ours of the same words."""
    if not isinstance(error, UsageError | ServiceError | OSError):
        error.add_note("In a worker process:\n" + "".join(traceback.format_exception(error)))
    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):
            return error
    except Exception:
        pass
    said = str(error)
    if isinstance(error, UsageError):
        return UsageError(said)
    if isinstance(error, ServiceError):
        return ServiceError(said, retryable=error.retryable, retry_after=error.retry_after, cost=error.cost)
    return RuntimeError(f"{type(error).__name__}: {said}")
