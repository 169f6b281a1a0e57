"""What ``sft`` and ``evolve`` have in common: the recipe that is meant, its folder, and what must be installed."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from genevolve.app.assemble import origin
from genevolve.core.errors import UsageError
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.protocol.detail import Detail
from genevolve.store.user_file import expanded, json_of_ours

if TYPE_CHECKING:
    from genevolve.app.profile import Profile
    from genevolve.train.recipe import Recipe


class NotYet:
    """Holds the policy's place while other components are built: what is wrong with them is told before a model is loaded."""

    async def reply(self, call: PolicyCall) -> Reply:
        raise AssertionError("the model in training takes this place")


_PACKAGES = ("torch", "transformers", "peft", "trl", "datasets", "accelerate")


def chosen_recipe(
    recipe: "str | Path | Recipe",
    adapter: Path | None = None,
    changes: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    *,
    model: Path | str | None = None,
) -> "Recipe":
    """The recipe of this name or file (or itself) with other values (table → key → value; None: its own). ``UsageError``.

    ``model`` is what to start from: see ``handed_over``.
    """
    from genevolve.train.recipe import Recipe, changed, load_recipe

    start = handed_over(model) if model is not None else {}
    if adapter is not None and "adapter" in start:
        raise UsageError(f"--model {model} is an adapter, and --adapter names another one; give one of them")
    given = {**changes, "model": {**start, **({"adapter": str(adapter)} if adapter is not None else {})}}
    wanted = {table: {key: value for key, value in own.items() if value is not None} for table, own in given.items()}
    return changed(recipe if isinstance(recipe, Recipe) else load_recipe(str(recipe)), wanted)


def handed_over(model: Path | str) -> dict[str, str]:
    """The keys of ``[model]`` that start from ``model``: the folder of a run (what it ended with), a folder of weights, an
    adapter, or a name. Raises ``UsageError`` for a run that has not ended."""
    path = expanded(str(model))
    if not path.is_dir():
        return {"name": str(model)}
    if (path / "adapter_config.json").is_file():
        return {"adapter": str(path)}
    if (path / "model").is_dir():
        return {"name": str(path / "model")}
    if (path / "adapter").is_dir():
        return {**_base_of(path / "run.json"), "adapter": str(path / "adapter")}
    if (path / "run.json").is_file():
        raise UsageError(
            f"--model {model}: there is neither model/ nor adapter/ in this run, which has not ended; let it end first"
        )
    return {"name": str(path)}


def _base_of(about: Path) -> dict[str, str]:
    """The model that a run with an adapter began with."""
    try:
        return {"name": str(json_of_ours(about.read_bytes())["recipe"]["model"]["name"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def run_folder(recipe: "Recipe", out: Path | str | None, prefix: str = "") -> Path:
    """``out``, else ``runs/`` and the recipe's name."""
    return Path(out) if out is not None else Path("runs") / f"{prefix}{Path(recipe.name).stem}"


def about_run(recipe: "Recipe", data: Path | str | None) -> dict[str, Any]:
    """What made a run: versions, the whole recipe, and the data that took the place of the recipe's."""
    return {**origin(), "recipe": recipe.model_dump(mode="json"), "data": str(Path(data).absolute()) if data else None}


def need_packages() -> None:
    """Raises ``UsageError`` where a package of the extra ``train`` is missing."""
    for package in _PACKAGES:
        if find_spec(package) is None:
            raise UsageError(f"training needs the package {package!r}: pip install 'genevolve[train]'")


def with_detail(profile: "Profile", recipe: "Recipe") -> "Profile":
    """``profile`` with as much detail as the policy is trained with, unless it says so itself."""
    if profile.episode.detail is not None:
        return profile
    episode = profile.episode.model_copy(update={"detail": Detail(recipe.data.detail)})
    return profile.model_copy(update={"episode": episode})
