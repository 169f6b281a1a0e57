"""``genevolve push`` as a function: a data set or an adapter to the Hugging Face Hub, with its card."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genevolve.app.arguments import checked
from genevolve.core.errors import UsageError
from genevolve.data.check import dataset_of
from genevolve.policies.local.lora import CONFIG, WEIGHTS, adapter_base
from genevolve.report.model_card import ModelCard, made_by, measured_in
from genevolve.services.secrets import recordable
from genevolve.store.hub import HIDDEN, Kind, publish, repository
from genevolve.store.user_file import json_of_ours

_CARD = "README.md"
_PLACE = "PATH OF THIS FOLDER"  # in the card of a data set


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """``folder`` holds what was written where nothing was sent, ``address`` is where it was sent; one of them is None."""

    repo: str
    kind: Kind
    files: tuple[str, ...]
    folder: Path | None = None
    address: str | None = None


@checked
def push(
    folder: Path | str,
    repo: str,
    *,
    dry_run: Path | str | None = None,
    private: bool = False,
    licence: str | None = None,
    base_model: str | None = None,
) -> Published:
    """Publish ``folder``, a data set of ``build_data`` or an adapter (or the run that trained it), as ``repo`` (OWNER/NAME).

    ``dry_run`` is a folder that is written instead, with nobody asked. An adapter needs a ``licence``, and ``base_model`` where
    its own configuration names no model of the hub. Raises ``UsageError`` and ``ServiceError``.
    """
    source, name = Path(folder), repository(repo)
    adapter = next((each for each in (source, source / "adapter") if (each / CONFIG).is_file()), None)
    if adapter is None:
        found = _dataset(source, (("--licence", licence), ("--base-model", base_model)))
        return _sent(name, "dataset", lambda target, copy: _put_dataset(found, target, name, copy), dry_run, private)
    card, config = _adapter_card(adapter, name, licence, base_model)
    return _sent(name, "model", lambda target, copy: _put_adapter(adapter, target, card, config, copy), dry_run, private)


Copy = Callable[[str, str], object]  # (from, to)
Put = Callable[[Path, Copy], None]


def _sent(repo: str, kind: Kind, put: Put, dry_run: Path | str | None, private: bool) -> Published:
    if dry_run is not None:
        target = Path(dry_run)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise UsageError(f"--dry-run {target}: it is there already; name a folder that is not")
        put(target, shutil.copy2)
        return Published(repo=repo, kind=kind, files=_files(target), folder=target)
    with tempfile.TemporaryDirectory(prefix="genevolve-push-") as scratch:
        target = Path(scratch) / "folder"
        put(target, _linked)
        address = publish(target, repo, kind, private=private, message="Published by genevolve push")
        return Published(repo=repo, kind=kind, files=_files(target), address=address)


def _linked(source: str, target: str) -> None:
    """A second name of the same file, where its disk can do that: nothing changes it before it is sent."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _files(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))


def _write(path: Path, text: str) -> None:
    """In the place of a name that may be that of another file, too."""
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")


# ---- data sets ----------------------------------------------------------------------------------------------------------


def _dataset(folder: Path, foreign: tuple[tuple[str, str | None], ...]) -> Path:
    """The finished data set in ``folder``. Raises ``UsageError`` for anything else, and without tables for viewers."""
    found = dataset_of(folder)
    if not (found / _CARD).is_file() or not (found / "made_by.json").is_file():
        raise UsageError(
            f"FOLDER {folder}: it is neither a data set as `genevolve data build` makes it nor an adapter ({CONFIG}, "
            f"{WEIGHTS}); whole models are published by huggingface_hub itself"
        )
    if not any((found / "parquet").glob("*.parquet")):
        raise UsageError(f"FOLDER {folder}: viewers need Parquet files: genevolve data export --out {folder} --parquet")
    if given := [name for name, value in foreign if value is not None]:
        raise UsageError(f"{given[0]} is for adapters; a data set has it from its plan")
    return found


def _put_dataset(folder: Path, target: Path, repo: str, copy: Copy) -> None:
    shutil.copytree(folder, target, copy_function=copy, ignore=shutil.ignore_patterns(*HIDDEN))
    _write(target / _CARD, (folder / _CARD).read_text(encoding="utf-8").replace(_PLACE, repo))


# ---- adapters -----------------------------------------------------------------------------------------------------------


def _adapter_card(folder: Path, repo: str, licence: str | None, base: str | None) -> tuple[ModelCard, dict[str, Any]]:
    """Its card, and its configuration with the hub's name of the model below. Raises ``UsageError``."""
    recorded = adapter_base(folder)
    if licence is None:
        raise UsageError("--licence is missing: name that under which you give these weights, such as apache-2.0")
    try:
        named = repository(base or recorded)
    except UsageError:
        told = f"--base-model is {base!r}" if base else f"the adapter was trained on {recorded!r}"
        raise UsageError(f"{told}, which is no name on the hub: give its name there with --base-model OWNER/NAME") from None
    config = {**json_of_ours((folder / CONFIG).read_bytes()), "base_model_name_or_path": named}
    notes = folder / _CARD
    text = notes.read_text(encoding="utf-8", errors="replace") if notes.is_file() else ""
    card = ModelCard(
        repo=repo,
        base=named,
        licence=licence,
        lora=config,
        made=recordable(made_by(folder.parent)),
        measured=measured_in(folder.parent),
        notes=text.partition("\n---\n")[2] if text.startswith("---\n") else text,
    )
    return card, config


def _put_adapter(folder: Path, target: Path, card: ModelCard, config: dict[str, Any], copy: Copy) -> None:
    target.mkdir(parents=True, exist_ok=True)
    copy(str(folder / WEIGHTS), str(target / WEIGHTS))
    _write(target / CONFIG, json.dumps(config, indent=2) + "\n")
    _write(target / _CARD, card.text())
