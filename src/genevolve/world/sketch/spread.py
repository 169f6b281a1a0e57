"""Positions along one axis: sizes in order, some with a wish, none overlapping, all within bounds where they fit."""

from collections.abc import Sequence
from itertools import pairwise


def spread(
    sizes: Sequence[float], wishes: Sequence[float | None], low: float, high: float, gap: float, loose: float
) -> list[float]:
    """Centres of ``sizes`` in [low, high], in order, at least ``gap`` apart and each as near its wish as that allows.

    Without any wish they stand in the middle, with up to ``loose`` of free space between neighbours.
    """
    if not sizes:
        return []
    if all(wish is None for wish in wishes):
        return _centred(sizes, low, high, gap, loose)
    centres = _wished(wishes, low, high)
    return _apart(sizes, centres, low, high, gap)


def _centred(sizes: Sequence[float], low: float, high: float, gap: float, loose: float) -> list[float]:
    free = high - low - sum(sizes) - gap * (len(sizes) - 1)
    between = gap + max(0.0, min(loose, free / (len(sizes) + 1)))
    at = (low + high - sum(sizes) - between * (len(sizes) - 1)) / 2
    centres = []
    for size in sizes:
        centres.append(at + size / 2)
        at += size + between
    return centres


def _wished(wishes: Sequence[float | None], low: float, high: float) -> list[float]:
    """Every wish, and for those without one the even steps between their neighbours' wishes."""
    fixed = [(-1, low), *((index, wish) for index, wish in enumerate(wishes) if wish is not None), (len(wishes), high)]
    centres: list[float] = []
    for (start, one), (end, other) in pairwise(fixed):
        if start >= 0:
            centres.append(one)
        centres += [one + (other - one) * step / (end - start) for step in range(1, end - start)]
    return centres


def _apart(sizes: Sequence[float], centres: list[float], low: float, high: float, gap: float) -> list[float]:
    """Two sweeps: neighbours are pushed on to the right, then back to the left from the far bound."""
    count = len(sizes)
    for index in range(count):
        bound = low if index == 0 else centres[index - 1] + sizes[index - 1] / 2 + gap
        centres[index] = max(centres[index], bound + sizes[index] / 2)
    for index in reversed(range(count)):
        bound = high if index == count - 1 else centres[index + 1] - sizes[index + 1] / 2 - gap
        centres[index] = min(centres[index], bound - sizes[index] / 2)
    return centres
