"""Bodies of replies that cannot be used as they come: too long, or packed although no packing was asked for."""

import zlib
from collections.abc import Mapping

from genevolve.core.errors import ServiceError

_NONE = frozenset({"", "identity"})
_KNOWN: Mapping[str, int] = dict.fromkeys(("gzip", "x-gzip", "deflate"), zlib.MAX_WBITS | 32)  # 32: finds out which it is


class BadBody(ServiceError):
    """What is wrong with a body, in words that follow "the reply …"; whose it is the caller says."""


class Unpacker:
    """The body of one reply, of which ``coding`` is the ``Content-Encoding``: never more is unpacked than has room.

    Everything raises ``BadBody``, which is not retryable where the same would come again.
    """

    def __init__(self, coding: str) -> None:
        name = coding.strip().lower()
        if name not in _NONE and name not in _KNOWN:
            raise BadBody(f"is packed with {name[:20]!r}, which was declined")
        self._stream = zlib.decompressobj(_KNOWN[name]) if name in _KNOWN else None

    def unpack(self, packet: bytes, room: int) -> bytes:
        """The next part of the body: at most ``room`` bytes, which is more than 0, of what is packed."""
        if self._stream is None:
            return packet
        try:
            return self._stream.decompress(packet, room)
        except zlib.error as error:
            raise BadBody(f"cannot be unpacked ({error})", retryable=True) from None

    def end(self) -> None:
        """To be called after the last packet: a packed body that was cut off looks whole otherwise."""
        if self._stream is not None and not self._stream.eof:
            raise BadBody("is packed and was cut off", retryable=True)
