"""``genevolve sft`` as a function: trajectories to a policy's cold start."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genevolve.app.arguments import checked
from genevolve.app.assemble import assemble
from genevolve.app.data import Progress
from genevolve.app.data_members import request_source
from genevolve.app.demonstrations import make_demonstrations
from genevolve.app.environment import environment, home
from genevolve.app.profile import EpisodeSettings, load_profile, with_rounds
from genevolve.app.training import NotYet, about_run, chosen_recipe, need_packages, run_folder
from genevolve.core.errors import Notice
from genevolve.run.folder import RunFolder
from genevolve.store.hub import local_folder

if TYPE_CHECKING:
    from genevolve.core.protocols import Policy
    from genevolve.policies.local.model import LoadedModel
    from genevolve.run.components import Components
    from genevolve.train.recipe import Recipe
    from genevolve.train.sft import ColdStart
    from genevolve.train.sft_data import Corpus
    from genevolve.train.sft_rollouts import ValidationRollouts
    from genevolve.train.sft_trainer import OnStep

MAX_REPLY = 512  # tokens of one reply in an evaluation
_UNTRIED = (
    "held-out requests are not tried in this cold start: its weights are split over processes (FSDP or ZeRO-3), which cannot "
    "sample; the first evaluation of `genevolve evolve` tries them"
)


@checked
def sft(
    recipe: "str | Path | Recipe",
    *,
    out: Path | str | None = None,
    data: Path | str | None = None,
    model: Path | str | None = None,
    adapter: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    on_step: "OnStep" = lambda step, steps, logs: None,
    on_corpus: "Callable[[Corpus], None]" = lambda corpus: None,
    on_note: Callable[[str], None] = lambda text: None,
) -> "ColdStart":
    """Teach the recipe's policy in ``out`` (default: ``runs/`` and the recipe's name); the same directory goes on.

    ``data`` and ``adapter`` take the place of the recipe's; without data its teacher makes trajectories. ``model`` is what to
    start from in the place of its model, as in ``evolve``. ``resume``: there must be a run to go on with. Raises
    ``UsageError``, ``ServiceError``, ``OSError``.
    """
    need_packages()
    from genevolve.train.continuing import check_run
    from genevolve.train.launch import held_by_one
    from genevolve.train.ranks import Ranks, lost_processes
    from genevolve.train.sft import check_settings, cold_start, known_identity, trains_on_cpu

    chosen = chosen_recipe(recipe, adapter, model=model)
    folder, source = RunFolder(run_folder(chosen, out)), _given(data or chosen.data.path)
    check_settings(chosen)
    evaluation = _evaluation(chosen, folder.path)
    options: dict[str, Any] = {"on_step": on_step, "on_corpus": on_corpus}
    with held_by_one(folder, on_cpu=trains_on_cpu(chosen.model.device)):
        check_run(folder, known_identity(chosen), resume=resume)
        source = source or _made(chosen, folder.path / "data", progress, on_note)
        about, ranks = about_run(chosen, source), Ranks.of_run()
        tried = replace(evaluation, ranks=ranks) if evaluation is not None else None
        options |= {"evaluate": tried, "about": about, "home": home(environment())}
        with lost_processes(ranks):
            return cold_start(chosen, data=source, folder=folder, **options)


def _given(data: Path | str | None) -> Path | None:
    """Trajectories that are there already. Raises ``UsageError`` where they are not."""
    from genevolve.train.sft_data import source_of

    if data is None:
        return None
    source = local_folder(data, "dataset", setting="--data")
    source_of(source)
    return source


def _made(recipe: "Recipe", folder: Path, progress: Progress | None, on_note: Callable[[str], None]) -> Path:
    """Trajectories of the recipe's teacher, made by the first process."""
    from genevolve.train.launch import main_first

    with main_first() as main:
        return make_demonstrations(recipe, folder, progress=progress, on_note=on_note) if main else folder / "dataset"


def _evaluation(recipe: "Recipe", out: Path) -> "ValidationRollouts | None":
    """Held-out requests, with the policy told as much as its data say; None where none are asked for."""
    from genevolve.train.cases import generated
    from genevolve.train.launch import splits_weights
    from genevolve.train.reward import reward_rule
    from genevolve.train.sft_rollouts import ValidationRollouts

    if not recipe.data.validation:
        return None
    if splits_weights(environment()):
        warnings.warn(_UNTRIED, Notice, stacklevel=2)
        return None
    profile = load_profile(recipe.evolve.profile)
    episode = EpisodeSettings.model_validate({**profile.episode.model_dump(), "detail": recipe.data.detail})
    profile = with_rounds(profile.model_copy(update={"episode": episode}), recipe.evolve.rounds)
    return ValidationRollouts(
        folder=out / "rollouts",
        held_out=generated(request_source(recipe.data.source), recipe.data.validation, recipe.data.seed, validation=True),
        open=lambda images: assemble(profile, images, policy=NotYet()),
        policy_of=_likeliest,
        rule=reward_rule(recipe),
    )


def _likeliest(loaded: "LoadedModel", setup: "Components") -> "Policy":
    """A policy that takes the likeliest token."""
    from genevolve.policies.local.build import sampler_for
    from genevolve.policies.local.sampling import Sampling

    return sampler_for(loaded, Sampling(temperature=0.0, max_tokens=MAX_REPLY), setup.images)
