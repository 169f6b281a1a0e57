"""Settings of self-evolution as values. Imports nothing heavy; ``config.py`` turns them into TRL's."""

from dataclasses import dataclass
from enum import StrEnum

from genevolve.core.errors import UsageError


def _at_least(name: str, value: float, least: float) -> None:
    if not value >= least:
        raise UsageError(f"{name} is {value!r}; it is at least {least}")


class Cap(StrEnum):
    """What ``c_tok`` bounds. ``VALUE``: min(ρ·k3, c), as the paper writes it, which stops the gradient of capped tokens.

    ``WEIGHT``: the gradient's weight ρ·ℓ, so that the tokens with the largest disagreement still move.
    """

    VALUE = "value"
    WEIGHT = "weight"


class Aggregation(StrEnum):
    """How per-token terms become one number."""

    TOKEN_MEAN = "token_mean"  # over the selected tokens of the whole batch, as the paper writes it
    SEQUENCE_SUM_GUIDED = "sequence_sum_guided"  # sum in each row, mean over the rows with a bundle
    SEQUENCE_SUM_ALL = "sequence_sum_all"  # sum in each row, mean over all rows, as the paper's configuration aggregates


class Teacher(StrEnum):
    """Whose weights read the guide."""

    LIVE = "live"  # the student's own, at the moment of the loss
    SNAPSHOT = "snapshot"  # the student's own, at the moment of sampling
    EMA = "ema"  # a moving average of the student
    FROZEN = "frozen"  # the student as training began


class Decay(StrEnum):
    CONSTANT = "constant"
    LINEAR = "linear"
    COSINE = "cosine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """λ over the optimiser steps: linear warm-up from 0, then λ falls to ``floor``·λ at the last step (or stays)."""

    warmup_steps: int = 0
    decay: Decay = Decay.CONSTANT
    floor: float = 0.0

    def __post_init__(self) -> None:
        _at_least("schedule.warmup_steps", self.warmup_steps, 0)
        if not 0 <= self.floor <= 1:
            raise UsageError(f"schedule.floor is {self.floor!r}; it is a share of lambda_ between 0 and 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class SdlSettings:
    """The self-distillation term. The defaults are the paper's, where it gives them."""

    lambda_: float = 2.0
    top_fraction: float = 0.1  # of the assistant tokens of each guided row, those with the largest |ℓ|
    rho_max: float = 2.0
    c_tok: float | None = 10.0  # None = no cap; the paper does not publish its value
    cap: Cap = Cap.VALUE
    aggregation: Aggregation = Aggregation.SEQUENCE_SUM_ALL
    teacher: Teacher = Teacher.LIVE
    ema_decay: float = 0.99  # per optimiser step, for Teacher.EMA
    schedule: Schedule = Schedule()
    gate: bool = False  # distil only rows with a positive advantage
    full_vocab: bool = False  # exact reverse KL over the vocabulary at the selected tokens
    paper_k3_clamp: bool = False  # clamp k3 at 10 under a live ρ: turns the sign of the gradient below ℓ = -2.6
    gradient_interval: int = 0  # every so many steps, log the gradient norm of each of the two terms; 0 = never
    noise_interval: int = 0  # every so many steps, log the |ℓ| that padding alone makes; 0 = never

    def __post_init__(self) -> None:
        _at_least("lambda_", self.lambda_, 0)
        if not 0 < self.top_fraction <= 1:
            raise UsageError(f"top_fraction is {self.top_fraction!r}; it is a share above 0 and at most 1")
        if not self.rho_max >= 1:
            raise UsageError(f"rho_max is {self.rho_max!r}; below 1 it would cap tokens whose probability has not changed")
        if self.c_tok is not None and not self.c_tok > 0:
            raise UsageError(f"c_tok is {self.c_tok!r}; give a cap above 0, or leave it out for none")
        if not 0 <= self.ema_decay < 1:
            raise UsageError(f"ema_decay is {self.ema_decay!r}; it lies between 0 (live) and 1 (frozen), 1 excluded")
        _at_least("gradient_interval", self.gradient_interval, 0)
        _at_least("noise_interval", self.noise_interval, 0)
        if self.full_vocab and self.teacher is Teacher.SNAPSHOT:
            raise UsageError("full_vocab keeps no whole distributions from sampling; use teacher = live, ema or frozen")
        if self.full_vocab and self.paper_k3_clamp:
            raise UsageError("full_vocab replaces k3, so that paper_k3_clamp would do nothing; leave one of them out")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpoSettings:
    """One step of self-evolution. The defaults are the paper's; ``LAPTOP`` fits a small model on two cores."""

    requests: int = 8  # different requests in a step
    generations: int = 6  # trajectories for each of them
    micro_batch: int = 1  # rows in one forward pass of one process
    steps: int = 200
    learning_rate: float = 1e-6
    warmup_steps: int = 0
    decay: Decay = Decay.CONSTANT
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    temperature: float = 0.7
    top_p: float = 0.95
    max_completion: int = 30_000  # tokens of a trajectory after the prompt; the rollout keeps to it
    clip_low: float = 0.20
    clip_high: float = 0.28
    beta: float = 1e-3  # weight of the KL divergence from the reference policy
    loss: str = "luspo"  # TRL's name: with weights per token, the sum in each row and the mean over rows
    bf16: bool = True
    gradient_checkpointing: bool = True
    use_cpu: bool = False
    save_steps: int = 10
    keep_checkpoints: int = 3
    log_steps: int = 1
    seed: int = 0
    report_to: tuple[str, ...] = ()  # of TRL and transformers: tensorboard, wandb, trackio, …

    def __post_init__(self) -> None:
        for name in ("requests", "micro_batch", "steps", "max_completion", "save_steps", "keep_checkpoints", "log_steps"):
            _at_least(name, getattr(self, name), 1)
        for name in ("learning_rate", "warmup_steps", "weight_decay", "max_grad_norm", "beta", "clip_low", "clip_high"):
            _at_least(name, getattr(self, name), 0)
        _at_least("generations", self.generations, 2)
        if not self.temperature > 0:
            raise UsageError(f"temperature is {self.temperature!r}; training needs sampling, so a temperature above 0")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"top_p is {self.top_p!r}; it lies above 0 and is at most 1")


LAPTOP = GrpoSettings(
    requests=2,
    generations=4,
    steps=20,
    learning_rate=2e-5,
    temperature=1.0,
    top_p=1.0,
    max_completion=4096,
    bf16=False,
    use_cpu=True,
    save_steps=5,
)
