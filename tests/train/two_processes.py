"""One training step on a replayed batch, for torchrun: ``torchrun --nproc_per_node N -m tests.train.two_processes OUT.pt``.

Request 0 has guided and unguided rows, request 1 none with a guide and one unscored: with two processes, one of them has
nothing to teach.
"""

import sys
from dataclasses import replace
from pathlib import Path

import torch

from genevolve.train.settings import Aggregation, SdlSettings
from tests.train.tiny_policies import GROUP, Sample, mixed, trainer, weights

STEPS = 2


def uneven(request: int, member: int) -> Sample:
    sample = mixed(request, member)
    if request % 2 == 0:
        return sample
    return replace(sample, guide_ids=None, reward=None if member == 2 else sample.reward)


def step(folder: Path, processes: int, aggregation: Aggregation) -> tuple[dict[str, torch.Tensor], list[dict[str, float]]]:
    """Weights and log after ``STEPS`` steps on two requests; the rows are the same however many processes share them."""
    run = trainer(
        folder,
        uneven,
        sdl=SdlSettings(lambda_=20.0, aggregation=aggregation),
        per_device_train_batch_size=2,
        gradient_accumulation_steps=GROUP // processes,
        max_steps=STEPS,
    )
    run.train()
    return weights(run.model), run.state.log_history


def main() -> None:
    out, aggregation = Path(sys.argv[1]), Aggregation(sys.argv[2])
    from accelerate import PartialState

    state = PartialState(cpu=True)
    found, log = step(out.parent, state.num_processes, aggregation)
    if state.is_main_process:
        torch.save({"weights": found, "log": log, "processes": state.num_processes}, out)
    state.destroy_process_group()


if __name__ == "__main__":
    main()
