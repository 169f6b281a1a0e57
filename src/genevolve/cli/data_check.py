"""``genevolve data check``: what is wrong in a data set, ours or any in the public layout."""

import asyncio
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from genevolve.cli.options import positive

if TYPE_CHECKING:
    from genevolve.data.check import CheckedDataset, DatasetFault


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--judge", metavar="MEMBER", help="Also look at every ground truth with this judge: pixel or vlm.")
@click.option("--profile", default="offline", show_default=True, metavar="NAME", help="Of the judge.")
@click.option("--near", default=0.75, show_default=True, help="Likeness from which two prompts are the same, 0.5 to 1.")
@click.option(
    "--most", default=50, show_default=True, callback=positive, metavar="N", help="Findings to print; all are counted."
)
@click.option("--json", "as_json", is_flag=True, help="Print every finding as one JSON line, and nothing else.")
def check(folders: tuple[Path, ...], judge: str | None, profile: str, near: float, most: int, as_json: bool) -> int:
    """Check data sets: ours, the public ones, or others of that layout; several are taken together.

    Finds prompts and entities in two parts, damaged and missing images, lines that are cut off or no JSON, ground truths that
    belong to another request, trajectories that break the rules, and more; each with its file and line. The exit code is 1 if
    anything was found.
    """
    found = asyncio.run(_check(folders, judge, profile, near, -1 if as_json else most))
    counted, seen = found
    if as_json:
        return 1 if counted else 0
    parts = ", ".join(f"{name} {count:,}" for name, count in seen.parts.items())
    judged = f", {seen.judged:,} judged ({seen.unjudged:,} could not be)" if judge else ""
    click.echo(f"{seen.rows:,} rows ({parts}), {seen.images:,} images{judged}")
    if not counted:
        click.echo("nothing is wrong")
        return 0
    click.echo("found: " + ", ".join(f"{rule} {count:,}" for rule, count in counted.most_common()))
    return 1


async def _check(
    folders: tuple[Path, ...], judge: str | None, profile: str, near: float, most: int
) -> "tuple[Counter[str], CheckedDataset]":
    from genevolve.app.assemble import assemble
    from genevolve.app.profile import load_profile
    from genevolve.data.check import CheckedDataset, check_datasets, misuse_of
    from genevolve.store.images import ImageStore

    misuse_of(folders)
    seen, counted = CheckedDataset(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="genevolve-check-") as scratch:
        chosen = load_profile(profile, {"image_judge": judge} if judge else None)
        roles = ("image_judge",) if judge else ()
        async with assemble(chosen, ImageStore(Path(scratch) / "images"), roles=roles) as setup:
            async for finding in check_datasets(
                folders, Path(scratch), near=near, judge=setup.image_judge if judge else None, seen=seen
            ):
                counted[finding.rule] += 1
                if most < 0 or counted.total() <= most:
                    _say(finding, as_json=most < 0)
    return counted, seen


def _say(finding: "DatasetFault", *, as_json: bool) -> None:
    from genevolve.cli.show import plain

    if as_json:
        click.echo(json.dumps({"place": finding.place, "rule": finding.rule, "detail": finding.detail}, ensure_ascii=False))
    else:
        click.echo(f"{plain(finding.place)}: {finding.rule}: {plain(finding.detail)[:300]}")
