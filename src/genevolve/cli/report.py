"""``genevolve report``: run directories side by side, as one page and as Markdown."""

from pathlib import Path

import click

from genevolve.cli.options import include_degraded


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.html",
    help="Where the page goes; the Markdown goes next to it. [default: report.html in the first DIR]",
)  # fmt: skip
@click.option(
    "--plots", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write the page's curves and intervals there, too, each as an SVG file named after its caption.",
)  # fmt: skip
@include_degraded
def report(folders: tuple[Path, ...], out: Path | None, plots: Path | None, include_degraded: bool) -> int:
    """Compare run directories (of `genevolve bench`, `run`, `score` or `ablate`): tables with intervals and tests, plots,
    galleries with the trajectory behind every image, and two systems side by side, in one file that needs nothing else.

    Scores by different judges, and different suites, get tables of their own.
    """
    from genevolve.app.report import write_report

    click.echo("\n".join(map(str, write_report(folders, out, plots=plots, include_degraded=include_degraded))))
    return 0
