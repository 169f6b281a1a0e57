"""What the commands that train have in common: the options of a recipe, and its progress."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from genevolve.train.recipe import Recipe


def of_a_recipe(*, folder: str, data: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """The argument RECIPE and the options of every command that trains by one."""
    path = click.Path(path_type=Path)
    given = [
        click.argument("recipe", metavar="RECIPE"),
        click.option("--out", type=path, metavar="DIR", help=f"Directory of this run. [default: {folder}]"),
        click.option("--data", type=path, metavar="PATH", help=f"{data}, instead of the recipe's."),
        click.option("--model", metavar="MODEL", help="What to start from: a cold start's directory, weights, or a name."),
        click.option("--adapter", type=path, metavar="DIR", help="The adapter to start from, instead of the recipe's."),
        click.option("--resume", is_flag=True, help="Go on with a run that is there; never start a new one."),
        click.option("--dry-run", is_flag=True, help="Print the resolved recipe and stop."),
    ]

    def wrap(command: Callable[..., int]) -> Callable[..., int]:
        for option in reversed(given):
            command = option(command)
        return command

    return wrap


def show(recipe: "Recipe") -> int:
    """Print everything that a run would go by."""
    click.echo(json.dumps(recipe.model_dump(mode="json", by_alias=True), indent=2))
    return 0


@contextmanager
def training_progress() -> Iterator[Any]:
    """Yields what to call with (step, of, what was logged). The bar is shown from the first step on."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from genevolve.cli.terminal import Terminal

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    progress = Progress(*columns, console=Terminal(stderr=True))
    task = progress.add_task("", total=None)

    def on_step(step: int, steps: int, logs: Mapping[str, float]) -> None:
        progress.start()
        progress.update(task, completed=step, total=steps)
        if "loss" in logs:
            progress.update(task, description=f"loss {logs['loss']:.3f}")
        if rolled := {name.removeprefix("rollout/"): value for name, value in logs.items() if name.startswith("rollout/")}:
            shown = ", ".join(f"{name} {value:.3f}" for name, value in rolled.items())
            progress.console.print(f"step {step}: {shown}", markup=False)

    try:
        yield on_step
    finally:
        progress.stop()
