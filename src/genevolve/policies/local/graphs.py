"""CUDA graphs of forward passes: a pass is recorded the second time its shape comes, and replayed from then on."""

import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

LOG = logging.getLogger(__name__)
_WARM = 2  # passes before a recording, in which libraries choose their kernels


@dataclass(slots=True)
class _Recorded:
    graph: Any
    given: Any
    found: Any


class Graphs:
    """Passes through ``model``, which is on a GPU; anywhere else, and a shape that cannot be recorded, they are just run."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._recorded: dict[Hashable, _Recorded | None] = {}  # None: this shape cannot be recorded
        self._seen: set[Hashable] = set()
        self._pool: Any = None
        self._weights = self._state()
        self._records = next(model.parameters()).is_cuda

    def check(self) -> None:
        """Forget the recordings if the model computes with other tensors than when they were made (an adapter was merged)."""
        found = self._state()
        if found != self._weights:
            self.clear()
            self._weights = found

    def clear(self) -> None:
        """What the passes read or write lies elsewhere now."""
        self._recorded.clear()
        self._seen.clear()
        self._pool = None

    def run(self, shape: Hashable, given: Any, work: Callable[[Any], Any]) -> Any:
        """``work(given)``. ``shape`` names passes that share a recording. The result lasts until the next run."""
        if not self._records:
            return work(given)
        if shape not in self._recorded:
            if shape not in self._seen:
                self._seen.add(shape)
                return work(given)
            self._recorded[shape] = self._record(given, work)
        found = self._recorded[shape]
        if found is None:
            return work(given)
        found.given.copy_(given)
        found.graph.replay()
        return found.found

    def _record(self, given: Any, work: Callable[[Any], Any]) -> _Recorded | None:
        import torch

        kept = given.clone()
        try:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(_WARM):
                    work(kept)
            torch.cuda.current_stream().wait_stream(side)
            self._pool = self._pool or torch.cuda.graph_pool_handle()
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
                found = work(kept)
        except RuntimeError as error:
            said = (str(error).splitlines() or [""])[0][:200]
            LOG.warning(
                "a pass of %s ids cannot be recorded as a CUDA graph and runs step by step: %s", tuple(given.shape), said
            )
            return None
        return _Recorded(graph=graph, given=kept, found=found)

    def _state(self) -> tuple[Any, ...]:
        """What a recording depends on: where the weights are, and which of them are used."""
        places = tuple(parameter.data_ptr() for parameter in self._model.parameters())
        ways = tuple(bool(getattr(module, "merged", False)) for module in self._model.modules())
        return places, ways
