"""What ``genevolve data`` shows: progress on standard error, tables on standard output."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table as Drawn
from rich.text import Text

from genevolve.app.data import Progress as DataProgress
from genevolve.app.profile import Profile
from genevolve.cli.options import announce
from genevolve.cli.progress import batch_progress
from genevolve.cli.show import plain
from genevolve.cli.terminal import Terminal
from genevolve.data.collect import OnResult
from genevolve.data.coverage import coverage, families
from genevolve.data.dataset import Example, read_dataset
from genevolve.data.labels import Labels
from genevolve.data.records import Prompt
from genevolve.data.stage import Funnel, OnRow, rows_of
from genevolve.report.table import Table
from genevolve.store.hub import local_folder


class ConsoleProgress(DataProgress):
    """``recipes`` is the file whose coverage is shown when it is through."""

    def __init__(self, recipes: Path) -> None:
        self._recipes = recipes

    @contextlib.contextmanager
    def rows(self, what: str, total: int | None) -> Iterator[OnRow]:
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn(what), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Terminal(stderr=True), transient=True) as progress:
            task = progress.add_task("", total=total)
            yield lambda count: progress.update(task, advance=count)

    @contextlib.contextmanager
    def results(self, profile: Profile, total: int) -> Iterator[OnResult]:
        announce(profile)
        with batch_progress(total) as on_row:
            yield on_row

    def done(self, found: Funnel) -> None:
        why = "".join(f", {rule} {count:,}" for rule, count in found.why.items())
        click.echo(f"{found.stage}: {found.kept:,} of {found.taken:,} kept{why}", err=True)
        if found.stage == "recipes":
            show_coverage(self._recipes)


def show(table: Table) -> None:
    """The table on standard output; the last column takes what room is left."""
    console = Terminal()
    if not console.is_terminal:
        console = Terminal(width=160)
    drawn = Drawn(title=table.title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for position, column in enumerate(table.columns):
        words = position == 0 or not any(cell[:1].isdigit() or cell == "–" for cell in (row[position] for row in table.rows))
        drawn.add_column(plain(column), justify="left" if words else "right", overflow="fold")
    for row in table.rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))
    console.print(drawn)


def show_coverage(source: Path) -> None:
    """What a stage's file, or any data set's folder or file, covers."""
    source = local_folder(source, "dataset", setting="SOURCE")
    if not (source.is_file() and source.with_suffix(".stage.json").exists()):
        found = (row for row in read_dataset(source) if isinstance(row, Example))
        show(coverage(Labels(eval_type=row.eval_type, category=row.category, difficulty=row.difficulty) for row in found))
        return
    show(coverage(row.labels for row in _prompts(source)))
    first = next(_prompts(source), None)
    if first is not None and first.hidden.recipe is not None:
        show(families(_prompts(source)))


def _prompts(source: Path) -> Iterator[Prompt]:
    return map(Prompt.from_json, rows_of(source))
