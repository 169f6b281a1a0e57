"""The supervised cold start: trajectories of a teacher to weights (an adapter, or a whole model) through TRL's trainer.

A run folder holds ``run.json`` (recipe, data, versions), ``log.jsonl``, ``checkpoints/`` and at the end ``adapter/`` or
``model/``. Interrupted at any moment, it goes on from its last whole checkpoint as if nothing had happened.
"""

import errno
import hashlib
import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genevolve.core.errors import UsageError
from genevolve.policies.local.lora import adapter_base, add_lora, lora_config, quiet_libraries, save_adapter
from genevolve.policies.local.model import LoadedModel, load_model
from genevolve.policies.local.seeded import seeded
from genevolve.policies.local.template import ChatTemplate
from genevolve.run.folder import RunFolder
from genevolve.store.hub import local_folder
from genevolve.train.recipe import Recipe, SftSettings
from genevolve.train.sft_data import Collator, Corpus, TrainingConversation, read_corpus

if TYPE_CHECKING:
    from genevolve.train.sft_trainer import Evaluate, OnStep

TENSORBOARD = "tensorboard"
_DISK_FULL = ("No space left", "failed writing file", "os error 28", "inline_container.cc")  # the last is torch's zip writer
_FREE = {"log_steps", "keep_checkpoints", "save_steps", "report_to", "eval_steps", "eval_at_start"}  # may change on resume


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart:
    """What came out. ``weights`` is the folder of the adapter or model; ``losses`` the loss of each logged step."""

    weights: Path
    steps: int
    losses: tuple[float, ...]


def cold_start(
    recipe: Recipe,
    *,
    data: Path,
    folder: RunFolder,
    about: Mapping[str, Any],
    evaluate: "Evaluate | None" = None,
    on_step: "OnStep" = lambda step, steps, logs: None,
    on_corpus: Callable[[Corpus], None] = lambda corpus: None,
    home: Path | None = None,
) -> ColdStart:
    """Train. The caller holds ``folder``; a run that is there already goes on from its last whole checkpoint.

    Raises ``UsageError`` (recipe, data, a checkpoint of another recipe), ``ServiceError`` (a loss that is no number) and
    ``OSError``.
    """
    from genevolve.train.continuing import step_of
    from genevolve.train.sft_trainer import forget_after, last_checkpoint
    from genevolve.train.telemetry import silence

    silence()
    check_settings(recipe)
    loaded = model_of(recipe, home)
    corpus = _corpus(recipe, data, loaded)
    on_corpus(corpus)
    checkpoints = folder.path / "checkpoints"
    start = last_checkpoint(checkpoints)
    folder.describe({**about, "input": identity(recipe, corpus, loaded)})
    forget_after(folder.path / "log.jsonl", step_of(start))
    with disk_errors(folder.path), quiet_libraries():
        trainer = _trainer(recipe, loaded, corpus, folder, evaluate, on_step)
        trainer.train(resume_from_checkpoint=None if start is None else str(start))
        weights = export_weights(trainer, loaded, folder.path)
    losses = tuple(entry["loss"] for entry in trainer.state.log_history if "loss" in entry)
    return ColdStart(weights=weights, steps=trainer.state.global_step, losses=losses)


def model_of(recipe: Recipe, home: Path | None) -> LoadedModel:
    """The model on the CPU (the trainer moves it), open to gradients as the recipe says."""
    chosen = recipe.model
    loaded = load_model(
        chosen.name,
        adapter=chosen.adapter,
        device="cpu",
        dtype="float32" if chosen.dtype == "auto" else chosen.dtype,
        trainable=chosen.adapter is not None or recipe.lora.r == 0,
        home=home,
    )
    if chosen.adapter is not None or recipe.lora.r == 0:
        return loaded
    config = lora_config(
        loaded.model, r=recipe.lora.r, alpha=recipe.lora.alpha, upper_layers=recipe.lora.upper_layers, vision=loaded.vision
    )
    with seeded(recipe.sft.seed):
        return _with(loaded, add_lora(loaded.model, config))


def _with(loaded: LoadedModel, model: Any) -> LoadedModel:
    from dataclasses import replace

    return replace(loaded, model=model.train())


def _corpus(recipe: Recipe, data: Path, loaded: LoadedModel) -> Corpus:
    from accelerate import PartialState

    template = ChatTemplate(loaded.tokenizer, loaded.processor)
    if PartialState().is_main_process:
        template.tell_where_rewritten(loaded.name)
    return read_corpus(data, template, cutoff=recipe.sft.cutoff, vision=loaded.vision, skip_broken=recipe.data.skip_broken)


def identity(recipe: Recipe, corpus: Corpus, loaded: LoadedModel) -> dict[str, Any]:
    """What must be the same for a run to go on: everything that shapes the weights."""
    digest = hashlib.sha256()
    for transcript in corpus.train:
        digest.update(json.dumps([transcript.ids, transcript.mask]).encode())
    known = known_identity(recipe)
    return {
        **known,
        "model": {"name": loaded.name, **known["model"]},
        "data": {"trajectories": len(corpus.train), "digest": digest.hexdigest()[:16]},
    }


def known_identity(recipe: Recipe) -> dict[str, Any]:
    """What of the identity is known before a model and its data are loaded."""
    return {
        "model": {"adapter": recipe.model.adapter, "dtype": recipe.model.dtype},
        "lora": recipe.lora.model_dump(mode="json"),
        "sft": recipe.sft.model_dump(mode="json", exclude=_FREE),
    }


def check_settings(recipe: Recipe) -> None:
    """Raises ``UsageError`` for what can be refused before a model is loaded."""
    check_model(recipe)
    _accumulation(recipe.sft, trains_on_cpu(recipe.model.device))
    for name in recipe.sft.report_to:
        if importlib.util.find_spec(name) is None:
            raise UsageError(f"sft.report_to names {name!r}, which is not installed: pip install {name}")


def check_model(recipe: Recipe) -> None:
    """The adapter to start from is there, and can be trained. Raises ``UsageError``."""
    if recipe.model.adapter is None:
        return
    if recipe.lora.r == 0:
        raise UsageError("model.adapter is set and lora.r = 0: an adapter cannot be trained as a full model; set lora.r")
    adapter_base(local_folder(recipe.model.adapter, "model", setting="adapter"))


def _trainer(
    recipe: Recipe, loaded: LoadedModel, corpus: Corpus, folder: RunFolder, evaluate: "Evaluate | None", on_step: "OnStep"
) -> Any:
    from datasets import Dataset
    from transformers import PrinterCallback

    from genevolve.train.sft_trainer import Checkpoints, ColdStartTrainer, Log, RolloutCallback

    callbacks: list[Any] = [Checkpoints(), Log(folder.path / "log.jsonl", on_step), *_reporters(recipe.sft, folder.path)]
    rollouts = None
    if evaluate is not None:
        rollouts = RolloutCallback(evaluate, loaded, every=recipe.sft.eval_steps, at_start=recipe.sft.eval_at_start)
        callbacks.append(rollouts)
    processor = loaded.processor
    trainer = ColdStartTrainer(
        model=loaded.model,
        args=_arguments(recipe, folder.path / "checkpoints"),
        train_dataset=Dataset.from_list([_row(number, one) for number, one in enumerate(corpus.train)]),
        data_collator=Collator(
            corpus.train,
            pad=loaded.tokenizer.pad_token_id,
            processor=processor,
            image_token=getattr(processor, "image_token_id", None),
        ),
        processing_class=loaded.tokenizer,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    if rollouts is not None:
        rollouts.trainer = trainer
    return trainer


def _reporters(sft: SftSettings, folder: Path) -> list[Any]:
    """TensorBoard's files lie in the run's folder."""
    if TENSORBOARD not in sft.report_to:
        return []
    from torch.utils.tensorboard import SummaryWriter
    from transformers.integrations import TensorBoardCallback

    return [TensorBoardCallback(SummaryWriter(log_dir=str(folder / TENSORBOARD)))]


def _row(number: int, transcript: TrainingConversation) -> dict[str, Any]:
    return {"number": number, "input_ids": list(transcript.ids), "labels": transcript.labels}


def _arguments(recipe: Recipe, output: Path) -> Any:
    from trl import SFTConfig

    sft = recipe.sft
    on_cpu = trains_on_cpu(recipe.model.device)
    schedules = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}
    return SFTConfig(
        output_dir=str(output),
        num_train_epochs=sft.epochs,
        max_steps=sft.steps or -1,
        per_device_train_batch_size=sft.micro_batch,
        gradient_accumulation_steps=_accumulation(sft, on_cpu),
        learning_rate=sft.learning_rate,
        lr_scheduler_type=schedules[sft.schedule],
        warmup_steps=sft.warmup_ratio,
        weight_decay=sft.weight_decay,
        max_grad_norm=sft.max_grad_norm,
        bf16=not on_cpu if sft.bf16 is None else sft.bf16,
        use_cpu=on_cpu,
        gradient_checkpointing=sft.gradient_checkpointing,
        seed=sft.seed,
        save_strategy="steps",
        save_steps=sft.save_steps,
        save_total_limit=sft.keep_checkpoints,
        logging_steps=sft.log_steps,
        logging_nan_inf_filter=False,
        report_to=[name for name in sft.report_to if name != TENSORBOARD] or "none",
        disable_tqdm=True,
        dataloader_pin_memory=not on_cpu,
        remove_unused_columns=False,
        max_length=None,
        packing=False,
        dataset_kwargs={"skip_prepare_dataset": True},
    )


def trains_on_cpu(device: str) -> bool:
    """Raises ``UsageError`` for a device that only a launcher can choose."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return not (there["cuda"] or there["mps"])
    if device not in there:
        raise UsageError(
            f"model.device = {device!r}: in training choose auto, cpu, cuda or mps; CUDA_VISIBLE_DEVICES names cards"
        )
    if not there[device]:
        raise UsageError(f"model.device = {device!r} is not there; set it to auto")
    return device == "cpu"


def _accumulation(sft: SftSettings, on_cpu: bool) -> int:
    from genevolve.train.launch import launched

    processes = int(launched(on_cpu=on_cpu).num_processes)
    if sft.batch % (sft.micro_batch * processes):
        raise UsageError(
            f"sft.batch = {sft.batch} does not split into {processes} processes × sft.micro_batch = {sft.micro_batch}; "
            "make it a multiple"
        )
    return sft.batch // (sft.micro_batch * processes)


def export_weights(trainer: Any, loaded: LoadedModel, folder: Path) -> Path:
    """The trained weights, as ``load_model`` takes them."""
    state = trainer.accelerator.get_state_dict(trainer.model)
    model = trainer.accelerator.unwrap_model(trainer.model)
    target = folder / ("adapter" if hasattr(model, "peft_config") else "model")
    if trainer.accelerator.is_main_process:
        if hasattr(model, "peft_config"):
            save_adapter(model, target, state=state)
        else:
            model.save_pretrained(target, state_dict=state)
            (loaded.processor or loaded.tokenizer).save_pretrained(target)
    trainer.accelerator.wait_for_everyone()
    return target


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """torch and safetensors tell a full disk in errors of their own kinds; as ``OSError`` it is told like everywhere."""
    try:
        yield
    except Exception as error:
        said = str(error)
        if not isinstance(error, OSError) and any(sign in said for sign in _DISK_FULL):
            raise OSError(errno.ENOSPC, "No space left on device", str(folder)) from error
        raise
