"""What is printed while work goes on. A reader that goes away (``| head -1``) ends the printing, never the work."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, ClassVar

from rich.console import Console

CUT_OFF = 141  # 128 + SIGPIPE: what shells show of a program whose reader went away


class ReaderGone(Exception):
    """Nobody takes what is printed."""


@contextmanager
def reader_gone() -> Iterator[None]:
    """A broken pipe as ``ReaderGone``."""
    try:
        yield
    except BrokenPipeError:
        raise ReaderGone from None


class Terminal(Console):
    """A console on standard output or, with ``stderr``, on standard error. ``reader_gone``: that of standard output is."""

    reader_gone: ClassVar[bool] = False

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, **options)

    def on_broken_pipe(self) -> None:
        self.quiet = True
        Terminal.reader_gone = Terminal.reader_gone or not self.stderr
        silence(self.file)


def silence(stream: IO[str]) -> None:
    """Let ``stream`` lead nowhere: what still lies in its buffer would fail again when the process ends."""
    with suppress(OSError, ValueError):  # closed already, or no file of the system
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def exit_code_of(action_code: int) -> int:
    """``action_code``, or what tells that not all of the output was taken where nothing else went wrong."""
    return CUT_OFF if Terminal.reader_gone and action_code == 0 else action_code


def cut_off() -> int:
    """The code of a process whose output nobody takes; nothing more is said."""
    silence(sys.stdout)
    return CUT_OFF
