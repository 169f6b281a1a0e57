"""Bootstrap and permutation statistics against naive versions and known answers."""

import random
from itertools import product

import pytest

from genevolve.bench.statistics import Estimate, compare, mean_interval, sign_flip_p


def naive_interval(values: list[float], draws: int, seed: int) -> tuple[float, float]:
    source = random.Random(seed)
    means = sorted(sum(source.choices(values, k=len(values))) / len(values) for _ in range(draws))
    return means[int(0.025 * draws)], means[int(0.975 * draws)]


def exact_sign_flip_p(differences: list[float]) -> float:
    observed = abs(sum(differences))
    flips = list(product((-1, 1), repeat=len(differences)))
    hits = sum(abs(sum(s * d for s, d in zip(signs, differences, strict=True))) >= observed - 1e-9 for signs in flips)
    return hits / len(flips)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_interval_agrees_with_a_naive_bootstrap(seed: int) -> None:
    source = random.Random(seed)
    values = [source.choice((0.0, 0.4, 0.5, 0.9, 1.0)) for _ in range(120)]
    low, high = naive_interval(values, 4000, seed)
    estimate = mean_interval(values, seed=seed)
    assert estimate.mean == pytest.approx(sum(values) / len(values))
    assert estimate.low == pytest.approx(low, abs=0.01)
    assert estimate.high == pytest.approx(high, abs=0.01)


def test_interval_covers_the_true_mean_about_nineteen_times_in_twenty() -> None:
    source = random.Random(7)
    covered = 0
    for trial in range(200):
        estimate = mean_interval([source.gauss(0.5, 0.2) for _ in range(60)], draws=1000, seed=trial)
        covered += estimate.low <= 0.5 <= estimate.high
    assert 180 <= covered <= 199


def test_interval_of_equal_or_single_values_is_the_value() -> None:
    flat = mean_interval([0.7] * 30)
    assert (flat.mean, flat.low, flat.high) == pytest.approx((0.7, 0.7, 0.7))
    assert mean_interval([0.3]) == Estimate(mean=0.3, low=0.3, high=0.3, n=1)


def test_nothing_and_unscored_values_are_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        mean_interval([])
    with pytest.raises(ValueError, match="NaN"):
        mean_interval([0.5, float("nan")])
    with pytest.raises(ValueError, match="paired"):
        compare([1.0], [1.0, 0.0])


def test_blocks_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [index / 50 for index in range(50)]
    whole = mean_interval(values, draws=500, seed=3)
    monkeypatch.setattr("genevolve.bench.statistics._BLOCK", 50 * 7)
    assert mean_interval(values, draws=500, seed=3) == whole


def test_sign_flip_agrees_with_the_exact_test() -> None:
    differences = [0.4, 0.1, -0.2, 0.5, 0.3, 0.0, 0.6, -0.1]
    assert sign_flip_p(differences) == pytest.approx(exact_sign_flip_p(differences), abs=0.02)


def test_compare_pairs_rows() -> None:
    first, second = [0.9, 0.8, 1.0, 0.5] * 20, [0.5, 0.8, 0.4, 0.6] * 20
    found = compare(first, second)
    assert found.difference.mean == pytest.approx(0.225)
    assert found.difference.low > 0
    assert (found.wins, found.losses, found.ties) == (40, 20, 20)
    assert found.p == pytest.approx(1 / 10_001)
    assert compare(first, first).p == 1.0
