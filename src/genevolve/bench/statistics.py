"""Intervals and tests over per-row scores: pure functions of the values and a seed.

Unscored rows never come here: the caller drops and counts them, and pairs rows before it compares two systems.
Several seeds of one request are not several requests: ``*_clustered`` resample whole requests with all their seeds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[tuple[int], np.dtype[np.float64]]

DRAWS = 10_000
# 0.975 quantiles of Student's t for 1 to 30 degrees of freedom
_STUDENT = (
    12.7062,
    4.3027,
    3.1824,
    2.7764,
    2.5706,
    2.4469,
    2.3646,
    2.3060,
    2.2622,
    2.2281,
    2.2010,
    2.1788,
    2.1604,
    2.1448,
    2.1314,
    2.1199,
    2.1098,
    2.1009,
    2.0930,
    2.0860,
    2.0796,
    2.0739,
    2.0687,
    2.0639,
    2.0595,
    2.0555,
    2.0518,
    2.0484,
    2.0452,
    2.0423,
)
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

    @property
    def signed(self) -> str:
        """As a difference is written."""
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


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


def t_interval(values: Sequence[float]) -> Estimate:
    """The mean of 2 to 31 values with its 95 % interval after Student: for a few values that scatter normally, such as means of
    trainings. Raises ``ValueError`` for another number of values, or for values that are not finite."""
    rows = _finite(values)
    if not 2 <= rows.size <= len(_STUDENT) + 1:
        raise ValueError(f"{rows.size} values: an interval after Student is made of 2 to {len(_STUDENT) + 1}")
    mean, half = float(rows.mean()), _STUDENT[rows.size - 2] * float(rows.std(ddof=1)) / float(rows.size) ** 0.5
    return Estimate(mean=mean, low=mean - half, high=mean + half, n=int(rows.size))


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


def clustered_interval(
    groups: Sequence[Sequence[float]], *, confidence: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> Estimate:
    """The mean of all values, with the percentile bootstrap over whole groups. ``n`` counts values. Empty groups are refused.

    With one value in each group this is ``mean_interval``.
    """
    import numpy as np

    sums, sizes = _totals(groups)
    drawn = _drawn_means(sums, sizes, draws, np.random.default_rng(seed))
    return _estimate(float(sums.sum() / sizes.sum()), drawn, confidence, int(sizes.sum()))


def stratified_interval(
    strata: Mapping[str, Sequence[Sequence[float]]],
    weights: Mapping[str, float],
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate:
    """Σ weight · mean of a stratum, groups being resampled within each stratum. Raises ``ValueError`` for a missing stratum.

    Weights are taken as they are: those of WISE add up to 1.
    """
    import numpy as np

    if missing := [name for name in weights if not strata.get(name)]:
        raise ValueError(f"there are no values of {', '.join(missing)}")
    random = np.random.default_rng(seed)
    mean, count = 0.0, 0
    drawn: Floats = np.zeros(draws)
    for name, weight in weights.items():
        sums, sizes = _totals(strata[name])
        mean += weight * float(sums.sum() / sizes.sum())
        count += int(sizes.sum())
        drawn = drawn + weight * _drawn_means(sums, sizes, draws, random)
    return _estimate(mean, drawn, confidence, count)


def compare_clustered(
    differences: Sequence[Sequence[float]], *, confidence: float = 0.95, draws: int = DRAWS, seed: int = 0
) -> Comparison:
    """As ``compare``, on groups of paired differences: requests are resampled, and signs are flipped, as a whole.

    ``wins``, ``losses`` and ``ties`` count the values.
    """
    sums, _ = _totals(differences)
    values = [value for group in differences for value in group]
    return Comparison(
        difference=clustered_interval(differences, confidence=confidence, draws=draws, seed=seed),
        p=sign_flip_p(sums.tolist(), draws=draws, seed=seed),
        wins=sum(value > 0 for value in values),
        losses=sum(value < 0 for value in values),
        ties=sum(value == 0 for value in values),
    )


def compare_stratified(
    strata: Mapping[str, Sequence[Sequence[float]]],
    weights: Mapping[str, float],
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Comparison:
    """As ``compare_clustered`` for an overall figure that is Σ weight · mean of a stratum, such as those of WISE and GenEval.

    A group's sign is flipped with all it adds to the figure. Raises ``ValueError`` for a missing stratum.
    """
    difference = stratified_interval(strata, weights, confidence=confidence, draws=draws, seed=seed)
    shares: list[float] = []
    for name, weight in weights.items():
        sums, sizes = _totals(strata[name])
        shares += (sums * weight / sizes.sum()).tolist()
    values = [value for name in weights for group in strata[name] for value in group]
    return Comparison(
        difference=difference,
        p=sign_flip_p(shares, draws=draws, seed=seed),
        wins=sum(value > 0 for value in values),
        losses=sum(value < 0 for value in values),
        ties=sum(value == 0 for value in values),
    )


def trend(
    places: Sequence[float],
    values: Sequence[float],
    strata: Sequence[str],
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate | None:
    """The slope of ``values`` over ``places``, each stratum having a mean of its own; percentile bootstrap over the rows.

    None where no stratum has two places: there is no slope. Raises ``ValueError`` for values that are not finite.
    """
    import numpy as np

    x, y = _finite(places), _finite(values)
    names = {name: number for number, name in enumerate(dict.fromkeys(strata))}
    within = np.asarray([names[name] for name in strata])

    def slope(rows: Any) -> float:
        of = within[rows]
        sizes = np.maximum(np.bincount(of, minlength=len(names)), 1)
        around = [one[rows] - (np.bincount(of, one[rows], len(names)) / sizes)[of] for one in (x, y)]
        spread = float(around[0] @ around[0])
        return float(around[0] @ around[1]) / spread if spread > 1e-12 else float("nan")

    mean = slope(np.arange(x.size))
    if np.isnan(mean):
        return None
    random = np.random.default_rng(seed)
    drawn = np.asarray([slope(random.integers(0, x.size, x.size)) for _ in range(draws)])
    return _estimate(mean, drawn[~np.isnan(drawn)], confidence, int(x.size))


def _totals(groups: Sequence[Sequence[float]]) -> "tuple[Floats, Floats]":
    """(sum, size) of each group. Raises ``ValueError`` for no groups, an empty one, or a value that is not finite."""
    import numpy as np

    if not all(len(group) for group in groups):
        raise ValueError("a group has no values; leave it out")
    sums = _finite([float(np.sum(_finite(group))) for group in groups])
    return sums, np.asarray([len(group) for group in groups], dtype=np.float64)


def _drawn_means(sums: "Floats", sizes: "Floats", draws: int, random: "np.random.Generator") -> "Floats":
    """Means of resampled groups: total over count, so that larger groups weigh as much as they hold."""
    import numpy as np

    means = []
    for block in _blocks(draws, sums.size):
        chosen = random.integers(0, sums.size, (block, sums.size))
        means.append(sums[chosen].sum(axis=1) / sizes[chosen].sum(axis=1))
    found: Floats = np.concatenate(means)
    return found


def _estimate(mean: float, drawn: "Floats", confidence: float, count: int) -> Estimate:
    import numpy as np

    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, (tail, 1 - tail))
    return Estimate(mean=mean, low=float(low), high=float(high), n=count)


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
