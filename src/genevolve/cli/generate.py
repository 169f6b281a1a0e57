"""``genevolve generate``: one request to a judged image."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from genevolve.cli.options import announce, chosen_profile_of, profile_options, round_options


@click.command()
@click.argument("request")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Run directory; one that is used again keeps all its images, and its page shows them. [default: runs/DATE-TIME-WORDS]",
)  # fmt: skip
@click.option(
    "--reference", "references", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="A reference image of your own; may be given several times.",
)  # fmt: skip
@click.option(
    "--library", "libraries", multiple=True, metavar="NAME",
    help="Search only this library of yours (next to the pictograms); may be given several times.",
)  # fmt: skip
@click.option(
    "--size", metavar="WxH",
    help="Size of the image in pixels. auto: that of the first reference. [default: of the format that the request names, else "
    "512x512]",
)  # fmt: skip
@click.option(
    "--seed", default=0, show_default=True, help="Same request, profile and seed: same image. -1 draws one and records it."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output, and nothing else there.")
@round_options
@profile_options
def generate(request: str, as_json: bool, **options: Any) -> int:
    """Make an image for REQUEST (a sentence in quotes; - reads it from standard input).

    Shows the trajectory as it happens, then the image, the program and the score. The run directory holds everything:
    open its index.html to read the trajectory with its pictures.
    """
    from genevolve.app.generate import generate as make
    from genevolve.cli.show import ConsoleReporter

    profile = chosen_profile_of(options)
    announce(profile)
    if request == "-":
        request = sys.stdin.buffer.read(1_100_000).decode("utf-8", "surrogateescape")
    reporter = ConsoleReporter(request, quiet=as_json)
    generation = make(request, on_entry=reporter.entry, profile=profile, **options)
    if as_json:
        click.echo(json.dumps(generation.to_json(), ensure_ascii=False))
    else:
        reporter.end(generation)
    return 0 if generation.image else 1
