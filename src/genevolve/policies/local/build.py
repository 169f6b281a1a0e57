"""The parts of a local policy around a loaded model."""

from typing import Any

from genevolve.policies.local.engine import RaggedEngine
from genevolve.policies.local.model import LoadedModel
from genevolve.policies.local.policy import Engine, Speaker
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.template import ChatTemplate
from genevolve.policies.local.whole import WholeEngine
from genevolve.store.images import ImageStore


def speaker_for(loaded: LoadedModel, sampling: Sampling, images: ImageStore, *, model: Any = None, shown: int = 0) -> Speaker:
    """``model`` takes the place of the loaded one (a trainer's wrapper). ``shown``: images of a search that are shown."""
    used = model if model is not None else loaded.model
    template = ChatTemplate(loaded.tokenizer, loaded.processor)
    stops = sorted({template.end, *loaded.tokenizer.all_special_ids})
    engine: Engine
    if RaggedEngine.fits(used):
        engine = RaggedEngine(used, stops)
    else:
        engine = WholeEngine(used, stops, pad=loaded.tokenizer.pad_token_id, processor=loaded.processor, images=images)
    return Speaker(engine, template, loaded.tokenizer, sampling, images=images if loaded.vision else None, shown=shown)
