"""GRPO with visual experience distillation: TRL's ``GRPOTrainer``, to which the rollout and the SDL term are added.

Nothing of GRPO is written again. Each batch: ``roll`` gives one ``Sample`` for each row, TRL makes advantages and the clipped
loss, and the student's log-probabilities from TRL's own forward pass meet the teacher's: the same weights (or older ones),
without gradient, on the same completion ids behind the prompt with the guide.
"""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import gather_object
from torch import Tensor, nn
from trl import GRPOTrainer
from trl.models.utils import disable_gradient_checkpointing

from genevolve.core.errors import ServiceError, UsageError
from genevolve.train import losses, packed
from genevolve.train.checks import check_dropout, check_groups, check_samples
from genevolve.train.finite import FiniteGradients
from genevolve.train.sample import Sample
from genevolve.train.saving import PlainSaving
from genevolve.train.scoring import hidden_states, left_padded, plain_head, shrink_tiles
from genevolve.train.settings import Aggregation, SdlSettings, Teacher
from genevolve.train.tally import metrics, tally
from genevolve.train.telemetry import silence
from genevolve.train.vision import Vision, read, token_types
from genevolve.train.weights import TeacherKeeper, TeacherWeights, teacher_weights

Roll = Callable[[Sequence[dict[str, Any]], "EvolveTrainer"], Sequence[Sample]]
Observe = Callable[[int, Sequence[int], Tensor, Tensor, Tensor, Tensor, Tensor], None]
_VISION = ("pixel_values", "image_grid_thw", "num_images")


def reward(prompts: Any, **_: Any) -> list[float]:
    """Names the reward in TRL's log. Rewards come with the samples: see ``_calculate_rewards``."""
    raise AssertionError("rewards come with the samples")


class EvolveTrainer(PlainSaving, GRPOTrainer):  # type: ignore[misc]  # TRL is untyped here
    """``roll(rows, trainer)`` gets the data-set rows of this process's batch and returns a ``Sample`` for each, in order.

    ``observe`` is shown where teacher and student disagree (see ``Disagreement.note``). ``share_prompts`` computes what the
    prompts of a micro-batch begin with alike once, without padding (see ``packed``): the same numbers for fewer tokens.
    ``policy_weight`` multiplies TRL's loss. Every ``kl_interval`` updates (0: never) the log says how far the policy has moved
    from the one that training began with.
    Rows come as groups of ``num_generations`` (in evaluation ``num_generations_eval``) equal rows, whole groups only.
    All other arguments are TRL's own. Raises ``UsageError`` for settings and samples that cannot be trained on, and
    ``ServiceError`` at the first loss or gradient that is not a finite number, before it reaches the weights or a checkpoint.
    """

    def __init__(
        self,
        *,
        roll: Roll,
        sdl: SdlSettings | None = None,
        observe: Observe | None = None,
        share_prompts: bool = False,
        policy_weight: float = 1.0,
        kl_interval: int = 0,
        **trl: Any,
    ) -> None:
        silence()
        self.roll = roll
        self._observe = observe
        self._share_prompts = share_prompts
        self._policy_weight = policy_weight
        self._kl_interval = kl_interval
        self._wanted: Tensor | None = None
        self.sdl = sdl or SdlSettings()
        self._rows: list[dict[str, Any]] = []
        self._samples: list[Sample] = []
        self._vision: Vision | None = None
        self._captured: list[Tensor] | None = None
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="You are using 'rollout_func'", category=UserWarning)
            super().__init__(reward_funcs=[reward], rollout_func=_roll, **trl)
        check_dropout(self.model)
        self._check_batch()
        self._check_sharding()
        self._check_packing()
        shrink_tiles(self.accelerator.device)
        self._image_token: int | None = getattr(self.model.config, "image_token_id", None)
        self._teacher = teacher_weights(self.model, self.sdl)
        if self._teacher is not None:
            self.add_callback(TeacherKeeper(self._teacher))
        self._start = TeacherWeights(self.model, decay=None) if kl_interval else None
        self.add_callback(FiniteGradients())
        if self.sdl.full_vocab:
            plain_head(self.model)

    # ---- the rollout

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        self._rows = inputs
        try:
            output: dict[str, Any] = super()._generate_and_score_completions(inputs)
            samples, vision = self._samples, self._vision
        finally:
            self._rows, self._samples, self._vision = [], [], None
        if vision is not None:
            output |= {name: getattr(vision, name) for name in _VISION[:2]} | {"num_images": list(vision.num_images)}
        if self.model.training and self.sdl.lambda_ > 0:
            output |= self._guidance(samples, output)
        return output

    def _roll_batch(self) -> dict[str, Any]:
        """What TRL takes from a rollout. An unscored row's mask is all 0: not one of its tokens carries a gradient."""
        group = self.num_generations if self.model.training else self.num_generations_eval
        check_groups(self._rows, group)
        samples = list(self.roll(self._rows, self))
        check_samples(samples, len(self._rows))
        self._samples = samples
        pictures = getattr(self.processing_class, "image_processor", None)
        self._vision = read(samples, pictures, self._image_token, self.accelerator.device)
        for name, value in metrics(gather_object([tally(samples, group)])).items():
            self._note(name, value)
        return {
            "prompt_ids": [list(sample.prompt_ids) for sample in samples],
            "completion_ids": [list(sample.completion_ids) for sample in samples],
            "logprobs": [list(sample.logprobs) for sample in samples],
            "env_mask": [list(sample.mask) if sample.reward is not None else [0] * len(sample.mask) for sample in samples],
        }

    def _calculate_rewards(self, inputs: Any, prompts: Any, completions: Any, completion_ids_list: Any) -> Tensor:
        """(all rows, 1); NaN = unscored, which TRL leaves out of mean and std and gives an advantage of 0."""
        values = [math.nan if sample.reward is None else sample.reward for sample in self._samples]
        gathered: Tensor = self.accelerator.gather(torch.tensor(values, device=self.accelerator.device).unsqueeze(1))
        return gathered

    # ---- who is taught, and by what

    def _guidance(self, samples: Sequence[Sample], output: dict[str, Any]) -> dict[str, Any]:
        """Further keys of the batch. Lists and tensors of rows are shuffled and split with the rest, scalars are not."""
        device = self.accelerator.device
        taught = torch.tensor([one.guide_ids is not None and one.reward is not None for one in samples], device=device)
        if self.sdl.gate:
            taught &= output["advantages"] > 0
        mask = _assistant(output) * taught.unsqueeze(1)
        own = losses.totals(mask, self.sdl.top_fraction)
        counts = torch.tensor([own.tokens, own.guided, own.rows, float(mask.sum())], device=device)
        every = self.accelerator.reduce(counts, reduction="sum")
        guidance: dict[str, Any] = {
            "sdl_guide": taught,
            "sdl_row": torch.arange(len(samples), device=device),
            "sdl_teacher_prompt_ids": [list(sample.guide_ids or ()) for sample in samples],
            "sdl_tokens": every[0],
            "sdl_guided": every[1],
            "sdl_rows": every[2],
            "sdl_candidates": every[3],
        }
        if self.sdl.teacher is Teacher.SNAPSHOT and every[1] > 0:
            guidance["sdl_teacher_logps"] = self._snapshot(output | guidance)
        return guidance

    def _snapshot(self, batch: dict[str, Any]) -> Tensor:
        """The teacher's log-probabilities (rows, tokens) as of now, 0 in rows that are not taught."""
        kept = torch.zeros_like(batch["completion_ids"], dtype=torch.float32)
        taught, size = batch["sdl_guide"].tolist(), self.args.per_device_train_batch_size
        for start in range(0, len(taught), size):
            part = [row for row in range(start, min(start + size, len(taught))) if taught[row]]
            if part:
                kept[part] = self._teacher_scores(self.model, batch, part)
            elif self._sharded:
                self._idle_pass(self.model, batch)
        return kept

    def _teacher_scores(self, model: nn.Module, batch: dict[str, Any], rows: Sequence[int]) -> Tensor:
        """log q (rows, tokens) of the sampled ids behind the guided prompts, through the student's own scoring path."""
        prompts = [batch["sdl_teacher_prompt_ids"][row] for row in rows]
        with self._teacher.swapped_in() if self._teacher is not None else nullcontext():
            return self._score_behind(model, prompts, batch, rows, batch["prompt_ids"].shape[1])

    @torch.no_grad()
    def _score_behind(
        self, model: nn.Module, prompts: Sequence[Sequence[int]], batch: dict[str, Any], rows: Sequence[int], width: int
    ) -> Tensor:
        """Other prompts, the same completions. The bare model: a wrapper for several processes would wait for all of them."""
        ids, mask = left_padded(prompts, self._tokenizer.pad_token_id, width, self.accelerator.device)
        completion, known = batch["completion_ids"][rows], batch["completion_mask"][rows]
        bare = self.accelerator.unwrap_model(model)
        with (
            disable_gradient_checkpointing(self.model, self.args.gradient_checkpointing_kwargs),
            self._wanting(_assistant(batch)[rows]),
        ):
            scores, _, _ = self._get_per_token_logps_and_entropies(
                bare,
                torch.cat([ids, completion], 1),
                torch.cat([mask, known], 1),
                completion.shape[1],
                **_pictures(batch, rows),
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
                kwargs |= dict.fromkeys(_VISION)
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

    # ---- the loss

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> Tensor:
        strength = losses.lambda_at(self.state.global_step, self.state.max_steps, self.sdl)
        teaching = self.model.training and strength > 0 and float(inputs.get("sdl_guided", 0.0)) > 0
        with self._capturing() as captured, self._states(teaching) as states, self._wanting(_assistant(inputs)):
            policy: Tensor = super()._compute_loss(model, inputs) * self._policy_weight
        self._note_sampling_gap(captured[0], inputs)
        self._note_kl(model, inputs, captured[0])
        loss = policy
        if teaching:
            lesson = self._lesson(model, inputs, captured[0], states)
            if lesson is not None:
                loss = policy + strength * lesson
                self._note_gradients(policy, strength * lesson)
            self._note("sdl/lambda", strength)
        self._stop_unless_finite(policy, loss)
        return loss

    def _lesson(self, model: Any, inputs: dict[str, Any], student: Tensor, states: list[Tensor]) -> Tensor | None:
        """This process's share of the SDL term in this micro-batch; None when it has no row to teach."""
        rows = inputs["sdl_guide"].nonzero().flatten().tolist()
        stated: list[Tensor] = []
        if "sdl_teacher_logps" in inputs:
            teacher = inputs["sdl_teacher_logps"][rows]
        else:
            present = self._all_or_none(len(rows))
            if present:
                with self._states(True) as stated:
                    teacher = self._teacher_scores(model, inputs, rows) if rows else self._idle_pass(model, inputs)
        if not rows:
            self._note_lesson(inputs, torch.zeros(4, dtype=torch.float64, device=student.device))
            return None
        mask = _assistant(inputs)[rows]
        gap = (student[rows] - teacher).detach()
        chosen = losses.select(gap, mask, self.sdl.top_fraction)
        if self._observe is not None:
            places = inputs["sdl_row"][rows].tolist()
            ids = inputs["completion_ids"][rows]
            self._observe(self.state.global_step, places, ids, mask, student[rows].detach(), teacher, chosen)
        if self.sdl.full_vocab:
            terms = self._vocabulary_terms(student[rows], states[0][rows], stated[0], chosen)
        else:
            old = inputs.get("old_per_token_logps")
            terms = losses.distillation(student[rows], teacher, None if old is None else old[rows], self.sdl)
        self._note_lesson(inputs, _measured(terms, gap, chosen, mask, self.sdl.c_tok))
        self._note_noise(model, inputs, student, rows)
        return losses.aggregate(terms, chosen, self._share(inputs), self.sdl.aggregation)

    def _share(self, inputs: dict[str, Any]) -> losses.Totals:
        """Denominators for this process and micro-batch: processes are averaged, micro-batches added (already scaled)."""
        window = self.current_gradient_accumulation_steps / self.args.steps_per_generation
        return _totals(inputs).scaled(window / self.accelerator.num_processes)

    def _vocabulary_terms(self, student: Tensor, own: Tensor, other: Tensor, chosen: Tensor) -> Tensor:
        """Reverse KL over the whole vocabulary at the chosen tokens, 0 elsewhere."""
        width = chosen.shape[1]
        head = self.accelerator.unwrap_model(self.model).get_output_embeddings()
        before = slice(-width - 1, -1)  # the state that predicts a token is the one before it
        with self.accelerator.autocast():
            kl = losses.vocabulary_kl(
                own[:, before][chosen], other[:, before][chosen], head.weight, head.bias, self.temperature
            )
        return torch.zeros_like(student).masked_scatter(chosen, losses.capped_kl(kl, self.sdl).to(student.dtype))

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
        if not (wanted and self.sdl.full_vocab):
            yield []
            return
        with hidden_states(self.accelerator.unwrap_model(self.model)) as seen:
            yield seen

    # ---- several processes

    @property
    def _sharded(self) -> bool:
        """Whether a forward pass needs every process: FSDP and ZeRO-3 gather weights from all of them."""
        return bool(self.is_fsdp_enabled or self.is_deepspeed_enabled)

    def _check_batch(self) -> None:
        rows = self.args.per_device_train_batch_size * self.args.steps_per_generation
        if rows % self.num_generations:
            raise UsageError(
                f"a process holds {rows} rows of a batch, not a multiple of num_generations = {self.num_generations}: a group "
                "would straddle processes; change per_device_train_batch_size or gradient_accumulation_steps"
            )

    def _check_sharding(self) -> None:
        older = self.sdl.teacher in (Teacher.EMA, Teacher.FROZEN)
        if self._sharded and (self.sdl.full_vocab or older or self._kl_interval):
            raise UsageError(
                "full_vocab, teacher = ema or frozen, and kl_interval need whole weights; leave them out with FSDP or DeepSpeed"
            )

    def _check_packing(self) -> None:
        if not self._share_prompts:
            return
        if self.accelerator.num_processes > 1 or self.sdl.full_vocab or not packed.fits(self.model):
            raise UsageError(
                "share_prompts works in one process, for text models with plain attention whose output layer is not trained "
                "(LoRA), and without full_vocab; set evolve.share_prompts = false"
            )

    def _all_or_none(self, rows: int) -> bool:
        """Whether this process must run the teacher now."""
        if not self._sharded:
            return rows > 0
        found: Tensor = self.accelerator.reduce(torch.tensor(float(rows), device=self.accelerator.device), reduction="sum")
        return bool(found > 0)

    def _idle_pass(self, model: Any, inputs: dict[str, Any]) -> Tensor:
        """A forward pass whose result nobody needs, so that the other processes get their weights."""
        return self._score_behind(model, _own_prompts(inputs, [0]), inputs, [0], 0)

    # ---- the log

    def _note(self, name: str, value: float) -> None:
        self._metrics["train" if self.model.training else "eval"][name].append(value)

    def _note_lesson(self, inputs: dict[str, Any], own: Tensor) -> None:
        """TRL averages over micro-batches: sums are multiplied by their number, so that the log shows the step's value."""
        total, kept, whole, capped = (self.accelerator.reduce(own, reduction="sum") * self.args.steps_per_generation).tolist()
        batch = _totals(inputs)
        for aggregation in Aggregation:
            self._note(f"sdl/{aggregation.value}", total / batch.of(aggregation))
        self._note("sdl/kept_gap", kept / batch.tokens)
        self._note("sdl/capped_share", capped / batch.tokens)
        self._note("sdl/gap", whole / float(inputs["sdl_candidates"]))

    def _note_sampling_gap(self, student: Tensor, inputs: dict[str, Any]) -> None:
        """How far what the sampler noted lies from what is scored: within rounding, or the sampler is another model."""
        noted = inputs.get("sampling_per_token_logps")
        if noted is None:
            return
        mask = _assistant(inputs).bool()
        apart = (student.detach() - noted).abs()[mask].double()
        sums = torch.stack([apart.sum(), mask.sum().double()])
        total, count = self.accelerator.reduce(sums, reduction="sum").tolist()
        if count:
            self._note("rollout/sampled_scored_gap", total / count)

    def _note_kl(self, model: Any, inputs: dict[str, Any], student: Tensor) -> None:
        """KL(policy ‖ policy at the start) by the low-variance estimator on the sampled tokens, of a row and of a token."""
        step = self.state.global_step
        if self._start is None or not self.model.training or not step or step % self._kl_interval:
            return
        with self._start.swapped_in():
            rows, width = range(len(student)), inputs["prompt_ids"].shape[1]
            before = self._score_behind(model, _own_prompts(inputs, rows), inputs, rows, width)
        mask = _assistant(inputs)
        kl = losses.k3(student.detach() - before)[mask.bool()].double()
        parts = torch.stack([kl.sum(), mask.any(1).sum().double(), mask.sum().double()])
        total, scored, tokens = self.accelerator.reduce(parts, reduction="sum").tolist()
        if tokens:
            self._note("kl_to_start/sequence_sum", total / scored)
            self._note("kl_to_start/token_mean", total / tokens)

    def _note_gradients(self, policy: Tensor, lesson: Tensor) -> None:
        """Gradient norms of the two terms, of this process's first micro-batch. Not with sharded weights."""
        interval = self.sdl.gradient_interval
        first = self._step % self.current_gradient_accumulation_steps == 0
        if not interval or self._sharded or not first or self.state.global_step % interval:
            return
        trained = [p for p in self.model.parameters() if p.requires_grad]
        for name, term in (("policy", policy), ("sdl", lesson)):
            found = torch.autograd.grad(term, trained, retain_graph=True, allow_unused=True)
            norms = [grad.norm() for grad in found if grad is not None]
            self._note(f"gradient/{name}", float(torch.stack(norms).norm()))

    def _note_noise(self, model: Any, inputs: dict[str, Any], student: Tensor, rows: Sequence[int]) -> None:
        """|ℓ| of the student against itself, shifted by padding as the teacher's view is: what rounding alone makes of it."""
        interval = self.sdl.noise_interval
        if not interval or self._sharded or self.state.global_step % interval:
            return
        width = max(len(inputs["sdl_teacher_prompt_ids"][row]) for row in rows)
        shifted = self._score_behind(
            model, _own_prompts(inputs, rows), inputs, rows, max(width, inputs["prompt_ids"].shape[1] + 1)
        )
        mask = _assistant(inputs)[rows]
        gap = (student.detach()[rows] - shifted).abs()
        self._note("sdl/noise_gap", float(gap[mask.bool()].mean()))
        self._note("sdl/noise_kept_gap", float(gap[losses.select(gap, mask, self.sdl.top_fraction)].mean()))

    def _stop_unless_finite(self, policy: Tensor, loss: Tensor) -> None:
        broken = self.accelerator.reduce((~loss.detach().isfinite()).float(), reduction="sum")
        if float(broken):
            own = f"{float(loss.detach())} (GRPO alone: {float(policy.detach())}) on process {self.args.process_index}"
            raise ServiceError(
                f"step {self.state.global_step + 1}: the loss is not finite: {own}; nothing was updated or saved. "
                "The last checkpoint is whole: resume from it with a lower learning_rate, lambda_ or c_tok"
            )

    # ---- checkpoints

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        super()._save_optimizer_and_scheduler(output_dir)
        if self._teacher is not None and self.args.should_save:
            self._teacher.save(Path(output_dir))

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        super()._load_optimizer_and_scheduler(checkpoint)
        if self._teacher is not None and checkpoint is not None:
            self._teacher.load(Path(checkpoint))


def _roll(prompts: Any, trainer: EvolveTrainer) -> dict[str, Any]:
    return trainer._roll_batch()


def _assistant(batch: dict[str, Any]) -> Tensor:
    """1 at the tokens that the policy sampled, in rows that were scored."""
    mask: Tensor = batch["completion_mask"] * batch["tool_mask"]
    return mask


def _own_prompts(batch: dict[str, Any], rows: Sequence[int]) -> list[list[int]]:
    """The prompts that the policy read in ``rows``, without padding."""
    return [batch["prompt_ids"][row][batch["prompt_mask"][row].bool()].tolist() for row in rows]


def _totals(batch: dict[str, Any]) -> losses.Totals:
    return losses.Totals(tokens=float(batch["sdl_tokens"]), guided=float(batch["sdl_guided"]), rows=float(batch["sdl_rows"]))


def _pictures(batch: dict[str, Any], rows: Sequence[int]) -> dict[str, Any]:
    if batch.get("pixel_values") is None:
        return {}
    vision = Vision(
        pixel_values=batch["pixel_values"], image_grid_thw=batch["image_grid_thw"], num_images=tuple(batch["num_images"])
    )
    return vision.rows(rows).scoring()


def _measured(terms: Tensor, gap: Tensor, chosen: Tensor, mask: Tensor, cap: float | None) -> Tensor:
    """Sums that add up over processes: of chosen terms, of |ℓ| of chosen and of all tokens, and of chosen terms at the cap."""
    own, size = terms.detach().double(), gap.abs().double()
    at_cap = (own >= cap) & chosen if cap is not None else torch.zeros_like(chosen)
    parts = (own[chosen].sum(), size[chosen].sum(), size[mask.bool()].sum(), at_cap.sum())
    return torch.stack([part.double() for part in parts])
