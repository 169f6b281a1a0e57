"""The self-distillation term and the advantages, as pure functions of tensors.

Notation: p student, q teacher, y a sampled token, ℓ = log p(y) − log q(y), ρ = π_θ(y)/π_old(y). Tensors are (rows, tokens).
Per-token terms are worked out in float64: near ℓ = -15 the gradient ρ·ℓ is the difference of two numbers around e^15.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from fractions import Fraction

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from genevolve.train.settings import Aggregation, Cap, Decay, SdlSettings

BOUND = 20.0  # of every exponent
PAPER_K3_CLAMP = 10.0
ADVANTAGE_EPSILON = 1e-4  # as in TRL


def k3(gap: Tensor) -> Tensor:
    """exp(−ℓ) − 1 + ℓ, whose mean over y ~ p is KL(p‖q). The exponent is bounded, not the value."""
    return torch.exp((-gap).clamp(max=BOUND)) - 1 + gap


def importance(student: Tensor, old: Tensor | None, rho_max: float) -> Tensor:
    """min(ρ, ρ_max), differentiable. Without ``old`` its value is 1 and its gradient is still there: never leave it out."""
    before = student.detach() if old is None else old.detach()
    return torch.exp((student - before).clamp(-BOUND, BOUND)).clamp(max=rho_max)


def distillation(student: Tensor, teacher: Tensor, old: Tensor | None, settings: SdlSettings) -> Tensor:
    """The per-token term min(ρ·k3, c_tok), or its variants in ``settings``. No gradient reaches ``teacher`` or ``old``.

    Where the exponent is bounded (ℓ < −20) the gradient stays ρ·ℓ, with ℓ held at −20: the bound alone would turn its sign.
    """
    own, other = student.double(), teacher.detach().double()
    gap = own - other
    rho = importance(own, None if old is None else old.double(), settings.rho_max)
    weight = (rho * gap.clamp(-BOUND, BOUND)).detach()
    if settings.cap is Cap.WEIGHT:
        bounded = weight if settings.c_tok is None else weight.clamp(-settings.c_tok, settings.c_tok)
        return _with_gradient(rho * _bounded_k3(gap, settings), bounded, own).to(student.dtype)
    term = rho * _bounded_k3(gap, settings)
    if not settings.paper_k3_clamp:
        term = torch.where(gap < -BOUND, _with_gradient(term, weight, own), term)
    if settings.c_tok is not None:
        term = term.clamp(max=settings.c_tok)
    return term.to(student.dtype)


def _bounded_k3(gap: Tensor, settings: SdlSettings) -> Tensor:
    return k3(gap).clamp(max=PAPER_K3_CLAMP) if settings.paper_k3_clamp else k3(gap)


def _with_gradient(value: Tensor, weight: Tensor, log_probability: Tensor) -> Tensor:
    """``value``, whose gradient is ``weight`` · ∇ log p."""
    return value.detach() + weight * (log_probability - log_probability.detach())


def selection_size(tokens: int, fraction: float) -> int:
    """How many of a row's assistant tokens are kept: ⌈fraction·n⌉, worked out exactly (0.1·30 is 3, not 4)."""
    return math.ceil(Fraction(str(fraction)) * tokens)


@torch.no_grad()
def select(gap: Tensor, mask: Tensor, fraction: float) -> Tensor:
    """Of each row's tokens in ``mask``, the share with the largest |ℓ|, as booleans. Ties go to the earlier token."""
    allowed = mask.bool()
    size = gap.abs().nan_to_num(nan=math.inf).masked_fill(~allowed, -1.0)
    order = size.argsort(dim=-1, descending=True, stable=True)
    keep = torch.tensor([selection_size(int(n), fraction) for n in allowed.sum(-1)], device=gap.device)
    chosen = torch.arange(gap.shape[-1], device=gap.device).expand_as(gap) < keep.unsqueeze(-1)
    return torch.zeros_like(allowed).scatter(-1, order, chosen) & allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Denominators over the whole batch of one optimiser step, however it is split. Known before the loss is."""

    tokens: float  # selected
    guided: float  # rows with a bundle
    rows: float
    candidates: float = 0.0  # tokens from which those were selected

    def scaled(self, factor: float) -> "Totals":
        """The share that one process and one micro-batch divide by."""
        return Totals(**{field.name: getattr(self, field.name) * factor for field in fields(self)})

    def of(self, aggregation: Aggregation) -> float:
        match aggregation:
            case Aggregation.TOKEN_MEAN:
                return self.tokens
            case Aggregation.SEQUENCE_SUM_GUIDED:
                return self.guided
            case Aggregation.SEQUENCE_SUM_ALL:
                return self.rows


def totals(mask: Tensor, kept: Callable[[int], int]) -> Totals:
    """Of a mask (rows, tokens) that holds the assistant tokens of rows with a term and nothing of the others.

    ``kept`` says how many of a row's tokens the term takes.
    """
    counts = [int(n) for n in mask.bool().sum(-1)]
    return Totals(
        tokens=sum(kept(n) for n in counts), guided=sum(n > 0 for n in counts), rows=len(counts), candidates=sum(counts)
    )


def aggregate(terms: Tensor, selected: Tensor, denominators: Totals, aggregation: Aggregation) -> Tensor:
    """One number: the selected terms over the denominator. Rows without selected tokens add an exact 0, never a NaN."""
    total = torch.where(selected.bool(), terms, torch.zeros_like(terms)).sum()
    return total / (denominators.of(aggregation) or 1.0)


def reverse_kl(student: Tensor, teacher: Tensor) -> Tensor:
    """KL(p‖q) of each row of logits (tokens, vocabulary); the gradient is exact and reaches the student alone."""
    wide = torch.promote_types(student.dtype, torch.float32)
    own = torch.log_softmax(student.to(wide), -1)
    other = torch.log_softmax(teacher.detach().to(wide), -1)
    return (own.exp() * (own - other)).sum(-1)


def vocabulary_kl(
    student: Tensor, teacher: Tensor, weight: Tensor, bias: Tensor | None, temperature: float, chunk: int = 128
) -> Tensor:
    """``reverse_kl`` from the last hidden states (tokens, width) and the output layer, ``chunk`` tokens at a time.

    Logits are worked out again in the backward pass, so that at most one chunk of them is alive.
    """

    def part(own: Tensor, other: Tensor) -> Tensor:
        logits = torch.nn.functional.linear(own, weight, bias) / temperature
        with torch.no_grad():
            guided = torch.nn.functional.linear(other, weight, bias) / temperature
        return reverse_kl(logits, guided)

    pairs = zip(torch.split(student, chunk), torch.split(teacher.detach(), chunk), strict=True)
    pieces = [checkpoint(part, own, other, use_reentrant=False) for own, other in pairs]
    return torch.cat(pieces)


def capped_kl(kl: Tensor, settings: SdlSettings) -> Tensor:
    """The full-vocabulary term under ``c_tok``: its value is cut, or (cap = weight) its gradient is scaled down to fit."""
    if settings.c_tok is None:
        return kl
    if settings.cap is Cap.VALUE:
        return kl.clamp(max=settings.c_tok)
    scale = (settings.c_tok / kl.detach().clamp(min=settings.c_tok)).detach()
    return kl.detach() + scale * (kl - kl.detach())


def advantages(rewards: Tensor, group: int, epsilon: float = ADVANTAGE_EPSILON) -> Tensor:
    """(R − mean)/(std + ε) within groups of ``group`` consecutive rewards; std with Bessel's correction, as in TRL.

    NaN = unscored: left out of mean and std, advantage 0. So is a lone scored row, and every row of a group without spread.
    """
    grouped = rewards.reshape(-1, group)
    scored = ~grouped.isnan()
    count = scored.sum(-1, keepdim=True)
    known = grouped.nan_to_num(nan=0.0)
    centred = (known - known.sum(-1, keepdim=True) / count.clamp(min=1)) * scored
    spread = (centred.square().sum(-1, keepdim=True) / (count - 1).clamp(min=1)).sqrt()
    return torch.where(count > 1, centred / (spread + epsilon), torch.zeros_like(centred)).reshape(rewards.shape)


def lambda_at(step: int, last: int, settings: SdlSettings) -> float:
    """λ of optimiser step ``step`` (from 0) of ``last``: linear warm-up, then the chosen decay down to floor·λ."""
    if step < settings.warmup_steps:
        return settings.lambda_ * (step + 1) / (settings.warmup_steps + 1)
    if settings.decay is Decay.CONSTANT:
        return settings.lambda_
    way = min(max((step - settings.warmup_steps) / max(last - 1 - settings.warmup_steps, 1), 0.0), 1.0)
    left = 1 - way if settings.decay is Decay.LINEAR else (1 + math.cos(math.pi * way)) / 2
    return settings.lambda_ * (settings.floor + (1 - settings.floor) * left)
