"""Sampling with the adapter merged into the weights: a third less to compute for each token."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def merged(model: Any) -> Iterator[None]:
    """Within, a float32 LoRA model is in evaluation mode with merged weights; afterwards they are what they were, to the bit.

    Half precision would round the sum, and what is sampled would no longer be what is scored: such a model is left alone.
    """
    training = model.training
    model.eval()  # once, not for every pass
    try:
        with _merged(model):
            yield
    finally:
        model.train(training)


@contextmanager
def _merged(model: Any) -> Iterator[None]:
    import torch

    layers = [module for module in model.modules() if hasattr(module, "lora_A") and hasattr(module, "get_base_layer")]
    weights = [layer.get_base_layer().weight for layer in layers]
    if not layers or any(weight.dtype is not torch.float32 for weight in weights):
        yield
        return
    kept = [weight.detach().clone() for weight in weights]
    with torch.no_grad():
        model.merge_adapter()
        try:
            yield
        finally:
            model.unmerge_adapter()
            for weight, before in zip(weights, kept, strict=True):
                weight.copy_(before)
