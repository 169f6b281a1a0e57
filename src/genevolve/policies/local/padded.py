"""The engine for every other model (vision-language models among them): the library's own batched generation.

Whole conversations are computed anew each turn, in padded batches of those that wait together.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from genevolve.core.errors import ServiceError
from genevolve.policies.local.ragged import evaluating
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.seeded import seeded
from genevolve.policies.local.stream import Sampled
from genevolve.store.images import ImageStore

_GATHER = 0.02  # seconds


class PaddedEngine:
    """``stops`` end a reply; ``batch`` conversations at a time."""

    def __init__(
        self, model: Any, stops: Sequence[int], *, pad: int, processor: Any, images: ImageStore, batch: int = 16
    ) -> None:
        self._model = model
        self._stops = list(stops)
        self._pad = pad
        self._processor = processor
        self._images = images
        self._batch = batch
        self._waiting: list[tuple[Sequence[int], Sampling, Sequence[str], asyncio.Future[Sampled]]] = []
        self._task: asyncio.Task[None] | None = None

    async def sample(self, key: str, ids: Sequence[int], sampling: Sampling, images: Sequence[str] = ()) -> Sampled:
        """A reply to ``ids``, whose image placeholders are filled with the stored ``images``, in order."""
        done: asyncio.Future[Sampled] = asyncio.get_running_loop().create_future()
        self._waiting.append((ids, sampling, images, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve())
        return await done

    def forget(self, key: str | None = None) -> None:
        """Nothing is kept between turns."""

    async def reload_weights(self) -> None:
        """The weights are those of this process."""

    async def _serve(self) -> None:
        await asyncio.sleep(_GATHER)
        while self._waiting:
            alike = self._waiting[0][1]
            same = (alike.temperature, alike.top_p, alike.max_tokens)
            fits = [job for job in self._waiting if (job[1].temperature, job[1].top_p, job[1].max_tokens) == same]
            jobs = fits[: self._batch]
            self._waiting = [job for job in self._waiting if job not in jobs]
            try:
                results = await asyncio.to_thread(self._generate, [job[:3] for job in jobs])
            except Exception as error:
                for *_, done in jobs:
                    if not done.done():
                        done.set_exception(ServiceError(f"local model: {type(error).__name__}: {error}"))
                continue
            for (*_, done), result in zip(jobs, results, strict=True):
                if not done.done():
                    done.set_result(result)

    def _generate(self, jobs: Sequence[tuple[Sequence[int], Sampling, Sequence[str]]]) -> list[Sampled]:
        import torch
        from transformers import LogitsProcessorList

        sampling = jobs[0][1]
        inputs = self._inputs(jobs)
        noted = _Noted(sampling.temperature or 1.0)
        hot: dict[str, Any] = {"do_sample": False}
        if sampling.temperature:
            hot = {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p, "top_k": 0}
        with evaluating(self._model), torch.inference_mode(), seeded(sampling.seed % 2**63):
            out = self._model.generate(
                **inputs,
                **hot,
                max_new_tokens=sampling.max_tokens,
                eos_token_id=self._stops,
                pad_token_id=self._pad,
                logits_processor=LogitsProcessorList([noted]),
                use_cache=True,
            )
        return self._split(out[:, inputs["input_ids"].shape[1] :], noted)

    def _inputs(self, jobs: Sequence[tuple[Sequence[int], Sampling, Sequence[str]]]) -> dict[str, Any]:
        import torch

        device = next(self._model.parameters()).device
        width = max(len(ids) for ids, *_ in jobs)
        ids = torch.full((len(jobs), width), self._pad, device=device)
        mask = torch.zeros_like(ids)
        for row, (own, *_) in enumerate(jobs):
            ids[row, width - len(own) :] = torch.tensor(list(own), device=device)
            mask[row, width - len(own) :] = 1
        inputs: dict[str, Any] = {"input_ids": ids, "attention_mask": mask}
        pictures = [picture(self._images, digest) for *_, digests in jobs for digest in digests]
        if pictures:
            made = self._processor.image_processor(images=pictures, return_tensors="pt")
            inputs |= {name: made[name].to(device) for name in ("pixel_values", "image_grid_thw")}
            inputs["mm_token_type_ids"] = (ids == self._model.config.image_token_id).int()
        return inputs

    def _split(self, tokens: Any, noted: "_Noted") -> list[Sampled]:
        logprobs = noted.of(tokens)
        results = []
        for row, scores in zip(tokens.tolist(), logprobs, strict=True):
            end = next((place for place, token in enumerate(row) if token in self._stops), None)
            size = len(row) if end is None else end + 1
            results.append(Sampled(ids=tuple(row[:size]), logprobs=tuple(scores[:size]), cut=end is None))
        return results


class _Noted:
    """A logits processor that changes nothing and notes log p of each token once it is known, one step later."""

    def __init__(self, temperature: float) -> None:
        self._temperature = temperature
        self._last: Any = None
        self._logprobs: list[Any] = []

    def __call__(self, ids: Any, scores: Any) -> Any:
        if self._last is not None:
            self._logprobs.append(self._last.gather(1, ids[:, -1:]).squeeze(1))
        self._last = (scores.float() / self._temperature).log_softmax(-1)
        return scores

    def of(self, tokens: Any) -> list[list[float]]:
        """(rows, tokens) for the generated ``tokens`` (rows, length)."""
        import torch

        columns = [*self._logprobs, self._last.gather(1, tokens[:, -1:]).squeeze(1)]
        noted: list[list[float]] = torch.stack(columns, 1).tolist()
        return noted


def picture(images: ImageStore, digest: str) -> Any:
    """A stored image, opened."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO(images.load(digest))) as file:
        return file.convert("RGB")
