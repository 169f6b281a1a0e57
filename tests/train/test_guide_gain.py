"""The benchmark of what a lesson is worth: its control, and the line that it prints."""

import importlib.util
from types import ModuleType, SimpleNamespace

import pytest

from tests.paths import ROOT


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("guide_gain", ROOT / "benchmarks" / "guide_gain.py")
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


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
