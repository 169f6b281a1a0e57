"""What a self-evolution run does beside training: the memory goes into each checkpoint, held-out requests are tried."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from genevolve.core.case import Case
from genevolve.experience.memory import Memory
from genevolve.policies.local.seeded import untouched
from genevolve.train.components import TrainingComponents
from genevolve.train.evaluate import evaluate
from genevolve.train.recipe import Recipe


class Remember(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Comes before the callback that marks a checkpoint as whole."""

    def __init__(self, memory: Memory, name: str) -> None:
        self._memory = memory
        self._name = name

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.is_world_process_zero:
            self._memory.snapshot(Path(args.output_dir) / f"checkpoint-{state.global_step}" / self._name)


class Evaluations(TrainerCallback):  # type: ignore[misc]
    """Held-out requests with the weights of the moment, at the start, every so many steps, and at the end, on all processes."""

    def __init__(self, recipe: Recipe, members: TrainingComponents, cases: Sequence[Case], path: Path) -> None:
        self._recipe = recipe
        self._members = members
        self._cases = cases
        self._path = path

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == 0 and self._recipe.evolve.eval_at_start:
            self._run(state)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        every = self._recipe.evolve.eval_steps
        if state.global_step == state.max_steps or (every and state.global_step % every == 0):
            self._run(state)

    def _run(self, state: Any) -> None:
        if not self._cases:
            return
        with untouched(), torch.no_grad():
            found = evaluate(self._members, self._cases, self._recipe, state.global_step)
        if not self._members.ranks.first:
            return
        record = {"step": state.global_step, "time": round(time.time(), 3), **found.to_json()}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
