"""Visual experience distillation as a term of the loss: the student moves toward itself with a lesson in its prompt."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from genevolve.train import losses
from genevolve.train.settings import SdlSettings
from genevolve.train.term import LossTerm, TermNeeds, TermRows


class SelfDistillation(LossTerm):
    """The low-variance estimator of KL(student ‖ teacher) at the sampled tokens that differ most."""

    name = "sdl"
    measures = ("kept_gap", "gap", "capped_share", "alignment")

    def __init__(self, settings: SdlSettings) -> None:
        self.settings = settings
        self.needs = TermNeeds(teacher=settings.teacher, ema_decay=settings.ema_decay, states=settings.full_vocab)
        self.aggregation = settings.aggregation
        self.gradient_interval = settings.gradient_interval
        self.noise_interval = settings.noise_interval

    def weight(self, step: int, steps: int) -> float:
        return losses.lambda_at(step, steps, self.settings)

    def applies(self, advantages: Tensor) -> Tensor:
        return advantages > 0 if self.settings.gate else super().applies(advantages)

    def kept(self, tokens: int) -> int:
        return losses.selection_size(tokens, self.settings.top_fraction)

    def choose(self, rows: TermRows) -> Tensor:
        chosen = losses.select(rows.gap, rows.mask, self.settings.top_fraction)
        return chosen & (rows.gap * rows.advantages.unsqueeze(1) < 0) if self.settings.agreeing else chosen

    def values(self, rows: TermRows, chosen: Tensor) -> Tensor:
        assert rows.teacher is not None
        return losses.distillation(rows.student, rows.teacher, rows.old, self.settings)

    def measured(self, rows: TermRows, chosen: Tensor, values: Tensor) -> Sequence[Tensor]:
        """|ℓ| of chosen and of all tokens, how many chosen terms are at the cap, and advantage times Σ -ℓ of chosen tokens."""
        preferred = (-rows.gap.double() * chosen).sum(1)  # how much likelier the teacher finds each row
        size, cap = rows.gap.abs().double(), self.settings.c_tok
        at_cap = (values.double() >= cap) & chosen if cap is not None else torch.zeros_like(chosen)
        return size[chosen].sum(), size[rows.mask.bool()].sum(), at_cap.sum(), (rows.advantages.double() * preferred).sum()

    def logged(self, sums: Mapping[str, float], totals: losses.Totals) -> Mapping[str, float]:
        return {
            "kept_gap": sums["kept_gap"] / totals.tokens,
            "capped_share": sums["capped_share"] / totals.tokens,
            "gap": sums["gap"] / totals.candidates,
            "alignment": sums["alignment"] / totals.guided,
        }


class VocabularyDistillation(SelfDistillation):
    """The exact reverse KL over the whole vocabulary at the chosen tokens."""

    def values(self, rows: TermRows, chosen: Tensor) -> Tensor:
        assert rows.states is not None and rows.head is not None
        own, other = rows.states
        head = rows.head
        kl = losses.vocabulary_kl(own[chosen], other[chosen], head.weight, head.bias, rows.temperature)  # type: ignore[arg-type]
        capped = losses.capped_kl(kl, self.settings)
        return torch.zeros_like(rows.student).masked_scatter(chosen, capped.to(rows.student.dtype))


def self_distillation(settings: SdlSettings) -> SelfDistillation:
    """The member ``sdl``, in the form that ``settings`` ask for."""
    return VocabularyDistillation(settings) if settings.full_vocab else SelfDistillation(settings)
