"""Weights of the teacher where they are not the student's own: frozen at the start of training, or a moving average."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import TrainerCallback

from genevolve.core.errors import UsageError
from genevolve.train.settings import Teacher
from genevolve.train.term import TermNeeds

FILE = "teacher.safetensors"


class TeacherWeights:
    """A copy of the trainable parameters of ``model`` (with LoRA: of the adapter), kept beside them."""

    def __init__(self, model: nn.Module, *, decay: float | None) -> None:
        """``decay``: of the moving average; None = frozen."""
        self._model = model
        self._decay = decay
        self._copy: dict[str, Tensor] = {name: p.detach().clone() for name, p in self._trained()}

    def _trained(self) -> Iterator[tuple[str, nn.Parameter]]:
        return ((name, p) for name, p in self._model.named_parameters() if p.requires_grad)

    @contextmanager
    def swapped_in(self) -> Iterator[None]:
        """Within, the model computes with the teacher's weights. Not for backward passes."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, parameter in self._trained():
            parameter.data, self._copy[name] = self._copy[name], parameter.data

    @torch.no_grad()
    def follow(self) -> None:
        """One optimiser step was made."""
        if self._decay is not None:
            for name, parameter in self._trained():
                self._copy[name].lerp_(parameter.detach(), 1 - self._decay)

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        save_file({name: value.contiguous() for name, value in self._copy.items()}, folder / FILE)

    def load(self, folder: Path) -> None:
        """Raises ``UsageError`` when the checkpoint has no teacher, or one of another model."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        if not (folder / FILE).is_file():
            raise UsageError(f"{folder}: no {FILE}; this checkpoint was made with teacher = live or snapshot, resume with that")
        try:
            kept = load_file(folder / FILE)
        except (OSError, SafetensorError) as error:
            raise UsageError(f"{folder / FILE} is damaged ({error}); resume from an earlier checkpoint") from None
        if {n: v.shape for n, v in kept.items()} != {n: v.shape for n, v in self._copy.items()}:
            raise UsageError(f"{folder / FILE}: its parameters are not this model's; resume with the recipe that made it")
        for name, value in self._copy.items():
            value.copy_(kept[name])


class TeacherKeeper(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Moves the teacher after every optimiser step, before a checkpoint is saved."""

    def __init__(self, weights: TeacherWeights) -> None:
        self.weights = weights

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.weights.follow()


def teacher_weights(model: nn.Module, needs: Sequence[TermNeeds]) -> TeacherWeights | None:
    """None where the student is its own teacher, or there is none. Raises ``UsageError`` for more than one other teacher."""
    older = [one for one in needs if one.teacher in (Teacher.EMA, Teacher.FROZEN)]
    wanted = {one.ema_decay if one.teacher is Teacher.EMA else None for one in older}
    if len(wanted) > 1:
        raise UsageError("the terms of the loss want different teachers; use either ema or frozen in all of them")
    return TeacherWeights(model, decay=wanted.pop()) if wanted else None
