"""Training steps whose weights are split over the processes by FSDP2, on CPUs: accelerate's and torch's code over gloo.

``python -m tests.train.sharded_step KIND OUT`` once for each process, with the variables of a launcher. accelerate offers
FSDP on accelerators alone; here it is told that CPUs are some. KIND ``text`` and ``vision``: two steps on replayed attempts
of unequal lengths, with lessons and pictures in some rows alone. ``cold``: two steps of a cold start. ``command``: ``genevolve
evolve atlas-smoke``.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

STEPS, REQUESTS, ROWS = 2, 4, 2
LAYERS = {
    "text": "LlamaDecoderLayer",
    "vision": "Qwen3VLTextDecoderLayer",
    "cold": "Qwen3VLTextDecoderLayer",
    "command": "LlamaDecoderLayer",
}


def split_on_cpus(layer: str) -> None:
    """Let accelerate take CPUs for accelerators when it decides how to split; each ``layer`` is a unit."""
    from accelerate import FullyShardedDataParallelPlugin, PartialState
    from accelerate.state import AcceleratorState
    from accelerate.utils import DistributedType

    usual = AcceleratorState.__init__

    def init(self: Any, *args: Any, **named: Any) -> None:
        usual(self, *args, **named)
        if self.distributed_type is DistributedType.MULTI_CPU:
            self.fsdp_plugin = FullyShardedDataParallelPlugin(
                fsdp_version=2,
                auto_wrap_policy="transformer_based_wrap",
                transformer_cls_names_to_wrap=[layer],
                reshard_after_forward=True,
                state_dict_type="SHARDED_STATE_DICT",
                cpu_ram_efficient_loading=False,
            )
            self.distributed_type = DistributedType.FSDP
            PartialState._shared_state["distributed_type"] = DistributedType.FSDP

    AcceleratorState.__init__ = init


def uneven(request: int, member: int) -> Any:
    """Requests with an odd number have neither lessons nor pictures, and one attempt that could not be scored."""
    from tests.train.test_vision import members, with_pictures
    from tests.train.tiny_policies import GROUP, mixed

    if request % 2 == 0:
        return members(request, member)
    plain = with_pictures(mixed(request, member), 0, 0, request * GROUP + member)
    return replace(plain, guide_ids=None, reward=None if member == 2 else plain.reward)


def made(kind: str, folder: Path, count: int) -> Any:
    """The trainer of one of ``count`` processes."""
    from genevolve.policies.local.model import open_language_model
    from genevolve.train.settings import SdlSettings
    from tests.train.test_vision import processor, qwen
    from tests.train.tiny_policies import GROUP, trainer
    from tests.train.two_processes import uneven as texts

    shape: dict[str, Any] = {
        "sdl": SdlSettings(lambda_=20.0),
        "per_device_train_batch_size": ROWS,
        "gradient_accumulation_steps": REQUESTS * GROUP // ROWS // count,
        "max_steps": STEPS,
    }
    if kind == "text":
        return trainer(folder, texts, **shape)
    model = qwen().requires_grad_(False)
    open_language_model(model)
    return trainer(folder, uneven, model=model, processing_class=processor(), **shape)


def cold(folder: Path, count: int) -> Any:
    """The trainer of a cold start on texts of unequal lengths, of which some tokens are learnt."""
    from datasets import Dataset
    from trl import SFTConfig

    from genevolve.policies.local.model import open_language_model
    from genevolve.train.sft_trainer import ColdStartTrainer
    from tests.train.test_vision import qwen, without_specials
    from tests.train.tiny_policies import episode, tokenizer

    samples = [without_specials(episode(number, reward=1.0)) for number in range(STEPS * REQUESTS * ROWS)]
    rows = [
        {
            "input_ids": [*one.prompt_ids, *one.completion_ids],
            "labels": [-100] * len(one.prompt_ids)
            + [token if own else -100 for token, own in zip(one.completion_ids, one.mask, strict=True)],
        }
        for one in samples
    ]
    model = qwen().requires_grad_(False)
    open_language_model(model)
    usual = {"learning_rate": 0.05, "lr_scheduler_type": "constant", "optim": "sgd", "max_grad_norm": 0.0}
    batch = {"per_device_train_batch_size": ROWS, "gradient_accumulation_steps": REQUESTS // count, "max_steps": STEPS}
    quiet = {"use_cpu": True, "bf16": False, "gradient_checkpointing": False, "logging_steps": 1, "save_strategy": "no"}
    args = SFTConfig(
        output_dir=str(folder), report_to="none", dataset_kwargs={"skip_prepare_dataset": True}, **usual, **batch, **quiet
    )
    return ColdStartTrainer(model=model, args=args, train_dataset=Dataset.from_list(rows), processing_class=tokenizer())


def steps(kind: str, folder: Path, count: int) -> dict[str, Any]:
    """The weights, gathered, and the log."""
    run = cold(folder, count) if kind == "cold" else made(kind, folder, count)
    run.train()
    whole = run.accelerator.get_state_dict(run.model)
    return {"weights": whole, "log": run.state.log_history, "split": run.is_fsdp_enabled}


def main() -> None:
    from accelerate import PartialState

    kind, out = sys.argv[1], Path(sys.argv[2])
    split_on_cpus(LAYERS[kind])
    if kind == "command":
        from genevolve.cli.main import cli, exit_code

        os.environ["ACCELERATE_USE_FSDP"] = "true"
        words = ["evolve", "atlas-smoke", "--out", str(out / "run")]
        os._exit(exit_code(lambda: cli.main(words, standalone_mode=False)))
    state = PartialState(cpu=True)
    found = steps(kind, out.parent, state.num_processes)
    if state.is_main_process:
        torch.save(found, out)
    state.destroy_process_group()


if __name__ == "__main__":
    main()
