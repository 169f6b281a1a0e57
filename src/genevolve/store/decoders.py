"""A few processes that decode or draw foreign images, started when first needed and kept: one that hangs can be ended.

Whatever an image does there, to the time, the memory or the process itself, costs that image and nothing else.
"""

import atexit
import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import IO

from genevolve.store.codec import Decoded, NotAnImage, Terms
from genevolve.store.decode_worker import HEAD, REPLY
from genevolve.store.drawing import DrawTerms

MOST = min(4, os.cpu_count() or 1)  # an image of the largest size takes some hundred megabytes while it is decoded
CPU_SECONDS = 20.0  # for one image; the largest that is taken needs about four
DRAWING_SECONDS = 5.0  # for one drawing; honest ones take some milliseconds
_WALL = 10  # times as long, on a clock on the wall, and a process that does not even compute is ended, too
_PASSED_ON = frozenset(
    {"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL"}
)
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from genevolve.store.decode_worker import main; main()"


class DecoderProcess:
    """One process. ``decode`` may be called by one thread at a time."""

    def __init__(self, seconds: float = CPU_SECONDS) -> None:
        self._seconds = seconds
        path = [str(Path(folder).absolute()) for folder in sys.path]
        environment = {name: value for name, value in os.environ.items() if name.upper() in _PASSED_ON}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, json.dumps(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin: IO[bytes] = self._process.stdin
        self._stdout: IO[bytes] = self._process.stdout

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def decode(self, data: bytes, terms: Terms | DrawTerms) -> Decoded:
        """Raises ``NotAnImage``, also when the process ended over it."""
        told = json.dumps({"seconds": self._seconds, "task": type(terms).__name__, "terms": asdict(terms)}).encode()
        try:
            self._stdin.write(HEAD.pack(len(told), len(data)) + told)
            self._stdin.write(data)
            self._stdin.flush()
            with self._watched():
                head = self._stdout.read(REPLY.size)
            if len(head) == REPLY.size:
                found, width, height, length = REPLY.unpack(head)
                body = self._stdout.read(length)
                if len(body) == length:
                    return _read(found, (width, height), body)
        except BrokenPipeError:
            pass
        raise NotAnImage(self._end("drawing" if isinstance(terms, DrawTerms) else "decoding"))

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """Ends the process unless it answers in time."""
        if sys.platform == "win32":  # where pipes cannot be waited for, and the process has no timer of its own
            timer = threading.Timer(self._seconds, self._process.kill)
            timer.start()
            try:
                yield
            finally:
                timer.cancel()
            return
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            if not selector.select(_WALL * self._seconds):
                self._process.kill()
        yield

    def _end(self, work: str) -> str:
        """Why the process ended over ``work``, which it does or did."""
        self.close()
        slow = {-int(signal.SIGKILL) if hasattr(signal, "SIGKILL") else 1, -int(getattr(signal, "SIGPROF", 0))}
        if self._process.returncode in slow:
            return f"{work} it takes more than {self._seconds:g} s, which no honest image does"
        return f"{work} it broke off: it takes too much memory, or is nested too deeply"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()


def _read(found: int, size: tuple[int, int], body: bytes) -> Decoded:
    if not found:
        raise NotAnImage(body.decode("utf-8"))
    return Decoded(png=body, size=size)


class Decoders:
    """At most ``most`` processes; who comes while all are busy waits."""

    def __init__(self, most: int, seconds: float = CPU_SECONDS) -> None:
        self._seconds = seconds
        self._places = threading.Semaphore(most)
        self._idle: list[DecoderProcess] = []

    def decode(self, data: bytes, terms: Terms | DrawTerms) -> Decoded:
        with self._places:
            process = self._taken()
            try:
                return process.decode(data, terms)
            finally:
                if process.alive:
                    self._idle.append(process)

    def _taken(self) -> DecoderProcess:
        while self._idle:
            process = self._idle.pop()
            if process.alive:
                return process
            process.close()
        return DecoderProcess(self._seconds)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


_decoders = Decoders(MOST)
_drawers = Decoders(1, DRAWING_SECONDS)


def decode_apart(data: bytes, terms: Terms) -> Decoded:
    """``decode_here`` in a process apart. Blocks; raises ``NotAnImage``."""
    return _decoders.decode(data, terms)


def draw_apart(svg: str, terms: DrawTerms) -> Decoded:
    """``draw_here`` in a process apart. Blocks; raises ``NotAnImage``."""
    return _drawers.decode(svg.encode("utf-8", "replace"), terms)


def _forget() -> None:
    """A forked process must not talk through the pipes of its parent."""
    global _decoders, _drawers
    _decoders, _drawers = Decoders(MOST), Decoders(1, DRAWING_SECONDS)


def _close() -> None:
    _decoders.close()
    _drawers.close()


atexit.register(_close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=partial(_forget))
