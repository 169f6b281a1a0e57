"""The plan of an ablation: which arms there are, and the files that say what each of their jobs does."""

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from genevolve.core.errors import UsageError
from genevolve.store.named import Library
from genevolve.store.tables import StrictTable, explain
from genevolve.train.recipe import TABLES, Recipe, changed, load_recipe

_NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"


def _known_tables(value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    for table in value:
        if table not in TABLES:
            raise ValueError(f"{table!r} is not a table of a recipe; the tables are {', '.join(TABLES)}")
    return value


class Arm(StrictTable):
    """``stage``: ``raw`` hands the request to the generator as it is, ``untuned`` and ``cold_start`` are tested as they are,
    ``evolve`` trains first. ``changes`` are keys of the training recipe (table → key → value). ``seeds`` None are the plan's.
    ``memory`` names an arm that evolves: what that arm's training with the same seed remembered is read in the test.
    """

    stage: Literal["raw", "untuned", "cold_start", "evolve"]
    seeds: tuple[int, ...] | None = None
    changes: dict[str, dict[str, Any]] = Field(default_factory=dict)
    memory: str | None = None

    _tables = field_validator("changes")(_known_tables)

    @model_validator(mode="after")
    def _trains(self) -> "Arm":
        if self.changes and self.stage != "evolve":
            raise ValueError(f"changes are for arms that train; stage is {self.stage!r}")
        if self.memory is not None and self.stage == "raw":
            raise ValueError("the raw generator has no policy that could read a memory")
        return self


class AblationPlan(StrictTable):
    """``training`` is the recipe of the cold start and of every arm that evolves, for ``steps`` updates. ``adapter`` is a cold
    start that is there already: none is trained then.

    Every arm is tested on the first ``rows`` requests of ``suite``, without the first ``skip``, in the workflow ``profile``,
    with ``policy`` as settings of the local policy. ``seeds`` seed training and sampling. ``changes`` are keys of the recipe
    for all arms that evolve. ``quirks`` are the hidden habits of the generator in training and in tests (docs/quirks.md).
    """

    training: str
    adapter: str | None = None
    suite: str = "atlas"
    rows: int = Field(default=60, ge=1)
    skip: int = Field(default=0, ge=0)
    profile: str = "laptop"
    quirks: int | None = Field(default=None, ge=0)
    seeds: tuple[int, ...] = (0, 1, 2)
    steps: int = Field(default=20, ge=1)
    policy: dict[str, Any] = Field(default_factory=dict)
    changes: dict[str, dict[str, Any]] = Field(default_factory=dict)
    arms: dict[str, Arm]

    _tables = field_validator("changes")(_known_tables)

    @field_validator("arms")
    @classmethod
    def _some(cls, value: dict[str, Arm]) -> dict[str, Arm]:
        if not value:
            raise ValueError("an ablation needs at least one arm")
        for name in value:
            if not re.fullmatch(_NAME, name):
                raise ValueError(f"arm {name!r}: names are small letters, digits and hyphens")
        return value

    @model_validator(mode="after")
    def _memories(self) -> "AblationPlan":
        for name, arm in self.arms.items():
            if arm.memory is None:
                continue
            source = self.arms.get(arm.memory)
            if source is None or source.stage != "evolve":
                raise ValueError(f"arm {name!r}: memory is {arm.memory!r}, which is no arm that evolves")
            if missing := set(self.seeds_of(arm)) - set(self.seeds_of(source)):
                raise ValueError(f"arm {name!r}: {arm.memory!r} is not trained with seed {min(missing)}")
        return self

    def seeds_of(self, arm: Arm) -> tuple[int, ...]:
        """The raw generator is no policy: it runs once."""
        if arm.seeds is not None:
            return arm.seeds
        return self.seeds[:1] if arm.stage == "raw" else self.seeds

    def recipe(self, arm: Arm, seed: int, cold: Path) -> Recipe:
        """What an arm trains with, from the cold start's weights. Raises ``UsageError``."""
        base = changed(changed(load_recipe(self.training), self.changes), arm.changes)
        own = {"steps": self.steps, "seed": seed, **({} if self.quirks is None else {"quirks": self.quirks})}
        return changed(base, {"model": {"adapter": str(cold)}, "evolve": own})


ABLATIONS = Library(package="genevolve.train", folder="ablations", kind="ablation", argument="ABLATION")


def load_plan(name: str) -> AblationPlan:
    """The shipped ablation or TOML file called ``name``. Raises ``UsageError`` naming the key."""
    values = ABLATIONS.values(name)
    try:
        plan = AblationPlan.model_validate(values)
    except ValidationError as error:
        raise UsageError(f"ablation {name}: {explain(error.errors()[0], AblationPlan)}") from None
    try:
        for arm in plan.arms.values():
            plan.recipe(arm, 0, Path("cold"))
    except UsageError as problem:
        raise UsageError(f"ablation {name}: {problem}") from None
    return plan
