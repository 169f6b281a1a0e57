"""The parts of a local policy around a loaded model."""

from genevolve.policies.local.engine import RaggedEngine
from genevolve.policies.local.model import LoadedModel
from genevolve.policies.local.padded import PaddedEngine
from genevolve.policies.local.sampler import ChatSampler, Engine
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.slots import SlotEngine
from genevolve.policies.local.template import ChatTemplate
from genevolve.store.images import ImageStore


def stops_of(loaded: LoadedModel) -> list[int]:
    """The ids that end a reply, in order."""
    return sorted({ChatTemplate(loaded.tokenizer, loaded.processor).end, *loaded.tokenizer.all_special_ids})


def sampler_for(
    loaded: LoadedModel,
    sampling: Sampling,
    images: ImageStore,
    *,
    shown: int = 0,
    engine: Engine | None = None,
    max_completion: int | None = None,
    cache_gib: float | None = None,
) -> ChatSampler:
    """``shown``: images of a search that are shown. ``engine`` is one elsewhere, in the place of this process's own.

    ``cache_gib`` bounds what an engine on a GPU keeps of conversations; None is half of what the GPU has free.
    """
    used = loaded.model
    stops = stops_of(loaded)
    if engine is None and RaggedEngine.fits(used):
        memory = None if cache_gib is None else int(cache_gib * 2**30)
        engine = SlotEngine(used, stops, memory=memory) if used.device.type == "cuda" else RaggedEngine(used, stops)
    elif engine is None:
        engine = PaddedEngine(used, stops, pad=loaded.tokenizer.pad_token_id, processor=loaded.processor, images=images)
    return ChatSampler(
        engine,
        ChatTemplate(loaded.tokenizer, loaded.processor),
        loaded.tokenizer,
        sampling,
        images=images if loaded.vision else None,
        shown=shown,
        max_completion=max_completion,
    )
