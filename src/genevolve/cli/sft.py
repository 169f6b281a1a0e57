"""``genevolve sft``: a policy's cold start from trajectories."""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genevolve.cli.training import chosen_recipe, need_packages, of_a_recipe, show, training_progress
from genevolve.store.user_file import expanded

if TYPE_CHECKING:
    from genevolve.policies.local.model import LoadedModel
    from genevolve.run.components import Components
    from genevolve.train.recipe import Recipe
    from genevolve.train.sft_data import Corpus

MAX_REPLY = 512  # tokens of one reply in an evaluation


@click.command()
@of_a_recipe(folder="runs/ and the recipe's name", data="Trajectories")
def sft(recipe: str, out: Path | None, data: Path | None, adapter: Path | None, resume: bool, dry_run: bool) -> int:
    """Teach a policy to work: supervised learning on trajectories, loss on its own tokens only.

    \b
    RECIPE is a TOML file or one that is shipped:
      atlas        SmolLM2-135M on a laptop, from trajectories of the expert teacher
      atlas-guided a second helping, most of it under a guide: from the adapter of the first
      atlas-list   a helping for an adapter that learnt when lists named pictures by id alone
      atlas-smoke  every part of it in seconds, with a random model
      paper        Qwen3-VL-8B, for accelerate launch

    --data takes the folder of `genevolve data build`, a folder or JSONL file of conversations (role and content, ShareGPT),
    or the lessons of `genevolve data teach`. Without any, the expert makes trajectories for the recipe's generated requests.
    """
    chosen = chosen_recipe(recipe, adapter)
    if dry_run:
        return show(chosen)
    need_packages()
    target = out or Path("runs") / Path(recipe).stem
    if data is None and chosen.data.path is not None:
        data = expanded(chosen.data.path)
    return _train(chosen, target, data, resume=resume)


def _train(recipe: "Recipe", out: Path, data: Path | None, *, resume: bool) -> int:
    from genevolve.app.assemble import origin
    from genevolve.app.environment import environment, home
    from genevolve.run.folder import RunFolder
    from genevolve.train.launch import held_by_one, main_first
    from genevolve.train.sft import cold_start, trains_on_cpu

    folder = RunFolder(out)
    with held_by_one(folder, on_cpu=trains_on_cpu(recipe.model.device)):
        if data is None:
            with main_first() as main:
                data = make_trajectories(recipe, out / "data") if main else out / "data" / "dataset"
        about = {**origin(), "recipe": recipe.model_dump(mode="json"), "data": str(data.absolute())}
        with training_progress() as on_step:
            done = cold_start(
                recipe,
                data=data,
                folder=folder,
                about=about,
                resume=resume,
                evaluate=_evaluation(recipe, out),
                on_step=on_step,
                on_corpus=_tell,
                home=home(environment()),
            )
    if done.losses:
        click.echo(f"{done.steps} updates, loss {done.losses[0]:.3f} to {done.losses[-1]:.3f}", err=True)
    click.echo(str(done.weights))
    return 0


def make_trajectories(recipe: "Recipe", folder: Path) -> Path:
    """A data set of the teacher's trajectories, as `genevolve data build` makes one; the same one is used again."""
    from genevolve.app.data import build_data
    from genevolve.cli.data_show import ConsoleProgress
    from genevolve.data.ground_truth import VisualBar

    chosen = recipe.data
    count = chosen.cases + chosen.validation
    shares = {"sft": chosen.cases / count, "validation": chosen.validation / count}
    changes: Mapping[str, Mapping[str, Any]] = {
        "": {"seed": chosen.seed},
        "recipes": {"count": count, "shares": shares},
        "teach": {"profile": chosen.teacher, "detail": chosen.detail},
        "export": {"images": "none", "parquet": False},
    }
    if not chosen.audit:
        changes = {**changes, "audit": {"each": 0.0, "total": 0.0}, "render": dict.fromkeys(VisualBar().to_json(), 0.0)}
    with redirect_stdout(sys.stderr):  # what this command prints is where the weights are
        built = build_data(None, folder, changes=changes, progress=ConsoleProgress(folder / "recipes.jsonl"))
    _add_taught(recipe, built.folder)
    return built.folder


def _add_taught(recipe: "Recipe", dataset: Path) -> None:
    """Trajectories under a guide and dawdling ones beside the others; those of an interrupted run are made again."""
    from genevolve.app.evolve import write_dawdling, write_guided
    from genevolve.cli.progress import step_progress

    chosen = recipe.data
    for name, wanted, write in (("guided", chosen.guided, write_guided), ("dawdling", chosen.dawdling, write_dawdling)):
        path = dataset / f"sft_{name}.jsonl"
        if wanted and not path.exists():
            with step_progress(f"{name} requests") as on_row:
                count = asyncio.run(write(recipe, path, on_row=on_row))
            click.echo(f"{name}: {count} trajectories of {wanted} requests", err=True)


def _evaluation(recipe: "Recipe", out: Path) -> Any:
    """Held-out requests of the offline world, with the policy told as much as its data say; None where none are asked for."""
    from genevolve.app.assemble import assemble
    from genevolve.app.data_members import request_source
    from genevolve.app.profile import EpisodeSettings, load_profile
    from genevolve.train.cases import generated
    from genevolve.train.reward import reward_rule
    from genevolve.train.sft_rollouts import ValidationRollouts

    if not recipe.data.validation:
        return None
    profile = load_profile(recipe.evolve.profile)
    told = EpisodeSettings.model_validate({**profile.episode.model_dump(), "detail": recipe.data.detail})
    profile = profile.model_copy(update={"episode": told})
    return ValidationRollouts(
        folder=out / "rollouts",
        held_out=generated(request_source(), recipe.data.validation, recipe.data.seed, validation=True),
        open=lambda images: assemble(profile, images),
        speak=_speaker,
        rule=reward_rule(recipe),
    )


def _speaker(loaded: "LoadedModel", setup: "Components") -> Any:
    """A policy that takes the likeliest token."""
    from genevolve.policies.local.build import speaker_for
    from genevolve.policies.local.sampling import Sampling

    return speaker_for(loaded, Sampling(temperature=0.0, max_tokens=MAX_REPLY), setup.images)


def _tell(corpus: "Corpus") -> None:
    left = "".join(f", {count} left out ({reason})" for reason, count in corpus.left_out.items())
    click.echo(
        f"{len(corpus.train)} trajectories, {corpus.tokens:,} tokens, {corpus.learnt:,} of them with loss{left}", err=True
    )
