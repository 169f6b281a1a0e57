"""Adapters that come with the package."""

from importlib.resources import files
from pathlib import Path

from genevolve.core.failure import Misuse
from genevolve.policies.local.lora import CONFIG

OURS = "default"


def adapter_folder(model: str, chosen: str | None) -> str | None:
    """The folder of the adapter called ``chosen``: a folder, "none", or (with the default model) ours, which is the default."""
    shipped = Path(str(files("genevolve.policies.local").joinpath("weights")))
    there = (shipped / CONFIG).is_file()
    if chosen is None:
        return str(shipped) if model == "smollm2" and there else None
    if chosen == "none":
        return None
    if chosen == OURS:
        if not there:
            raise Misuse(f"policy.adapter = {OURS!r}: this package holds no adapter; train one with `genevolve sft atlas`")
        return str(shipped)
    return chosen
