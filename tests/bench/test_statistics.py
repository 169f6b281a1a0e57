"""Clustered, stratified and paired statistics against naive versions and known answers."""

import random
from collections.abc import Sequence
from itertools import product

import pytest

from genevolve.bench.statistics import (
    clustered_interval,
    compare,
    compare_clustered,
    compare_stratified,
    mean_interval,
    stratified_interval,
)

Groups = list[list[float]]


def drawn_groups(seed: int, number: int = 60) -> Groups:
    """Requests of 1 to 4 seeds; the seeds of one request agree more than requests do."""
    source = random.Random(seed)
    return [[min(1.0, max(0.0, own + source.gauss(0, 0.05))) for _ in range(source.randint(1, 4))]
            for own in (source.random() for _ in range(number))]  # fmt: skip


def mean_of(groups: Sequence[Sequence[float]]) -> float:
    values = [value for group in groups for value in group]
    return sum(values) / len(values)


def naive_clustered(groups: Groups, draws: int, seed: int) -> tuple[float, float]:
    source = random.Random(seed)
    means = sorted(mean_of(source.choices(groups, k=len(groups))) for _ in range(draws))
    return means[int(0.025 * draws)], means[int(0.975 * draws)]


def exact_p(contributions: Sequence[float]) -> float:
    observed = abs(sum(contributions))
    flips = list(product((-1, 1), repeat=len(contributions)))
    return sum(abs(sum(s * c for s, c in zip(f, contributions, strict=True))) >= observed - 1e-9 for f in flips) / len(flips)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_clustered_interval_agrees_with_a_naive_one(seed: int) -> None:
    groups = drawn_groups(seed)
    low, high = naive_clustered(groups, 3000, seed)
    found = clustered_interval(groups, seed=seed)
    assert found.mean == pytest.approx(mean_of(groups)) and found.n == sum(map(len, groups))
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.012)


def test_seeds_that_repeat_each_other_add_no_certainty() -> None:
    """Ten equal seeds of a request say no more than one: rows counted as if independent would shrink the interval by √10."""
    values = [random.Random(number).random() for number in range(40)]
    once, tenfold = clustered_interval([[v] for v in values]), clustered_interval([[v] * 10 for v in values])
    assert (tenfold.low, tenfold.high) == pytest.approx((once.low, once.high))
    naive = mean_interval([v for v in values for _ in range(10)])
    assert naive.high - naive.low < 0.4 * (tenfold.high - tenfold.low)


def test_groups_of_one_are_the_plain_bootstrap() -> None:
    values = [0.0, 0.4, 0.5, 1.0, 0.9, 0.1]
    assert clustered_interval([[v] for v in values], seed=4).mean == mean_interval(values, seed=4).mean
    plain, grouped = mean_interval(values, seed=4), clustered_interval([[v] for v in values], seed=4)
    assert (grouped.low, grouped.high) == pytest.approx((plain.low, plain.high), abs=0.02)


def test_clustered_coverage() -> None:
    """About nineteen in twenty intervals hold the true mean although rows of a request hang together."""
    source = random.Random(11)
    covered = 0
    for trial in range(150):
        groups = [[own + source.gauss(0, 0.05) for _ in range(3)] for own in (source.gauss(0.5, 0.2) for _ in range(50))]
        found = clustered_interval(groups, draws=800, seed=trial)
        covered += found.low <= 0.5 <= found.high
    assert 134 <= covered <= 149


def test_stratified_mean_is_the_weighted_one() -> None:
    strata = {"a": [[1.0], [0.0]], "b": [[0.25, 0.75]], "c": [[1.0]]}
    found = stratified_interval(strata, {"a": 0.5, "b": 0.3, "c": 0.2})
    assert found.mean == pytest.approx(0.5 * 0.5 + 0.3 * 0.5 + 0.2) and found.n == 5
    assert (found.low, found.high) == pytest.approx((0.1 * 1 + 0.25, 0.85), abs=0.01)  # only "a" varies: 0, ½ or 1
    with pytest.raises(ValueError, match="no values of b"):
        stratified_interval({"a": [[1.0]], "b": []}, {"a": 0.5, "b": 0.5})


def test_clustered_comparison_flips_whole_requests() -> None:
    groups = [[0.4, 0.3], [0.1], [-0.2, -0.1, 0.0], [0.5], [0.3, 0.2], [0.6], [-0.1], [0.2]]
    found = compare_clustered(groups)
    assert found.p == pytest.approx(exact_p([sum(group) for group in groups]), abs=0.02)
    assert found.difference.mean == pytest.approx(mean_of(groups))
    assert (found.wins, found.losses, found.ties) == (8, 3, 1)


def test_comparison_of_single_rows_is_the_plain_one() -> None:
    first, second = [1.0, 0.5, 0.9, 0.4, 1.0], [0.5, 0.5, 0.4, 0.6, 0.2]
    plain, grouped = compare(first, second), compare_clustered([[a - b] for a, b in zip(first, second, strict=True)])
    assert (grouped.p, grouped.wins, grouped.losses, grouped.ties) == (plain.p, plain.wins, plain.losses, plain.ties)


def test_stratified_comparison() -> None:
    strata = {"big": [[0.1], [0.2], [0.0], [0.3]], "small": [[-0.4, -0.2]]}
    weights = {"big": 0.5, "small": 0.5}
    found = compare_stratified(strata, weights)
    assert found.difference.mean == pytest.approx(0.5 * 0.15 + 0.5 * -0.3)
    contributions = [0.5 * v / 4 for v in (0.1, 0.2, 0.0, 0.3)] + [0.5 * -0.6 / 2]
    assert found.p == pytest.approx(exact_p(contributions), abs=0.02)
    assert (found.wins, found.losses, found.ties) == (3, 2, 1)


def test_one_stratum_of_weight_one_is_the_clustered_comparison() -> None:
    groups = [[0.4, 0.3], [0.1], [-0.2, -0.1, 0.0], [0.5]]
    assert compare_stratified({"all": groups}, {"all": 1.0}).difference.mean == pytest.approx(
        compare_clustered(groups).difference.mean
    )


def test_two_systems_that_only_differ_by_chance_are_seldom_told_apart() -> None:
    """p below 0.05 in about one of twenty comparisons of equal systems."""
    source, small = random.Random(3), 0
    for trial in range(120):
        groups = [[source.gauss(0, 0.2) for _ in range(source.randint(1, 3))] for _ in range(30)]
        small += compare_clustered(groups, draws=500, seed=trial).p < 0.05
    assert small <= 14


@pytest.mark.parametrize("groups", [[], [[0.5], []], [[float("nan")]], [[float("inf"), 0.0]]])
def test_what_is_no_number_is_refused(groups: Groups) -> None:
    with pytest.raises(ValueError, match="value"):
        clustered_interval(groups)
