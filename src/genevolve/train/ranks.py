"""The processes of one run, as they speak with each other: what each has goes round, and what ends one of them ends all.

They speak over gloo, on CPUs, whatever carries the gradients: a process that dies closes its connections, so that the others
hear of it at their next word and not when a time-out is over.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from genevolve.core.errors import ServiceError
from genevolve.train.launch import USUAL

T = TypeVar("T")
_SIGNS = ("Connection closed", "Connection reset", "Broken pipe", "Timed out", "timed out", "timeout", "Connection refused")


class LostProcess(ServiceError):
    """Another process of the run is gone, or was silent for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Process ``index`` of ``count``; ``group`` is how they speak with each other (None: there is one alone)."""

    index: int = 0
    count: int = 1
    group: Any = None

    @classmethod
    def of_run(cls, timeout: timedelta = USUAL) -> "Ranks":
        """Those that were launched; all of them call this. ``timeout``: how long one waits for the others."""
        from accelerate import PartialState

        state = PartialState()
        if state.num_processes == 1:
            return cls()
        import torch.distributed as dist

        group = dist.new_group(backend="gloo", timeout=timeout)
        return cls(index=int(state.process_index), count=int(state.num_processes), group=group)

    @property
    def first(self) -> bool:
        """Whether this process writes what a run has once."""
        return self.index == 0

    def gathered(self, value: T) -> list[T]:
        """What every process has, in their order. Nobody goes on before all are here. Raises ``LostProcess``."""
        if self.count == 1:
            return [value]
        import torch.distributed as dist

        found: list[Any] = [None] * self.count
        with lost_processes(self):
            dist.all_gather_object(found, value, group=self.group)
        return found

    def of_first(self, make: Callable[[], T]) -> T:
        """What ``make`` gives on the first process, on all of them. What it raises there is raised on all."""
        made: T | None = None
        with self.as_one():
            made = make() if self.first else None
        return self.gathered(made)[0]  # type: ignore[return-value]

    def share(self, whole: Sequence[T]) -> Sequence[T]:
        """This process's part of ``whole``; the parts may differ by one."""
        return whole[self.index :: self.count]

    def whole(self, parts: Sequence[T]) -> list[T]:
        """That of which each process has its ``share``."""
        found = self.gathered(list(parts))
        return [found[place % self.count][place // self.count] for place in range(sum(map(len, found)))]

    @contextmanager
    def as_one(self) -> Iterator[None]:
        """What is raised within, on any process, is raised on all of them: none is left waiting for one that stopped."""
        try:
            yield
        except LostProcess:
            raise
        except Exception as problem:
            self._troubles((str(problem) or type(problem).__name__, bool(getattr(problem, "retryable", False))))
            raise
        for index, trouble in enumerate(self._troubles(None)):
            if trouble is not None:
                said, retryable = trouble
                raise ServiceError(f"process {index} of {self.count} stopped: {said}", retryable=retryable)

    def _troubles(self, own: tuple[str, bool] | None) -> list[tuple[str, bool] | None]:
        """(what was said, whether trying again may help) of every process that failed."""
        return self.gathered(own)


ALONE = Ranks()


@contextmanager
def lost_processes(ranks: Ranks) -> Iterator[None]:
    """What torch says of a process that is gone, told in words. Raises ``LostProcess``."""
    try:
        yield
    except RuntimeError as error:
        if ranks.count == 1 or not _of_a_lost_one(error):
            raise
        said = " ".join(str(error).split())[:200]
        raise LostProcess(
            f"process {ranks.index} of {ranks.count} has lost another one, which is gone or was silent for longer than "
            f"evolve.process_timeout ({said}); nothing of this step was kept in the weights. The last checkpoint is complete: "
            "see what the other process said, and start the same command again",
            retryable=True,
        ) from None


def _of_a_lost_one(error: RuntimeError) -> bool:
    import torch.distributed as dist

    return isinstance(error, dist.DistError) or any(sign in str(error) for sign in _SIGNS)
