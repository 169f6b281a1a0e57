"""Terms of the loss from outside the package: a class, a name in a recipe, and nothing else."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from genevolve.app.evolve import evolve
from genevolve.core.errors import UsageError
from genevolve.train.losses import Totals
from genevolve.train.recipe import changed, load_recipe
from genevolve.train.settings import SdlSettings, Teacher
from genevolve.train.term import LossTerm, TermNeeds, TermRows
from tests.train.tiny_policies import GROUP, distilling, llama, logged, mixed, trainer, unguided, weights

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")

MODULE = '''
"""A term of somebody else's."""

from genevolve.train.term import LossTerm


class Likelihood(LossTerm):
    """Make what was sampled likelier, whatever it earned."""

    name = "likelihood"

    def __init__(self, *, scale: float) -> None:
        self.scale = scale

    def weight(self, step: int, steps: int) -> float:
        return self.scale

    def values(self, rows, chosen):
        return -rows.student
'''


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "terms_of_mine.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("terms_of_mine", None)


@pytest.mark.usefixtures("outside")
def test_a_recipe_names_a_term_from_outside_the_package(tmp_path: Path) -> None:
    terms = [{"member": "sdl"}, {"member": "terms_of_mine:Likelihood", "scale": 0.5}]
    recipe = changed(load_recipe("atlas-smoke"), {"data": {"validation": 0}, "evolve": {"steps": 1, "losses": terms}})
    done = evolve(recipe, out=tmp_path / "run")
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert done.steps == 1 and [one["likelihood/lambda"] for one in log if "likelihood/lambda" in one] == [0.5]
    assert all(one["likelihood/token_mean"] > 0 for one in log if "likelihood/lambda" in one)
    assert any(one.get("grad_norm", 0) > 0 for one in log), "a random model earns nothing: the gradient is the term's"
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["input"]["evolve"]["losses"] == terms
    with pytest.raises(UsageError, match=r"input\.evolve\.losses"):
        evolve(changed(recipe, {"evolve": {"losses": [{"member": "sdl"}]}}), out=tmp_path / "run")


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize(
    ("term", "said"),
    [
        ({"member": "terms_of_mine:Likelihood"}, r"loss\.scale is not set"),
        ({"member": "terms_of_mine:Likelihod", "scale": 1.0}, "did you mean 'Likelihood'"),
        ({"member": "nothing"}, "loss 'nothing' is unknown"),
        ({"weight": 1.0}, "needs a member"),
    ],
)
def test_a_term_that_cannot_be_made_is_named_before_a_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, term: dict[str, object], said: str
) -> None:
    monkeypatch.setattr("genevolve.train.sft.load_model", lambda *_, **__: pytest.fail("a model was loaded"))
    recipe = changed(load_recipe("atlas-smoke"), {"data": {"validation": 0}, "evolve": {"losses": [term]}})
    with pytest.raises(UsageError, match=said):
        evolve(recipe, out=tmp_path / "run")


class Likelihood(LossTerm):
    name = "likelihood"

    def weight(self, step: int, steps: int) -> float:
        return 0.5

    def values(self, rows: TermRows, chosen: Tensor) -> Tensor:
        return -rows.student


@pytest.mark.parametrize("size", [4, 1])
def test_the_step_of_a_term_is_its_gradient(tmp_path: Path, size: int) -> None:
    """SGD: with and without the term the weights differ by the gradient of its sum in each row, meant over rows."""
    from tests.train.test_trainer import dense_logprobs

    batch: dict[str, Any] = {"per_device_train_batch_size": size, "gradient_accumulation_steps": GROUP // size}
    found = []
    for terms in ([Likelihood()], []):
        run = trainer(tmp_path, unguided, terms=terms, **batch)
        run.train()
        found.append(weights(run.model))
    model = llama()
    for member in range(GROUP):
        sample = unguided(0, member)
        own = dense_logprobs(model, sample.prompt_ids, sample.completion_ids, 0.7)
        (-0.5 * own[torch.tensor(sample.mask, dtype=torch.bool)].sum() / GROUP).backward()
    for name, value in model.named_parameters():
        assert torch.allclose(found[0][name] - found[1][name], -0.05 * value.grad, atol=2e-6), name


def test_terms_add_up_and_are_logged_apart(tmp_path: Path) -> None:
    run = trainer(tmp_path, mixed, terms=[*distilling(SdlSettings(gradient_interval=1)), Likelihood()])
    run.train()
    assert logged(run, "likelihood/token_mean")[0] > 0 and logged(run, "sdl/token_mean")[0] > 0
    assert logged(run, "gradient/likelihood")[0] > 0 and logged(run, "gradient/sdl")[0] > 0


class Watching(Likelihood):
    name = "watching"

    def __init__(self, teacher: Teacher) -> None:
        self.needs = TermNeeds(teacher=teacher)


def test_terms_that_cannot_be_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="called alike"):
        trainer(tmp_path, terms=[Likelihood(), Likelihood()])
    with pytest.raises(UsageError, match="different teachers"):
        trainer(tmp_path, terms=[*distilling(SdlSettings(teacher=Teacher.EMA)), Watching(Teacher.FROZEN)])


def test_a_term_without_a_teacher_that_asks_for_its_gap_is_told() -> None:
    ones = torch.ones(1, 1)
    with pytest.raises(ValueError, match="asked for no teacher"):
        _ = TermRows(ids=ones, mask=ones, student=ones, advantages=ones[0], temperature=1.0).gap


def test_alignment_says_whether_the_teacher_prefers_what_earned_more() -> None:
    """Advantage times Σ (log q - log p) over the chosen tokens, meant over the rows that have a lesson."""
    student = torch.zeros(3, 4)
    teacher = torch.tensor([[2.0, 0.1, 0.0, 9.0], [-1.0, 0.5, 0.1, 9.0], [0.1, 0.2, -3.0, 9.0]])
    mask = torch.tensor([[1, 1, 1, 0]] * 3)  # the last token was not sampled
    rows = TermRows(
        ids=mask, mask=mask, student=student, teacher=teacher, advantages=torch.tensor([1.0, -2.0, 0.5]), temperature=1.0
    )
    term = distilling(SdlSettings(top_fraction=0.3))[0]
    chosen = term.choose(rows)
    assert chosen.sum(1).tolist() == [1, 1, 1]
    sums = dict(zip(term.measures, map(float, term.measured(rows, chosen, term.values(rows, chosen))), strict=True))
    assert sums["alignment"] == pytest.approx(1.0 * 2.0 + -2.0 * -1.0 + 0.5 * -3.0)
    totals = Totals(tokens=3, guided=3, rows=8, candidates=9)
    assert term.logged(sums, totals)["alignment"] == pytest.approx(2.5 / 3)
