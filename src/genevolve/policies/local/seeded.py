"""Draws of torch that leave no trace: whoever seeds its generators for a moment gives back those of training."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within, torch draws from ``seed``; afterwards its generators, also that of the GPU in use, are where they were."""
    import torch

    with untouched():
        torch.manual_seed(seed)
        yield


@contextmanager
def untouched() -> Iterator[None]:
    """Whatever is drawn within, torch's generators are where they were afterwards."""
    import torch

    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        yield
