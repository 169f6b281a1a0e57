"""The weights in training as files that servers load: an adapter, or a whole checkpoint, under a name that is used once."""

import shutil
import uuid
from pathlib import Path
from typing import Any

from genevolve.core.errors import ServiceError
from genevolve.policies.local.lora import save_adapter
from genevolve.policies.local.model import LoadedModel
from genevolve.policies.served.server import Version
from genevolve.train.ranks import Ranks


class PublishedWeights:
    """``Weights`` of ``policies.served.engine`` in a folder that all servers and processes see.

    ``folder`` holds them; ``trainer`` is the one that has spread the weights over processes, from the moment that there is one.
    """

    def __init__(self, loaded: LoadedModel, folder: Path, ranks: Ranks) -> None:
        self.trainer: Any = None
        self._loaded = loaded
        self.folder = folder.absolute()
        self._ranks = ranks
        self._run = ranks.of_first(self._begun)
        self._written = 0

    def _begun(self) -> str:
        """What all versions of this process are called; what one that was killed has left is taken away."""
        shutil.rmtree(self.folder, ignore_errors=True)
        return uuid.uuid4().hex[:8]

    @property
    def adapter(self) -> bool:
        return hasattr(self._loaded.model, "peft_config")

    @property
    def leads(self) -> bool:
        return self._ranks.first

    def write(self) -> Version:
        """Every process takes part, as the weights may be spread over all of them; process 0 writes."""
        self._written += 1
        name = f"genevolve-{self._run}-{self._written}"
        version = Version(name=name, folder=self.folder / name, adapter=self.adapter)
        trainer = self.trainer
        state = None if trainer is None else trainer.accelerator.get_state_dict(trainer.model)
        model = self._loaded.model if trainer is None else trainer.accelerator.unwrap_model(trainer.model)
        if self.leads:
            self._save(model, state, version)
        return version

    def meet(self, failure: str | None) -> None:
        """Raises ``ServiceError`` on every process where the first one has a ``failure``."""
        told = self._ranks.gathered(failure)[0]
        if told is not None:
            raise ServiceError(told, retryable=True)

    def _save(self, model: Any, state: Any, version: Version) -> None:
        """A folder has its name once it is whole."""
        if version.adapter:
            save_adapter(model, version.folder, state=state, exact=True)
            return
        fresh = version.folder.with_name(f".{version.name}")
        shutil.rmtree(fresh, ignore_errors=True)
        model.save_pretrained(fresh, state_dict=state)
        fresh.rename(version.folder)
