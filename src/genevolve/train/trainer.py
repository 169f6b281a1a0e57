"""GRPO with visual experience distillation: TRL's ``GRPOTrainer``, to which the rollout and further loss terms are added.

Nothing of GRPO is written again. Each batch: ``roll`` gives one ``Attempt`` for each row, TRL makes advantages and the clipped
loss, and each term (see ``term``) works on the student's log-probabilities from TRL's own forward pass. A teacher is the same
weights (or older ones), without gradient, on the same completion ids behind the prompt with the lesson.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import gather_object
from torch import Tensor
from trl.trainer.utils import RepeatSampler

from genevolve.core.errors import ServiceError, UsageError
from genevolve.train import batch, losses, packed
from genevolve.train.attempt import Attempt
from genevolve.train.batch import TensorBatch, sampled_tokens
from genevolve.train.checks import check_attempts, check_dropout, check_groups
from genevolve.train.finite import FiniteGradients
from genevolve.train.order import InEpochs, Upcoming
from genevolve.train.scoring import plain_head, shrink_tiles
from genevolve.train.settings import Teacher
from genevolve.train.tally import metrics, tally
from genevolve.train.telemetry import silence
from genevolve.train.term import LossTerm, TermRows
from genevolve.train.trainer_log import LoggingTrainer
from genevolve.train.vision import read
from genevolve.train.weights import TeacherKeeper, teacher_weights

Roll = Callable[[Sequence[Mapping[str, Any]], "EvolveTrainer"], Sequence[Attempt]]
OnDisagreement = Callable[[int, Sequence[int], TermRows, Tensor], None]


def reward(prompts: Any, **_: Any) -> list[float]:
    """Names the reward in TRL's log. Rewards come with the attempts: see ``_calculate_rewards``."""
    raise AssertionError("rewards come with the attempts")


class EvolveTrainer(LoggingTrainer):
    """``roll(rows, trainer)`` gets the data-set rows of this process's batch and returns an ``Attempt`` for each, in order.

    ``terms`` are added to TRL's loss, which ``policy_weight`` multiplies. ``gain_weight``: how much the gain of a round adds to
    the advantage of its tokens. ``observe`` is shown where teacher and student
    disagree (see ``DisagreementLog.note``). ``share_prompts`` and ``kl_interval``: see the classes above.
    ``ahead``: attempts were sampled with older weights (see ``RolloutAhead``). Then the ratio of the policy gradient, and that
    of the terms, is taken to the log-probabilities that were noted while sampling: importance correction under GRPO's clipping.
    Otherwise it is taken to those of the moment, so that it is 1, and the noted ones are compared with them and no more.
    Rows come as groups of ``num_generations`` (in evaluation ``num_generations_eval``) equal rows, whole groups only.
    All other arguments are TRL's own. Raises ``UsageError`` for settings and attempts that cannot be trained on, and
    ``ServiceError`` at the first loss or gradient that is not a finite number, before it reaches the weights or a checkpoint.
    """

    def __init__(
        self,
        *,
        roll: Roll,
        terms: Sequence[LossTerm] = (),
        observe: OnDisagreement | None = None,
        policy_weight: float = 1.0,
        gain_weight: float = 0.0,
        ahead: bool = False,
        **more: Any,
    ) -> None:
        silence()
        self.roll = roll
        self.terms = tuple(terms)
        self._observe = observe
        self._policy_weight = policy_weight
        self._gain_weight = gain_weight
        self._ahead = ahead
        self._upcoming: Upcoming | None = None
        self._rows: list[dict[str, Any]] = []
        self._attempts: list[Attempt] = []
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="You are using 'rollout_func'", category=UserWarning)
            super().__init__(reward_funcs=[reward], rollout_func=_roll, **more)
        self._check()
        shrink_tiles(self.accelerator.device)
        self._teacher = teacher_weights(self.model, [term.needs for term in self.terms])
        if self._teacher is not None:
            self.add_callback(TeacherKeeper(self._teacher))
        self.add_callback(FiniteGradients())

    # ---- the rollout

    def _get_train_sampler(self, dataset: Any = None) -> RepeatSampler:
        sampler = super()._get_train_sampler(dataset)
        return InEpochs(sampler, lambda: int(self.state.epoch or 0))

    def upcoming(self, step: int) -> list[dict[str, Any]]:
        """The rows that this process will be given for a step to come; steps are asked for in their order."""
        if self._upcoming is None:
            rows = self.args.per_device_train_batch_size * self.args.steps_per_generation
            self._upcoming = Upcoming(super()._get_train_sampler(), self.args.process_index, rows)
        return [dict(self.train_dataset[index]) for index in self._upcoming.of(step)]

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> TensorBatch:
        self._rows = inputs
        try:
            output: TensorBatch = super()._generate_and_score_completions(inputs)
            attempts, vision = self._attempts, self._vision
        finally:
            self._rows, self._attempts, self._vision = [], [], None
        if vision is not None:
            output |= batch.picture_keys(vision)
        if self.model.training and self._ahead:
            output["old_per_token_logps"] = output["sampling_per_token_logps"]
        if self.model.training and self._gain_weight:
            output[batch.GAINS] = batch.gains_of(attempts, output)
        if self.model.training and self.terms:
            output |= self._prepared(attempts, output)
        return output

    def _roll_batch(self) -> TensorBatch:
        group = self.num_generations if self.model.training else self.num_generations_eval
        check_groups(self._rows, group)
        attempts = list(self.roll(self._rows, self))
        check_attempts(attempts, len(self._rows))
        self._attempts = attempts
        pictures = getattr(self.processing_class, "image_processor", None)
        self._vision = read(attempts, pictures, self._image_token, self.accelerator.device)
        for name, value in metrics(gather_object([tally(attempts, group)])).items():
            self._note(name, value)
        return batch.trl_rows(attempts)

    def _calculate_rewards(self, inputs: Any, prompts: Any, completions: Any, completion_ids_list: Any) -> Tensor:
        """(all rows, 1); NaN = unscored, which TRL leaves out of mean and std and gives an advantage of 0."""
        gathered: Tensor = self.accelerator.gather(batch.values_of(self._attempts, self.accelerator.device).unsqueeze(1))
        return gathered

    def _prepared(self, attempts: Sequence[Attempt], output: TensorBatch) -> TensorBatch:
        """Further keys of the batch: what the terms are about, and denominators over all processes."""
        found = batch.guidance(attempts, self.accelerator.device)
        mask, remembered = sampled_tokens(output), torch.zeros(len(attempts), dtype=torch.bool, device=self.accelerator.device)
        for term in self.terms:
            rows = batch.rows_of(term, attempts, output)
            every = self.accelerator.reduce(batch.counts_of(term, mask * rows.unsqueeze(1)), reduction="sum")
            found |= batch.keys_of(term, rows, every)
            if term.needs.teacher is Teacher.SNAPSHOT and every[1] > 0:
                remembered |= rows
                found[batch.TEACHER_LOGPS] = None
        if batch.TEACHER_LOGPS in found:
            found[batch.TEACHER_LOGPS] = self._snapshot(output | found, remembered)
        return found

    # ---- the loss

    def _compute_loss(self, model: Any, inputs: TensorBatch) -> Tensor:
        active = self._active(inputs)
        wanted = any(term.needs.states for term, _ in active)
        with self._capturing() as captured, self._states(wanted) as states, self._wanting(sampled_tokens(inputs)):
            policy: Tensor = super()._compute_loss(model, batch.credited(inputs, self._gain_weight)) * self._policy_weight
        self._note_sampling_gap(captured[0], inputs)
        self._note_kl(model, inputs, captured[0])
        loss, parts = policy, {"policy": policy}
        for term, weight in active:
            value = self._term(term, model, inputs, captured[0], states)
            if value is not None:
                parts[term.name] = weight * value
                loss = loss + parts[term.name]
            self._note(f"{term.name}/lambda", weight)
        if len(parts) > 1:
            self._note_gradients(parts, max(term.gradient_interval for term, _ in active))
        self._stop_unless_finite(policy, loss)
        return loss

    def _active(self, inputs: TensorBatch) -> list[tuple[LossTerm, float]]:
        """The terms that this batch has rows for, with their weights of the moment."""
        if not self.model.training:
            return []
        known = [(term, batch.totals_of(term, inputs)) for term in self.terms]
        weighed = [
            (term, term.weight(self.state.global_step, self.state.max_steps)) for term, own in known if own and own.guided > 0
        ]
        return [(term, weight) for term, weight in weighed if weight > 0]

    def _term(self, term: LossTerm, model: Any, inputs: TensorBatch, student: Tensor, states: list[Tensor]) -> Tensor | None:
        """This process's share of a term in this micro-batch; None when it has no row for it."""
        rows = inputs[batch.row_key(term)].nonzero().flatten().tolist()
        teacher, stated = self._teach(term, model, inputs, rows)
        if not rows:
            self._note_term(term, inputs, torch.zeros(1 + len(term.measures), dtype=torch.float64, device=student.device))
            return None
        own = self._term_rows(inputs, rows, student, teacher, (states, stated) if term.needs.states else None)
        with torch.no_grad():
            chosen = term.choose(own)
        if self._observe is not None and own.teacher is not None:
            self._observe(self.state.global_step, inputs[batch.ROW][rows].tolist(), own, chosen)
        with self.accelerator.autocast() if term.needs.states else nullcontext():
            values = term.values(own, chosen)
        total = values.detach().double()[chosen].sum()
        sums = [total, *term.measured(own, chosen, values.detach())]
        self._note_term(term, inputs, torch.stack([part.double() for part in sums]))
        self._note_noise(term, model, inputs, own, rows)
        return losses.aggregate(values, chosen, self._share(term, inputs), term.aggregation)

    def _teach(
        self, term: LossTerm, model: Any, inputs: TensorBatch, rows: Sequence[int]
    ) -> tuple[Tensor | None, list[Tensor]]:
        """What the teacher of ``term`` says of ``rows``: log q (rows, tokens), and its hidden states where they are needed."""
        if term.needs.teacher is None:
            return None, []
        if term.needs.teacher is Teacher.SNAPSHOT:
            return inputs[batch.TEACHER_LOGPS][rows], []
        if not self._all_or_none(len(rows)):
            return None, []
        with self._states(term.needs.states) as stated:
            found = self._teacher_scores(model, inputs, rows) if rows else self._idle_pass(model, inputs)
        return found, stated

    def _term_rows(
        self,
        inputs: TensorBatch,
        rows: Sequence[int],
        student: Tensor,
        teacher: Tensor | None,
        states: tuple[list[Tensor], list[Tensor]] | None,
    ) -> TermRows:
        old = inputs.get("old_per_token_logps")
        seen = None
        if states is not None:
            before = slice(-student.shape[1] - 1, -1)  # the state that predicts a token is the one before it
            other = states[1][0] if states[1] else states[0][0][rows]
            seen = (states[0][0][rows][:, before], other[:, before])
        return TermRows(
            ids=inputs["completion_ids"][rows],
            mask=sampled_tokens(inputs)[rows],
            student=student[rows],
            advantages=inputs["advantages"][rows],
            temperature=self.temperature,
            old=None if old is None else old[rows],
            teacher=teacher,
            states=seen,
            head=self.accelerator.unwrap_model(self.model).get_output_embeddings() if states is not None else None,
        )

    def _share(self, term: LossTerm, inputs: TensorBatch) -> losses.Totals:
        """Denominators for this process and micro-batch: processes are averaged, micro-batches added (already scaled)."""
        window = self.current_gradient_accumulation_steps / self.args.steps_per_generation
        totals = batch.totals_of(term, inputs)
        assert totals is not None
        return totals.scaled(window / self.accelerator.num_processes)

    def _stop_unless_finite(self, policy: Tensor, loss: Tensor) -> None:
        broken = self.accelerator.reduce((~loss.detach().isfinite()).float(), reduction="sum")
        if float(broken):
            own = f"{float(loss.detach())} (GRPO alone: {float(policy.detach())}) on process {self.args.process_index}"
            raise ServiceError(
                f"step {self.state.global_step + 1}: the loss is not finite: {own}; nothing was updated or saved. "
                "The last checkpoint is complete: resume from it with a lower learning_rate, lambda_ or c_tok"
            )

    # ---- settings that do not go together

    def _check(self) -> None:
        check_dropout(self.model)
        states = any(term.needs.states for term in self.terms)
        names = [term.name for term in self.terms]
        if len(set(names)) < len(names):
            raise UsageError(f"evolve.losses: two terms are called alike ({', '.join(names)}); their log would be mixed up")
        rows = self.args.per_device_train_batch_size * self.args.steps_per_generation
        if rows % self.num_generations:
            raise UsageError(
                f"a process holds {rows} rows of a batch, not a multiple of num_generations = {self.num_generations}: a group "
                "would straddle processes; change per_device_train_batch_size or gradient_accumulation_steps"
            )
        older = any(term.needs.teacher in (Teacher.EMA, Teacher.FROZEN) for term in self.terms)
        if self.sharded and (states or older or self._kl_interval):
            raise UsageError(
                "full_vocab, teacher = ema or frozen, and kl_interval need unsharded weights; FSDP and DeepSpeed split them"
            )
        alone = self.accelerator.num_processes == 1
        if self._share_prompts and not (alone and not states and packed.fits(self.model)):
            raise UsageError(
                "share_prompts works in one process, for text models with plain attention whose output layer is not trained "
                "(LoRA), and without full_vocab; set evolve.share_prompts = false"
            )
        if states:
            plain_head(self.model)

    # ---- checkpoints

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        super()._save_optimizer_and_scheduler(output_dir)
        if self._teacher is not None and self.args.should_save:
            self._teacher.save(Path(output_dir))

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        super()._load_optimizer_and_scheduler(checkpoint)
        if self._teacher is not None and checkpoint is not None:
            self._teacher.load(Path(checkpoint))


def _roll(prompts: Any, trainer: EvolveTrainer) -> TensorBatch:
    return trainer._roll_batch()
