"""Self-evolution: a recipe, a setup and a model to a better adapter.

The run folder holds everything that is needed to read the run and to go on with it: ``run.json``, ``log.jsonl`` (a line for
each step), ``evaluations.jsonl``, ``attempts.N.jsonl`` (answers of services, see ``kept``), ``steps/`` (episodes and
bundles), ``images/``, ``experience.sqlite``, ``checkpoints/`` and at the end ``adapter/`` (or ``model/``). Interrupted at any
moment, it goes on from its last whole checkpoint.
"""

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genevolve.core.case import Case
from genevolve.core.errors import Notice, UsageError
from genevolve.policies.local.lora import quiet_libraries
from genevolve.policies.local.model import LoadedModel
from genevolve.protocol.render import messages
from genevolve.run.folder import RunFolder
from genevolve.store.tables import StrictTable
from genevolve.train.ahead import RolloutAhead
from genevolve.train.cases import as_rows, by_id
from genevolve.train.components import TrainingComponents
from genevolve.train.continuing import step_of
from genevolve.train.ranks import lost_processes
from genevolve.train.recipe import ExperienceSettings, Recipe, RewardSettings
from genevolve.train.reward import reward_rule
from genevolve.train.rollout import Rollout
from genevolve.train.settings import Decay, EvolveSettings, SdlSettings
from genevolve.train.step_log import StepLog

if TYPE_CHECKING:
    from genevolve.train.sft_trainer import OnStep

# what may change when a run goes on
_FREE = {
    "report_to",
    "save_steps",
    "keep_checkpoints",
    "eval_steps",
    "eval_at_start",
    "workers",
    "cache_gib",
    "server_patience",
    "process_timeout",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolved:
    """What came out: the folder of the weights, the steps made, and what the trainer logged of each."""

    weights: Path
    steps: int
    log: tuple[Mapping[str, float], ...]


def evolve_policy(
    recipe: Recipe,
    members: TrainingComponents,
    *,
    training: Sequence[Case],
    validation: Sequence[Case],
    folder: RunFolder,
    about: Mapping[str, Any],
    on_step: "OnStep" = lambda step, steps, logs: None,
) -> Evolved:
    """Train. The caller holds ``folder``; a run that is there already goes on from its last whole checkpoint.

    Raises ``UsageError`` (settings, a checkpoint of another recipe), ``ServiceError`` (a loss that is no number, services that
    stay down), ``OSError`` (a full disk); the last checkpoint is whole in each case.
    """
    from genevolve.train.sft import disk_errors, export_weights
    from genevolve.train.sft_trainer import forget_after, last_checkpoint

    start = last_checkpoint(folder.path / "checkpoints")
    memory = members.experience.memory if members.experience is not None else None
    with members.ranks.as_one():
        if members.ranks.first:
            folder.describe({**about, "input": identity(recipe, training, members.loaded)})
            for name in ("log.jsonl", "evaluations.jsonl"):
                forget_after(folder.path / name, step_of(start))
        if memory is not None and start is not None:
            memory.restore(start / MEMORY)
    with lost_processes(members.ranks), disk_errors(folder.path), quiet_libraries():
        trainer = _trainer(recipe, members, training, validation, folder, on_step)
        trainer.train(resume_from_checkpoint=None if start is None else str(start))
        weights = export_weights(trainer, members.loaded, folder.path)
    return Evolved(weights=weights, steps=trainer.state.global_step, log=tuple(trainer.state.log_history))


MEMORY = "experience.sqlite"


def identity(recipe: Recipe, training: Sequence[Case], loaded: LoadedModel) -> dict[str, Any]:
    """What must be the same for a run to go on: everything that shapes the weights."""
    known = known_identity(recipe, training)
    return {**known, "model": {"name": loaded.name, **known["model"]}}


def known_identity(recipe: Recipe, training: Sequence[Case]) -> dict[str, Any]:
    """What of the identity is known before a model is loaded."""
    digest = hashlib.sha256(json.dumps([(case.id, case.text) for case in training]).encode("utf-8", "replace"))
    later = _unset(recipe.evolve, EvolveSettings(), "losses", "rounds", "max_prompt", "quirks", "max_sampling_gap", "ahead")
    return {
        "model": {"adapter": recipe.model.adapter, "dtype": recipe.model.dtype},
        "lora": recipe.lora.model_dump(mode="json"),
        "evolve": recipe.evolve.model_dump(mode="json", exclude=_FREE | _length(recipe) | later),
        "reward": recipe.reward.model_dump(mode="json", exclude=_unset(recipe.reward, RewardSettings(), "gain")),
        "sdl": recipe.sdl.model_dump(mode="json", exclude=_unset(recipe.sdl, SdlSettings(), "agreeing")),
        "experience": recipe.experience.model_dump(
            mode="json", exclude=_unset(recipe.experience, ExperienceSettings(), "rounds", "nested_pairs", "pooled")
        ),
        "data": {"requests": len(training), "digest": digest.hexdigest()[:16]},
    }


def _unset(table: StrictTable, usual: StrictTable, *later: str) -> set[str]:
    """Those of ``later`` that say nothing new: runs from before there were these keys lack them."""
    return {name for name in later if getattr(table, name) == getattr(usual, name)}


def _length(recipe: Recipe) -> set[str]:
    """Where nothing falls with the steps, a run may be made longer."""
    return {"steps"} if (recipe.evolve.decay, recipe.sdl.decay) == (Decay.CONSTANT, Decay.CONSTANT) else set()


def _trainer(
    recipe: Recipe,
    members: TrainingComponents,
    training: Sequence[Case],
    validation: Sequence[Case],
    folder: RunFolder,
    on_step: "OnStep",
) -> Any:
    from datasets import Dataset
    from transformers import PrinterCallback

    from genevolve.train.disagreement import DisagreementLog
    from genevolve.train.trainer import EvolveTrainer

    if not training:
        raise UsageError(
            "there are no requests to learn from: set data.requests, or data.path to a data set with a part `evolve`"
        )
    if members.ranks.count > 1 and recipe.evolve.process_timeout <= recipe.reward.patience:
        raise UsageError(
            f"evolve.process_timeout = {recipe.evolve.process_timeout:g} minutes is not more than reward.patience = "
            f"{recipe.reward.patience:g}, for which a process may wait for a service while the others wait for it; raise it"
        )
    if members.ranks.first:
        members.sampler.template.tell_where_rewritten(members.loaded.name)
    trainer = EvolveTrainer(
        roll=_rollout(recipe, members, training, folder),
        terms=members.terms,
        observe=DisagreementLog(folder.path / "steps", members.loaded.tokenizer, members.ranks.index).note,
        **_weighed(recipe),
        model=members.loaded.model,
        args=_arguments(recipe, folder),
        train_dataset=Dataset.from_list(as_rows(short_enough(recipe, members, training))),
        processing_class=members.loaded.processor or members.loaded.tokenizer,
        callbacks=_callbacks(recipe, members, validation, folder, on_step),
    )
    trainer.remove_callback(PrinterCallback)
    if members.published is not None:
        members.published.trainer = trainer
    return trainer


def short_enough(recipe: Recipe, members: TrainingComponents, cases: Sequence[Case]) -> Sequence[Case]:
    """Those whose prompt (system prompt and request) has at most ``evolve.max_prompt`` tokens; others are told and left out."""
    most, setup = recipe.evolve.max_prompt, members.setup
    if most is None:
        return cases

    def tokens(case: Case) -> int:
        asked = messages(setup.begin(case.request(case.id, seed=0)), system=setup.system, detail=setup.detail)
        return len(members.sampler.opening(asked))

    sizes = [tokens(case) for case in cases]
    kept = [case for case, size in zip(cases, sizes, strict=True) if size <= most]
    said = f"prompts have more than evolve.max_prompt = {most} tokens (the longest has {max(sizes)})"
    if not kept:
        raise UsageError(f"there are no requests to learn from: all {len(cases)} {said}; raise it")
    if len(kept) < len(cases) and members.ranks.first:
        warnings.warn(f"{len(cases) - len(kept)} of {len(cases)} requests are left out: their {said}", Notice, stacklevel=2)
    return kept


def _weighed(recipe: Recipe) -> dict[str, Any]:
    """What of the recipe is no setting of TRL."""
    chosen = recipe.evolve
    return {
        "share_prompts": chosen.share_prompts,
        "policy_weight": chosen.policy_weight,
        "gain_weight": recipe.reward.gain,
        "kl_interval": chosen.kl_interval,
        "ahead": bool(chosen.ahead),
        "max_sampling_gap": chosen.max_sampling_gap if chosen.servers else None,
    }


def _arguments(recipe: Recipe, folder: RunFolder) -> Any:
    from genevolve.train.config import grpo_config
    from genevolve.train.sft import trains_on_cpu

    return grpo_config(
        recipe.evolve,
        folder.path / "checkpoints",
        on_cpu=trains_on_cpu(recipe.model.device),
        disable_tqdm=True,
        logging_nan_inf_filter=False,
        shuffle_dataset=True,
    )


def _rollout(
    recipe: Recipe, members: TrainingComponents, training: Sequence[Case], folder: RunFolder
) -> Rollout | RolloutAhead:
    rollout = Rollout(
        setup=members.setup,
        sampler=members.sampler,
        runner=members.runner,
        cases=by_id(training),
        rule=reward_rule(recipe),
        experience=members.experience,
        step_log=StepLog(folder.path / "steps", system=members.setup.system, detail=members.setup.detail),
        journal=members.journal,
        seed=recipe.evolve.seed,
        max_completion=recipe.evolve.max_completion,
        guide_characters=recipe.experience.guide_characters,
        ranks=members.ranks,
        elsewhere=members.published is not None,
    )
    return RolloutAhead(rollout, members.runner, members.ranks) if recipe.evolve.ahead else rollout


def _callbacks(
    recipe: Recipe, members: TrainingComponents, validation: Sequence[Case], folder: RunFolder, on_step: "OnStep"
) -> list[Any]:
    """The memory goes into a checkpoint before it is marked as whole."""
    from genevolve.train.callbacks import Evaluations, Remember
    from genevolve.train.sft_trainer import Checkpoints, Log

    memory = members.experience.memory if members.experience is not None else None
    remembered = [Remember(memory, MEMORY)] if memory is not None else []
    evaluations = Evaluations(recipe, members, validation, folder.path / "evaluations.jsonl")
    return [*remembered, Checkpoints(), Log(folder.path / "log.jsonl", on_step), evaluations]
