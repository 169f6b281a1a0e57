"""Coarse scanning: where might one of the looks be? Edge cells of every template against every place and size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genevolve.world.pixel.edges import cells, edge_field
from genevolve.world.pixel.templates import CELL, GRID, Template

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Floats


STEP = 2**0.25
SMALLEST = 0.055  # of the image's long side
LARGEST = 1.0
SEEN = 0.3  # share of a template that must be visible
UNSEEN = 1e12  # the energy of a template that is not: nothing is like it


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A guess: centre and long side of the tight sprite, in pixels of the scanned image."""

    template: int
    x: float
    y: float
    side: float
    response: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bank:
    """Templates as columns: edges (cells × 4), their mask and their energy per cell."""

    kernel: "Floats"
    weights: "Floats"
    energies: "Floats"


def propose(
    rgb: "Floats", templates: Sequence[Template], *, keep: int, floor: float, hidden: "Floats | None" = None
) -> list[Proposal]:
    """The best ``keep`` local maxima of each template with a response above ``floor``, best first.

    Where ``hidden`` (H, W) is 1 something known stands in front: what lies there speaks neither for nor against.
    """
    import numpy as np

    height, width = rgb.shape[:2]
    bank = _Bank(
        kernel=np.stack([(t.coarse * t.coarse_mask[..., None]).ravel() for t in templates], axis=1),
        weights=np.stack([t.coarse_mask.ravel() for t in templates], axis=1),
        energies=np.stack([(t.coarse**2).sum(axis=2).ravel() * t.coarse_mask.ravel() for t in templates], axis=1),
    )
    found: list[Proposal] = []
    side = SMALLEST * max(height, width)
    while side <= LARGEST * max(height, width):
        found += _level(rgb, side, bank, floor, hidden)
        side *= STEP
    return _best_of_each(found, len(templates), keep)


def _level(rgb: "Floats", side: float, bank: _Bank, floor: float, hidden: "Floats | None") -> list[Proposal]:
    import cv2
    import numpy as np

    factor = (GRID * CELL - 2) / side
    border = GRID * CELL // 3
    small = _resized(rgb, factor, border)
    if min(small.shape[:2]) < GRID * CELL:
        return []
    field = edge_field(small)
    seen = None
    if hidden is not None:
        seen = (cv2.dilate(_resized(hidden, factor, border), np.ones((3, 3), np.uint8)) < 0.3).astype(np.float32)
        field = field * seen[..., None]
    response = _responses(cells(field, CELL), bank, None if seen is None else _shrunk(seen))
    peaks = cv2.dilate(np.ascontiguousarray(response), np.ones((3, 3), np.uint8)).reshape(response.shape)
    ys, xs, ts = np.nonzero((response >= peaks - 1e-6) & (response > floor))
    half = GRID * CELL / 2
    return [
        Proposal(
            template=int(t),
            x=float((x * CELL + half - border) / factor),
            y=float((y * CELL + half - border) / factor),
            side=side,
            response=float(response[y, x, t]),
        )
        for y, x, t in zip(ys, xs, ts, strict=True)
    ]


def _resized(picture: "Floats", factor: float, border: int) -> "Floats":
    import cv2
    import numpy as np

    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    small = cv2.resize(picture, size, interpolation=how)
    return np.asarray(cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_REPLICATE), np.float32)


def _shrunk(seen: "Floats") -> "Floats":
    import cv2
    import numpy as np

    height, width = seen.shape[0] // CELL, seen.shape[1] // CELL
    cut = np.ascontiguousarray(seen[: height * CELL, : width * CELL])
    return np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _responses(grid: "Floats", bank: _Bank, seen: "Floats | None") -> "Floats":
    """Cosine between template and window over the template's visible cells: (rows, columns, templates)."""
    import numpy as np

    windows = np.lib.stride_tricks.sliding_window_view(grid, (GRID, GRID), axis=(0, 1))
    rows, columns = windows.shape[:2]
    flat = windows.transpose(0, 1, 3, 4, 2).reshape(rows * columns, -1)
    energy = _windows((grid**2).sum(axis=2)) @ bank.weights
    own = bank.energies.sum(axis=0)[None]
    if seen is not None:
        there = _windows(seen)
        share = (there @ bank.weights) / bank.weights.sum(axis=0)
        own = np.where(share > SEEN, there @ bank.energies, UNSEEN)
    response = (flat @ bank.kernel) / (np.sqrt(np.maximum(energy, 0)) * np.sqrt(own) + 0.35)
    return np.asarray(response.reshape(rows, columns, -1), np.float32)


def _windows(grid: "Floats") -> "Floats":
    import numpy as np

    return np.lib.stride_tricks.sliding_window_view(grid, (GRID, GRID)).reshape(-1, GRID * GRID)


def _best_of_each(found: list[Proposal], count: int, keep: int) -> list[Proposal]:
    chosen: list[Proposal] = []
    for index in range(count):
        kept: list[Proposal] = []
        for proposal in sorted((p for p in found if p.template == index), key=lambda p: -p.response):
            if len(kept) < keep and not any(_close(proposal, other) for other in kept):
                kept.append(proposal)
        chosen += kept
    return chosen


def _close(one: Proposal, other: Proposal) -> bool:
    near = 0.25 * min(one.side, other.side)
    return abs(one.x - other.x) < near and abs(one.y - other.y) < near and 0.6 < one.side / other.side < 1.67
