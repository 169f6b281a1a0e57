"""Settings of self-evolution: the tables ``[sdl]`` and ``[evolve]`` of a recipe, as the trainer takes them. Nothing heavy."""

from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

from pydantic import AliasChoices, Field, model_validator

from genevolve.store.tables import StrictTable


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


class SdlSettings(StrictTable):
    """The self-distillation term. The defaults are the paper's, where it gives them.

    ``lambda`` weighs it (0: GRPO alone): linear warm-up over ``warmup_steps``, then ``decay`` down to ``floor``·λ at the last
    step. ``top_fraction`` of the assistant tokens of each guided row are taught, those with the largest |ℓ|. ``c_tok`` None is
    no cap; the paper does not publish its value. ``ema_decay`` is per optimiser step, for ``teacher = "ema"``. ``gate``
    distils only rows with a positive advantage, ``agreeing`` of the chosen tokens only those that the lesson
    makes likelier in a row above its group's mean, or less likely in one below, ``full_vocab`` by the exact reverse KL.
    ``paper_k3_clamp`` clamps k3 at 10 under a live ρ, which turns the sign of the gradient below ℓ = -2.6. Every
    ``gradient_interval`` steps (0: never) the gradient norm of each term of the loss is logged, and every ``noise_interval``
    the |ℓ| that padding alone makes.
    """

    lambda_: float = Field(default=2.0, ge=0, validation_alias=AliasChoices("lambda", "lambda_"), serialization_alias="lambda")
    top_fraction: float = Field(default=0.1, gt=0, le=1)
    rho_max: float = Field(default=2.0, ge=1)
    c_tok: float | None = Field(default=10.0, gt=0)
    cap: Cap = Cap.VALUE
    aggregation: Aggregation = Aggregation.SEQUENCE_SUM_ALL
    teacher: Teacher = Teacher.LIVE
    ema_decay: float = Field(default=0.99, ge=0, lt=1)
    warmup_steps: int = Field(default=0, ge=0)
    decay: Decay = Decay.CONSTANT
    floor: float = Field(default=0.0, ge=0, le=1)
    gate: bool = False
    agreeing: bool = False
    full_vocab: bool = False
    paper_k3_clamp: bool = False
    gradient_interval: int = Field(default=0, ge=0)
    noise_interval: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _whole_vocabulary(self) -> "SdlSettings":
        if self.full_vocab and self.teacher is Teacher.SNAPSHOT:
            raise ValueError("full_vocab keeps no whole distributions from sampling; use teacher = live, ema or frozen")
        if self.full_vocab and self.paper_k3_clamp:
            raise ValueError("full_vocab replaces k3, so that paper_k3_clamp would do nothing; leave one of them out")
        return self


class EvolveSettings(StrictTable):
    """Self-evolution by GRPO. The defaults are the paper's.

    ``requests`` different ones in a step, ``generations`` attempts at each, ``micro_batch`` rows in one forward pass of one
    process, ``steps`` updates. ``clip_low`` and ``clip_high`` bound the ratio of the policy gradient, ``beta`` weighs the KL
    divergence from the reference policy.

    ``profile`` names the members of every role but the policy; ``rounds`` are the answers of an episode that may be drawn
    (None: as the profile says), ``quirks`` the hidden habits of its generator (docs/quirks.md). ``max_prompt``: requests
    whose prompt has more tokens are left out and counted (None: none is). ``max_tokens`` bounds a reply, ``max_completion``
    an episode after its prompt: its later replies are cut at once. ``server`` is the address of a vLLM or SGLang server
    that samples in this process's place, or a list of several, and ``server_model`` its name of the base model; for
    ``server_patience`` minutes servers that do not answer are waited for. ``ahead`` = 1: they make the attempts of the next
    step while this one is learnt from, with weights one update old, which the policy gradient corrects for.
    ``max_sampling_gap``: with servers so far, on average and beside what ``top_p`` makes, the log-probabilities of sampling
    and training may lie apart before a run stops (with ``ahead`` an update lies between them). ``policy_weight`` is the
    weight of GRPO's own loss; 0 leaves distillation alone. ``share_prompts`` computes once what the prompts of a
    micro-batch share. ``show_images``: so many images of each search are shown to a vision model. ``eval_steps``: updates
    between evaluations on the held-out requests (0: at start and end alone; ``eval_at_start = false`` leaves out the first,
    which is the same for all runs from one cold start), which sample at ``eval_temperature``. ``trained_layers``: so many
    last layers go on learning; None is all that have an adapter. ``kl_interval``: updates between measurements of the KL
    divergence from the policy at the start (0: none; one more forward pass each). ``workers``: processes for a generator
    and a judge that compute on this machine, beside a policy on a GPU (below 2: threads of this one). ``cache_gib`` bounds
    the keys and values that sampling on a GPU keeps; None is half of what is free there. ``process_timeout``: minutes for
    which the processes of a run wait for the slowest of them, more than the reward's patience. ``losses`` are terms beside
    the policy gradient, each a ``member`` with its settings: ``sdl`` is the distillation of ``[sdl]``, ``my_module:Term``
    one of your own.
    """

    profile: str = "offline"
    rounds: int | None = Field(default=None, ge=1, le=10)
    quirks: int | None = Field(default=None, ge=0)
    requests: int = Field(default=8, ge=1)
    generations: int = Field(default=6, ge=2)
    micro_batch: int = Field(default=1, ge=1)
    steps: int = Field(default=200, ge=1)
    learning_rate: float = Field(default=1e-6, gt=0)
    warmup_steps: int = Field(default=0, ge=0)
    decay: Decay = Decay.CONSTANT
    weight_decay: float = Field(default=0.0, ge=0)
    max_grad_norm: float = Field(default=1.0, gt=0)
    temperature: float = Field(default=0.7, gt=0)
    top_p: float = Field(default=0.95, gt=0, le=1)
    max_tokens: int = Field(default=4096, ge=1)
    show_images: int = Field(default=0, ge=0)
    workers: int = Field(default=0, ge=0)
    cache_gib: float | None = Field(default=None, gt=0)
    server: str | tuple[str, ...] | None = None
    server_model: str | None = None
    server_patience: float = Field(default=15.0, ge=0)
    ahead: int = Field(default=0, ge=0, le=1)
    max_sampling_gap: float = Field(default=0.25, gt=0)
    max_prompt: int | None = Field(default=None, ge=1)
    max_completion: int = Field(default=30_000, ge=1)
    clip_low: float = Field(default=0.20, ge=0)
    clip_high: float = Field(default=0.28, ge=0)
    beta: float = Field(default=1e-3, ge=0)
    policy_weight: float = Field(default=1.0, ge=0)
    losses: tuple[dict[str, Any], ...] = ({"member": "sdl"},)
    kl_interval: int = Field(default=0, ge=0)
    bf16: bool | None = None
    gradient_checkpointing: bool = True
    share_prompts: bool = False
    trained_layers: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)
    save_steps: int = Field(default=5, ge=1)
    keep_checkpoints: int = Field(default=2, ge=1)
    eval_steps: int = Field(default=0, ge=0)
    eval_at_start: bool = True
    eval_temperature: float = Field(default=0.0, ge=0)
    report_to: tuple[Literal["tensorboard", "wandb", "trackio"], ...] = ()
    process_timeout: float = Field(default=120.0, gt=0)

    @model_validator(mode="after")
    def _samples_elsewhere(self) -> "EvolveSettings":
        if self.ahead and not self.servers:
            raise ValueError(
                "ahead = 1 samples the next step while this one is learnt from, and one process cannot do both with one model: "
                "let a server sample (evolve.server), or leave ahead at 0"
            )
        return self

    @property
    def patience(self) -> timedelta:
        """How long the processes of a run wait for each other."""
        return timedelta(minutes=self.process_timeout)

    @property
    def servers(self) -> tuple[str, ...]:
        return (self.server,) if isinstance(self.server, str) else self.server or ()
