"""``genevolve sft``: a policy's cold start from trajectories."""

import sys
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genevolve.app.training import chosen_recipe, run_folder
from genevolve.cli.training import of_a_recipe, show, training_progress

if TYPE_CHECKING:
    from genevolve.train.sft_data import Corpus


@click.command()
@of_a_recipe(folder="runs/ and the recipe's name", data="Trajectories")
def sft(recipe: str, out: Path | None, adapter: Path | None, model: str | None, dry_run: bool, **options: Any) -> int:
    """Teach a policy to work: supervised learning on trajectories, loss on its own tokens only.

    \b
    RECIPE is a TOML file or one that is shipped:
      atlas        SmolLM2-135M on a laptop, from trajectories of the expert teacher
      atlas-guided more trajectories, most of them under a guide: from the adapter of the first
      quirks       for a generator with hidden habits (docs/quirks.md); needs --data
      atlas-list   more trajectories for an adapter that learnt when lists named pictures by id alone
      atlas-smoke  every part of it in seconds, with a random model
      paper        Qwen3-VL-8B, for accelerate launch

    --data takes the folder of `genevolve data build`, a folder or JSONL file of conversations (role and content, ShareGPT),
    or the lessons of `genevolve data teach`. Without any, the expert makes trajectories for the recipe's generated requests.

    Started again with the same directory, it goes on from its last whole checkpoint.
    """
    chosen = chosen_recipe(recipe, adapter, model=model)
    if dry_run:
        return show(chosen)
    from genevolve.app import sft as app
    from genevolve.cli.data_show import ConsoleProgress

    folder = run_folder(chosen, out)
    with redirect_stdout(sys.stderr), training_progress() as on_step:  # what this command prints is where the weights are
        progress = ConsoleProgress(folder / "data" / "recipes.jsonl")
        told: dict[str, Any] = {"progress": progress, "on_step": on_step, "on_corpus": _explain}
        done = app.sft(chosen, out=folder, on_note=partial(click.echo, err=True), **told, **options)
    if done.losses:
        click.echo(f"{done.steps} updates, loss {done.losses[0]:.3f} to {done.losses[-1]:.3f}", err=True)
    click.echo(str(done.weights))
    return 0


def _explain(corpus: "Corpus") -> None:
    left = "".join(f", {count} left out ({reason})" for reason, count in corpus.left_out.items())
    click.echo(
        f"{len(corpus.train)} trajectories, {corpus.tokens:,} tokens, {corpus.learnt:,} of them with loss{left}", err=True
    )
