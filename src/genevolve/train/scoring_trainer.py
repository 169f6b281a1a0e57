"""TRL's ``GRPOTrainer`` with scoring passes that it does not have: with pictures, without padding, behind other prompts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from trl import GRPOTrainer
from trl.models.utils import disable_gradient_checkpointing

from genevolve.train import packed
from genevolve.train.batch import TEACHER_PROMPTS, VISION, TensorBatch, own_prompts, pictures_of, sampled_tokens
from genevolve.train.output_layer import gather_output_layer
from genevolve.train.saving import PlainSaving
from genevolve.train.scoring import hidden_states, left_padded
from genevolve.train.vision import Vision, token_types
from genevolve.train.weights import TeacherWeights


class ScoringTrainer(PlainSaving, GRPOTrainer):  # type: ignore[misc]  # TRL is untyped here
    """``share_prompts`` computes what the prompts of a micro-batch begin with alike once, without padding (see ``packed``)."""

    def __init__(self, *, share_prompts: bool = False, **trl: Any) -> None:
        self._share_prompts = share_prompts
        self._wanted: Tensor | None = None
        self._captured: list[Tensor] | None = None
        self._vision: Vision | None = None
        self._teacher: TeacherWeights | None = None
        super().__init__(**trl)
        if self.is_fsdp_enabled:
            gather_output_layer(self.model)
        self._image_token: int | None = getattr(self.model.config, "image_token_id", None)

    @property
    def sharded(self) -> bool:
        """Whether a forward pass needs every process: FSDP and ZeRO-3 gather weights from all of them."""
        return bool(self.is_fsdp_enabled or self.is_deepspeed_enabled)

    @property
    def splits_weights(self) -> bool:
        """Whether this process holds a part of the weights only: not so under DeepSpeed's ZeRO-1 and 2."""
        plugin = getattr(self.accelerator.state, "deepspeed_plugin", None) if self.is_deepspeed_enabled else None
        return bool(self.is_fsdp_enabled or (plugin is not None and plugin.zero_stage == 3))

    def _teacher_scores(self, model: nn.Module, batch: TensorBatch, rows: Sequence[int]) -> Tensor:
        """log q (rows, tokens) of the sampled ids behind the guided prompts, through the student's own scoring path."""
        prompts = [batch[TEACHER_PROMPTS][row] for row in rows]
        with self._teacher.swapped_in() if self._teacher is not None else nullcontext():
            return self._score_behind(model, prompts, batch, rows, batch["prompt_ids"].shape[1])

    def _idle_pass(self, model: nn.Module, batch: TensorBatch) -> Tensor:
        """A forward pass whose result nobody needs, so that the other processes get their weights."""
        return self._score_behind(model, own_prompts(batch, [0]), batch, [0], 0)

    def _snapshot(self, batch: TensorBatch, taught: Tensor) -> Tensor:
        """The teacher's log-probabilities (rows, tokens) as of now, 0 in rows that are not ``taught``."""
        kept = torch.zeros_like(batch["completion_ids"], dtype=torch.float32)
        wanted, size = taught.tolist(), self.args.per_device_train_batch_size
        for start in range(0, len(wanted), size):
            part = [row for row in range(start, min(start + size, len(wanted))) if wanted[row]]
            if part:
                kept[part] = self._teacher_scores(self.model, batch, part)
            elif self.sharded:
                self._idle_pass(self.model, batch)
        return kept

    @torch.no_grad()
    def _score_behind(
        self, model: nn.Module, prompts: Sequence[Sequence[int]], batch: TensorBatch, rows: Sequence[int], width: int
    ) -> Tensor:
        """Other prompts, the same completions. The bare model: a wrapper for several processes would wait for all of them."""
        ids, mask = left_padded(prompts, self._tokenizer.pad_token_id, width, self.accelerator.device)
        completion, known = batch["completion_ids"][rows], batch["completion_mask"][rows]
        bare = self.accelerator.unwrap_model(model)
        with (
            disable_gradient_checkpointing(self.model, self.args.gradient_checkpointing_kwargs),
            self._wanting(sampled_tokens(batch)[rows]),
        ):
            scores, _, _ = self._get_per_token_logps_and_entropies(
                bare,
                torch.cat([ids, completion], 1),
                torch.cat([mask, known], 1),
                completion.shape[1],
                **pictures_of(batch, rows),
            )
        return scores.detach()

    def _get_per_token_logps_and_entropies(
        self, model: Any, input_ids: Tensor, attention_mask: Tensor, logits_to_keep: int, *more: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        if self._share_prompts:
            scores = (*self._packed_scores(model, input_ids, attention_mask, logits_to_keep), None)
        else:
            kwargs = self._with_pictures(input_ids, kwargs)
            scores = super()._get_per_token_logps_and_entropies(
                model, input_ids, attention_mask, logits_to_keep, *more, **kwargs
            )
        if self._captured is not None:
            self._captured.append(scores[0])
        return scores

    def _with_pictures(self, input_ids: Tensor, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a scoring pass with the images that TRL left out, or without any where no row has one."""
        if self._vision is not None and kwargs.get("pixel_values") is None:
            kwargs |= self._vision.scoring()
        if kwargs.get("pixel_values") is not None:
            if not sum(kwargs["num_images"]):
                kwargs |= dict.fromkeys(VISION)
            elif kwargs.get("mm_token_type_ids") is None and self._image_token is not None:
                kwargs["mm_token_type_ids"] = token_types(input_ids, self._image_token)
        return kwargs

    def _packed_scores(self, model: Any, ids: Tensor, mask: Tensor, keep: int) -> tuple[Tensor, Tensor]:
        """(log-probabilities, entropies) of the tokens that carry loss; where that is not known, of all that are there."""
        known = mask.bool()
        prompts = [row[:-keep][there[:-keep]].tolist() for row, there in zip(ids, known, strict=True)]
        completions = [row[-keep:][there[-keep:]].tolist() for row, there in zip(ids, known, strict=True)]
        wanted = mask[:, -keep:] if self._wanted is None else self._wanted
        with self.accelerator.autocast():
            return packed.score(model, prompts, completions, wanted, self.temperature)

    @contextmanager
    def _wanting(self, mask: Tensor) -> Iterator[None]:
        """Within, only these completion tokens (rows, tokens) need log-probabilities."""
        before, self._wanted = self._wanted, mask
        try:
            yield
        finally:
            self._wanted = before

    @contextmanager
    def _capturing(self) -> Iterator[list[Tensor]]:
        """Within, the log-probabilities that TRL works out are kept: no second pass of the student is needed."""
        self._captured = []
        try:
            yield self._captured
        finally:
            self._captured = None

    @contextmanager
    def _states(self, wanted: bool) -> Iterator[list[Tensor]]:
        """Within, the last hidden states of each pass are kept, where they are ``wanted``."""
        if not wanted:
            yield []
            return
        with hidden_states(self.accelerator.unwrap_model(self.model)) as seen:
            yield seen

    def _all_or_none(self, rows: int) -> bool:
        """Whether this process must run the teacher now."""
        if not self.sharded:
            return rows > 0
        found: Tensor = self.accelerator.reduce(torch.tensor(float(rows), device=self.accelerator.device), reduction="sum")
        return bool(found > 0)
