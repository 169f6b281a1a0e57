"""A file that one process holds at a time: on Linux and macOS by ``flock``, on Windows by its own locks."""

from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout


class HeldElsewhere(Exception):
    """Another process holds the file."""


class HeldFile:
    """Holds ``path`` (made where it is missing) from its making until ``release``; a process that ends lets go.

    Raises ``HeldElsewhere`` at once when another process holds it, ``OSError`` when it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, timeout=0, thread_local=False)
        try:
            self._lock.acquire()
        except Timeout:
            raise HeldElsewhere from None

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.release()
