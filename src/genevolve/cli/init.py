"""``genevolve init``: three questions, and a profile."""

import sys
from pathlib import Path
from typing import Any, get_args

import click

from genevolve.app.start import Draws, Plans, Searches, write_profile
from genevolve.core.errors import UsageError

_QUESTIONS = {
    "draws": ("What draws the pictures?", get_args(Draws), "sketch"),
    "plans": ("What plans them?", get_args(Plans), "rules"),
    "searches": ("What searches?", get_args(Searches), "offline"),
}


@click.command()
@click.argument("file", metavar="[FILE]", default="genevolve.toml", type=click.Path(path_type=Path))
@click.option("--draws", type=click.Choice(get_args(Draws)), help="What draws the pictures.")
@click.option("--plans", type=click.Choice(get_args(Plans)), help="What plans them: rules, or a chat model.")
@click.option("--searches", type=click.Choice(get_args(Searches)), help="What looks up facts and pictures.")
@click.option("--force", is_flag=True, help="Replace FILE.")
def init(file: Path, force: bool, **given: Any) -> int:
    """Ask three questions and write a profile to FILE (genevolve.toml). Options answer them without a terminal."""
    answers: dict[str, Any] = {name: given[name] or _asked(name) for name in _QUESTIONS}
    write_profile(file, replace=force, **answers)
    click.echo(f"{file} is written. Next: genevolve doctor --profile {file}")
    return 0


def _asked(name: str) -> str:
    question, choices, usual = _QUESTIONS[name]
    if not sys.stdin.isatty():
        raise UsageError(f"there is no terminal to ask in: give --{name} ({', '.join(choices)})")
    return str(click.prompt(question, type=click.Choice(choices), default=usual))
