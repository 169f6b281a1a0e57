"""Ragged batches: rows of any length in one forward pass, without padding, each with its own growing key-value cache.

The model of ``transformers`` runs unchanged under the attention implementation ``NAME``: its linear layers see the new
tokens of all rows side by side as one sequence, and only attention tells the rows apart. A row may bring one token
(decoding) or many (a prompt, an observation), and rows join and leave between any two passes.
"""

import inspect
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

NAME = "genevolve_ragged"
_GROWTH = 256  # tokens


@dataclass(slots=True)
class SequenceRow:
    """One sequence: ``ids`` whose keys and values are in ``store`` (layers, 2, heads, capacity, head size)."""

    ids: list[int] = field(default_factory=list)
    store: "torch.Tensor | None" = None
    used: int = 0  # when it was last worked on, for eviction

    @property
    def capacity(self) -> int:
        return 0 if self.store is None else int(self.store.shape[3])

    def grow(self, tokens: int, shape: tuple[int, int, int], like: "torch.Tensor") -> None:
        """Make room for ``tokens`` more; ``shape`` is (layers, heads, head size)."""
        import torch

        needed = len(self.ids) + tokens
        if needed <= self.capacity:
            return
        layers, heads, size = shape
        capacity = max(needed, self.capacity + max(_GROWTH, self.capacity // 2))
        store = torch.empty((layers, 2, heads, capacity, size), dtype=like.dtype, device=like.device)
        if self.store is not None:
            store[:, :, :, : len(self.ids)] = self.store[:, :, :, : len(self.ids)]
        self.store = store


@dataclass(frozen=True, slots=True)
class _Segment:
    row: SequenceRow
    start: int  # in the pass
    tokens: int
    past: int  # tokens of the row before this pass


class CausalMasks:
    """Masks of one pass; layers ask for the same ones again."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], Any] = {}

    def get(self, past: int, tokens: int, groups: int, device: Any) -> "torch.Tensor":
        """(groups · tokens, past + tokens): True where a query may look. ``groups``: query heads of one key head."""
        import torch

        key = (past, tokens, groups)
        if key not in self._known:
            queries = torch.arange(past, past + tokens, device=device)
            seen = torch.arange(past + tokens, device=device)
            self._known[key] = (seen[None, :] <= queries[:, None]).repeat(groups, 1)
        mask: torch.Tensor = self._known[key]
        return mask


class _Pass:
    """What one forward pass hands to the layers in place of a cache: where each row's tokens are and go."""

    def __init__(self, segments: Sequence[_Segment]) -> None:
        self.segments = segments
        self.masks = CausalMasks()

    def update(self, keys: "torch.Tensor", values: "torch.Tensor", layer: int, *_: Any, **__: Any) -> tuple[Any, Any]:
        """Store new keys and values (1, heads, tokens, size); attention gets this pass and the layer in their place."""
        for segment in self.segments:
            store = segment.row.store
            assert store is not None
            new = slice(segment.start, segment.start + segment.tokens)
            place = slice(segment.past, segment.past + segment.tokens)
            store[layer, 0, :, place] = keys[0, :, new]
            store[layer, 1, :, place] = values[0, :, new]
        return self, layer

    def get_seq_length(self, *_: Any) -> int:
        return 0


def _attention(
    module: Any, query: "torch.Tensor", work: Any, layer: Any, mask: Any, scaling: float | None = None, **_: Any
) -> tuple["torch.Tensor", None]:
    """Grouped-query attention of each row over its own past. ``query`` is (1, heads, tokens, size)."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    heads, size = query.shape[1], query.shape[3]
    out = torch.empty((query.shape[2], heads, size), dtype=query.dtype, device=query.device)
    for segment in work.segments:
        store = segment.row.store[layer]
        kv_heads = store.shape[1]
        groups = heads // kv_heads
        upto = segment.past + segment.tokens
        new = slice(segment.start, segment.start + segment.tokens)
        asked = query[0, :, new].reshape(1, kv_heads, groups * segment.tokens, size)
        allowed = None if segment.tokens == 1 else work.masks.get(segment.past, segment.tokens, groups, query.device)
        seen = scaled_dot_product_attention(
            asked, store[0, :, :upto][None], store[1, :, :upto][None], attn_mask=allowed, scale=scaling
        )
        out[new] = seen.reshape(heads, segment.tokens, size).transpose(0, 1)
    return out[None], None


def supports(model: Any) -> bool:
    """Whether every layer of ``model`` is plain full attention with rotary positions in one dimension (no vision)."""
    config = model.config
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    plain = kinds == {"full_attention"} and not getattr(config, "vision_config", None)
    known = config.model_type in {"llama", "qwen2", "qwen3", "mistral", "smollm3"}
    return bool(plain and known and not getattr(config, "sliding_window", None))


@contextmanager
def attending(model: Any, name: str, attention: Any) -> "Iterator[None]":
    """Run ``model`` with another attention, known to the library as ``name``; afterwards it is as before."""
    from transformers import AttentionInterface

    AttentionInterface.register(name, attention)
    config = model.config
    before = config._attn_implementation
    config._attn_implementation = name
    try:
        yield
    finally:
        config._attn_implementation = before


@contextmanager
def evaluating(model: Any) -> "Iterator[None]":
    """Run ``model`` in evaluation mode; in training mode gradient checkpointing would silently leave out what came before."""
    training = model.training
    if training:
        model.eval()
    try:
        yield
    finally:
        if training:
            model.train()


@contextmanager
def ragged(model: Any) -> "Iterator[None]":
    """Run ``model`` under ragged attention, in evaluation mode; afterwards it is as before."""
    with attending(model, NAME, _attention), evaluating(model):
        yield


def forward(model: Any, rows: Sequence[tuple[SequenceRow, Sequence[int], int]]) -> "Sequence[torch.Tensor]":
    """Append each row's new ids to it. For each row the logits (n, vocabulary) behind its last n ids. Needs ``ragged``."""
    import torch

    reference = next(model.parameters())
    shape = kept_shape(model.config)
    segments: list[_Segment] = []
    ids: list[int] = []
    positions: list[int] = []
    last: list[int] = []
    for row, new, wanted in rows:
        row.grow(len(new), shape, reference)
        past = len(row.ids)
        segments.append(_Segment(row=row, start=len(ids), tokens=len(new), past=past))
        positions += range(past, past + len(new))
        ids += new
        last += range(len(ids) - wanted, len(ids))
    device = reference.device
    output = model(
        input_ids=torch.tensor([ids], device=device),
        position_ids=torch.tensor([positions], device=device),
        use_cache=True,
        logits_to_keep=torch.tensor(last, device=device),
        **{cache_argument(base_of(model).__class__): _Pass(segments)},
    )
    for row, new, _ in rows:
        row.ids.extend(new)
    logits: Sequence[torch.Tensor] = output.logits[0].split([wanted for *_, wanted in rows])
    return logits


def base_of(model: Any) -> Any:
    """The transformers model inside PEFT's wrapper, if there is one (adapters stay active)."""
    inner = getattr(model, "get_base_model", None)
    return inner() if inner is not None else model


@lru_cache
def cache_argument(kind: type) -> str:
    """The name under which models of a class take their cache: ``past_key_values`` until transformers 5.23, then ``cache``."""
    return "cache" if "cache" in inspect.signature(kind.forward).parameters else "past_key_values"  # type: ignore[attr-defined]


def kept_shape(config: Any) -> tuple[int, int, int]:
    """(layers, key heads, head size) of what is kept of each token."""
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return config.num_hidden_layers, config.num_key_value_heads, size


def copy(source: SequenceRow, row: SequenceRow, tokens: int, model: Any) -> None:
    """Make ``row`` begin with the first ``tokens`` ids of ``source``, keys and values included; what it held is gone."""
    assert source.store is not None
    row.ids = []
    row.grow(tokens, kept_shape(model.config), source.store)
    assert row.store is not None
    row.store[:, :, :, :tokens] = source.store[:, :, :, :tokens]
    row.ids = source.ids[:tokens]
