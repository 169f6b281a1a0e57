"""The benchmark of what a lesson is worth: its control, and the line that it prints."""

import importlib
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from tests.paths import ROOT


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))  # where a script finds those beside it
        yield importlib.import_module("guide_gain")


def test_the_control_gives_a_lesson_of_another_family(benchmark: ModuleType) -> None:
    families = {"one": "flag", "two": "flag", "three": "style", "four": "flag"}
    pupils = [
        (SimpleNamespace(id=name, hidden=SimpleNamespace(family=family)), 0.5, f"lesson of {name}")
        for name, family in families.items()
    ]
    found = [benchmark.of_another_family(case, pupils) for case, _, _ in pupils]
    assert found == ["lesson of three", "lesson of three", "lesson of four", "lesson of three"]
    assert benchmark.of_another_family(pupils[0][0], pupils[:2]) is None


def test_only_requests_that_both_have_are_compared(benchmark: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    benchmark.print_difference("guided", {"one": 0.6, "two": 0.9}, {"one": 0.5, "three": 0.0}, "alone")
    assert capsys.readouterr().out.startswith("alone 0.500, guided 0.600, difference 0.100 [0.100, 0.100], p = ")
    benchmark.print_difference("guided", {"two": 0.9}, {"one": 0.5}, "alone")
    assert capsys.readouterr().out == ""


def test_the_audit_tells_a_lesson_that_prefers_what_earned_more(benchmark: ModuleType) -> None:
    """Of two attempts the right lesson makes the better one likelier by 1, the wrong one the worse one: known covariances."""
    said = {("good", "right"): 1.0, ("bad", "right"): 0.0, ("good", "wrong"): 0.0, ("bad", "wrong"): 1.0}

    reads: Any = benchmark.guide_audit._Reader

    class Reader(reads):  # type: ignore[misc]
        def scores(self, one: SimpleNamespace, lesson: str | None) -> torch.Tensor:
            raised = 0.0 if lesson is None else said[(one.name, lesson)]
            return torch.tensor([-1.0, -1.0 + raised, -2.0, -5.0])  # the last was not sampled

    trace = SimpleNamespace(completion=[0, 1, 2, 3], mask=[1, 1, 1, 0], sampled=3)
    words = ["a ", '"', "cat", '"']
    own = [
        SimpleNamespace(name=name, value=value, trace=trace, tokens=trace, case=SimpleNamespace(id="one"))
        for name, value in (("good", 0.9), ("bad", 0.1))
    ]
    members = SimpleNamespace(loaded=SimpleNamespace(tokenizer=SimpleNamespace(decode=lambda ids: words[ids[0]])))
    recipe = SimpleNamespace(sdl=SimpleNamespace(top_fraction=0.1))
    lines = benchmark.guide_audit.audited(members, recipe, [own], {"one": "right"}, {"one": "wrong"}, Reader)
    # covariance of (0.9, 0.1) with (1, 0): 0.4 * 0.5 * 2 / (2 - 1)
    found = {line.strip().split(":")[0]: float(line.split(":")[1].split()[0]) for line in lines[1:]}
    assert found["right, all"] == found["right, chosen"] == pytest.approx(0.4)
    assert found["wrong, all"] == pytest.approx(-0.4)
    assert found["right - wrong, all"] == pytest.approx(0.8)
    assert found["right"] == pytest.approx(0.5)
