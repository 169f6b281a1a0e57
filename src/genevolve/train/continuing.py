"""Runs that are started again: they go on from their last whole checkpoint, with the settings that they began with."""

from pathlib import Path
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.run.folder import RunFolder

_STAGES = {"sft", "evolve"}  # each of them is a table of what identifies its runs


def check_run(folder: RunFolder, known: dict[str, Any], *, resume: bool = False) -> None:
    """Refuse what can be refused before a model is loaded: a folder of another recipe, or of none where ``resume`` is given.

    ``known`` is what the identity of this run holds as far as it is known without a model. Raises ``UsageError``.
    """
    if resume and not folder.about.is_file():
        raise UsageError(f"--resume: there is no run in --out {folder.path}; leave --resume out to start one")
    _same_stage(folder, known)
    folder.agree({"input": known})


def _same_stage(folder: RunFolder, known: dict[str, Any]) -> None:
    earlier = (folder.described() or {}).get("input")
    made = _STAGES & earlier.keys() if isinstance(earlier, dict) else set()
    if made and not made & known.keys():
        raise UsageError(
            f"--out {folder.path} holds a run of `genevolve {min(made)}`; choose another directory for this one (it can start "
            f"from that run: --model {folder.path})"
        )


def step_of(checkpoint: Path | None) -> int:
    return -1 if checkpoint is None else int(checkpoint.name.partition("-")[2])
