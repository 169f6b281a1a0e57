"""Adapters that come with the package."""

from importlib.resources import files

OURS = "default"


def adapter_folder(model: str, chosen: str | None) -> str | None:
    """The folder of the adapter called ``chosen``: a folder, "none", or (with the default model) ours, which is the default."""
    shipped = str(files("genevolve.policies.local").joinpath("weights"))
    if chosen is None:
        return shipped if model == "smollm2" else None
    if chosen == "none":
        return None
    return shipped if chosen == OURS else chosen
