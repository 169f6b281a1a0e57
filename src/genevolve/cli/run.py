"""``genevolve run``: a file of requests."""

import asyncio
from pathlib import Path
from typing import Any

import click

from genevolve.cli.options import chosen_members, positive, profile_options


@click.command()
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Run directory; the same one continues."
)
@click.option("--concurrency", default=4, show_default=True, metavar="N", callback=positive, help="Rows in progress at once.")
@click.option("--size", default="512x512", show_default=True, metavar="WxH", help="Size of images, where a row has none.")
@click.option("--seed", default=0, show_default=True, help="Seed, where a row has none.")
@click.option(
    "--until", type=click.Choice(["program", "image", "score"]), default="score", show_default=True,
    help="How far to go with each row.",
)  # fmt: skip
@click.option(
    "--library", "libraries", multiple=True, metavar="NAME", help="Search only this library of yours (beside the pictograms)."
)
@click.option("--retry-failed", is_flag=True, help="Try rows again that failed for a reason that may have passed.")
@click.option("--dry-run", is_flag=True, help="Print the resolved profile and stop.")
@profile_options
def run(source: Path, dry_run: bool, **options: Any) -> int:
    """Run every request of INPUT: a JSON array or JSON lines with the field prompt (or question), and optionally id,
    seed, size, references.

    Started again with the same directory after any interruption, it goes on where it stopped: nothing is lost, nothing
    is run twice. Results are in DIR/results.jsonl, images in DIR/images.
    """
    from genevolve.cli.progress import batch_progress
    from genevolve.files import FileRun

    members = chosen_members(options)
    job = FileRun.prepare(source, members=members, **options)
    if dry_run:
        import json

        click.echo(json.dumps(job.about, indent=2))
        return 0
    with batch_progress(job.count()) as on_row:
        tally = asyncio.run(job.run(on_row))
    click.echo(
        f"{tally.done} rows done ({tally.earlier} of them earlier), {tally.failed} failed: {job.folder.results}", err=True
    )
    return 1 if tally.failed else 0
