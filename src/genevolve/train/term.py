"""A term of the loss, beside TRL's policy gradient: what it needs, which tokens it is about, and what it makes of them.

A term of your own derives from ``LossTerm`` and gives ``name``, ``weight`` and ``values``; everything else has a default. A
recipe names it: ``losses = [{member = "sdl"}, {member = "my_module:MyTerm"}]`` in ``[evolve]``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from genevolve.train.losses import Totals
from genevolve.train.settings import Aggregation, Teacher


@dataclass(frozen=True, slots=True, kw_only=True)
class TermNeeds:
    """What must be computed for a term. ``teacher``: whose weights read the lesson; None = no teacher, all scored rows.

    ``ema_decay`` is of ``Teacher.EMA``. ``states``: also the last hidden states, for terms over the whole vocabulary.
    """

    teacher: Teacher | None = None
    ema_decay: float = 0.99
    states: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRows:
    """The rows of one micro-batch that a term is about. Tensors are (rows, tokens), of the completion.

    ``mask`` is 1 at tokens that the policy sampled. ``student`` is log p with gradient, ``old`` log p as of sampling (None:
    the same), ``teacher`` log q without gradient (None: no teacher was asked for). ``states`` are those of student and teacher
    that predict each token, (rows, tokens, width), and ``head`` the output layer; None unless asked for.
    """

    ids: Tensor
    mask: Tensor
    student: Tensor
    advantages: Tensor  # (rows,)
    temperature: float
    old: Tensor | None = None
    teacher: Tensor | None = None
    states: tuple[Tensor, Tensor] | None = None
    head: nn.Module | None = None

    @property
    def gap(self) -> Tensor:
        """ℓ = log p - log q, without gradient. Raises ``ValueError`` where there is no teacher."""
        if self.teacher is None:
            raise ValueError("this term asked for no teacher: set needs = TermNeeds(teacher=…)")
        return (self.student - self.teacher).detach()


class LossTerm(Protocol):
    """``name`` stands before its values in the log. ``measures`` name further sums that it wants logged."""

    name: str
    needs: TermNeeds = TermNeeds()
    aggregation: Aggregation = Aggregation.SEQUENCE_SUM_ALL
    measures: tuple[str, ...] = ()
    gradient_interval: int = 0  # every so many steps, log the gradient norm of this term and of the policy's; 0 = never
    noise_interval: int = 0  # every so many steps, log the |ℓ| that padding alone makes; 0 = never

    def weight(self, step: int, steps: int) -> float:
        """What the term is multiplied by at optimiser step ``step`` (from 0) of ``steps``; 0 leaves it out."""
        ...

    def values(self, rows: TermRows, chosen: Tensor) -> Tensor:
        """The term of each token (rows, tokens); only ``chosen`` ones count. Its gradient reaches ``rows.student``."""
        ...

    def applies(self, advantages: Tensor) -> Tensor:
        """Which rows it may be about, as booleans (rows,)."""
        return torch.ones_like(advantages, dtype=torch.bool)

    def kept(self, tokens: int) -> int:
        """How many of a row's ``tokens`` sampled tokens ``choose`` takes: denominators are known before the loss."""
        return tokens

    def choose(self, rows: TermRows) -> Tensor:
        """The tokens that count, as booleans (rows, tokens)."""
        return rows.mask.bool()

    def measured(self, rows: TermRows, chosen: Tensor, values: Tensor) -> Sequence[Tensor]:
        """Sums for ``measures``, which add up over micro-batches and processes."""
        return ()

    def logged(self, sums: Mapping[str, float], totals: Totals) -> Mapping[str, float]:
        """What the log says of the ``measures`` of a step, beside the value of the term itself."""
        return {name: value / (totals.tokens or 1.0) for name, value in sums.items()}
