"""``genevolve run``, ``render`` and ``score``: files of requests, programs and images."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from genevolve.cli.options import F, announce, chosen_profile_of, engine, positive, profile_options, round_options


def file_options(command: F) -> F:
    """What every stage on files takes."""
    options: list[Callable[[F], F]] = [
        click.argument("source", metavar="INPUT", type=click.Path(path_type=Path)),
        click.option(
            "--out", required=True, type=click.Path(path_type=Path), metavar="DIR",
            help="Run directory; the same one continues.",
        ),
        click.option(
            "--concurrency", default=4, show_default=True, metavar="N", callback=positive, help="Rows in progress at once."
        ),
        click.option(
            "--workers", default=1, show_default=True, metavar="N", callback=positive,
            help="Processes that run the rows, so that more than one core works.",
        ),
        engine,
        click.option("--retry-failed", is_flag=True, help="Try rows again that failed, or met an outage."),
        click.option(
            "--format", "form", type=click.Choice(["own", "release"]), default="own",
            help="release: also write the public release's result files.",
        ),
        click.option("--dry-run", is_flag=True, help="Print the resolved profile and stop."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


image_options = (
    click.option(
        "--size",
        default="512x512",
        show_default=True,
        metavar="WxH",
        help="Size of images, where a row has none. auto: of its first reference, or of the format that it names.",
    ),
    click.option("--seed", default=0, show_default=True, help="Seed, where a row has none. -1: one drawn for each row."),
)


@click.command()
@file_options
@image_options[0]
@image_options[1]
@click.option(
    "--column", default=None, metavar="NAME", help="The field or column that holds the request.  [default: prompt, question]"
)
@click.option(
    "--until", type=click.Choice(["program", "image", "score"]), default="score", show_default=True,
    help="How far to go with each row.",
)  # fmt: skip
@click.option(
    "--library",
    "libraries",
    multiple=True,
    metavar="NAME",
    help="Search only this library of yours, next to the pictograms.",
)
@round_options
@profile_options
def run(**options: Any) -> int:
    """Run every request of INPUT: JSON lines, a JSON array, CSV, TSV or Parquet with the field prompt (or question), and
    optionally id, seed, size, references, gt_image; or a .txt file with a request a line.

    Started again with the same directory after any interruption, it goes on where it stopped: nothing is lost, nothing
    is run twice. Results are in DIR/results.jsonl, images in DIR/images.
    """
    return _work("request", profile=chosen_profile_of(options), **options)


@click.command()
@file_options
@image_options[0]
@image_options[1]
@profile_options
def render(**options: Any) -> int:
    """Render the programs of INPUT: rows with gen_prompt and reference_images, from `genevolve run --until program` or
    from the public release's results.json."""
    return _work("program", until="image", profile=chosen_profile_of(options), **options)


@click.command()
@file_options
@profile_options
def score(**options: Any) -> int:
    """Score the images of INPUT: rows with prompt and image_path (or output_path), and gt_image where there is one."""
    return _work("image", until="score", profile=chosen_profile_of(options), **options)


def _work(start: str, *, source: Path, form: str, dry_run: bool, **options: Any) -> int:
    from genevolve.app.run import FileRun
    from genevolve.cli.progress import batch_progress, batch_summary

    job = FileRun.prepare(source, start=start, release=form == "release", **options)
    if dry_run:
        click.echo(json.dumps(job.about, indent=2))
        return 0
    announce(job.profile)
    with batch_progress(job.count()) as on_row:
        tally = asyncio.run(job.run(on_row))
    click.echo(f"{batch_summary(tally)}: {job.folder.results}", err=True)
    return 1 if tally.failed else 0
