"""``genevolve generate``: one request to a judged image, and ``genevolve revise``: a change of it."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from genevolve.cli.options import F, announce, chosen_profile_of, profile_options, round_options


def _image_options(command: F) -> F:
    """What both commands take."""
    options = [
        click.option(
            "--reference", "references", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
            help="A reference image of your own; may be given several times.",
        ),
        click.option(
            "--library", "libraries", multiple=True, metavar="NAME",
            help="Search only this library of yours (next to the pictograms); may be given several times.",
        ),
        click.option(
            "-n", "n", type=int, default=1, show_default=True, metavar="N",
            help="Variations: so many results side by side, the best first, each with a seed of its own. (--takes draws one "
            "result several times and keeps its best.)",
        ),
        click.option(
            "--format", type=click.Choice(["png", "jpg", "webp", "svg", "pdf"]), default="png", show_default=True,
            help="The file of the image; the stored picture stays a PNG. svg and pdf hold shapes and texts to go on with (the "
            "generator sketch draws them).",
        ),
        click.option(
            "--json", "as_json", is_flag=True, help="Print one JSON object on standard output, and nothing else there."
        ),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("request")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Run directory; one that is used again keeps all its images, and its page shows them. [default: runs/DATE-TIME-WORDS]",
)  # fmt: skip
@click.option(
    "--size", metavar="WxH",
    help="Size of the image in pixels. auto: that of the first reference. [default: of the format that the request names, else "
    "512x512]",
)  # fmt: skip
@click.option(
    "--seed", default=0, show_default=True, help="Same request, profile and seed: same image. -1 draws one and records it."
)
@_image_options
@round_options
@profile_options
def generate(request: str, as_json: bool, **options: Any) -> int:
    """Make an image for REQUEST (a sentence in quotes; - reads it from standard input).

    Shows the trajectory as it happens, then the image, the program and the score. The run directory holds everything:
    open its index.html to read the trajectory with its pictures.
    """
    profile = chosen_profile_of(options)
    announce(profile)
    return _make(request, as_json, profile=profile, **options)


@click.command()
@click.argument("after", metavar="RUN")
@click.argument("request", metavar="CHANGE")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Another run directory, which gets what came before, too. [default: that of RUN]",
)  # fmt: skip
@click.option("--size", metavar="WxH", help="Size of the image in pixels. [default: as before]")
@click.option("--seed", type=int, help="[default: as before]")
@_image_options
@round_options
@profile_options
@click.pass_context
def revise(context: click.Context, /, after: str, request: str, as_json: bool, **options: Any) -> int:
    """Change the picture of RUN: what CHANGE does not mention stays ("the same, but at night, and two camels").

    RUN is a directory of generate, a generation in it (DIRECTORY/image-2), or latest. A change can be changed again. Without
    --profile the profile of RUN is used.
    """
    from genevolve.app.followed import followed, made_with

    if context.get_parameter_source("profile") is click.core.ParameterSource.DEFAULT:
        options["profile"] = made_with(followed(after))
    profile = chosen_profile_of(options)
    announce(profile)
    return _make(request, as_json, after=after, profile=profile, **options)


def _make(request: str, as_json: bool, *, n: int, **options: Any) -> int:
    """Both commands, with what they print."""
    from genevolve.app.generate import generate as make
    from genevolve.cli.show import ConsoleReporter

    if request == "-":
        request = sys.stdin.buffer.read(1_100_000).decode("utf-8", "surrogateescape")
    reporter = ConsoleReporter(request, quiet=as_json, several=n > 1)
    generation = make(request, n=n, on_step=reporter.step, **options)
    if as_json:
        click.echo(json.dumps(generation.to_json(), ensure_ascii=False))
    else:
        reporter.end(generation)
    return 0 if generation.image else 1
