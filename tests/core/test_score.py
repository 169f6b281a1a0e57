"""KScore and reward: formulas, conventions, levels."""

import itertools
from fractions import Fraction

import pytest

from genevolve.core.score import NotApplicable, ProgramScore, Score, kscore, reward

LEVELS = (0.0, 0.5, 1.0)


def score(f: float, v: float, t: float | None, a: float) -> Score:
    return Score(faithfulness=f, visual_correctness=v, text_accuracy=t, aesthetics=a, judge="test")


@pytest.mark.parametrize(("f", "v", "t", "a"), list(itertools.product(LEVELS, repeat=4)))
def test_kscore_is_the_weighted_sum(f: float, v: float, t: float, a: float) -> None:
    exact = (Fraction(f) + 4 * Fraction(v) + 4 * Fraction(t) + Fraction(a)) / 10
    assert kscore(score(f, v, t, a)) == pytest.approx(float(exact), abs=1e-12)
    assert kscore(score(f, v, t, a), NotApplicable.RENORMALIZED) == pytest.approx(float(exact), abs=1e-12)


def test_published_row() -> None:
    """The paper's means reproduce its published KScore of 0.3663 under the release convention."""
    assert round(0.1 * 0.5303 + 0.4 * 0.1338 + 0.4 * 0.4907 + 0.1 * 0.6347, 4) == 0.3663


def test_conventions_for_no_text() -> None:
    none = score(1, 0.5, None, 1)
    assert kscore(none) == pytest.approx(0.1 + 0.2 + 0.2 + 0.1)
    assert kscore(none, NotApplicable.RENORMALIZED) == pytest.approx(0.4 / 0.6)


@pytest.mark.parametrize("value", [0.7, -1, 2, float("nan"), float("inf")])
def test_levels_are_enforced(value: float) -> None:
    with pytest.raises(ValueError, match="faithfulness"):
        score(value, 1, 1, 1)
    with pytest.raises(ValueError, match="sufficiency"):
        ProgramScore(value=value, judge="test")


def test_reward_mixes_image_and_program() -> None:
    assert reward(0.8, 0.5) == pytest.approx(0.65)
    assert reward(0.8, 0.5, alpha=0.25) == pytest.approx(0.725)
