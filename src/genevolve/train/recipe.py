"""Training recipes: one TOML file says everything about a run. Written strictly: an unknown key is an error, not ignored.

A further table (as ``[evolve]``) is one more model here and one more field of ``Recipe``.
"""

import warnings
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from genevolve.core.errors import Notice, UsageError
from genevolve.store.named import Library, merged
from genevolve.store.tables import StrictTable, explain
from genevolve.train.settings import EvolveSettings, SdlSettings


class ModelSettings(StrictTable):
    """``name``: smollm2, tiny, a hub name or a folder. ``adapter`` is where training starts from; None = the model itself."""

    name: str = "smollm2"
    adapter: str | None = None
    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"


class LoraSettings(StrictTable):
    """``r`` = 0 trains all weights of the language model. ``upper_layers``: only so many last layers get an adapter."""

    r: int = Field(default=32, ge=0, le=1024)
    alpha: int | None = Field(default=None, ge=1)
    upper_layers: int | None = Field(default=None, ge=1)


class DataSettings(StrictTable):
    """``path``: an exported data set, a folder of lessons, or a JSONL file; ``--data`` overrides it.

    Without one, requests are drawn from ``source``, a component of the role ``requests``: the policy of the profile
    ``teacher`` makes trajectories for ``cases`` generated requests, and self-evolution learns from ``requests`` others;
    ``audit`` keeps only trajectories that pass the audit of data sets. ``validation``: so many held-out requests of the
    same generator are what evaluation rolls out. ``guided``: for so many requests more the teacher makes ``attempts``, and
    the best one is learnt under the lesson that tells it from the worst: a small model has to be shown how to follow a
    guide before it can be its own teacher. ``recovery``: for so many requests more the teacher reads guidance until its
    turns are nearly or wholly used up, and what it does then is learnt. ``rounds``: answers that the teacher of the
    ``cases`` may have drawn, each after it was told what failed (None: as its profile says).
    """

    path: str | None = None
    source: str = "atlas"
    teacher: str = "offline"
    audit: bool = True
    cases: int = Field(default=300, ge=1)
    guided: int = Field(default=0, ge=0)
    attempts: int = Field(default=3, ge=2)
    recovery: int = Field(default=0, ge=0)
    rounds: int | None = Field(default=None, ge=1, le=10)
    requests: int = Field(default=200, ge=1)
    validation: int = Field(default=16, ge=0)
    seed: int = Field(default=0, ge=0)
    detail: Literal["full", "brief"] = "full"
    skip_broken: bool = False

    @model_validator(mode="before")
    @classmethod
    def _older_name(cls, values: Any) -> Any:
        """``dawdling`` is what ``recovery`` was called. Read for one release."""
        if not isinstance(values, dict) or "dawdling" not in values:
            return values
        warnings.warn("data.dawdling is now called data.recovery; please rename it in your recipe", Notice, stacklevel=2)
        return {**{name: value for name, value in values.items() if name != "dawdling"}, "recovery": values["dawdling"]}


class SftSettings(StrictTable):
    """The supervised cold start. The defaults are the paper's.

    ``batch`` is the number of trajectories of one update over all processes, ``micro_batch`` what one process computes at
    once. ``steps`` ends a run early. ``cutoff``: longer trajectories are left out and counted. ``bf16``: computing in
    bfloat16 under autocast; None = on GPUs. ``eval_steps``: updates between evaluations by rollout; 0 = only after the last.
    """

    epochs: float = Field(default=2.0, gt=0)
    steps: int | None = Field(default=None, ge=1)
    batch: int = Field(default=32, ge=1)
    micro_batch: int = Field(default=1, ge=1)
    cutoff: int = Field(default=32768, ge=16)
    learning_rate: float = Field(default=1e-5, gt=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup_ratio: float = Field(default=0.02, ge=0, lt=1)
    weight_decay: float = Field(default=1e-6, ge=0)
    max_grad_norm: float = Field(default=1.0, gt=0)
    bf16: bool | None = None
    gradient_checkpointing: bool = True
    seed: int = Field(default=0, ge=0)
    save_steps: int = Field(default=50, ge=1)
    keep_checkpoints: int = Field(default=2, ge=1)
    log_steps: int = Field(default=1, ge=1)
    eval_steps: int = Field(default=0, ge=0)
    eval_at_start: bool = False
    report_to: tuple[Literal["tensorboard", "wandb", "trackio"], ...] = ()

    @model_validator(mode="after")
    def _batch_splits(self) -> "SftSettings":
        if self.batch % self.micro_batch:
            raise ValueError(f"micro_batch = {self.micro_batch} does not divide batch = {self.batch}")
        return self


class RewardSettings(StrictTable):
    """R = (1-α)·image + α·program. ``text_accuracy_na``: what counts where a request needs no text.

    ``patience``: minutes in which rows that stayed unscored are tried again before training goes on without them. ``gain``
    weighs, in attempts of several rounds, what a round has changed against keeping what there was: its tokens get that much
    advantage more.
    """

    alpha: float = Field(default=0.5, ge=0, le=1)
    gain: float = Field(default=0.0, ge=0)
    text_accuracy_na: Literal["release", "renormalized"] = "release"
    patience: float = Field(default=15.0, ge=0)


class ExperienceSettings(StrictTable):
    """Where lessons come from and who gets them. ``gate`` None is the embedder's own; the paper's is 0.84 for its embedder.

    ``reference_is_protocol``: a worst attempt that has no reference, where the best has one, failed by protocol alone and
    gives no lesson. ``valid_only``: attempts without a program are passed over, where otherwise a worst one without a program
    takes the lesson from its group. ``when``: ``same_step`` lets a request learn from its own group, ``past_only`` only from
    earlier steps.
    ``mismatch`` hands out lessons of other families on purpose: does the guidance matter, or would any guide do?
    ``rounds``: the rounds of one attempt are compared, too, where it had several. ``nested_pairs``: of each group the second
    best and the second worst attempt make a pair, too, and so on, so many at most.
    ``pooled``: a lesson holds what the bundles of so many of the most similar requests agree on; 1, as in the paper: the whole
    bundle of the most similar one.
    ``guide_characters``: a longer guide loses the bullets that hold for every request first.
    """

    summariser: dict[str, Any] = Field(default_factory=lambda: {"member": "contrast"})
    embedder: dict[str, Any] = Field(default_factory=lambda: {"member": "minilm"})
    gate: float | None = Field(default=None, ge=-1, le=1)
    when: Literal["same_step", "past_only"] = "same_step"
    capacity: int = Field(default=500, ge=1)
    min_gap: float = Field(default=0.20, ge=0)
    max_pairs: int = Field(default=8, ge=1)
    reference_is_protocol: bool = True
    valid_only: bool = False
    mismatch: bool = False
    rounds: bool = True
    nested_pairs: int = Field(default=1, ge=1)
    pooled: int = Field(default=1, ge=1)
    guide_characters: int = Field(default=2400, ge=400)


class Recipe(StrictTable):
    """One run. ``name`` is where it came from: a shipped recipe or a file."""

    name: str
    model: ModelSettings = ModelSettings()
    lora: LoraSettings = LoraSettings()
    data: DataSettings = DataSettings()
    sft: SftSettings = SftSettings()
    evolve: EvolveSettings = EvolveSettings()
    reward: RewardSettings = RewardSettings()
    sdl: SdlSettings = SdlSettings()
    experience: ExperienceSettings = ExperienceSettings()


TABLES = tuple(name for name in Recipe.model_fields if name != "name")


RECIPES = Library(package="genevolve.train", folder="recipes", kind="recipe", argument="RECIPE")


def load_recipe(name: str) -> Recipe:
    """The shipped recipe or TOML file called ``name``; a file may say ``extends = "atlas"`` and then holds what differs.

    Raises ``UsageError`` naming the key, and the nearest one that exists.
    """
    values = RECIPES.values(name)
    if "name" in values:
        raise UsageError(f"recipe {name}: 'name' is not a setting of a recipe; it is called by its file")
    try:
        return Recipe.model_validate({"name": name, **values})
    except ValidationError as error:
        raise UsageError(f"recipe {name}: {explain(error.errors()[0], Recipe)}") from None


def changed(recipe: Recipe, changes: Mapping[str, Mapping[str, Any]]) -> Recipe:
    """``recipe`` with some keys of some tables replaced. Raises ``UsageError`` for a value that does not fit."""
    values = merged(recipe.model_dump(by_alias=True), {table: dict(keys) for table, keys in changes.items()})
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        raise UsageError(f"recipe {recipe.name}: {explain(error.errors()[0], Recipe)}") from None
