"""Our loss by verl's names: advantages that leave out what is unscored, the clipped surrogate, and the self-distillation term.

Importing this module registers the estimator ``genevolve``, the policy loss ``genevolve`` and the distillation loss
``genevolve_sdl``. The mathematics is that of ``genevolve.train.losses``.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from verl.trainer.distillation.losses import DistillationLossSettings, register_distillation_loss
from verl.trainer.ppo.core_algos import agg_loss, register_adv_est, register_policy_loss
from verl.utils.metric import AggregationType, Metric
from verl.workers.utils.losses import ppo_loss
from verl.workers.utils.padding import no_padding_2_padding

from genevolve.train import losses
from genevolve.train.distillation import SelfDistillation
from genevolve.train.settings import SdlSettings
from genevolve.train.term import TermRows

NAME = "genevolve"
SDL = "genevolve_sdl"
TEACHER, TOTALS = "lesson_log_probs", "lesson_totals"  # columns that the trainer adds to the rows of a step
PACKED = 5  # numbers of a row of ``TOTALS``: tokens, guided, rows, candidates, and the term's weight


@register_adv_est(NAME)  # type: ignore[untyped-decorator]  # verl is not installed where types are checked
def group_advantages(
    token_level_rewards: Tensor, response_mask: Tensor, index: "np.ndarray[Any, Any]", **_: Any
) -> tuple[Tensor, Tensor]:
    """(R − mean)/(std + ε) of each group, on all tokens of its rows. A reward of NaN is unscored: see ``losses.advantages``."""
    rewards = token_level_rewards.sum(-1)
    found = torch.zeros_like(rewards)
    for group in dict.fromkeys(index.tolist()):
        own = torch.from_numpy(index == group).to(rewards.device)
        found[own] = losses.advantages(rewards[own], int(own.sum()))
    spread = found.unsqueeze(-1) * response_mask
    return spread, spread


@register_policy_loss(NAME)  # type: ignore[untyped-decorator]
def clipped_surrogate(
    old_log_prob: Tensor,
    log_prob: Tensor,
    advantages: Tensor,
    response_mask: Tensor,
    loss_agg_mode: str = "seq-mean-token-sum",
    config: Any = None,
    rollout_is_weights: Tensor | None = None,
) -> tuple[Tensor, dict[str, Any]]:
    """−min(u·Â, clip(u, 1 − ε_low, 1 + ε_high)·Â), without the third bound of verl's own loss."""
    ratio = torch.exp((log_prob - old_log_prob).clamp(-losses.BOUND, losses.BOUND))
    bounded = ratio.clamp(1 - config.clip_ratio_low, 1 + config.clip_ratio_high)
    terms = -torch.minimum(ratio * advantages, bounded * advantages)
    if rollout_is_weights is not None:
        terms = terms * rollout_is_weights
    value = agg_loss(loss_mat=terms, loss_mask=response_mask, loss_agg_mode=loss_agg_mode, **config.global_batch_info)
    sampled = response_mask.bool()
    clipped = ((bounded * advantages) < (ratio * advantages))[sampled].float().mean()
    return value, {
        "actor/pg_clipfrac": clipped.detach().item(),
        "actor/ppo_kl": (old_log_prob - log_prob)[sampled].mean().item(),
    }


def lesson_rows(
    student: Tensor, teacher: Tensor, old: Tensor | None, mask: Tensor, advantages: Tensor, settings: SdlSettings
) -> TermRows:
    """The rows of a micro-batch as the term takes them; tensors are (rows, tokens). ``teacher`` is NaN in rows without a
    lesson: nothing of them is in the mask."""
    guided = lesson_mask(teacher, mask, advantages, settings)
    known = torch.where(guided.bool(), teacher, student.detach())
    none = torch.zeros_like(mask, dtype=torch.long)
    own = advantages.reshape(len(mask), -1)[:, 0]
    return TermRows(ids=none, mask=guided, student=student, advantages=own, temperature=1.0, old=old, teacher=known)


def lesson_mask(teacher: Tensor, mask: Tensor, advantages: Tensor, settings: SdlSettings) -> Tensor:
    """1 at the sampled tokens of rows that have a lesson, and to which the term applies."""
    own = torch.where(mask.bool(), advantages.reshape(len(mask), -1)[:, :1], torch.zeros_like(teacher)).sum(-1)
    applies = SelfDistillation(settings).applies(own)
    there = ~(teacher.isnan() & mask.bool()).any(-1) & applies
    return mask * there.unsqueeze(-1).to(mask.dtype)


def packed(totals: losses.Totals, weight: float, rows: int) -> Tensor:
    """What the whole batch divides by, beside each of its ``rows``: (rows, ``PACKED``)."""
    return torch.tensor([[totals.tokens, totals.guided, totals.rows, totals.candidates, weight]], dtype=torch.float64).expand(
        rows, PACKED
    )


def loss_with_lessons(
    config: Any, model_output: Any = None, data: Any = None, dp_group: Any = None, *, settings: SdlSettings
) -> tuple[Tensor, dict[str, Any]]:
    """Verl's loss of the actor, and λ·SDL where the trainer has brought a teacher. Each process and micro-batch divides by
    what the whole batch holds, as verl's own aggregations do."""
    policy, metrics = ppo_loss(config, model_output, data, dp_group)
    if TEACHER not in data:
        return policy, metrics
    term = SelfDistillation(settings)
    student = no_padding_2_padding(model_output["log_probs"], data)
    told = data.select("response_mask", "old_log_probs", "advantages", TEACHER).to_padded_tensor()
    *counts, weight = data[TOTALS][0].tolist()
    whole = losses.Totals(tokens=counts[0], guided=counts[1], rows=counts[2], candidates=counts[3])
    mask, teacher = told["response_mask"], told[TEACHER]
    rows = lesson_rows(student, teacher, told["old_log_probs"], mask, told["advantages"], settings)
    chosen = term.choose(rows)
    value = losses.aggregate(term.values(rows, chosen), chosen, whole, term.aggregation) * data["dp_size"]
    metrics["actor/sdl"] = Metric(value=value.detach(), aggregation=AggregationType.SUM)
    return policy + weight * value, metrics


@register_distillation_loss(DistillationLossSettings(names=[SDL], use_estimator=True))  # type: ignore[untyped-decorator]
def distillation_terms(config: Any, distillation_config: Any, model_output: Any, data: Any) -> tuple[Tensor, dict[str, Any]]:
    """The term for verl's own distillation, whose teacher is a model of its own: with its settings' defaults, 0 at what is not
    among the chosen tokens. ``loss_agg_mode`` must be seq-mean-token-sum, ``loss_max_clamp`` null."""
    term = SelfDistillation(SdlSettings())
    student = no_padding_2_padding(model_output["log_probs"], data)
    teacher = no_padding_2_padding(data["teacher_logprobs"], data).squeeze(-1)
    told = data.select("response_mask", "old_log_probs").to_padded_tensor()
    mask = told["response_mask"]
    rows = lesson_rows(student, teacher, told["old_log_probs"], mask, torch.ones_like(student), term.settings)
    chosen = term.choose(rows)
    terms = torch.where(chosen, term.values(rows, chosen), torch.zeros_like(student))
    return terms, {"distillation/kept_gap": Metric(AggregationType.MEAN, rows.gap.abs()[chosen].mean())}
