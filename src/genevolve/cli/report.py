"""``genevolve report``: run directories side by side, as one page and as Markdown."""

import re
from collections.abc import Container, Sequence
from itertools import count
from pathlib import Path

import click

from genevolve.core.errors import UsageError
from genevolve.store.images import write_atomically


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.html",
    help="Where the page goes; the Markdown goes beside it. [default: report.html in the first DIR]",
)  # fmt: skip
@click.option(
    "--plots", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write the page's curves and intervals there, too, each as an SVG file named after its caption.",
)  # fmt: skip
def report(folders: tuple[Path, ...], out: Path | None, plots: Path | None) -> int:
    """Compare run directories (of `genevolve bench`, `run`, `score` or `ablate`): tables with intervals and tests, plots,
    galleries with the trajectory behind every image, and two systems side by side, in one file that needs nothing else.

    Scores by different judges, and different suites, get tables of their own.
    """
    target = out or folders[0] / "report.html"
    if target.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--out {target}: the name of the page must end in .html (the Markdown goes beside it as .md)")
    click.echo("\n".join(map(str, write_report(folders, target, plots))))
    return 0


def write_report(folders: Sequence[Path], target: Path, plots: Path | None = None) -> tuple[Path, ...]:
    """The page, the Markdown beside it, and files in ``plots``. Raises ``UsageError``."""
    from genevolve.bench.report import report as make

    made = make(folders)
    files = {target: made.html, target.with_suffix(".md"): made.markdown}
    if plots is not None:
        for plot in made.plots:
            files[_free(plots / f"{_name(plot.caption)}.svg", files)] = plot.svg()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode("utf-8", "replace"))
    return tuple(files)


def _name(caption: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", caption.lower()).strip("-")[:80] or "plot"


def _free(path: Path, taken: Container[Path]) -> Path:
    """``path``, numbered where several plots have one caption: each suite and judge has its own."""
    numbers = (path.with_stem(f"{path.stem}-{number}") if number > 1 else path for number in count(1))
    return next(candidate for candidate in numbers if candidate not in taken)
