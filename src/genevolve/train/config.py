"""TRL's configuration from a recipe's ``[evolve]``."""

import warnings
from pathlib import Path
from typing import Any

from trl import GRPOConfig

from genevolve.core.errors import UsageError
from genevolve.train.launch import launched
from genevolve.train.settings import Decay, EvolveSettings
from genevolve.train.telemetry import silence

LOSS = "luspo"  # TRL's name: with weights per token, the sum in each row and the mean over rows
SCHEDULERS = {Decay.CONSTANT: "constant_with_warmup", Decay.LINEAR: "linear", Decay.COSINE: "cosine"}


def grpo_config(settings: EvolveSettings, folder: Path, *, on_cpu: bool, **more: Any) -> GRPOConfig:
    """One generation and one optimiser update for each batch, over as many processes as were launched.

    ``more`` goes to ``GRPOConfig`` as it is. Raises ``UsageError`` when the batch does not split evenly.
    """
    silence()
    processes = int(launched(on_cpu=on_cpu, timeout=settings.patience).num_processes)
    values = {**_batch(settings, processes), **_objective(settings), **_running(settings, on_cpu), **more}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*checkpointing. is deprecated", category=FutureWarning)  # of TRL's default
        return GRPOConfig(output_dir=str(folder), **values)


def _batch(settings: EvolveSettings, processes: int) -> dict[str, Any]:
    if settings.requests % processes:
        raise UsageError(
            f"requests = {settings.requests} do not split over {processes} processes, and a group stays on one of them; "
            f"make requests a multiple of {processes}"
        )
    rows = settings.requests * settings.generations // processes
    if rows % settings.micro_batch:
        raise UsageError(f"micro_batch = {settings.micro_batch} does not divide the {rows} rows of a process; choose a divisor")
    return {
        "per_device_train_batch_size": settings.micro_batch,
        "gradient_accumulation_steps": rows // settings.micro_batch,
        "num_generations": settings.generations,
        "num_iterations": 1,
        "max_steps": settings.steps,
        "max_completion_length": settings.max_completion,
    }


def _objective(settings: EvolveSettings) -> dict[str, Any]:
    """Weights per token and luspo's aggregation are seq-mean-token-sum. Dropout would make ρ and ℓ noise."""
    return {
        "loss_type": LOSS,
        "importance_sampling_level": "token",
        "epsilon": settings.clip_low,
        "epsilon_high": settings.clip_high,
        "beta": settings.beta,
        "use_bias_correction_kl": False,
        "scale_rewards": "group",
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": SCHEDULERS[settings.decay],
        "warmup_steps": settings.warmup_steps,
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.max_grad_norm,
        "disable_dropout": True,
    }


def _running(settings: EvolveSettings, on_cpu: bool) -> dict[str, Any]:
    return {
        "bf16": not on_cpu if settings.bf16 is None else settings.bf16,
        "use_cpu": on_cpu,
        "gradient_checkpointing": settings.gradient_checkpointing,
        "save_strategy": "steps",
        "save_steps": settings.save_steps,
        "save_total_limit": settings.keep_checkpoints,
        "logging_steps": 1,
        "seed": settings.seed,
        "report_to": list(settings.report_to),
        "ddp_timeout": int(settings.process_timeout * 60),
        "dataloader_pin_memory": not on_cpu,
    }
