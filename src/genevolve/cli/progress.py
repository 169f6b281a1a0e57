"""A progress bar for rows, on standard error."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from genevolve.cli.show import plain
from genevolve.cli.terminal import Terminal
from genevolve.run.batch import BatchCounts


def batch_summary(counts: BatchCounts) -> str:
    """How a batch ended, in one line."""
    text = f"{counts.done} rows done ({counts.earlier} of them earlier), {counts.failed} failed"
    return f"{text}, {counts.degraded} degraded by an outage (--retry-failed)" if counts.degraded else text


@contextlib.contextmanager
def batch_progress(total: int) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Yields what to call with each finished result row; failures are told as they happen."""
    console = Terminal(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=total)
        scores: list[float] = []

        def on_row(row: dict[str, Any]) -> None:
            if row.get("error"):
                progress.console.print(Text(f"row {plain(str(row.get('id')))}: {plain(str(row['error']))[:400]}", style="red"))
            for outage in row.get("degraded") or ():
                progress.console.print(Text(f"row {plain(str(row.get('id')))}: {plain(str(outage))}", style="yellow"))
            if isinstance(score := row.get("score"), dict) and not row.get("degraded"):
                scores.append(score["kscore"])
            mean = f"mean KScore {sum(scores) / len(scores):.3f}" if scores else ""
            progress.update(task, advance=1, description=mean)

        yield on_row


@contextlib.contextmanager
def step_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yields what to call with (done, of); ``what`` is counted."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn(what), TimeElapsedColumn())
    with Progress(*columns, console=Terminal(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
