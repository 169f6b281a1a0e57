"""Tables of the data pipeline in a terminal, and ``genevolve data coverage``."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from genevolve.report.table import Table


def show(table: "Table") -> None:
    """The table on standard output; the last column takes what room is left."""
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    from genevolve.cli.show import plain

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=160)
    drawn = Drawn(title=table.title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for position, column in enumerate(table.columns):
        words = position == 0 or not any(cell[:1].isdigit() or cell == "–" for cell in (row[position] for row in table.rows))
        drawn.add_column(plain(column), justify="left" if words else "right", overflow="fold")
    for row in table.rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))
    console.print(drawn)


@click.command()
@click.argument("source", metavar="PATH", type=click.Path(path_type=Path))
def coverage(source: Path) -> int:
    """Show what PATH covers: a stage's file (recipes.jsonl, prompts.jsonl, …), or any data set's folder or file."""
    from genevolve.data.coverage import coverage as table
    from genevolve.data.coverage import families

    if source.is_file() and source.with_suffix(".stage.json").exists():
        from genevolve.data.stage import rows_of

        show(table(rows_of(source)))
        if any("recipe" in (row.get("hidden") or {}) for row in _first(rows_of(source))):
            show(families(rows_of(source)))
        return 0
    show(table(_examples(source)))
    return 0


def _first(rows: Iterator[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row, _ in zip(rows, range(1), strict=False)]


def _examples(source: Path) -> Iterator[dict[str, str]]:
    from genevolve.data.dataset import Example, read_dataset

    for row in read_dataset(source):
        if isinstance(row, Example):
            yield {"category": row.category, "eval_type": row.eval_type, "difficulty": row.difficulty}
