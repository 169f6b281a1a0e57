"""What a data set is to be: the TOML file of ``genevolve data build``, read strictly."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_serializer, model_validator

from genevolve.core.errors import UsageError
from genevolve.data.splits import SHARES, Split
from genevolve.run.limits import ServiceLimits
from genevolve.services.endpoint import READER, Endpoint, TokensField
from genevolve.services.prices import FREE, Price
from genevolve.store.tables import StrictTable, explain
from genevolve.store.user_file import expanded, json_value, toml_table


class _Part(StrictTable):
    model_config = ConfigDict(strict=True)


class AskedModel(_Part):
    """A chat model: an ``Endpoint``, and how its answers are read."""

    base_url: str | None = None
    model: str | None = None
    api_key_env: str | None = None
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int = Field(default=4096, ge=1)
    max_tokens_field: TokensField = "max_tokens"
    omit: list[str] = Field(default_factory=list)
    extra_body: dict[str, Any] = Field(default_factory=dict)
    timeout: float = Field(default=600.0, gt=0)
    json_mode: bool = True
    allow_fence: bool = False
    votes: int = Field(default=1, ge=1)
    prompt: str | None = None  # a file in the place of the built-in instructions
    price: Price = FREE

    @field_validator("price", mode="before")
    @classmethod
    def _price(cls, value: object) -> object:
        return Price(**value) if isinstance(value, dict) else value

    @property
    def endpoint(self) -> Endpoint:
        said = {each.name: getattr(self, each.name) for each in fields(Endpoint) if each.name in type(self).model_fields}
        return replace(READER, **{**said, "omit": tuple(self.omit)})


class RecipesSettings(_Part):
    count: int = Field(default=1000, ge=1)
    knowledge: float = Field(default=0.6, ge=0, le=1)
    shares: dict[str, float] = Field(default_factory=lambda: {view.value: share for view, share in SHARES.items()})

    @field_validator("shares")
    @classmethod
    def _known(cls, value: dict[str, float]) -> dict[str, float]:
        for name, share in value.items():
            if name not in {*Split}:
                raise ValueError(f"{name!r} is not a part of a data set; the parts are {', '.join(Split)}")
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is {share}; a share is from 0 to 1")
        if abs(sum(value.values()) - 1) > 0.001:
            raise ValueError(f"the shares add up to {sum(value.values()):g}, not to 1")
        return value


class PromptsSettings(_Part):
    """``input``: requests of your own in the place of recipes."""

    realiser: Literal["offline", "llm"] = "offline"
    input: str | None = None
    min_words: int = Field(default=6, ge=1)
    max_words: int = Field(default=160, ge=1)
    near_duplicates: float = Field(default=0.75, ge=0.5, le=1)
    sample: int | None = Field(default=None, ge=1)
    attempts: int = Field(default=3, ge=1)
    concurrency: int = Field(default=8, ge=1)
    llm: AskedModel = AskedModel(temperature=0.8, max_tokens=1024)

    @field_validator("llm", mode="before")
    @classmethod
    def _sampling(cls, value: object) -> object:
        return {"temperature": 0.8, "max_tokens": 1024, **value} if isinstance(value, dict) else value


class TeachSettings(_Part):
    """``profile`` and members replace those of the whole plan; ``views`` and ``rows`` choose what is taught.

    ``rounds``: how many answers of the teacher may be drawn, each after it was told what failed in the one before; None is what
    the profile says.
    """

    profile: str | None = None
    policy: str | None = None
    search: str | None = None
    image_search: str | None = None
    system_prompt: str | None = None
    detail: Literal["full", "brief"] | None = None
    rounds: int | None = Field(default=None, ge=1, le=10)
    trajectories: int = Field(default=1, ge=1, le=100)
    views: list[str] = Field(default_factory=lambda: [view.value for view in Split])
    rows: int | None = Field(default=None, ge=1)
    concurrency: int = Field(default=6, ge=1)
    workers: int | None = Field(default=None, ge=1)

    @model_serializer(mode="wrap")
    def _as_before(self, dump: Callable[[Self], dict[str, Any]]) -> dict[str, Any]:
        """``rounds`` came later; where it is not set, the card of a data set is what it was."""
        return {key: value for key, value in dump(self).items() if key != "rounds" or value is not None}

    @field_validator("views")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        if not value or not set(value) <= {*Split}:
            raise ValueError(f"{value!r}: choose one or more of {', '.join(Split)}")
        return sorted(set(value))


class AuditSettings(_Part):
    judge: Literal["rules", "vlm"] = "rules"
    each: float = Field(default=0.5, ge=0, le=1)
    total: float = Field(default=5.0, ge=0, le=6)
    max_references: int = Field(default=2, ge=0, le=5)
    concurrency: int = Field(default=8, ge=1)
    show_images: bool = True
    vlm: AskedModel = AskedModel()


class RenderSettings(_Part):
    """The generator of ground truths, and what the second visual filter asks of them."""

    profile: str | None = None
    generator: str | None = None
    image_judge: str | None = None
    size: str = "512x512"
    faithfulness: float = Field(default=1.0, ge=0, le=1)
    visual_correctness: float = Field(default=1.0, ge=0, le=1)
    text_accuracy: float = Field(default=1.0, ge=0, le=1)
    aesthetics: float = Field(default=0.5, ge=0, le=1)
    concurrency: int = Field(default=6, ge=1)
    workers: int | None = Field(default=None, ge=1)


class SplitSettings(_Part):
    near_duplicates: float = Field(default=0.75, ge=0.5, le=1)


class ExportSettings(_Part):
    """``images``: which pictures stand in the trajectories: as the teacher saw them (auto), all that it found, or none.
    ``chat``: the trajectories in the chat format of OpenAI and TRL, too, with native tool calls."""

    images: Literal["auto", "found", "none"] = "auto"
    parquet: bool = True
    chat: bool = False


class BuildPlan(_Part):
    name: str = "genevolve-data"
    licence: str = "other"
    seed: int = Field(default=0, ge=0)
    profile: str = "offline"
    cache: Literal["read", "write", "off", "replay"] | None = None
    recipes: RecipesSettings = RecipesSettings()
    prompts: PromptsSettings = PromptsSettings()
    teach: TeachSettings = TeachSettings()
    audit: AuditSettings = AuditSettings()
    render: RenderSettings = RenderSettings()
    split: SplitSettings = SplitSettings()
    export: ExportSettings = ExportSettings()
    limits: dict[Literal["realiser", "audit"], ServiceLimits] = Field(default_factory=dict)

    @field_validator("limits", mode="before")
    @classmethod
    def _limits(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        try:
            return {key: ServiceLimits(**each) if isinstance(each, dict) else each for key, each in value.items()}
        except (TypeError, UsageError) as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _lengths(self) -> "BuildPlan":
        if self.prompts.min_words > self.prompts.max_words:
            raise ValueError(f"prompts.min_words is {self.prompts.min_words}, more than prompts.max_words")
        return self


_PATHS = (("teach", "system_prompt"), ("prompts", "input"))
_PROFILES = ((), ("teach",), ("render",))


Changes = Mapping[str, Mapping[str, object]]  # section → name → value


def read_plan(path: Path | None, changes: Changes | None = None) -> BuildPlan:
    """The plan of a TOML file, with single values replaced: section → name → value. Raises ``UsageError`` naming the value.

    Files that the plan names are relative to its folder.
    """
    return _plan(_values(path) if path is not None else {}, changes, path)


def changed_plan(plan: BuildPlan, changes: Changes | None = None) -> BuildPlan:
    """``plan`` with single values replaced. Raises ``UsageError`` naming the value."""
    return _plan(plan.model_dump(exclude_unset=True), changes, None) if changes else plan


def _plan(values: dict[str, Any], changes: Changes | None, path: Path | None) -> BuildPlan:
    for section, over in (changes or {}).items():
        part = values.setdefault(section, {}) if section else values
        if not isinstance(part, dict):
            raise UsageError(f"{path}: {section} must be a table")
        part.update(over)
    try:
        return BuildPlan.model_validate(values)
    except ValidationError as error:
        said = explain(error.errors()[0], BuildPlan)
        raise UsageError(f"{path}: {said}" if path is not None else said) from None


def _values(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
        values: dict[str, Any] = json_value(content) if path.suffix == ".json" else toml_table(content)
    except OSError as error:
        raise UsageError(f"RECIPE {path}: the file cannot be read ({error.strerror})") from None
    except ValueError as error:  # of either form, or not UTF-8
        raise UsageError(f"RECIPE {path}: not valid {path.suffix[1:].upper() or 'TOML'} ({error})") from None
    if not isinstance(values, dict):
        raise UsageError(f"RECIPE {path}: it holds a {type(values).__name__}; a recipe is an object of settings")
    for section, name in _PATHS:
        _relative(values.get(section), name, path.parent)
    for keys in _PROFILES:
        holder: Any = values
        for key in keys:
            holder = holder.get(key, {}) if isinstance(holder, dict) else {}
        if isinstance(holder, dict) and str(holder.get("profile", "")).endswith(".toml"):
            _relative(holder, "profile", path.parent)
    for section, name in (("prompts", "llm"), ("audit", "vlm")):
        part = values.get(section)
        _relative(part.get(name) if isinstance(part, dict) else None, "prompt", path.parent)
    return values


def _relative(part: object, name: str, folder: Path) -> None:
    if isinstance(part, dict) and isinstance(part.get(name), str):
        part[name] = str((folder / expanded(part[name])).absolute())
