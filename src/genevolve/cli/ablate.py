"""``genevolve ablate``: the arms of an ablation, each from the same cold start, with seeds and a report."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from genevolve.cli.options import include_degraded, positive

if TYPE_CHECKING:
    from genevolve.app.ablate import ArmJob


@click.command()
@click.argument("ablation", metavar="ABLATION")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The same one continues.")
@click.option("--workers", default=1, show_default=True, callback=positive, metavar="N", help="Jobs that run at once.")
@click.option("--dry-run", is_flag=True, help="Print the jobs as commands, and which of them are done, and stop.")
@include_degraded
def ablate(ablation: str, out: Path, workers: int, dry_run: bool, include_degraded: bool) -> int:
    """Does each stage of training add something? A cold start, arms that differ in one thing, seeds, one test for all.

    \b
    ABLATION is a TOML file or one that is shipped:
      ablation-atlas  raw generator, untuned model, SFT, SFT+GRPO, SFT+GRPO+VED and two controls, on a laptop
      ablation-quirks GRPO, SFT+GRPO+VED and wrong lessons, against a generator with hidden habits (docs/quirks.md)
      ablation-smoke  every part of it in a few minutes, with a random model

    Every job is a command that can be run and resumed by itself. Started again, it goes on; an arm or a seed that is added to
    the file is run beside what is there. `genevolve report DIR` makes the page at any moment from what is finished.
    """
    from genevolve.app import ablate as app
    from genevolve.cli.show import plain
    from genevolve.train.ablation import load_plan

    plan = load_plan(ablation)
    if dry_run:
        for job in app.prepare(plan, out):
            click.echo(f"{'done' if job.done else 'to do'}\t{job.name}\t{job.line}")
        return 0
    done = app.ablate(plan, out=out, workers=workers, on_job=_explain)
    for job in done.failed:
        click.echo(plain(app.last_words(job)), err=True)
    if done.waiting:
        click.echo(f"not run, because what they need is missing: {', '.join(job.name for job in done.waiting)}", err=True)
    if done.tested:
        _report(out, include_degraded)
    return 1 if done.failed or done.waiting else 0


def _explain(job: "ArmJob", state: str) -> None:
    print(f"{job.name}: {state} ({job.log})", file=sys.stderr, flush=True)


def _report(out: Path, include_degraded: bool) -> None:
    from genevolve.app.report import write_report

    click.echo("\n".join(map(str, write_report([out], include_degraded=include_degraded))))
