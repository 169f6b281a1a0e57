"""The distillation term and the advantages: known answers T1 to T13 of the method, and naive versions."""

import math
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from genevolve.core.errors import UsageError
from genevolve.train import losses
from genevolve.train.recipe import changed, load_recipe
from genevolve.train.settings import Aggregation, Cap, Decay, SdlSettings

OPEN = SdlSettings(c_tok=None)  # no cap
TENTH = partial(losses.selection_size, fraction=0.1)
P, Q, OLD = (0.5, 0.3, 0.2), (0.2, 0.2, 0.6), (0.4, 0.4, 0.2)


def numbers(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def expected_term(sampled_from: Tensor | None, tokens: tuple[int, ...] = (0, 1, 2)) -> tuple[float, Tensor]:
    """(E_y[term], gradient on the logits of p) with every y enumerated; y ~ p when ``sampled_from`` is None."""
    logits = numbers(*P).log().requires_grad_()
    log_p, log_q = logits.log_softmax(-1), numbers(*Q).log()
    behaviour = log_p.detach() if sampled_from is None else sampled_from.log()
    terms = losses.distillation(log_p, log_q, None if sampled_from is None else behaviour, OPEN)
    value = (behaviour.exp() * terms)[list(tokens)].sum()
    value.backward()
    assert logits.grad is not None
    return float(value.detach()), logits.grad


def one_token(p: float, q: float, old: float | None, settings: SdlSettings) -> tuple[float, float]:
    """(term, d term / d log p)."""
    student, teacher = numbers(math.log(p)).requires_grad_(), numbers(math.log(q)).requires_grad_()
    term = losses.distillation(student, teacher, None if old is None else numbers(math.log(old)), settings)
    term.sum().backward()
    assert student.grad is not None
    assert teacher.grad is None
    return float(term.detach()), float(student.grad)


def test_t1_value_and_gradient_on_policy() -> None:
    value, gradient = expected_term(None)
    assert value == pytest.approx(0.360062, abs=1e-6)
    assert gradient.tolist() == pytest.approx([0.278114, 0.013621, -0.291735], abs=1e-6)


def test_t2_the_same_off_policy() -> None:
    value, gradient = expected_term(numbers(*OLD))
    assert value == pytest.approx(0.360062, abs=1e-6)
    assert gradient.tolist() == pytest.approx([0.278114, 0.013621, -0.291735], abs=1e-6)


def test_t3_the_sign_in_the_exponent() -> None:
    gap = numbers(*P).log() - numbers(*Q).log()
    assert float((numbers(*P) * losses.k3(gap)).sum()) == pytest.approx(0.360062, abs=1e-6)
    assert float((numbers(*P) * losses.k3(-gap)).sum()) == pytest.approx(0.406604, abs=1e-6)


def test_t4_one_token() -> None:
    value, gradient = one_token(0.5, 0.25, None, OPEN)
    assert (value, gradient) == pytest.approx((0.193147, 0.693147), abs=1e-6)


def test_t6_cap_of_the_ratio() -> None:
    value, gradient = one_token(0.5, 0.25, 0.1, OPEN)
    assert (value, gradient) == pytest.approx((0.386294, 1.0), abs=1e-6)


def test_t7_caps_where_the_teacher_is_surer() -> None:
    p, q = 0.04, 0.04 * math.exp(3)
    assert one_token(p, q, None, OPEN)[1] == pytest.approx(-3)
    assert one_token(p, q, None, SdlSettings(c_tok=None, paper_k3_clamp=True)) == pytest.approx((10, 10))
    assert one_token(p, q, None, SdlSettings(c_tok=5.0)) == pytest.approx((5, 0))
    value, gradient = one_token(p, q, None, SdlSettings(c_tok=2.0, cap=Cap.WEIGHT))
    assert (value, gradient) == pytest.approx((math.exp(3) - 4, -2))


def test_t8_some_tokens_only() -> None:
    value, gradient = expected_term(None, (0, 2))
    assert value == pytest.approx(0.338423, abs=1e-6)
    assert gradient.tolist() == pytest.approx([0.338934, -0.071527, -0.267407], abs=1e-6)


def test_t9_selection_in_each_row() -> None:
    gap = torch.linspace(-1, 1, 25, dtype=torch.float64).repeat(3, 1)
    gap[:, 20:] = 100.0  # observations
    mask = torch.ones(3, 25)
    mask[:, 20:] = 0
    mask[1, 5:] = 0
    mask[2] = 0
    chosen = losses.select(gap, mask, 0.1)
    assert chosen.sum(-1).tolist() == [2, 1, 0]
    assert not chosen[:, 20:].any()
    total = losses.aggregate(torch.ones_like(gap), chosen, losses.totals(mask, TENTH), Aggregation.TOKEN_MEAN)
    assert float(total) == 1.0


def test_t10_aggregation() -> None:
    terms = torch.tensor([[1.0, 3.0], [8.0, 9.0], [5.0, 5.0], [7.0, 7.0]], dtype=torch.float64)
    mask = torch.tensor([[1, 1], [1, 0], [0, 0], [0, 0]])
    denominators = losses.totals(mask, partial(losses.selection_size, fraction=1.0))
    found = {kind: float(losses.aggregate(terms, mask, denominators, kind)) for kind in Aggregation}
    assert found == {
        Aggregation.TOKEN_MEAN: 4,
        Aggregation.SEQUENCE_SUM_GUIDED: 6,
        Aggregation.SEQUENCE_SUM_ALL: 3,
    }


@pytest.mark.parametrize("kind", list(Aggregation))
def test_t11_no_row_has_a_bundle(kind: Aggregation) -> None:
    terms = torch.full((2, 3), math.nan, dtype=torch.float64).requires_grad_()
    mask = torch.zeros(2, 3)
    loss = losses.aggregate(terms, losses.select(terms, mask, 0.1), losses.totals(mask, TENTH), kind)
    loss.backward()
    assert float(loss.detach()) == 0
    assert terms.grad is not None
    assert not terms.grad.isnan().any()


def test_t13_advantages() -> None:
    found = losses.advantages(numbers(1, 0, 0, 0, 0, 0), 6)
    assert found.tolist() == pytest.approx([2.0407] + [-0.4081] * 5, abs=1e-4)


def test_unscored_leave_the_statistics_of_their_group() -> None:
    found = losses.advantages(numbers(1, 0, math.nan, 0, 0, math.nan, math.nan, 3), 4)
    assert found[:4].tolist() == [*losses.advantages(numbers(1, 0, 0), 3).tolist()[:2], 0.0, found[1]]
    lone = losses.advantages(numbers(math.nan, 5, math.nan, math.nan), 4)
    assert lone.tolist() == [0, 0, 0, 0]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=4, max_size=4))
def test_advantages_agree_with_a_naive_version(rewards: list[float | None]) -> None:
    scored = [r for r in rewards if r is not None]
    expected = [0.0] * 4
    if len(scored) > 1:
        mean = sum(scored) / len(scored)
        spread = math.sqrt(sum((r - mean) ** 2 for r in scored) / (len(scored) - 1))
        expected = [0.0 if r is None else (r - mean) / (spread + 1e-4) for r in rewards]
    found = losses.advantages(numbers(*(math.nan if r is None else r for r in rewards)), 4)
    assert found.tolist() == pytest.approx(expected, abs=1e-9)


logs = st.floats(-9, -0.01)


@given(st.lists(st.tuples(logs, logs, logs), min_size=1, max_size=8), st.sampled_from(list(Cap)), st.floats(0.5, 20))
def test_terms_agree_with_a_naive_version(tokens: list[tuple[float, float, float]], cap: Cap, bound: float) -> None:
    settings = SdlSettings(c_tok=bound, cap=cap)
    student = torch.tensor([p for p, _, _ in tokens], dtype=torch.float64, requires_grad=True)
    teacher, old = (torch.tensor([token[i] for token in tokens], dtype=torch.float64) for i in (1, 2))
    losses.distillation(student, teacher, old, settings).sum().backward()
    assert student.grad is not None
    for (p, q, o), gradient in zip(tokens, student.grad.tolist(), strict=True):
        gap, ratio = p - q, math.exp(p - o)
        rho = min(ratio, 2.0)
        if cap is Cap.WEIGHT:
            expected = max(min(rho * gap, bound), -bound)
        elif rho * (math.exp(-gap) - 1 + gap) > bound:
            expected = 0.0
        else:  # the product rule; ρ at its cap has no gradient of its own
            expected = rho * (1 - math.exp(-gap)) + (rho * (math.exp(-gap) - 1 + gap) if ratio < 2.0 else 0.0)
        assert gradient == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("gap", [-60.0, -25.0, -19.0, -15.0, -3.0, 0.0, 4.0, 30.0, 80.0])
def test_the_gradient_keeps_sign_and_size_far_out(gap: float, dtype: torch.dtype) -> None:
    student = torch.tensor([-100.0 + gap], dtype=dtype, requires_grad=True)
    term = losses.distillation(student, torch.tensor([-100.0], dtype=dtype), None, OPEN)
    term.sum().backward()
    assert term.isfinite().all()
    assert float(student.grad) == pytest.approx(max(gap, -20.0), rel=1e-5)  # type: ignore[arg-type]


def test_a_ratio_of_one_is_still_differentiable() -> None:
    student = numbers(-1.0).requires_grad_()
    ratio = losses.importance(student, None, 2.0)
    ratio.sum().backward()
    assert (float(ratio.detach()), float(student.grad)) == (1.0, 1.0)  # type: ignore[arg-type]


@given(st.integers(0, 400), st.sampled_from([0.1, 0.25, 0.3, 1.0]))
def test_selection_size_is_exact(tokens: int, fraction: float) -> None:
    hundredths = round(fraction * 100)
    assert losses.selection_size(tokens, fraction) == -(-hundredths * tokens // 100)


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=1, max_size=40))
def test_selection_agrees_with_sorting(tokens: list[tuple[float, bool]]) -> None:
    gap = torch.tensor([[value for value, _ in tokens]], dtype=torch.float64)
    mask = torch.tensor([[float(on) for _, on in tokens]])
    allowed = [i for i, (_, on) in enumerate(tokens) if on]
    best = sorted(allowed, key=lambda i: (-abs(tokens[i][0]), i))[: losses.selection_size(len(allowed), 0.1)]
    assert losses.select(gap, mask, 0.1).nonzero()[:, 1].tolist() == sorted(best)


@pytest.mark.parametrize("bias", [False, True])
def test_full_vocabulary_kl_in_chunks(bias: bool) -> None:
    torch.manual_seed(0)
    own, other = torch.randn(11, 6, dtype=torch.float64, requires_grad=True), torch.randn(11, 6, dtype=torch.float64)
    weight = torch.randn(40, 6, dtype=torch.float64, requires_grad=True)
    offset = torch.randn(40, dtype=torch.float64) if bias else None
    dense = torch.nn.functional.linear(own, weight, offset) / 0.7
    guided = (torch.nn.functional.linear(other, weight, offset) / 0.7).detach()
    expected = torch.nn.functional.kl_div(guided.log_softmax(-1), dense.log_softmax(-1), log_target=True, reduction="none")
    wanted = torch.autograd.grad(expected.sum(), (own, weight))
    found = losses.vocabulary_kl(own, other, weight, offset, 0.7, chunk=4)
    got = torch.autograd.grad(found.sum(), (own, weight))
    assert torch.allclose(found.double(), expected.sum(-1), atol=1e-5)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(got, wanted, strict=True))


def test_full_vocabulary_kl_is_the_mean_of_k3() -> None:
    value, gradient = expected_term(None)
    logits = numbers(*P).log().requires_grad_()
    exact = losses.reverse_kl(logits.unsqueeze(0), numbers(*Q).log().unsqueeze(0))
    exact.sum().backward()
    assert float(exact.detach()) == pytest.approx(value, abs=1e-6)
    assert torch.allclose(logits.grad, gradient, atol=1e-6)  # type: ignore[arg-type]


@pytest.mark.parametrize(("cap", "value", "gradient"), [(Cap.VALUE, 2.0, 0.0), (Cap.WEIGHT, 8.0, 0.25)])
def test_cap_of_the_full_vocabulary_term(cap: Cap, value: float, gradient: float) -> None:
    kl = numbers(8.0).requires_grad_()
    capped = losses.capped_kl(kl, SdlSettings(c_tok=2.0, cap=cap))
    capped.sum().backward()
    assert (float(capped.detach()), float(kl.grad)) == (value, gradient)  # type: ignore[arg-type]


def test_lambda_warms_up_and_decays() -> None:
    settings = SdlSettings(warmup_steps=3, decay=Decay.LINEAR, floor=0.5)
    found = [losses.lambda_at(step, 8, settings) for step in range(8)]
    assert found == pytest.approx([0.5, 1.0, 1.5, 2.0, 1.75, 1.5, 1.25, 1.0])
    cosine = SdlSettings(decay=Decay.COSINE)
    assert [losses.lambda_at(step, 3, cosine) for step in range(3)] == pytest.approx([2.0, 1.0, 0.0])
    assert losses.lambda_at(10**6, 3, SdlSettings()) == 2.0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("lambda", -1.0),
        ("lambda", math.nan),
        ("top_fraction", 0.0),
        ("rho_max", 0.5),
        ("c_tok", 0.0),
        ("ema_decay", 1.0),
        ("gradient_interval", -1),
    ],
)
def test_settings_out_of_range_are_named(setting: str, value: float) -> None:
    with pytest.raises(UsageError, match=setting):
        changed(load_recipe("atlas"), {"sdl": {setting: value}})
