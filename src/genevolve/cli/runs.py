"""``genevolve runs``, ``open`` and ``show``: what was made, its page, and what a picture tells of itself."""

import json
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from genevolve.cli.options import F
from genevolve.cli.show import plain
from genevolve.cli.terminal import Terminal

if TYPE_CHECKING:
    from genevolve.app.runs import MadeEntry
    from genevolve.app.story import PictureStory
    from genevolve.cli.pictures import Way
    from genevolve.run.story import Story
    from genevolve.store.credentials import Signature

_SHOWN = 600  # characters of a foreign text
_REQUEST = 80


def picture_options(command: F) -> F:
    """``--pictures`` and ``--no-pictures``."""
    never = click.option("--no-pictures", "pictures", flag_value="none", help="Show no pictures.")
    chosen = click.option(
        "--pictures", type=click.Choice(["auto", "kitty", "iterm", "sixel", "blocks", "none"]), default="auto", metavar="WAY",
        help="How a terminal shows small pictures: kitty, iterm, sixel, blocks (half blocks of colour, on nearly every one), "
        "none. Output that is no terminal never has any.  [default: what the terminal is known for]",
    )  # fmt: skip
    return chosen(never(command))


def _shown(image: "Path | None", way: "Way") -> None:
    """A small picture, where the terminal can show it."""
    from genevolve.cli.pictures import shown

    if image is not None and (written := shown(image, way)):
        click.echo(written, nl=False, color=True)


def _way(wished: str) -> "Way":
    from genevolve.app.environment import environment
    from genevolve.cli.pictures import on_terminal, way_of

    return way_of(environment(), wished=wished, terminal=on_terminal())


@click.command()
@click.argument("folder", metavar="[DIR]", default="runs", type=click.Path(path_type=Path))
@click.option("-n", "number", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="The newest N.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array on standard output.")
@picture_options
def runs(folder: Path, number: int, as_json: bool, pictures: str) -> int:
    """List what was made, the newest first: when, the request, its score, size and name.

    DIR is a folder of run directories, or one of them. `genevolve open NAME` shows one, `genevolve revise NAME` changes it.
    """
    from genevolve.app.runs import list_runs

    entries = list_runs(folder)
    if as_json:
        click.echo(json.dumps([entry.to_json() for entry in entries[:number]], indent=2, ensure_ascii=False))
        return 0
    if not entries:
        click.echo(f'nothing was made in {folder} yet: genevolve generate "a red apple and a green banana"', err=True)
        return 0
    console, way = Terminal(soft_wrap=True), _way(pictures)
    for entry in entries[:number]:
        _shown(entry.image, way)
        console.print(_line(entry))
        console.print(Text(f"{'':18}{plain(entry.name)}", style="dim"))
    if len(entries) > number:
        click.echo(f"{len(entries) - number} older ones are not shown (-n {len(entries)})", err=True)
    return 0


def _line(entry: "MadeEntry") -> Text:
    """When, score, size and request, which is cut so that it is one line of most terminals."""
    score = f"{entry.kscore:.2f}" if entry.kscore is not None else ("–" if entry.image is not None else "none")
    size = f"{entry.size[0]}×{entry.size[1]}" if entry.size else ""
    request = plain(entry.request)
    request = request if len(request) <= _REQUEST else f"{request[: _REQUEST - 1]}…"
    return Text(f"{entry.at:%Y-%m-%d %H:%M}  {score:>4}  {size:>9}  {request}")


@click.command("open")
@click.argument("run", metavar="RUN", default="latest")
@click.option("--print", "only_print", is_flag=True, help="Print the address of the page and open nothing.")
def open_page(run: str, only_print: bool) -> int:
    """Open the page of RUN in the browser: a run directory, a generation in it (DIRECTORY/image-2), or latest."""
    from genevolve.app.runs import page_to_open

    page = page_to_open(run)
    click.echo(str(page))
    if not only_print and not webbrowser.open(page.as_uri()):
        click.echo("no browser could be opened here: open this file yourself", err=True)
    return 0


@click.command()
@click.argument("picture", type=click.Path(path_type=Path), metavar="PICTURE")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
@picture_options
def show(picture: Path, as_json: bool, pictures: str) -> int:
    """Show what PICTURE (PNG, JPEG, WebP, SVG) says of how it was made: program, references with their licences, seed, score.

    Pictures of other programs are read, too: their prompts and settings, and every other text as it is. A signature
    (Content Credentials) is checked. Exit code 1: it says nothing, its story cannot be read, or its signature is not valid.
    """
    from genevolve.app.story import picture_story

    told = picture_story(picture)
    if as_json:
        click.echo(json.dumps(told.to_json(), ensure_ascii=False))
    else:
        _shown(picture, _way(pictures))
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right", style="dim", no_wrap=True)
        for label, text in _lines(told):
            table.add_row(Text(plain(label)), Text(plain(text)))
        Terminal(soft_wrap=False).print(table)
    if told.problem:
        click.echo(f"genevolve: {plain(told.problem)}", err=True)
    elif not (told.story or told.infotext or told.others):
        click.echo(f"genevolve: {picture} says nothing of how it was made", err=True)
    if told.signature is not None and told.signature.valid is False:
        return 1
    return 0 if told.story or ((told.infotext or told.others) and not told.problem) else 1


def _lines(told: "PictureStory") -> Iterator[tuple[str, str]]:
    """(label, text) of each thing that the picture says."""
    if told.story is not None:
        yield from _of_story(told.story)
    elif told.infotext is not None:
        yield "prompt", told.infotext.prompt
        if told.infotext.negative_prompt:
            yield "negative prompt", told.infotext.negative_prompt
        yield from told.infotext.settings.items()
    if told.signature is not None:
        yield "signature", _signature(told.signature)
    for key, text in told.others.items():
        yield key[:40], text if len(text) <= _SHOWN else f"{text[:_SHOWN]} … ({len(text):,} characters; --json has all)"


def _signature(found: "Signature") -> str:
    """Whether it holds, whose it is, and what it says."""
    from genevolve.store.credentials import INSTALL

    if found.valid is None:
        return f"there is one; to check it: {INSTALL}"
    who = f"{found.by} ({found.issuer})" if found.by else "nobody who is named"
    if not found.valid:
        why = ", ".join(found.problems) or "no reason is given"
        return f"NOT VALID ({why}); by {who}: the picture was changed after it was signed, or signed wrongly"
    known = "on a list of trusted ones" if found.trusted else "on no list that this program knows"
    said = ", ".join(filter(None, (found.made_with, found.source_type)))
    return f"valid, by {who}, whose certificate is {known}; it says: {said}"


def _of_story(story: "Story") -> Iterator[tuple[str, str]]:
    for before in story.after:
        yield "first" if before is story.after[0] else "then", before.request
    yield "then" if story.after else "request", story.request
    yield "prompt", story.gen_prompt
    for number, reference in enumerate(story.references, start=1):
        where = ", ".join(filter(None, (reference.source, reference.page_url or reference.url, reference.licence)))
        yield f"reference {number}", f"{reference.title} ({where})" + (f": {reference.note}" if reference.note else "")
    for credit in story.credits:
        yield "credit", credit
    made = story.made_by
    yield (
        "made by",
        f"genevolve {made.genevolve}, profile {made.profile}, "
        + ", ".join(f"{role} {member}" for role, member in made.members.items()),
    )
    if made.model:
        yield "model", made.model
    yield "seed", f"{story.seed}, {story.size[0]}×{story.size[1]} pixels"
    if (score := story.score) is not None:
        yield "score", f"KScore {score.kscore_renormalized:.2f} (judge {score.judge} {score.judge_version}".rstrip() + ")"
        for check in score.diagnostics:
            detail = f" — {check.detail}" if check.detail and not check.passed else ""
            yield "✓" if check.passed else "✗", check.requirement + detail
    elif story.unscored:
        yield "unscored", story.unscored
