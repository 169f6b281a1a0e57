"""Checkpoints without a question to the hub and without a model card."""

from pathlib import Path
from typing import Any

import torch
from peft import PeftModel


class PlainSaving:
    """Mixed into TRL's trainers, before them."""

    args: Any
    model: Any
    accelerator: Any

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        """peft would ask the hub for the base model's configuration at every checkpoint, to see whether its vocabulary grew."""
        model = self.accelerator.unwrap_model(self.model)
        if not isinstance(model, PeftModel):
            super()._save(output_dir, state_dict)  # type: ignore[misc]
            return
        folder = Path(output_dir or self.args.output_dir)
        model.save_pretrained(str(folder), state_dict=state_dict, save_embedding_layers=False)
        torch.save(self.args, folder / "training_args.bin")

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """None: a checkpoint is no publication."""
