"""What the log says of a step beside TRL's own values. Nothing here changes training."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from genevolve.core.errors import ServiceError
from genevolve.train import losses
from genevolve.train.batch import TEACHER_PROMPTS, TensorBatch, own_prompts, sampled_tokens, totals_of
from genevolve.train.scoring_trainer import ScoringTrainer
from genevolve.train.settings import Aggregation
from genevolve.train.term import LossTerm, TermRows
from genevolve.train.weights import TeacherWeights

_FEW = 8  # tokens: of so few an average says nothing


class LoggingTrainer(ScoringTrainer):
    """Every ``kl_interval`` updates (0: never) the log says how far the policy has moved from the one at the start.

    ``max_sampling_gap``: how far apart sampling and training may be on average (None: as far as they are).
    """

    def __init__(self, *, kl_interval: int = 0, max_sampling_gap: float | None = None, **more: Any) -> None:
        super().__init__(**more)
        self._max_sampling_gap = max_sampling_gap
        self._kl_interval = kl_interval
        self._start = TeacherWeights(self.model, decay=None) if kl_interval else None

    def _note(self, name: str, value: float) -> None:
        self._metrics["train" if self.model.training else "eval"][name].append(value)

    def _note_term(self, term: LossTerm, inputs: TensorBatch, own: Tensor) -> None:
        """``own``: sums of this process, of the chosen values and of the term's measures.

        TRL averages over micro-batches: sums are multiplied by their number, so that the log shows the step's value.
        """
        found = (self.accelerator.reduce(own, reduction="sum") * self.args.steps_per_generation).tolist()
        totals = totals_of(term, inputs)
        assert totals is not None
        for aggregation in Aggregation:
            self._note(f"{term.name}/{aggregation.value}", found[0] / totals.of(aggregation))
        for name, value in term.logged(dict(zip(term.measures, found[1:], strict=True)), totals).items():
            self._note(f"{term.name}/{name}", value)

    def _note_sampling_gap(self, student: Tensor, inputs: TensorBatch) -> None:
        """How far what the sampler noted lies from what is scored: within rounding, or the sampler is another model."""
        noted = inputs.get("sampling_per_token_logps")
        if noted is None:
            return
        mask = sampled_tokens(inputs).bool()
        apart = (student.detach() - noted).abs()[mask].double()
        sums = torch.stack([apart.sum(), mask.sum().double()])
        total, count = self.accelerator.reduce(sums, reduction="sum").tolist()
        if count:
            self._note("rollout/sampled_scored_gap", total / count)
            self._stop_where_others_sampled(total, count)

    def _stop_where_others_sampled(self, total: float, count: float) -> None:
        """Raises ``ServiceError`` where ``total`` over ``count`` tokens is more than rounding and what ``top_p`` cuts off, as
        servers tell the log-probabilities of what is left."""
        if self._max_sampling_gap is None or not self.model.training:
            return
        most = self._max_sampling_gap - math.log(self.args.top_p)
        if total > most * (count + _FEW):
            raise ServiceError(
                f"step {self.state.global_step + 1}: the log-probabilities of sampling lie {total / count:.3g} from those of "
                f"training, on average over {count:.0f} tokens; evolve.max_sampling_gap is {self._max_sampling_gap:g}. What "
                "was sampled is not of the weights, the temperature or the pictures in training; nothing was updated. The last "
                "checkpoint is complete: see that the server runs the same model with --logprobs-mode processed_logprobs"
            )

    def _note_kl(self, model: Any, inputs: TensorBatch, student: Tensor) -> None:
        """KL(policy ‖ policy at the start) by the low-variance estimator on the sampled tokens, of a row and of a token."""
        step = self.state.global_step
        if self._start is None or not self.model.training or not step or step % self._kl_interval:
            return
        with self._start.swapped_in():
            rows, width = range(len(student)), inputs["prompt_ids"].shape[1]
            before = self._score_behind(model, own_prompts(inputs, rows), inputs, rows, width)
        mask = sampled_tokens(inputs)
        kl = losses.k3(student.detach() - before)[mask.bool()].double()
        parts = torch.stack([kl.sum(), mask.any(1).sum().double(), mask.sum().double()])
        total, scored, tokens = self.accelerator.reduce(parts, reduction="sum").tolist()
        if tokens:
            self._note("kl_to_start/sequence_sum", total / scored)
            self._note("kl_to_start/token_mean", total / tokens)

    def _note_gradients(self, terms: dict[str, Tensor], interval: int) -> None:
        """Gradient norms of the terms of the loss, of this process's first micro-batch. Not with sharded weights."""
        first = self._step % self.current_gradient_accumulation_steps == 0
        if not interval or self.sharded or not first or self.state.global_step % interval:
            return
        trained = [p for p in self.model.parameters() if p.requires_grad]
        for name, term in terms.items():
            found = torch.autograd.grad(term, trained, retain_graph=True, allow_unused=True)
            norms = [grad.norm() for grad in found if grad is not None]
            self._note(f"gradient/{name}", float(torch.stack(norms).norm()))

    def _note_noise(self, term: LossTerm, model: Any, inputs: TensorBatch, own: TermRows, rows: Sequence[int]) -> None:
        """|ℓ| of the student against itself, shifted by padding as the teacher's view is: what rounding alone makes of it."""
        interval = term.noise_interval
        if not interval or own.teacher is None or self.sharded or self.state.global_step % interval:
            return
        width = max(len(inputs[TEACHER_PROMPTS][row]) for row in rows)
        shifted = self._score_behind(
            model, own_prompts(inputs, rows), inputs, rows, max(width, inputs["prompt_ids"].shape[1] + 1)
        )
        itself = TermRows(
            ids=own.ids,
            mask=own.mask,
            student=own.student.detach(),
            teacher=shifted,
            advantages=own.advantages,
            temperature=own.temperature,
        )
        gap = itself.gap.abs()
        self._note(f"{term.name}/noise_gap", float(gap[own.mask.bool()].mean()))
        self._note(f"{term.name}/noise_kept_gap", float(gap[term.choose(itself)].mean()))
