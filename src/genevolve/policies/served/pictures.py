"""Pictures as a server takes them: patches that this process has made, the same numbers that training computes with."""

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.policies.local.padded import picture
from genevolve.store.images import ImageStore

_KEPT = 64  # pictures that are kept ready; one of 1,024 tokens takes 33 MB as text
_RAW = 3  # the code of bytes in vLLM's msgpack (vllm/v1/serial_utils.py: CUSTOM_TYPE_RAW_VIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patches:
    """``encoded`` holds its patches and grid; ``name`` tells it from every other; ``tokens`` placeholders stand for it."""

    name: str
    encoded: str
    tokens: int


class Pictures:
    """The stored ``images`` through the image processor of the model in training. ``token`` is the placeholder's id."""

    def __init__(self, image_processor: Any, images: ImageStore, token: int) -> None:
        self.processor = image_processor
        self.images = images
        self._token = token
        self._made: OrderedDict[str, Patches] = OrderedDict()

    def of(self, digests: Sequence[str]) -> tuple[Patches, ...]:
        """Raises ``UsageError`` for a processor without grids."""
        return tuple(self._one(digest) for digest in digests)

    def places(self, ids: Sequence[int], pictures: Sequence[Patches]) -> tuple[int, ...]:
        """Where the placeholders of each of ``pictures`` begin in ``ids``. Raises ``UsageError`` where they do not fit."""
        found, at = [], 0
        for number, one in enumerate(pictures):
            at = next((place for place in range(at, len(ids)) if ids[place] == self._token), len(ids))
            run = ids[at : at + one.tokens]
            if len(run) < one.tokens or any(token != self._token for token in run):
                raise UsageError(f"picture {number} needs {one.tokens} placeholder tokens in a row at place {at} of the ids")
            found.append(at)
            at += one.tokens
        if self._token in ids[at:]:
            raise UsageError(f"the ids hold more placeholders than their {len(pictures)} pictures need")
        return tuple(found)

    def _one(self, digest: str) -> Patches:
        if digest in self._made:
            self._made.move_to_end(digest)
            return self._made[digest]
        self._made[digest] = self.made(picture(self.images, digest))
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
        return self._made[digest]

    def made(self, image: Any) -> Patches:
        """Of a ``PIL.Image``. Raises ``UsageError`` for a processor without grids."""
        made = self.processor(images=[image], return_tensors="pt")
        if "image_grid_thw" not in made:
            raise UsageError("the model's image processor gives no image_grid_thw; vision policies are of the Qwen-VL families")
        (grid,) = made["image_grid_thw"]
        encoded = encode(made["pixel_values"], grid)
        name = hashlib.sha256(encoded.encode()).hexdigest()
        tokens = int(grid.prod()) // int(self.processor.merge_size) ** 2
        return Patches(name=name, encoded=encoded, tokens=tokens)


def encode(patches: Any, grid: Any) -> str:
    """``patches`` (patches, width) and ``grid`` (3,) of one picture as vLLM reads them back (its ``mm_serde.py``)."""
    import msgspec

    rows = len(patches)
    fields = {
        "pixel_values": (patches, ["flat", {"keep_on_cpu": False, "slices": [[0, rows, None]], "dim": 0}]),
        "image_grid_thw": (grid, ["batched", {"keep_on_cpu": True}]),
    }
    item = {name: {"data": _tensor(value), "field": field} for name, (value, field) in fields.items()}
    return base64.b64encode(msgspec.msgpack.encode(item)).decode("ascii")


def _tensor(value: Any) -> list[Any]:
    import msgspec

    data = value.detach().cpu().contiguous()
    return [str(data.dtype).removeprefix("torch."), list(data.shape), msgspec.msgpack.Ext(_RAW, data.numpy().tobytes())]
