"""Intervals and tests over per-row scores: pure functions of the values and a seed.

Unscored rows never come here: the caller drops and counts them, and pairs rows before it compares two systems.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[tuple[int], np.dtype[np.float64]]

DRAWS = 10_000
_BLOCK = 2_000_000  # resampled values held at once: the memory stays flat however many rows there are


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over ``n`` rows with its bootstrap interval. ``low`` and ``high`` equal the mean when n is 1."""

    mean: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """First system minus second system on the same rows; ``p`` is two-sided, from sign-flip permutation."""

    difference: Estimate
    p: float
    wins: int
    losses: int
    ties: int


def mean_interval(values: Sequence[float], *, confidence: float = 0.95, draws: int = DRAWS, seed: int = 0) -> Estimate:
    """Percentile bootstrap of the mean. Raises ``ValueError`` for no values, or for values that are not finite."""
    import numpy as np

    rows = _finite(values)
    mean = float(rows.mean())
    if rows.size == 1:
        return Estimate(mean=mean, low=mean, high=mean, n=1)
    random = np.random.default_rng(seed)
    means = [rows[random.integers(0, rows.size, (block, rows.size))].mean(axis=1) for block in _blocks(draws, rows.size)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.concatenate(means), (tail, 1 - tail))
    return Estimate(mean=mean, low=float(low), high=float(high), n=int(rows.size))


def compare(
    first: Sequence[float], second: Sequence[float], *, confidence: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> Comparison:
    """Paired bootstrap of the mean difference and a sign-flip test. Raises ``ValueError`` when the rows do not pair up."""
    if len(first) != len(second):
        raise ValueError(f"paired rows are needed: {len(first)} against {len(second)}")
    differences = _finite(first) - _finite(second)
    estimate = mean_interval(differences.tolist(), confidence=confidence, draws=draws, seed=seed)
    return Comparison(
        difference=estimate,
        p=sign_flip_p(differences.tolist(), draws=draws, seed=seed),
        wins=int((differences > 0).sum()),
        losses=int((differences < 0).sum()),
        ties=int((differences == 0).sum()),
    )


def sign_flip_p(differences: Sequence[float], *, draws: int = DRAWS, seed: int = 0) -> float:
    """Two-sided Monte Carlo p of "the paired difference is symmetric around 0"; never 0, at least 1/(draws + 1)."""
    import numpy as np

    rows = _finite(differences)
    observed = abs(float(rows.sum()))
    random = np.random.default_rng(seed)
    as_extreme = 0
    for block in _blocks(draws, rows.size):
        signs = random.integers(0, 2, (block, rows.size), dtype=np.int8) * 2.0 - 1.0
        as_extreme += int((np.abs(signs @ rows) >= observed - 1e-9).sum())
    return (as_extreme + 1) / (draws + 1)


def _finite(values: Sequence[float]) -> "Floats":
    import numpy as np

    rows: Floats = np.asarray(values, dtype=np.float64).reshape(len(values))
    if rows.size == 0:
        raise ValueError("there are no values: an interval of nothing does not exist")
    if not np.isfinite(rows).all():
        raise ValueError("a value is NaN or infinite; an unscored row is dropped and counted, never averaged")
    return rows


def _blocks(draws: int, size: int) -> Iterator[int]:
    """``draws`` cut into block lengths that keep a block of resampled rows small."""
    block = max(1, _BLOCK // size)
    for start in range(0, draws, block):
        yield min(block, draws - start)
