"""``genevolve bench``: a system on a suite, with statistics."""

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from genevolve.cli.options import (
    announce,
    chosen_profile_of,
    engine,
    include_degraded,
    positive,
    profile_options,
    round_options,
)


def _positive_or_none(context: click.Context, parameter: click.Parameter, value: int | None) -> int | None:
    return None if value is None else positive(context, parameter, value)


@click.command()
@click.argument("suite", metavar="SUITE")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Directory of this system on this suite; the same one continues.",
)
@click.option("--data", type=click.Path(path_type=Path), metavar="PATH", help="Folder or file of the suite's requests.")
@click.option("--rows", type=int, callback=_positive_or_none, metavar="N", help="Only the first N requests.")
@click.option("--skip", type=click.IntRange(0), default=0, metavar="N", help="Leave the first N of them out. [default: none]")
@click.option("--seeds", default=1, show_default=True, callback=positive, metavar="N", help="Runs of each request.")
@click.option("--size", default="512x512", show_default=True, metavar="WxH", help="Size of the images.")
@click.option("--name", metavar="TEXT", help="What tables call this system. [default: policy and generator]")
@click.option("--concurrency", default=6, show_default=True, callback=positive, metavar="N", help="Rows in progress at once.")
@click.option(
    "--workers",
    type=int,
    callback=_positive_or_none,
    metavar="N",
    help="Processes that run the rows. [default: the cores, at most 4, where something computes on this machine]",
)
@engine
@click.option(
    "--library", "libraries", multiple=True, metavar="NAME", help="Search this library of yours, too. [default: none]"
)
@click.option("--retry-failed", is_flag=True, help="Try rows again that failed, or met an outage.")
@include_degraded
@click.option("--dry-run", is_flag=True, help="Print the resolved profile and the size of the suite, and stop.")
@click.option(
    "--quirks",
    type=int,
    metavar="N",
    help="The generator's hidden habits: what an agent must word how, drawn from this number. [default: none]",
)
@round_options
@profile_options
def bench(suite: str, dry_run: bool, quirks: int | None, **options: Any) -> int:
    """Run a system on SUITE and print its tables.

    \b
    atlas      300 held-out requests of ours with ground truth, offline
    adaptation 200 for a generator with hidden habits: --quirks N
    genevolve  GenEvolve-Bench: --data FOLDER with test.jsonl and its images
    wise       WISE, legacy protocol: --data FOLDER with its JSON files, --judge vlm
    geneval    GenEval on the pixel judge's detections: --data FOLDER with evaluation_metadata.jsonl
    jsonl      your own: --data FILE with prompt (or question) and optionally gt_image

    The rows of a comparison are runs: --policy raw is the raw generator, --policy chat an untuned or a trained workflow.
    `genevolve report DIR…` puts directories side by side. Started again with the same directory, it goes on.
    """
    from genevolve.app.bench import Benchmark
    from genevolve.app.profile import with_quirks
    from genevolve.cli.progress import batch_progress, batch_summary

    job = Benchmark.prepare(suite, profile=with_quirks(chosen_profile_of(options), quirks), **options)
    if dry_run:
        covered = {"requests": len(job.suite.items), "not_covered": len(job.suite.uncovered), "rows": job.count}
        click.echo(json.dumps({**job.about, **covered, "requests_digest": job.suite.digest}, indent=2))
        return 0
    announce(job.profile)
    with batch_progress(job.count) as on_row:
        tally = asyncio.run(job.run(on_row))
    click.echo((job.folder.path / "summary.md").read_text(encoding="utf-8"))
    click.echo(f"{batch_summary(tally)}: {job.folder.path}", err=True)
    return 1 if tally.failed else 0
