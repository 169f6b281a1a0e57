"""The output layer of a model whose weights FSDP2 splits: what TRL's loss over it says reaches all processes."""

from typing import Any

from torch import nn
from torch.distributed.fsdp import FSDPModule

from genevolve.policies.local.ragged import base_of


def gather_output_layer(model: nn.Module) -> None:
    """FSDP2 gathers the output layer before each use, and adds up its gradient over processes.

    TRL 1.16 multiplies by the layer's weight without calling the layer. accelerate 1.15 makes one unit of it and of a norm that
    is a direct child of the base model; the norm's call then gathers both. Qwen3-VL's norm lies deeper: the layer is a unit of
    its own, TRL finds a DTensor and takes its ``full_tensor()``, whose backward pass believes that all processes hold the same
    gradient. Each part of the layer would learn from the rows of one process alone.
    """
    bare: Any = base_of(model)

    def gather(*_: Any) -> None:
        head = bare.get_output_embeddings()
        if isinstance(head, FSDPModule):
            head.unshard()  # until its backward pass; where that was done before, nothing happens

    bare.base_model.register_forward_hook(gather)
