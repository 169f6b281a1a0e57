"""The policy ``local``: a model in this process, or the adapter of one, as a member of the role ``policy``."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from genevolve.core.errors import ServiceError
from genevolve.core.finding import Finding, failed, ok
from genevolve.core.message import Message, Role
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.policies.local.sampling import Sampling
from genevolve.protocol.detail import Detail
from genevolve.store.images import ImageStore


class LocalPolicy:
    """``model``: smollm2 (default), a hub name or a folder; ``adapter``: a folder with LoRA weights, ``default`` for ours.

    ``max_tokens`` of one reply. With the default model the policy asks for brief observations (``detail``). A vision model is
    shown the first ``show_images`` images of each search. ``seed`` tells runs that sample apart. ``threads`` of the CPU; None
    leaves torch's.
    """

    def __init__(
        self,
        *,
        images: ImageStore,
        home: Path,
        model: str = "smollm2",
        adapter: str | None = None,
        temperature: float = 0.0,
        top_p: float = 1.0,
        max_tokens: int = 512,
        seed: int = 0,
        device: str = "auto",
        dtype: str = "auto",
        show_images: int = 0,
        threads: int | None = None,
    ) -> None:
        from genevolve.policies.local.adapters import adapter_folder
        from genevolve.policies.local.build import sampler_for
        from genevolve.policies.local.merged import merged_for_good
        from genevolve.policies.local.model import load_model

        if threads is not None:
            import torch

            torch.set_num_threads(threads)
        chosen = adapter_folder(model, adapter)
        loaded = load_model(model, adapter=chosen, device=device, dtype=dtype, home=home)
        self.loaded = replace(loaded, model=merged_for_good(loaded.model))
        self.detail = Detail.BRIEF if model in ("smollm2", "tiny") else Detail.FULL
        sampling = Sampling(temperature=temperature, top_p=top_p, max_tokens=max_tokens, seed=seed)
        self._sampler = sampler_for(self.loaded, sampling, images, shown=show_images)

    async def reply(self, call: PolicyCall) -> Reply:
        return await self._sampler.reply(call)

    async def check(self, *, call: bool) -> Sequence[Finding]:
        """The model and its adapter; with ``call`` one short reply."""
        adapter = f"adapter {self.loaded.adapter}" if self.loaded.adapter else "no adapter"
        found = [ok(f"model {self.loaded.name}, {adapter}, on {self.loaded.model.device}")]
        if not call:
            return found
        asked = PolicyCall(
            episode_id="check", turn=0, forced=False, messages=(Message(role=Role.USER, text="Answer with one word."),)
        )
        try:
            reply = await self._sampler.reply(asked)
        except ServiceError as failure:
            return [*found, failed(str(failure), "try another model, or policy.dtype = 'float32'")]
        self._sampler.take("check")
        return [*found, ok(f"it replied with {reply.usage.completion_tokens} tokens")]
