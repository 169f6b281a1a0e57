"""verl's synchronous trainer with lessons: after the old log-probabilities the same workers score what the teacher reads.

``trainer.v1.trainer_mode = genevolve`` chooses it. The teacher is the policy of the moment, scored at the same temperature and
by the same code as the student; with one update a batch that is the live teacher of ``genevolve evolve``.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import ray
import torch
import transfer_queue as tq
from torch import Tensor
from verl.single_controller.base.decorator import Dispatch, register
from verl.trainer.ppo.v1.trainer_base import register_trainer
from verl.trainer.ppo.v1.trainer_sync import PPOTrainerSync
from verl.utils.tensordict_utils import list_of_dict_to_tensordict
from verl.workers.engine_workers import ActorRolloutRefWorker
from verl.workers.utils.padding import response_from_nested

from genevolve.core.errors import UsageError
from genevolve.integrations.episodes import EpisodePlayer
from genevolve.integrations.verl.loop import ATTEMPT
from genevolve.integrations.verl.loss import NAME, TEACHER, TOTALS, group_advantages, lesson_mask, loss_with_lessons, packed
from genevolve.integrations.verl.teaching import Taught, Teaching, teacher_row
from genevolve.policies.local.template import ChatTemplate
from genevolve.train import losses
from genevolve.train.recipe import Recipe, load_recipe

_FIELDS = ("prompts", "responses", "response_mask", "position_ids", "multi_modal_inputs")
_AFTER = "_lesson_0"  # of a teacher's row: its key is that of its student with this behind it


class GenEvolveWorker(ActorRolloutRefWorker):  # type: ignore[misc]  # verl is not installed where types are checked
    """A process that trains, whose loss has the self-distillation term."""

    @register(dispatch_mode=Dispatch.ONE_TO_ALL)  # type: ignore[untyped-decorator]
    def init_model(self) -> None:
        super().init_model()
        if "actor" in self.role:
            settings = load_recipe(self.config.genevolve_recipe).sdl
            own: Any = self.loss_fn  # verl's, bound to the settings of the actor
            self.loss_fn: Any = partial(loss_with_lessons, config=own.keywords["config"], settings=settings)
            self.actor.set_loss_fn(self.loss_fn)


@register_trainer(NAME)
class GenEvolveTrainer(PPOTrainerSync):  # type: ignore[misc]
    """GRPO and visual experience distillation. Raises ``UsageError`` for settings that would not be the recipe's loss."""

    teaching: Teaching | None = None

    def _init_resource_pool_mgr(self) -> None:
        super()._init_resource_pool_mgr()
        whole = ray.remote(GenEvolveWorker)
        for role, worker in self.role_worker_mapping.items():
            if worker.__ray_metadata__.class_name == ActorRolloutRefWorker.__name__:
                self.role_worker_mapping[role] = whole

    def _compute_old_log_prob(self, batch: Any, metrics: dict[str, Any]) -> Any:
        batch = super()._compute_old_log_prob(batch, metrics)
        if self.teaching is None:
            self.teaching = opened_teaching(self.config, self.tokenizer, self.processor)
        rows = tq.kv_batch_get(keys=batch.keys, partition_id=batch.partition_id, select_fields=["uid", "extra_fields"])
        told = dict(zip(batch.keys, list(rows["extra_fields"]), strict=True))
        groups = dict(zip(batch.keys, list(rows["uid"]), strict=True))
        own = [key for key, tag in zip(batch.keys, batch.tags, strict=True) if not tag.get("is_padding", False)]
        real = {key: told[key][ATTEMPT] for key in own}
        taught = self._taught(real, groups)
        metrics.update(taught.metrics)
        self._score_teacher(batch, taught)
        return batch

    def _taught(self, rows: Mapping[str, bytes], groups: Mapping[str, str]) -> Taught:
        assert self.teaching is not None
        if not hasattr(self, "_runner"):
            self._runner = asyncio.Runner()  # the loop that the services of lessons belong to
        return self._runner.run(self.teaching.teach(self.global_steps - 1, rows, groups))

    def _score_teacher(self, batch: Any, taught: Taught) -> None:
        """Write what the teacher says of each row's tokens, and what the whole batch divides by, beside the rows."""
        data = tq.kv_batch_get(
            keys=batch.keys, partition_id=batch.partition_id, select_fields=["response_mask", "rm_scores", "uid"]
        )
        masks = list(data["response_mask"].unbind())
        found = self._teacher_scores(batch, taught)
        nan = [torch.full(mask.shape, torch.nan) for mask in masks]
        teacher = [found.get(key, unknown) for key, unknown in zip(batch.keys, nan, strict=True)]
        advantages = _advantages(data)
        settings = self.teaching.term.settings if self.teaching is not None else None
        assert settings is not None and self.teaching is not None
        own = [
            lesson_mask(said[None], mask[None].long(), one.reshape(1, 1), settings)[0]
            for said, mask, one in zip(teacher, masks, advantages, strict=True)
        ]
        weight = self.teaching.term.weight(self.global_steps - 1, self.total_training_steps)
        real = [not tag.get("is_padding", False) for tag in batch.tags]
        counted = [mask for mask, counts in zip(own, real, strict=True) if counts]
        whole = losses.totals(torch.nn.utils.rnn.pad_sequence(counted, batch_first=True), self.teaching.term.kept)
        rows = packed(whole, weight, len(masks))
        fields = [{TEACHER: said.float(), TOTALS: row.clone()} for said, row in zip(teacher, rows, strict=True)]
        tq.kv_batch_put(keys=batch.keys, partition_id=batch.partition_id, fields=list_of_dict_to_tensordict(fields))

    def _teacher_scores(self, batch: Any, taught: Taught) -> dict[str, Tensor]:
        """By the key of a row with a lesson, the log-probabilities of its response under the teacher's prompt."""
        keys = [key for key in batch.keys if key in taught.guides]
        if not keys:
            return {}
        data = tq.kv_batch_get(keys=keys, partition_id=batch.partition_id, select_fields=list(_FIELDS))
        students = rows_of(data, _FIELDS)
        rows = [teacher_row(student, taught.guides[key]) for key, student in zip(keys, students, strict=True)]
        size = _processes(self.actor_rollout_wg)
        count = -(-len(rows) // size) * size  # every process gets as many rows; what fills up is scored for nothing
        names = [f"{keys[number % len(keys)]}_{number // len(keys)}{_AFTER}" for number in range(count)]
        whole = [rows[number % len(rows)] for number in range(count)]
        tags = [_tag(row) for row in whole]
        tq.kv_batch_put(keys=names, partition_id=batch.partition_id, fields=list_of_dict_to_tensordict(whole), tags=tags)
        asked = type(batch)(partition_id=batch.partition_id, keys=names, tags=tags)
        temperature = self.config.actor_rollout_ref.rollout.temperature
        asked.extra_info.update({"calculate_entropy": False, "compute_loss": False, "temperature": temperature})
        self.actor_rollout_wg.compute_log_prob(asked)
        said = tq.kv_batch_get(keys=names, partition_id=batch.partition_id, select_fields=["log_probs", "response_mask"])
        scores = response_from_nested(said["log_probs"], said["response_mask"]).unbind()
        tq.kv_clear(keys=names, partition_id=batch.partition_id)
        return dict(zip(keys, scores, strict=False))


def rows_of(data: Any, fields: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a table of nested tensors and of values that are none."""
    columns = {
        name: list(data[name].unbind() if isinstance(data[name], Tensor) else data[name]) for name in fields if name in data
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _tag(row: Mapping[str, Any]) -> dict[str, Any]:
    prompt, response = len(row["prompts"]), len(row["responses"])
    return {"status": "success", "prompt_len": prompt, "response_len": response, "seq_len": prompt + response}


def _processes(workers: Any) -> int:
    """How many shares the actor's workers split a batch into."""
    if "actor" not in workers._dispatch_info:
        workers._dispatch_info["actor"] = workers._query_dispatch_info("actor")
    most: int = max(workers._dispatch_info["actor"])
    return most + 1


def _advantages(data: Any) -> list[Tensor]:
    """The advantage of each row, as the estimator will find it."""
    rewards = torch.stack([row.sum() for row in data["rm_scores"].unbind()])
    index = np.array(list(data["uid"]), dtype=object)
    found, _ = group_advantages(rewards[:, None], torch.ones(len(rewards), 1), index)
    return list(found[:, 0])


def opened_teaching(config: Any, tokenizer: Any, processor: Any) -> Teaching:
    """The teaching that ``config.genevolve`` asks for. Raises ``UsageError`` where verl's settings are not the recipe's."""
    chosen = config.genevolve
    recipe = load_recipe(chosen.recipe)
    check_settings(config, recipe)
    folder = Path(config.trainer.default_local_dir).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    player = EpisodePlayer(recipe, folder=Path(chosen.folder), profile=chosen.profile)
    return Teaching(player, ChatTemplate(tokenizer, processor), folder, vision=processor is not None)


def check_settings(config: Any, recipe: Recipe) -> None:
    """Raises ``UsageError`` naming the setting of verl that does not say what the recipe says."""
    actor, rollout = config.actor_rollout_ref.actor, config.actor_rollout_ref.rollout
    wanted = recipe.evolve
    due: dict[str, tuple[Any, Any]] = {
        "data.train_batch_size": (config.data.train_batch_size, wanted.requests),
        "actor_rollout_ref.rollout.n": (rollout.n, wanted.generations),
        "actor_rollout_ref.actor.ppo_mini_batch_size": (actor.ppo_mini_batch_size, wanted.requests),
        "actor_rollout_ref.actor.ppo_epochs": (actor.ppo_epochs, 1),
        "actor_rollout_ref.actor.loss_agg_mode": (actor.loss_agg_mode, "seq-mean-token-sum"),
        "actor_rollout_ref.actor.policy_loss.loss_mode": (actor.policy_loss.loss_mode, NAME),
        "actor_rollout_ref.actor.clip_ratio_low": (actor.clip_ratio_low, wanted.clip_low),
        "actor_rollout_ref.actor.clip_ratio_high": (actor.clip_ratio_high, wanted.clip_high),
        "actor_rollout_ref.actor.kl_loss_coef": (actor.kl_loss_coef if actor.use_kl_loss else 0.0, wanted.beta),
        "actor_rollout_ref.rollout.temperature": (rollout.temperature, wanted.temperature),
        "actor_rollout_ref.rollout.top_p": (rollout.top_p, wanted.top_p),
        "algorithm.adv_estimator": (str(config.algorithm.adv_estimator), NAME),
    }
    for setting, (found, asked) in due.items():
        if found != asked:
            raise UsageError(f"{setting} is {found}, where the recipe {recipe.name} and its loss need {asked}")
