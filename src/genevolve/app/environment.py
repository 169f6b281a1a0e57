"""The only place that reads environment variables."""

import os
from collections.abc import Mapping
from pathlib import Path

from genevolve.core.errors import UsageError
from genevolve.store.user_file import expanded


def environment() -> Mapping[str, str]:
    """A copy of the environment, empty values left out."""
    return {name: value for name, value in os.environ.items() if value}


def adopt(environ: Mapping[str, str], folder: Path) -> None:
    """Work as a process in ``folder`` with ``environ`` does, on another machine: what this one has set itself stays."""
    for name, value in environ.items():
        os.environ.setdefault(name, value)
    if folder.is_dir():
        os.chdir(folder)


def usable_cores() -> int:
    """The cores that this process may use, at least 1. Not every system can say which of them are this process's."""
    if hasattr(os, "process_cpu_count"):  # from Python 3.13 on
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def home(environ: Mapping[str, str]) -> Path:
    """Where indexes and libraries lie: ``GENEVOLVE_HOME``, else the user's data folder. Raises ``UsageError``."""
    if chosen := environ.get("GENEVOLVE_HOME"):
        return expanded(chosen).absolute()
    from platformdirs import user_data_path

    try:
        folder = user_data_path("genevolve")
    except RuntimeError:
        folder = Path("~")
    if folder.parts[0].startswith("~"):  # older versions give a folder of this name, wherever the command is started
        raise UsageError("HOME is not set, so where data is kept is not known; set HOME, or GENEVOLVE_HOME to a folder")
    return folder


def private_fetching(by_profile: bool, environ: Mapping[str, str]) -> str | None:
    """The setting that opens the user's own network to image downloads, None where it is closed."""
    if by_profile:
        return "fetch.allow_private"
    return "GENEVOLVE_ALLOW_PRIVATE_FETCH" if environ.get("GENEVOLVE_ALLOW_PRIVATE_FETCH") == "1" else None


def cache_folders(environ: Mapping[str, str], chosen: str | None) -> tuple[Path, Path]:
    """Where search answers and the images they found are kept: ``chosen`` by the profile, else below ``home``.

    ``IMAGE_DOWNLOAD_DIR`` is a place of the images' own, unless the profile chose one for both.
    """
    if chosen:
        folder = expanded(chosen).absolute()
        return folder, folder / "images"
    folder = home(environ) / "search-cache"
    images = environ.get("IMAGE_DOWNLOAD_DIR")
    return folder, expanded(images).absolute() if images else folder / "images"
