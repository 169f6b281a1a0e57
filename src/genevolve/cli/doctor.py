"""``genevolve doctor``: what must be fixed before a run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genevolve.cli.options import chosen_profile_of, profile_options, round_options

if TYPE_CHECKING:
    from genevolve.app.doctor import CheckedRole

STYLES = {"ok": "green", "warning": "yellow", "skipped": "dim", "failed": "bold red"}


@click.command()
@click.option("--call", is_flag=True, help="Also make one small real call to each service, which may cost money.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, metavar="DIR",
    help="Where runs will be written.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output, and nothing else there.")
@round_options
@profile_options
def doctor(call: bool, out: Path, as_json: bool, **options: Any) -> int:
    """Check every member of a profile: packages, keys, addresses, models, folders, and settings that contradict each
    other. Says what to fix; the exit code is 1 if anything must be fixed.
    """
    from genevolve.app.doctor import doctor as diagnose
    from genevolve.app.doctor import paid_members

    chosen = chosen_profile_of(options)
    if call and (paid := paid_members(chosen)):
        click.echo(f"genevolve: one small call each, which may cost money: {', '.join(paid)}", err=True)
    made = diagnose(chosen, out=out, call=call)
    if as_json:
        listed = [{"about": each.about, **_record(each)} for each in made.found]
        click.echo(json.dumps({"ok": made.well, "profile": made.profile, "findings": listed}, ensure_ascii=False, indent=2))
    else:
        _show(made.found)
        told = "everything is in order" if made.well else "fix what is marked failed, then run this again"
        click.echo(f"profile {made.profile}: {told}")
    return 0 if made.well else 1


def _record(checked: "CheckedRole") -> dict[str, str]:
    finding = checked.finding
    return {"status": str(finding.status), "what": finding.what, "fix": finding.fix}


def _show(found: Sequence["CheckedRole"]) -> None:
    from rich.table import Table
    from rich.text import Text

    from genevolve.cli.show import plain
    from genevolve.cli.terminal import Terminal

    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(overflow="fold")
    shown = ""
    for each in found:
        about = each.about if each.about != shown else ""
        shown = each.about
        status = str(each.finding.status)
        what = Text(plain(each.finding.what))
        if each.finding.fix:
            what.append(f"\n→ {plain(each.finding.fix)}", style="cyan")
        table.add_row(Text(about, style="bold"), Text(status, style=STYLES[status]), what)
    Terminal().print(table)
