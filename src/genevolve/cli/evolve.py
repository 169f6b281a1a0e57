"""``genevolve evolve``: self-evolution by GRPO with visual experience distillation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from genevolve.app.training import chosen_recipe
from genevolve.cli.training import of_a_recipe, show, training_progress

if TYPE_CHECKING:
    from genevolve.core.case import Case


@click.command()
@of_a_recipe(folder="runs/evolve- and the recipe's name", data="Requests")
@click.option("--steps", type=click.IntRange(1), help="Updates, instead of the recipe's.")
@click.option("--seed", type=click.IntRange(0), help="Seed, instead of the recipe's.")
@click.option("--gpus", type=click.IntRange(1), default=8, show_default=True, help="GPUs that --dry-run plans for.")
def evolve(recipe: str, dry_run: bool, gpus: int, **options: Any) -> int:
    """Let a policy learn from its own attempts: episodes are rendered and judged, the best and the worst compared.

    \b
    RECIPE is a TOML file or one that is shipped:
      atlas        SmolLM2-135M on a laptop, from the adapter of a cold start
      atlas-grpo   the same without lessons
      atlas-smoke  every part of it in seconds, with a random model
      paper        Qwen3-VL-8B, for accelerate launch

    Started again with the same directory, it goes on from its last whole checkpoint. --dry-run prints the resolved recipe
    and, on standard error, what the run will need: memory, time, calls of services, disk and money.
    """
    if dry_run:
        changes = {name: options[name] for name in ("steps", "seed")}
        from genevolve.app.plan import plan_of

        chosen = chosen_recipe(recipe, options["adapter"], {"evolve": changes}, model=options["model"])
        click.echo(plan_of(chosen, gpus), err=True)
        return show(chosen)
    from genevolve.app import evolve as app

    with training_progress() as on_step:
        done = app.evolve(recipe, on_step=on_step, on_start=_explain, **options)
    rewards = [entry["rollout/reward"] for entry in done.log if "rollout/reward" in entry]
    if rewards:
        click.echo(f"{done.steps} updates, mean reward of the rollouts {rewards[0]:.3f} to {rewards[-1]:.3f}", err=True)
    click.echo(str(done.weights))
    return 0


def _explain(training: "Sequence[Case]", validation: "Sequence[Case]") -> None:
    click.echo(f"{len(training)} requests to learn from, {len(validation)} held out", err=True)
