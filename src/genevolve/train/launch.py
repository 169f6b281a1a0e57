"""One run in several processes (``accelerate launch``, ``torchrun``)."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from genevolve.run.folder import RunFolder


@contextmanager
def held_by_one(folder: RunFolder, *, on_cpu: bool) -> Iterator[None]:
    """The main process holds ``folder`` for all of them."""
    from accelerate import PartialState

    state = PartialState(cpu=on_cpu)
    with folder.held() if state.is_main_process else nullcontext():
        state.wait_for_everyone()
        yield


@contextmanager
def main_first() -> Iterator[bool]:
    """The main process goes through before the others begin. Yields whether this is the main one."""
    from accelerate import PartialState

    state = PartialState()
    with state.main_process_first():
        yield bool(state.is_main_process)
