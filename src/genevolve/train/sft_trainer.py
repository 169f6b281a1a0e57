"""TRL's ``SFTTrainer`` with what a cold start adds: a check of every loss, checkpoints known to be whole, a log, rollouts."""

import json
import math
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import trl.trainer.utils
from accelerate import PartialState
from transformers import TrainerCallback
from trl import SFTTrainer

from genevolve.core.errors import ServiceError
from genevolve.policies.local.model import LoadedModel
from genevolve.policies.local.seeded import untouched
from genevolve.store.images import write_atomically
from genevolve.train.output_layer import gather_output_layer
from genevolve.train.saving import PlainSaving

WHOLE = "whole.json"  # written last of all into a checkpoint
Evaluate = Callable[[LoadedModel, int], Mapping[str, float]]  # (model, step) → means over held-out requests
OnStep = Callable[[int, int, Mapping[str, float]], None]  # (step, of, what was logged)


@contextmanager
def labelled_only(device: torch.device) -> Iterator[None]:
    """On the CPU, too, project only the positions that carry loss through the output head, as TRL does on GPUs.

    Elsewhere TRL 1.16 projects all of them, against compilers that dislike changing shapes. The loss is the same.
    """
    known = getattr(trl.trainer.utils, "_use_triton", None)
    if device.type != "cpu" or known is None:
        yield
        return
    trl.trainer.utils._use_triton = lambda _: True
    try:
        yield
    finally:
        trl.trainer.utils._use_triton = known


class ColdStartTrainer(PlainSaving, SFTTrainer):  # type: ignore[misc]  # trl is untyped
    """Stops before a loss that is no number reaches the weights."""

    def __init__(self, **trl: Any) -> None:
        super().__init__(**trl)
        if self.is_fsdp_enabled:
            gather_output_layer(self.model)

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        with labelled_only(self.args.device):
            found = super().compute_loss(model, inputs, return_outputs=return_outputs, num_items_in_batch=num_items_in_batch)
        loss = found[0] if return_outputs else found
        if not math.isfinite(value := float(loss.detach())):
            raise ServiceError(
                f"the loss is {value} at step {self.state.global_step + 1}: no update was made with it. The last checkpoint is "
                "from before; lower sft.learning_rate or sft.max_grad_norm, or set model.dtype = 'float32', and start again"
            )
        return found


class Checkpoints(TrainerCallback):  # type: ignore[misc]
    """Marks a checkpoint as whole once everything is in it, of all processes: each may be killed at any byte."""

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        PartialState().wait_for_everyone()  # each process writes files of its own
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            write_atomically(folder / WHOLE, json.dumps({"step": state.global_step}).encode())


def last_checkpoint(folder: Path) -> Path | None:
    """The latest whole checkpoint; halves of others are removed."""
    whole: dict[int, Path] = {}
    for path in folder.glob("checkpoint-*"):
        if (path / WHOLE).is_file():
            whole[int(path.name.partition("-")[2])] = path
        else:
            shutil.rmtree(path)
    return whole[max(whole)] if whole else None


class Log(TrainerCallback):  # type: ignore[misc]
    """``log.jsonl``: one line for each record of the trainer, and the same to ``on_step``."""

    def __init__(self, path: Path, on_step: OnStep) -> None:
        self._path = path
        self._on_step = on_step

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        if not state.is_world_process_zero or not logs:
            return
        record = {"step": state.global_step, "time": round(time.time(), 3), **logs}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self._on_step(state.global_step, state.max_steps, record)


def forget_after(path: Path, step: int) -> None:
    """Take out of the log what a run wrote after the checkpoint from which it goes on."""
    if not path.is_file():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            if json.loads(line)["step"] <= step:
                kept.append(line)
        except (ValueError, KeyError, TypeError):
            continue  # the torn last line of a process that was killed
    write_atomically(path, "".join(f"{line}\n" for line in kept).encode())


class RolloutCallback(TrainerCallback):  # type: ignore[misc]
    """Evaluation by real episodes with the weights of the moment. The state of training's randomness is left as it was."""

    def __init__(self, evaluate: Evaluate, loaded: LoadedModel, *, every: int, at_start: bool) -> None:
        self._evaluate = evaluate
        self._loaded = loaded
        self._every = every
        self._at_start = at_start
        self.trainer: Any = None  # set once the trainer exists

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self._at_start and state.global_step == 0:
            self._run(0)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        step = state.global_step
        if step == state.max_steps or (self._every and step % self._every == 0):
            due = control.should_log
            self._run(step)
            control.should_log = due  # the trainer takes any record for the one that was due

    def _run(self, step: int) -> None:
        trainer = self.trainer
        model = trainer.accelerator.unwrap_model(trainer.model)
        training = model.training
        model.eval()
        try:
            with untouched(), torch.no_grad():
                found = self._evaluate(replace(self._loaded, model=model), step)
            trainer.log({f"rollout/{name}": float(value) for name, value in found.items()})
        finally:
            model.train(training)
