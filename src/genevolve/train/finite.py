"""Training that stops at the first gradient that is not a finite number."""

import math
from typing import Any

import torch
from torch import Tensor
from transformers import TrainerCallback

from genevolve.core.errors import ServiceError


class FiniteGradients(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Stops before a gradient that is not finite reaches the weights (and then a checkpoint)."""

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        grads = [p.grad for p in model.parameters() if p.grad is not None] if model is not None and not args.fp16 else []
        if grads and not math.isfinite(_whole(torch.nn.utils.get_total_norm(grads))):
            raise ServiceError(
                f"step {state.global_step + 1}: the gradient is not finite, though the loss was; nothing was updated or saved. "
                "The last checkpoint is complete: resume from it with a lower learning_rate or c_tok"
            )


def _whole(norm: Tensor) -> float:
    """FSDP2 gives a part of the norm on each process, and the sum on demand."""
    return float(norm.full_tensor() if hasattr(norm, "full_tensor") else norm)
