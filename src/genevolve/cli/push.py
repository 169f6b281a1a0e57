"""``genevolve push``: a data set or an adapter to the Hugging Face Hub."""

from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("repo")
@click.option(
    "--dry-run", type=click.Path(path_type=Path), metavar="DIR", help="Write the folder that would be sent to DIR; ask nobody."
)
@click.option("--private", is_flag=True, help="Make the repository a private one, if it is not there yet.")
@click.option("--licence", metavar="NAME", help="Of an adapter: what you give its weights under, such as apache-2.0.")
@click.option("--base-model", metavar="OWNER/NAME", help="Of an adapter: the hub's name of the model that it was trained on.")
def push(folder: Path, repo: str, **options: Any) -> int:
    """Publish FOLDER as REPO (OWNER/NAME) on the Hugging Face Hub.

    FOLDER is a data set of `genevolve data build`, or an adapter of `genevolve sft` and `evolve` (or the folder of the run).
    The token comes from HF_TOKEN or from `hf auth login`, and is written nowhere.
    """
    from genevolve.app.push import push as publish

    done = publish(folder, repo, **options)
    for name in done.files[:20]:
        click.echo(f"  {name}")
    if len(done.files) > 20:
        click.echo(f"  … and {len(done.files) - 20} more")
    where = done.address or f"{done.folder} (nothing was sent)"
    click.echo(f"{len(done.files)} files of the {done.kind} {done.repo}: {where}")
    return 0
