"""One run in several processes (``accelerate launch``, ``torchrun``)."""

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any

from genevolve.core.errors import ServiceError, UsageError
from genevolve.run.folder import RunFolder

USUAL = timedelta(hours=2)  # for which processes wait for each other


def launched(*, on_cpu: bool, timeout: timedelta = USUAL) -> Any:
    """The processes that were launched, which wait ``timeout`` for each other: what asks first decides that."""
    from accelerate import PartialState

    return PartialState(cpu=on_cpu, timeout=timeout)


@contextmanager
def held_by_one(folder: RunFolder, *, on_cpu: bool, timeout: timedelta = USUAL) -> Iterator[None]:
    """The main process holds ``folder`` for all of them, and takes away halves of checkpoints before any of them looks."""
    from genevolve.train.sft_trainer import last_checkpoint

    state = launched(on_cpu=on_cpu, timeout=timeout)
    with folder.held() if state.is_main_process else nullcontext():
        if state.is_main_process:
            last_checkpoint(folder.path / "checkpoints")
        state.wait_for_everyone()
        with told_to_stop() if state.num_processes > 1 else nullcontext():
            yield


@contextmanager
def main_first() -> Iterator[bool]:
    """The main process goes through before the others begin. Yields whether this is the main one."""
    from accelerate import PartialState

    state = PartialState()
    with state.main_process_first():
        yield bool(state.is_main_process)


@contextmanager
def told_to_stop() -> Iterator[None]:
    """Launchers end the processes that are left when one of them has ended: that is said, too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise ServiceError(
            "this process was told to stop (SIGTERM), as launchers do when another one has ended; the last checkpoint is "
            "complete: see what the other one said, and start the same command again",
            retryable=True,
        )

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def splits_weights(environ: Mapping[str, str]) -> bool:
    """Whether accelerate was told to spread the weights of a model over its processes (FSDP, DeepSpeed's ZeRO-3).

    Not known where DeepSpeed has a file of its own: then the trainer says so (``splits_weights``).
    """
    deepspeed = environ.get("ACCELERATE_USE_DEEPSPEED") == "true" and environ.get("ACCELERATE_DEEPSPEED_ZERO_STAGE") == "3"
    return deepspeed or environ.get("ACCELERATE_USE_FSDP") == "true"


def sharded_sampling() -> UsageError:
    """Why a model whose weights are split cannot sample by itself."""
    return UsageError(
        "the weights are split over processes (FSDP or DeepSpeed ZeRO-3), and each would wait for the others at every token: "
        "let a server sample (evolve.server), or launch without sharding (torchrun, or accelerate's multi_gpu) where one GPU "
        "holds the model"
    )
