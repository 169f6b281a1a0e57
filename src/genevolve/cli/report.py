"""``genevolve report``: run directories side by side, as one page and as Markdown."""

from collections.abc import Sequence
from pathlib import Path

import click

from genevolve.core.failure import Misuse
from genevolve.store.images import write_atomically


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.html",
    help="Where the page goes; the Markdown goes beside it. [default: report.html in the first DIR]",
)  # fmt: skip
def report(folders: tuple[Path, ...], out: Path | None) -> int:
    """Compare run directories (of `genevolve bench`, `run`, `score` or `ablate`): tables with intervals and tests, plots,
    galleries with the trajectory behind every image, and two systems side by side, in one file that needs nothing else.

    Scores by different judges, and different suites, get tables of their own.
    """
    target = out or folders[0] / "report.html"
    if target.suffix.lower() not in (".html", ".htm"):
        raise Misuse(f"--out {target}: the name of the page must end in .html (the Markdown goes beside it as .md)")
    click.echo("\n".join(map(str, write_report(folders, target))))
    return 0


def write_report(folders: Sequence[Path], target: Path) -> tuple[Path, Path]:
    """The page, and the Markdown beside it. Raises ``Misuse``."""
    from genevolve.bench.report import report as make

    made = make(folders)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, made.html.encode("utf-8", "replace"))
    write_atomically(target.with_suffix(".md"), made.markdown.encode("utf-8", "replace"))
    return target, target.with_suffix(".md")
