"""TRL's configuration from ``GrpoSettings``."""

import warnings
from pathlib import Path
from typing import Any

from trl import GRPOConfig

from genevolve.core.errors import UsageError
from genevolve.train.settings import Decay, GrpoSettings
from genevolve.train.telemetry import silence

SCHEDULERS = {Decay.CONSTANT: "constant_with_warmup", Decay.LINEAR: "linear", Decay.COSINE: "cosine"}


def grpo_config(settings: GrpoSettings, folder: Path, **more: Any) -> GRPOConfig:
    """One generation and one optimiser update for each batch, over as many processes as were launched.

    ``more`` goes to ``GRPOConfig`` as it is. Raises ``UsageError`` when the batch does not split evenly.
    """
    silence()
    _settle_processes(settings)
    values = {**_batch(settings, _processes()), **_objective(settings), **_running(settings), **more}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*checkpointing. is deprecated", category=FutureWarning)  # of TRL's default
        return GRPOConfig(output_dir=str(folder), **values)


def _settle_processes(settings: GrpoSettings) -> None:
    from accelerate import PartialState

    PartialState(cpu=settings.use_cpu)


def _processes() -> int:
    from accelerate import PartialState

    return int(PartialState().num_processes)


def _batch(settings: GrpoSettings, processes: int) -> dict[str, Any]:
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


def _objective(settings: GrpoSettings) -> dict[str, Any]:
    """Weights per token and luspo's aggregation are seq-mean-token-sum. Dropout would make ρ and ℓ noise."""
    return {
        "loss_type": settings.loss,
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


def _running(settings: GrpoSettings) -> dict[str, Any]:
    return {
        "bf16": settings.bf16,
        "use_cpu": settings.use_cpu,
        "gradient_checkpointing": settings.gradient_checkpointing,
        "save_strategy": "steps",
        "save_steps": settings.save_steps,
        "save_total_limit": settings.keep_checkpoints,
        "logging_steps": settings.log_steps,
        "seed": settings.seed,
        "report_to": list(settings.report_to),
        "dataloader_pin_memory": not settings.use_cpu,
    }
