"""LoRA adapters: which layers they change, how they are kept, and that one fits the model it is put on."""

import contextlib
import re
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.store.user_file import json_of_ours

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_BLOCK = re.compile(r"(?:^|\.)(?:layers|h|blocks)\.(\d+)\.")


def lora_config(
    model: Any, *, r: int = 32, alpha: int | None = None, upper_layers: int | None = None, vision: bool = False
) -> Any:
    """A ``peft.LoraConfig`` for all linear maps of the language model's layers, or of its ``upper_layers`` last ones only.

    The rest, a vision tower and the output head included, stays as it is. ``alpha`` is 2·r if not given. There is no dropout:
    it would be live in sampling and scoring. Lower layers without an adapter need no backward pass. Raises ``UsageError``.
    """
    from peft import LoraConfig, TaskType

    names = _linear_maps(model)
    layers = sorted({number for _, number in names})
    if not names:
        raise UsageError(f"{_name(model)}: no linear layer was found that LoRA could change; train all weights: set lora.r = 0")
    if upper_layers is not None and not 1 <= upper_layers <= len(layers):
        raise UsageError(f"lora.upper_layers is {upper_layers}; {_name(model)} has {len(layers)} layers")
    chosen = layers[-upper_layers:] if upper_layers else layers
    shared: dict[str, Any] = {
        "r": r,
        "lora_alpha": 2 * r if alpha is None else alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "task_type": TaskType.CAUSAL_LM,
    }
    if vision:  # names of the vision tower may end alike: say whole names
        whole = sorted(name for name, number in names if number in set(chosen))
        return LoraConfig(target_modules="|".join(re.escape(name) for name in whole), **shared)
    ends = sorted({name.rsplit(".", 1)[-1] for name, _ in names})
    return LoraConfig(target_modules=ends, layers_to_transform=chosen if upper_layers else None, **shared)


def train_upper(model: Any, layers: int) -> None:
    """Let only the adapters of the last ``layers`` layers learn; those below stay as they are and need no backward pass.

    Raises ``UsageError`` where that leaves nothing to learn.
    """
    found = {name: int(block[1]) for name, _ in model.named_parameters() if (block := _BLOCK.search(name))}
    first = max(found.values(), default=0) + 1 - layers
    for name, parameter in model.named_parameters():
        if found.get(name, first) < first:
            parameter.requires_grad_(False)
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise UsageError(
            f"evolve.trained_layers = {layers}: the adapter changes none of the last {layers} layers of {_name(model)}"
        )


def _linear_maps(model: Any) -> list[tuple[str, int]]:
    """(full name, number of its layer) of each linear map inside the numbered layers of the language model."""
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    decoder = model.get_decoder()
    inside = {id(module) for module in decoder.modules()}
    found = []
    for name, module in model.named_modules():
        if id(module) in inside and isinstance(module, nn.Linear | Conv1D) and (block := _BLOCK.search(name)):
            found.append((name, int(block[1])))
    return found


def add_lora(model: Any, config: Any) -> Any:
    """``model`` as a ``PeftModel`` with a fresh adapter."""
    from peft import get_peft_model

    with quiet_libraries():
        return get_peft_model(model, config)


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """peft 0.21 and trl 1.16 use names that transformers 5.23 calls old; nothing that a user could fix."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*gradient_checkpointing.*", category=FutureWarning)
        yield


def save_adapter(model: Any, folder: Path, *, state: Any | None = None, exact: bool = False) -> Path:
    """Write the adapter of a ``PeftModel`` in the peft layout, weights in bfloat16; an earlier one is replaced whole.

    ``state``: the gathered weights of a model that is spread over processes. ``exact`` keeps the weights' own dtype.
    """
    import torch
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    found = get_peft_model_state_dict(model, state_dict=state, save_embedding_layers=False)
    kept = {
        name: value.detach().to("cpu", value.dtype if exact else torch.bfloat16).contiguous() for name, value in found.items()
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".adapter-") as temporary:
        fresh, old = Path(temporary) / "new", Path(temporary) / "old"
        fresh.mkdir()
        save_file(kept, fresh / WEIGHTS, metadata={"format": "pt"})
        config = model.peft_config["default"]
        config.inference_mode, training = True, config.inference_mode
        try:
            config.save_pretrained(str(fresh))
        finally:
            config.inference_mode = training
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    return folder


def put_adapter(model: Any, folder: Path, *, base: str, trainable: bool) -> Any:
    """``model`` with the adapter of ``folder`` on it. Raises ``UsageError`` for one that was made for another model."""
    from peft import PeftModel

    made_for = adapter_base(folder)
    if not same_model(made_for, base):
        raise UsageError(
            f"the adapter {folder} was trained on {made_for}, but the model is {base}; load it with model = {made_for!r}"
        )
    try:
        with quiet_libraries():
            return PeftModel.from_pretrained(model, str(folder), is_trainable=trainable)
    except Exception as error:  # peft, torch and safetensors raise anything on files that are damaged or not theirs
        said = " ".join(str(error).split())[:300]
        raise UsageError(f"the adapter {folder} does not fit the model {base} ({said})") from None


def adapter_base(folder: Path) -> str:
    """The name of the model that the adapter was trained on. Raises ``UsageError`` where ``folder`` holds no LoRA adapter."""
    if not folder.is_dir():
        raise UsageError(f"adapter {folder}: there is no such folder; it is a folder with {CONFIG} and {WEIGHTS}")
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise UsageError(
                f"adapter {folder}: {name} is missing; an adapter is a folder as `genevolve sft` or peft writes it"
            )
    try:
        config = json_of_ours((folder / CONFIG).read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"adapter {folder}: {CONFIG} cannot be read ({error})") from None
    base = config.get("base_model_name_or_path") if isinstance(config, dict) else None
    if not isinstance(base, str) or not base:
        raise UsageError(f"adapter {folder}: {CONFIG} does not say base_model_name_or_path, so it cannot be checked")
    if config.get("peft_type") != "LORA":
        raise UsageError(f"adapter {folder}: its kind is {repr(config.get('peft_type'))[:60]}; LoRA adapters are taken")
    return base


def same_model(one: str, other: str) -> bool:
    """Hub names and folders of the same last part are taken for the same model: a folder may have been moved."""
    return one.rstrip("/").rsplit("/", 1)[-1].lower() == other.rstrip("/").rsplit("/", 1)[-1].lower()


def _name(model: Any) -> str:
    return str(getattr(model.config, "_name_or_path", "") or type(model).__name__)
