"""The only place that reads environment variables."""

import os
from collections.abc import Mapping
from pathlib import Path


def environment() -> Mapping[str, str]:
    """A copy of the environment, empty values left out."""
    return {name: value for name, value in os.environ.items() if value}


def home(environ: Mapping[str, str]) -> Path:
    """Where indexes and libraries lie: ``GENEVOLVE_HOME``, else the user's data folder."""
    if chosen := environ.get("GENEVOLVE_HOME"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("genevolve")
