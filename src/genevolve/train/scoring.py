"""Log-probabilities of tokens that were sampled, without the (tokens, vocabulary) table of logits."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from genevolve.core.errors import UsageError
from genevolve.policies.local.ragged import base_of

CHUNK = 128  # tokens whose logits are alive at once: 25 MB for 49,000 words, which malloc still serves from its heap
_SCALED = ("final_logit_softcapping", "logit_scale", "output_multiplier", "lm_head_multiplier", "logits_scaling")


@torch.no_grad()
def scored_logprobs(
    model: nn.Module, prompt_ids: Sequence[int], completion_ids: Sequence[int], *, temperature: float = 1.0, **vision: Any
) -> Tensor:
    """log p of each completion token, float32 (tokens,), as training will score it: one pass, no cache, no padding.

    What a sampler noted must agree with this (within rounding): where it does not, it sampled from another model.
    ``vision``: further inputs of the model (pixel_values, image_grid_thw, mm_token_type_ids).
    """
    bare = base_of(model)
    head = bare.get_output_embeddings()
    plain_head(bare)
    device = head.weight.device
    ids = torch.tensor([[*prompt_ids, *completion_ids]], device=device)
    hidden = bare.base_model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False, **vision).last_hidden_state
    states, labels = hidden[0, len(prompt_ids) - 1 : -1], ids[0, len(prompt_ids) :]
    pieces = []
    for own, label in zip(torch.split(states, CHUNK), torch.split(labels, CHUNK), strict=True):
        logits = nn.functional.linear(own, head.weight, head.bias).float() / temperature
        pieces.append(logits.log_softmax(-1).gather(-1, label.unsqueeze(-1)).squeeze(-1))
    return torch.cat(pieces)


def plain_head(model: Any) -> None:
    """Raises ``UsageError`` for models that scale or cap their logits: here they are hidden states times the output layer."""
    config = model.config.get_text_config()
    odd = [name for name in _SCALED if getattr(config, name, None) not in (None, 1.0)]
    if odd:
        raise UsageError(f"this model changes its logits ({', '.join(odd)}), which full_vocab and scored_logprobs do not know")


@contextmanager
def hidden_states(model: nn.Module) -> Iterator[list[Tensor]]:
    """Collects the last hidden states (rows, tokens, width) of every pass through the backbone."""
    seen: list[Tensor] = []
    hook = base_of(model).base_model.register_forward_hook(lambda module, args, out: seen.append(out.last_hidden_state))
    try:
        yield seen
    finally:
        hook.remove()


def shrink_tiles(device: torch.device) -> None:
    """On CPUs TRL's fused output layer works on 4,096 × 32,768 logits at a time, with four copies: 2 GiB.

    The constant is private to TRL 1.16: where it is gone, nothing happens.
    """
    from trl.kernels import chunked_logprob

    if device.type == "cpu" and hasattr(chunked_logprob, "TOKEN_CHUNK_SIZE"):
        chunked_logprob.TOKEN_CHUNK_SIZE = CHUNK


def left_padded(rows: Sequence[Sequence[int]], padding: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """(ids, attention mask) of prompts, at least ``width`` wide."""
    width = max([width, *(len(row) for row in rows)])
    ids = torch.full((len(rows), width), padding, dtype=torch.long, device=device)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, width - len(row) :] = torch.tensor(row, device=device)
        mask[number, width - len(row) :] = 1
    return ids, mask
