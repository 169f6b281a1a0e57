"""The engine of the local policy on a GPU: rows lie in slots of one tensor, and a pass of one token each is a recorded graph.

A GPU decodes a small model as fast as its kernels can be launched, so the passes of a batch are recorded once for each shape
(see ``graphs``) and replayed. Prompts and observations go through the model first, several rows side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from genevolve.policies.local.graphs import Graphs
from genevolve.policies.local.ragged import attending, base_of, cache_argument, evaluating, kept_shape
from genevolve.policies.local.sampling import draw_rows
from genevolve.policies.local.stream import SamplingJob, StreamEngine

NAME = "genevolve_slots"
_STEP = 512  # tokens: lengths are rounded up to it, so that few shapes are recorded
_FIRST = 16  # slots at the start
_FEWEST = 8  # slots of a recorded pass
_PATIENCE = 8  # passes of speaking rows that new tokens wait, so that several rows are read together
_BLOCK = (4, 32)  # rows and tokens: a pass over new tokens is rounded up to powers of two from these on


@dataclass(slots=True)
class CacheSlot:
    """Where a row lies: ``ids`` whose keys and values are in slot ``number``."""

    number: int
    ids: list[int] = field(default_factory=list)
    used: int = 0


class _Pass:
    """What one pass hands to the layers in place of a cache.

    ``rows`` are the slots of the batch (None: all from the first on); new keys and values go to ``positions`` (rows, tokens).
    """

    def __init__(self, store: Any, rows: Any | None, positions: Any, length: int, groups: int) -> None:
        import torch

        self.store, self.rows, self.positions, self.length = store, rows, positions, length
        self.places = torch.arange(len(positions), device=positions.device) if rows is None else rows
        seen = torch.arange(length, device=positions.device) <= positions[:, :, None]
        mask = torch.zeros(seen.shape, dtype=store.dtype, device=store.device).masked_fill_(~seen, float("-inf"))
        self.mask = mask.repeat(1, groups, 1)[:, None]  # (rows, 1, groups · tokens, length)

    def update(self, keys: Any, values: Any, layer: int, *_: Any, **__: Any) -> tuple[Any, Any]:
        """Store new keys and values (rows, heads, tokens, size); attention gets this pass and the layer in their place."""
        import torch

        new = torch.stack((keys, values)).permute(1, 3, 0, 2, 4)  # (rows, tokens, 2, heads, size)
        self.store[layer][:, self.places[:, None], :, self.positions] = new
        return self, layer

    def kept(self, layer: int, number: int) -> Any:
        """Keys (0) or values (1) of the batch's rows, (rows, heads, length, size)."""
        store = self.store[layer, number]
        chosen = store[: len(self.positions)] if self.rows is None else store[self.rows]
        return chosen[:, :, : self.length]

    def get_seq_length(self, *_: Any) -> int:
        return 0


def _attention(
    module: Any, query: Any, work: Any, layer: Any, mask: Any, scaling: float | None = None, **_: Any
) -> tuple[Any, None]:
    """Grouped-query attention of each row over its own past. ``query`` is (rows, heads, tokens, size)."""
    rows, heads, tokens, size = query.shape
    keys, values = work.kept(layer, 0), work.kept(layer, 1)
    asked = query.reshape(rows, keys.shape[1], -1, size)
    look = _few if tokens == 1 else _many
    return look(asked, keys, values, work.mask, scaling).reshape(rows, heads, tokens, size).transpose(1, 2), None


def _few(asked: Any, keys: Any, values: Any, mask: Any, scaling: float | None) -> Any:
    """Attention for one token a row. The fused kernels of a GPU work on 64 queries at a time, nearly all of them empty here."""
    scale = scaling if scaling is not None else asked.shape[-1] ** -0.5
    shares = ((asked * scale) @ keys.transpose(2, 3) + mask).softmax(-1)
    return shares @ values


def _many(asked: Any, keys: Any, values: Any, mask: Any, scaling: float | None) -> Any:
    from torch.nn.functional import scaled_dot_product_attention

    return scaled_dot_product_attention(asked, keys, values, attn_mask=mask, scale=scaling)


class SlotEngine(StreamEngine[CacheSlot]):
    """``memory`` bounds the bytes of kept rows as long as that leaves a slot to each reply that was begun; None is half of what
    the GPU has free. ``pass_tokens`` bounds the new tokens of a pass over prompts, padding included.
    """

    def __init__(self, model: Any, stops: Sequence[int], *, pass_tokens: int = 16384, memory: int | None = None) -> None:
        super().__init__(model, stops, pass_tokens=pass_tokens)
        reference = next(model.parameters())
        self._device, self._dtype = reference.device, reference.dtype
        self._memory = memory if memory is not None else _half_of_free(reference.device)
        self._layers, self._heads, self._size = kept_shape(model.config)
        self._groups = model.config.num_attention_heads // self._heads
        self._graphs = Graphs(model)
        self._store: Any = None
        self._free: list[int] = []
        self._waited = 0  # passes since somebody had new tokens to read

    def forget(self, key: str | None = None) -> None:
        super().forget(key)
        if key is None:
            self._graphs.check()

    # ---- slots

    @property
    def _capacity(self) -> int:
        """Tokens of a row; one more place of each slot takes what is padding."""
        return 0 if self._store is None else int(self._store.shape[4]) - 1

    def _new_row(self) -> CacheSlot | None:
        if not self._free and not self._grown() and not self._evicted():
            return None
        return CacheSlot(number=self._free.pop())

    def _drop(self, row: CacheSlot) -> None:
        self._free.append(row.number)
        self._free.sort(reverse=True)  # the lowest is taken first: a pass covers all slots up to the highest

    def _copy(self, source: CacheSlot, row: CacheSlot, tokens: int) -> None:
        self._store[:, :, row.number, :, :tokens] = self._store[:, :, source.number, :, :tokens]
        row.ids = source.ids[:tokens]

    def _grown(self) -> bool:
        """Twice as many slots, where there is memory for them."""
        slots = 0 if self._store is None else int(self._store.shape[2])
        capacity = self._capacity or _STEP
        wanted = max(_FIRST, 2 * slots)
        if slots and self._bytes(wanted, capacity) > self._memory:
            return False
        self._resize(wanted, capacity)
        self._free = [*range(wanted - 1, slots - 1, -1), *self._free]
        return True

    def _evicted(self) -> bool:
        """Drop the row that was used longest ago and that no reply is being made of."""
        busy = {id(job.row) for job in self._open}
        idle = [key for key, row in self._rows.items() if id(row) not in busy]
        if not idle:
            return False
        self._drop(self._rows.pop(min(idle, key=lambda key: self._rows[key].used)))
        return True

    def _reserve(self, tokens: int) -> None:
        if tokens > self._capacity:
            self._resize(int(self._store.shape[2]), _rounded(max(tokens, self._capacity + self._capacity // 2)))

    def _resize(self, slots: int, capacity: int) -> None:
        import torch

        shape = (self._layers, 2, slots, self._heads, capacity + 1, self._size)
        old, self._store = self._store, torch.zeros(shape, dtype=self._dtype, device=self._device)
        if old is not None:
            kept = old.shape[4] - 1
            self._store[:, :, : old.shape[2], :, :kept] = old[:, :, :, :, :kept]
        self._graphs.clear()

    def _bytes(self, slots: int, capacity: int) -> int:
        return 2 * self._layers * slots * self._heads * (capacity + 1) * self._size * int(self._dtype.itemsize)

    # ---- passes

    def _pass(self, active: Sequence[SamplingJob[CacheSlot]]) -> None:
        """New tokens of the rows that have several, then one token of each row that is decoding.

        While rows speak, the others are read only every so many passes: a pass over few new tokens costs as much as over many.
        """
        rows = [(job, job.row) for job in active if job.row is not None]
        self._reserve(1 + max(len(row.ids) + len(job.pending) for job, row in rows))  # a row may be read and speak in one pass
        if reading := [(job, row) for job, row in rows if not job.drawn]:
            self._waited = 0 if len(reading) == len(rows) or self._waited >= _PATIENCE else self._waited + 1
            if not self._waited:
                self._read(sorted(reading, key=lambda pair: len(pair[0].pending)))
        if speaking := [(job, row) for job, row in rows if job.drawn and not job.done.done()]:
            self._speak(speaking)

    def _read(self, waiting: Sequence[tuple[SamplingJob[CacheSlot], CacheSlot]]) -> None:
        """As many of the shortest as there is room for, padded on the left; their last tokens lie side by side."""
        import torch

        chosen = [pair for number, pair in enumerate(waiting) if (number + 1) * len(pair[0].pending) <= self._pass_tokens]
        chosen = chosen or list(waiting[:1])
        news = [job.pending[: self._pass_tokens] for job, _ in chosen]
        count, width = self._block(len(chosen), max(map(len, news)))
        block = [
            self._line(row.number, width, new, range(len(row.ids), len(row.ids) + len(new)))
            for new, (_, row) in zip(news, chosen, strict=True)
        ]
        block += [self._line(0, width, (), ()) for _ in range(count - len(block))]
        length = _rounded(max(len(row.ids) + len(new) for new, (_, row) in zip(news, chosen, strict=True)), self._capacity)
        logits = self._graphs.run(
            (count, width, length),
            torch.tensor(block, device=self._device),
            lambda given: self._forward(given[:, :width], given[:, width:-1], given[:, -1], length),
        )
        self._finish(chosen, news, logits[: len(chosen)])

    def _block(self, rows: int, tokens: int) -> tuple[int, int]:
        """Rows and tokens of a pass that holds so many, rounded up where it stays small enough: few shapes are recorded."""
        count, width = max(_BLOCK[0], _power(rows)), max(_BLOCK[1], _power(tokens))
        return (count, width) if count * width <= self._pass_tokens else (rows, tokens)

    def _line(self, slot: int, width: int, ids: Sequence[int], places: Sequence[int]) -> list[int]:
        """``ids`` and the ``places`` they go to, padded on the left to ``width`` each, and the slot."""
        empty = width - len(ids)
        return [*[0] * empty, *ids, *[self._capacity] * empty, *places, slot]

    def _speak(self, speaking: Sequence[tuple[SamplingJob[CacheSlot], CacheSlot]]) -> None:
        """One token of each. The pass covers every slot up to the highest: a recorded pass has few shapes."""
        import torch

        highest = max(row.number for _, row in speaking)
        slots = min(max(_FEWEST, _power(highest + 1)), int(self._store.shape[2]))
        ids, places = [0] * slots, [self._capacity] * slots
        for job, row in speaking:
            ids[row.number], places[row.number] = job.pending[0], len(row.ids)
        length = _rounded(max(len(row.ids) for _, row in speaking) + 1, self._capacity)
        inputs = torch.tensor([ids, places], device=self._device)
        logits = self._graphs.run(
            (slots, length), inputs, lambda given: self._forward(given[0, :, None], given[1, :, None], None, length)
        )
        numbers = torch.tensor([row.number for _, row in speaking], device=self._device)
        self._finish(speaking, [job.pending for job, _ in speaking], logits[numbers])

    def _forward(self, ids: Any, positions: Any, rows: Any | None, length: int) -> Any:
        """Logits (rows, vocabulary) behind the last of ``ids`` (rows, tokens)."""
        work = _Pass(self._store, rows, positions, length, self._groups)
        with attending(self._model, NAME, _attention), evaluating(self._model):
            output = self._model(
                input_ids=ids,
                position_ids=positions,
                use_cache=True,
                logits_to_keep=1,
                **{cache_argument(base_of(self._model).__class__): work},
            )
        return output.logits[:, -1]

    def _finish(
        self, chosen: Sequence[tuple[SamplingJob[CacheSlot], CacheSlot]], news: Sequence[Sequence[int]], logits: Any
    ) -> None:
        """Note what went through the model, and draw behind rows of which nothing is left to read."""
        told = []
        for number, ((job, row), new) in enumerate(zip(chosen, news, strict=True)):
            row.ids += new
            row.used = self.passes
            job.pending = job.pending[len(new) :]
            self.computed += len(new)
            if not job.pending:
                told.append((number, job))
        if not told:
            return
        lines = logits if len(told) == len(chosen) else logits[[number for number, _ in told]]
        drawn = draw_rows(lines, [(job.sampling, job.random) for _, job in told])
        for (_, job), one in zip(told, drawn, strict=True):
            job.go_on(job.take(one, self._stops), self._stops)


def _power(count: int) -> int:
    """The smallest power of two that is at least ``count``."""
    return 1 << (count - 1).bit_length()


def _rounded(tokens: int, most: int | None = None) -> int:
    up = -(-tokens // _STEP) * _STEP
    return up if most is None else min(up, most)


def _half_of_free(device: Any) -> int:
    import torch

    return int(torch.cuda.mem_get_info(device)[0] // 2) if device.type == "cuda" else 4 << 30
