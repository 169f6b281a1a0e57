"""The order in which the requests of a run come: over epochs, after an interruption, and as seen from an earlier step."""

from collections.abc import Callable, Iterator
from itertools import chain, islice, repeat

from torch.utils.data import Sampler
from trl.trainer.utils import RepeatSampler


class InEpochs(Sampler[int]):
    """``sampler``, which draws an order for each epoch from one generator, also where a run goes on in a later epoch.

    ``passed`` says how many epochs are over; orders that this process has not drawn are skipped. TRL's own begins with the
    first order again, so that a run that was interrupted would learn other requests than one that was not.
    """

    def __init__(self, sampler: RepeatSampler, passed: Callable[[], int]) -> None:
        self._sampler = sampler
        self._passed = passed
        self._drawn = 0

    def __len__(self) -> int:
        return len(self._sampler)

    def __iter__(self) -> Iterator[int]:
        while self._drawn < self._passed():
            next(iter(self._sampler), None)
            self._drawn += 1
        self._drawn += 1
        yield from self._sampler


class Upcoming:
    """The indices of each step of process ``process``, before the trainer asks for them. Steps are asked for in their order.

    ``sampler`` is one like the trainer's, fresh: it says what a step holds once for every micro-batch, over all processes, each
    of which takes ``rows`` neighbours.
    """

    def __init__(self, sampler: RepeatSampler, process: int, rows: int) -> None:
        self._batch = sampler.batch_size * sampler.mini_repeat_count
        self._repeats = sampler.repeat_count
        self._indices = chain.from_iterable(repeat(sampler))
        self._own = slice(process * rows, (process + 1) * rows)
        self._next = 0

    def of(self, step: int) -> list[int]:
        """Raises ``ValueError`` for a step that was passed."""
        if step < self._next:
            raise ValueError(f"step {step} comes before step {self._next}, the next one that is known")
        for _ in range(step - self._next + 1):
            found = list(islice(self._indices, self._batch))
            for _ in range(self._batch * (self._repeats - 1)):
                next(self._indices)
        self._next = step + 1
        return found[self._own]
