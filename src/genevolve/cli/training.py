"""What the commands that train have in common: the options of a recipe, its progress, and the packages it needs."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from genevolve.core.errors import UsageError

if TYPE_CHECKING:
    from genevolve.train.recipe import Recipe


def of_a_recipe(*, folder: str, data: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """The argument RECIPE and the options of every command that trains by one."""
    path = click.Path(path_type=Path)
    given = [
        click.argument("recipe", metavar="RECIPE"),
        click.option("--out", type=path, metavar="DIR", help=f"Directory of this run. [default: {folder}]"),
        click.option("--data", type=path, metavar="PATH", help=f"{data}, instead of the recipe's."),
        click.option("--adapter", type=path, metavar="DIR", help="The adapter to start from, instead of the recipe's."),
        click.option("--resume", is_flag=True, help="Go on with a run that was interrupted, from its last whole checkpoint."),
        click.option("--dry-run", is_flag=True, help="Print the resolved recipe and stop."),
    ]

    def wrap(command: Callable[..., int]) -> Callable[..., int]:
        for option in reversed(given):
            command = option(command)
        return command

    return wrap


def chosen_recipe(name: str, adapter: Path | None, changes: Mapping[str, Mapping[str, Any]] = MappingProxyType({})) -> "Recipe":
    """The recipe ``name`` with what the command line gave in place of its own (table → key → value; None: not given)."""
    from genevolve.train.recipe import changed, load_recipe

    given = {**changes, "model": {"adapter": str(adapter) if adapter is not None else None}}
    wanted = {table: {key: value for key, value in own.items() if value is not None} for table, own in given.items()}
    return changed(load_recipe(name), wanted)


def show(recipe: "Recipe") -> int:
    """Print everything that a run would go by."""
    click.echo(json.dumps(recipe.model_dump(mode="json", by_alias=True), indent=2))
    return 0


@contextmanager
def training_progress() -> Iterator[Any]:
    """Yields what to call with (step, of, what was logged)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True, highlight=False)) as progress:
        task = progress.add_task("", total=None)

        def on_step(step: int, steps: int, logs: Mapping[str, float]) -> None:
            progress.update(task, completed=step, total=steps)
            if "loss" in logs:
                progress.update(task, description=f"loss {logs['loss']:.3f}")
            if rolled := {name.removeprefix("rollout/"): value for name, value in logs.items() if name.startswith("rollout/")}:
                shown = ", ".join(f"{name} {value:.3f}" for name, value in rolled.items())
                progress.console.print(f"step {step}: {shown}", markup=False)

        yield on_step


def need_packages() -> None:
    from importlib.util import find_spec

    for package in ("torch", "transformers", "peft", "trl", "datasets", "accelerate"):
        if find_spec(package) is None:
            raise UsageError(f"training needs the package {package!r}: pip install 'genevolve[train]'")
