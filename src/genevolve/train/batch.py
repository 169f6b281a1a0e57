"""Attempts to the tensors of a batch: the one place where what was sampled becomes what TRL and the loss terms compute with."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from genevolve.train import losses
from genevolve.train.attempt import Attempt
from genevolve.train.term import LossTerm
from genevolve.train.vision import Vision

TensorBatch = dict[str, Any]  # TRL's: tensors and lists of rows, and scalars, by name
TEACHER_PROMPTS, TEACHER_LOGPS, ROW, GAINS = "teacher_prompt_ids", "teacher_logps", "attempt", "round_gains"
VISION = ("pixel_values", "image_grid_thw", "num_images")
_TOTALS = ("tokens", "guided", "rows", "candidates")


def trl_rows(attempts: Sequence[Attempt]) -> TensorBatch:
    """What TRL takes from a rollout. An unscored row's mask is all 0: not one of its tokens carries a gradient."""
    traces = [one.tokens for one in attempts]
    return {
        "prompt_ids": [list(trace.prompt) for trace in traces],
        "completion_ids": [list(trace.completion) for trace in traces],
        "logprobs": [list(trace.logprobs) for trace in traces],
        "env_mask": [
            list(trace.mask) if one.value is not None else [0] * len(trace.mask)
            for one, trace in zip(attempts, traces, strict=True)
        ],
    }


def values_of(attempts: Sequence[Attempt], device: torch.device) -> Tensor:
    """Rewards (rows,); NaN = unscored."""
    return torch.tensor([math.nan if one.value is None else one.value for one in attempts], device=device)


def gains_of(attempts: Sequence[Attempt], batch: TensorBatch) -> Tensor:
    """What the round of each token has changed (rows, tokens); 0 in padding and in unscored rows."""
    gains = torch.zeros(batch["completion_ids"].shape, device=batch["completion_ids"].device)
    for row, one in enumerate(attempts):
        if one.value is not None:
            own = torch.tensor(one.round_gains, device=gains.device)
            gains[row, : len(own)] = own
    return gains


def credited(batch: TensorBatch, weight: float) -> TensorBatch:
    """``batch`` as TRL's loss takes it: the advantage of a token is that of its attempt, plus ``weight`` times the gain of its
    round. To keep what there was gains 0, so nothing is taken off it."""
    if GAINS not in batch:
        return batch
    return batch | {"advantages": batch["advantages"].unsqueeze(1) + weight * batch[GAINS]}


def guidance(attempts: Sequence[Attempt], device: torch.device) -> TensorBatch:
    """What a teacher reads, and which attempt a row is. Lists and tensors of rows are shuffled and split with the rest."""
    return {
        ROW: torch.arange(len(attempts), device=device),
        TEACHER_PROMPTS: [list(one.guide_ids or ()) for one in attempts],
    }


def rows_of(term: LossTerm, attempts: Sequence[Attempt], batch: TensorBatch) -> Tensor:
    """Which rows ``term`` is about: scored ones, and with a teacher those that have a lesson."""
    taught = [one.value is not None and (term.needs.teacher is None or one.guide_ids is not None) for one in attempts]
    found = torch.tensor(taught, device=batch["completion_ids"].device)
    return found & term.applies(batch["advantages"])


def counts_of(term: LossTerm, mask: Tensor) -> Tensor:
    """Of a mask (rows, tokens): selected tokens, rows with any, rows, and tokens to select from, as one tensor."""
    own = losses.totals(mask, term.kept)
    return torch.tensor([float(getattr(own, name)) for name in _TOTALS], device=mask.device)


def keys_of(term: LossTerm, rows: Tensor, counts: Tensor) -> TensorBatch:
    """A term's own keys: its rows, and scalars, which are neither shuffled nor split."""
    return {row_key(term): rows, **{f"{term.name}_{name}": counts[place] for place, name in enumerate(_TOTALS)}}


def row_key(term: LossTerm) -> str:
    return f"{term.name}_rows_of_term"


def totals_of(term: LossTerm, batch: Mapping[str, Any]) -> losses.Totals | None:
    """The denominators of ``term``; None where the batch was made without it (an evaluation)."""
    if row_key(term) not in batch:
        return None
    return losses.Totals(**{name: float(batch[f"{term.name}_{name}"]) for name in _TOTALS})


def sampled_tokens(batch: Mapping[str, Any]) -> Tensor:
    """1 at the tokens that the policy sampled, in rows that were scored."""
    mask: Tensor = batch["completion_mask"] * batch["tool_mask"]
    return mask


def own_prompts(batch: Mapping[str, Any], rows: Sequence[int]) -> list[list[int]]:
    """The prompts that the policy read in ``rows``, without padding."""
    return [batch["prompt_ids"][row][batch["prompt_mask"][row].bool()].tolist() for row in rows]


def picture_keys(vision: Vision) -> TensorBatch:
    return {
        "pixel_values": vision.pixel_values,
        "image_grid_thw": vision.image_grid_thw,
        "num_images": list(vision.num_images),
    }


def pictures_of(batch: Mapping[str, Any], rows: Sequence[int]) -> TensorBatch:
    """Keyword arguments of a scoring pass over some rows."""
    if batch.get("pixel_values") is None:
        return {}
    vision = Vision(
        pixel_values=batch["pixel_values"], image_grid_thw=batch["image_grid_thw"], num_images=tuple(batch["num_images"])
    )
    return vision.rows(rows).scoring()
