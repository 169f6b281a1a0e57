"""Coarse scanning: where might one of the looks be? Edge cells of every template against every place and size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genevolve.judges.pixel.edges import cells, edge_field
from genevolve.judges.pixel.templates import CELL, GRID, Template

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

STEP = 2**0.25
SMALLEST = 0.055  # of the image's long side
LARGEST = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A guess: centre and long side of the tight sprite, in pixels of the scanned image."""

    template: int
    x: float
    y: float
    side: float
    response: float


def scan(rgb: "Floats", templates: Sequence[Template], *, keep: int, floor: float) -> list[Proposal]:
    """The best ``keep`` local maxima of each template with a response above ``floor``, best first."""
    import numpy as np

    height, width = rgb.shape[:2]
    kernel = np.stack([(t.coarse * t.coarse_mask[..., None]).ravel() for t in templates], axis=1)
    weights = np.stack([t.coarse_mask.ravel() for t in templates], axis=1)
    norms = np.sqrt(np.stack([(t.coarse**2 * t.coarse_mask[..., None]).sum() for t in templates]))
    found: list[Proposal] = []
    side = SMALLEST * max(height, width)
    while side <= LARGEST * max(height, width):
        found += _level(rgb, side, (kernel, weights, norms), floor)
        side *= STEP
    return _best_of_each(found, len(templates), keep)


def _level(rgb: "Floats", side: float, bank: "tuple[Floats, Floats, Floats]", floor: float) -> list[Proposal]:
    import cv2
    import numpy as np

    factor = (GRID * CELL - 2) / side
    border = GRID * CELL // 3
    small = cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    small = cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_REPLICATE)
    if min(small.shape[:2]) < GRID * CELL:
        return []
    grid = cells(edge_field(small), CELL)
    response = _responses(grid, bank)
    rows, columns, count = response.shape
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


def _responses(grid: "Floats", bank: "tuple[Floats, Floats, Floats]") -> "Floats":
    """Cosine between template and window over the template's cells: (rows, columns, templates)."""
    import numpy as np

    kernel, weights, norms = bank
    windows = np.lib.stride_tricks.sliding_window_view(grid, (GRID, GRID), axis=(0, 1))
    rows, columns = windows.shape[:2]
    flat = windows.transpose(0, 1, 3, 4, 2).reshape(rows * columns, -1)
    energy = np.lib.stride_tricks.sliding_window_view((grid**2).sum(axis=2), (GRID, GRID)).reshape(rows * columns, -1)
    response = (flat @ kernel) / (np.sqrt(energy @ weights) * norms + 0.35)
    return np.asarray(response.reshape(rows, columns, -1), np.float32)


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
