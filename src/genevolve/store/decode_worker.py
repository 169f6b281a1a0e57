"""The process that decodes foreign images: no keys in its environment, little memory, little time, and easily replaced.

Read from standard input: the lengths of the order and of the image (8 bytes each, big-endian), the order as JSON (the
seconds of computing that are allowed, the task and its terms), the image or the drawing.
Written to standard output: a byte for "decoded" (1) or "no image" (0), the width, the height and the length of what follows
(8 bytes each): the PNG, or why there is none.
"""

import contextlib
import json
import os
import signal
import struct
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from genevolve.store.codec import Decoded

HEAD = struct.Struct(">QQ")
REPLY = struct.Struct(">BQQQ")
_MEMORY = 4 * 1024**3  # bytes of address space


def main() -> None:
    """Decode until standard input ends."""
    from genevolve.store.codec import NotAnImage

    _limit_memory()
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing that a library prints may get between the replies
    while head := source.read(HEAD.size):
        terms_length, length = HEAD.unpack(head)
        told = json.loads(source.read(terms_length))
        data = source.read(length)
        _limit_time(told["seconds"])
        try:
            decoded = _done(data, told["task"], told["terms"])
            _reply(target, 1, decoded.png, decoded.size)
        except NotAnImage as problem:
            _reply(target, 0, str(problem).encode("utf-8", "replace"), (0, 0))
        _limit_time(0.0)


def _done(data: bytes, task: str, terms: dict[str, Any]) -> "Decoded":
    from genevolve.store.codec import Terms, decode_here
    from genevolve.store.drawing import DrawTerms, draw_here

    if task == DrawTerms.__name__:
        return draw_here(data.decode("utf-8"), DrawTerms(**terms))
    return decode_here(data, Terms(**terms | {"formats": tuple(terms["formats"])}))


def _reply(target: BinaryIO, found: int, body: bytes, size: tuple[int, int]) -> None:
    target.write(REPLY.pack(found, *size, len(body)))
    target.write(body)
    target.flush()


def _limit_time(seconds: float) -> None:
    """End this process after ``seconds`` of computing, wherever it is: the signal is handled by the system, not by Python."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
