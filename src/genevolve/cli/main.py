"""``genevolve``: the commands, and how trouble is told. Exit code 2 for bad use, 1 for failure, 141 where the
reader of the output went away."""

import errno
import io
import os
import re
import sys
import warnings
from collections.abc import Callable
from functools import partial
from importlib import metadata
from typing import Any

import click

from genevolve import __version__
from genevolve.app.environment import environment
from genevolve.cli.ablate import ablate
from genevolve.cli.bench import bench
from genevolve.cli.data import data
from genevolve.cli.doctor import doctor
from genevolve.cli.evolve import evolve
from genevolve.cli.experience import experience
from genevolve.cli.generate import generate, revise
from genevolve.cli.init import init
from genevolve.cli.library import library
from genevolve.cli.push import push
from genevolve.cli.report import report
from genevolve.cli.run import render, run, score
from genevolve.cli.runs import open_page, runs, show
from genevolve.cli.serve import mcp, serve
from genevolve.cli.sft import sft
from genevolve.cli.terminal import ReaderGone, Terminal, cut_off, exit_code_of, reader_gone
from genevolve.core.errors import Notice, ServiceError, UsageError
from genevolve.protocol.escape import escape_lines, unescape
from genevolve.services.secrets import Secrets

BAD_USE, FAILURE = 2, 1


class Commands(click.Group):
    """``click`` itself makes a failure of a broken pipe."""

    def make_context(self, *args: Any, **named: Any) -> click.Context:
        with reader_gone():
            return super().make_context(*args, **named)

    def invoke(self, ctx: click.Context) -> Any:
        with reader_gone():
            return super().invoke(ctx)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="genevolve")
def cli() -> None:
    """Make images from hard requests: an agent finds facts and reference images, writes a generation program, and
    the result is rendered and judged.

    \b
    Start here, without any key, GPU or download:
      genevolve generate "the flag of the country whose capital is Ouagadougou, \\
        with exactly four camels in a row under it and the title \\"VISIT BURKINA\\""

    Every role (policy, search, generator, judge) is a setting: see --profile.
    """


for command in (generate, revise, run, render, score, library, doctor, serve, mcp, experience, bench, report, data, sft):
    cli.add_command(command)
for command in (evolve, ablate, push, runs, open_page, show, init):
    cli.add_command(command)


def main() -> None:
    """Entry point: runs the command line and exits with its code."""
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # code pages of Windows lack most characters, and names of files may be no text
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    warnings.showwarning = partial(_show_warning, warnings.showwarning)
    sys.exit(exit_code(lambda: cli.main(standalone_mode=False)))


def _open_streams() -> None:
    """Put nothing in the place of standard streams that are closed: else the first file that is opened takes their number,
    and what is printed, or what a process is started with, goes there."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def exit_code(action: Callable[[], object]) -> int:
    """The exit code of ``action``; whatever went wrong is said on standard error, in one message."""
    try:
        Terminal.reader_gone = False
        code = action()
        return exit_code_of(code if isinstance(code, int) else 0)
    except click.ClickException as problem:
        problem.show()
        return BAD_USE
    except UsageError as problem:
        return _say(str(problem), BAD_USE)
    except ServiceError as problem:
        return _say(str(problem), FAILURE)
    except (KeyboardInterrupt, click.Abort):
        return _say("stopped; what was finished is kept, and `genevolve run` goes on from there when started again", FAILURE)
    except (ReaderGone, BrokenPipeError):
        return cut_off()
    except OSError as problem:
        return _say(_operating_system(problem), FAILURE)
    except ModuleNotFoundError as problem:
        if (problem.name or "genevolve").startswith("genevolve"):
            raise
        return _say(_missing(str(problem.name)), BAD_USE)


def _missing(package: str) -> str:
    """What to install where ``package`` is missing."""
    name = re.sub(r"[-_.]+", "-", package.partition(".")[0]).lower()
    wanted = (
        re.match(rf"{name}\b(?!-).*extra == ['\"](?P<extra>[\w-]+)", line) for line in metadata.requires("genevolve") or ()
    )
    extra = next((found["extra"] for found in wanted if found), None)
    fix = f"pip install 'genevolve[{extra}]'" if extra else "`genevolve doctor` says what to install"
    return f"this needs the package {package!r}, which is not installed: {fix}"


def _operating_system(problem: OSError) -> str:
    where = f" ({problem.filename})" if problem.filename else ""
    if problem.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return f"the disk is full{where}: free some space and start the same command again; nothing that was written is lost"
    return f"{problem.strerror or problem}{where}"


def _show_warning(usual: Callable[..., None], message: Warning | str, category: type[Warning], *where: Any) -> None:
    """What we have to tell is one line, as everything that we say; warnings of libraries stay as they are."""
    if issubclass(category, Notice):
        _say(str(message), 0)
    else:
        usual(message, category, *where)


def _say(message: str, code: int) -> int:
    """One message on standard error, without keys and without what could command a terminal."""
    click.echo(f"genevolve: {unescape(escape_lines(Secrets(environment()).redact(message)))}", err=True)
    return code
