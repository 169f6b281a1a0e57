"""``genevolve sft`` as a function: trajectories to a policy's cold start."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from genevolve.app.assemble import assemble, origin
from genevolve.app.data import Progress
from genevolve.app.data_members import request_source
from genevolve.app.demonstrations import make_demonstrations
from genevolve.app.environment import environment, home
from genevolve.app.profile import EpisodeSettings, load_profile
from genevolve.app.training import chosen_recipe, need_packages, run_folder
from genevolve.run.folder import RunFolder

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


def sft(
    recipe: "str | Path | Recipe",
    *,
    out: Path | str | None = None,
    data: Path | str | None = None,
    adapter: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    on_step: "OnStep" = lambda step, steps, logs: None,
    on_corpus: "Callable[[Corpus], None]" = lambda corpus: None,
    on_note: Callable[[str], None] = lambda text: None,
) -> "ColdStart":
    """Teach the recipe's policy in the directory ``out`` (default: ``runs/`` and the recipe's name); the same one goes on.

    ``data`` and ``adapter`` take the place of the recipe's. Without data the recipe's teacher makes trajectories. ``resume``:
    there must be a run to go on with. Raises ``UsageError``, ``ServiceError``, ``OSError``.
    """
    need_packages()
    from genevolve.train.continuing import check_run
    from genevolve.train.launch import held_by_one, main_first
    from genevolve.train.sft import check_settings, cold_start, known_identity, trains_on_cpu
    from genevolve.train.sft_data import source_of

    chosen = chosen_recipe(recipe, adapter)
    folder = RunFolder(run_folder(chosen, out))
    source = Path(data or chosen.data.path or "").expanduser() if data or chosen.data.path else None
    if source is not None:
        source_of(source)
    on_cpu = trains_on_cpu(chosen.model.device)
    check_settings(chosen, on_cpu=on_cpu)
    evaluate = _evaluation(chosen, folder.path)
    with held_by_one(folder, on_cpu=on_cpu):
        check_run(folder, known_identity(chosen), resume=resume)
        if source is None:
            with main_first() as main:
                made = folder.path / "data"
                source = make_demonstrations(chosen, made, progress=progress, on_note=on_note) if main else made / "dataset"
        about = {**origin(), "recipe": chosen.model_dump(mode="json"), "data": str(source.absolute())}
        return cold_start(
            chosen,
            data=source,
            folder=folder,
            about=about,
            evaluate=evaluate,
            on_step=on_step,
            on_corpus=on_corpus,
            home=home(environment()),
        )


def _evaluation(recipe: "Recipe", out: Path) -> "ValidationRollouts | None":
    """Held-out requests, with the policy told as much as its data say; None where none are asked for."""
    from genevolve.train.cases import generated
    from genevolve.train.reward import reward_rule
    from genevolve.train.sft_rollouts import ValidationRollouts

    if not recipe.data.validation:
        return None
    profile = load_profile(recipe.evolve.profile)
    episode = EpisodeSettings.model_validate({**profile.episode.model_dump(), "detail": recipe.data.detail})
    profile = profile.model_copy(update={"episode": episode})
    return ValidationRollouts(
        folder=out / "rollouts",
        held_out=generated(request_source(), recipe.data.validation, recipe.data.seed, validation=True),
        open=lambda images: assemble(profile, images),
        policy_of=_likeliest,
        rule=reward_rule(recipe),
    )


def _likeliest(loaded: "LoadedModel", setup: "Components") -> "Policy":
    """A policy that takes the likeliest token."""
    from genevolve.policies.local.build import sampler_for
    from genevolve.policies.local.sampling import Sampling

    return sampler_for(loaded, Sampling(temperature=0.0, max_tokens=MAX_REPLY), setup.images)
