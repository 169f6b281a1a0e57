"""The benchmark of the agent against the raw request: its report on known rows."""

import importlib.util
import sys
from types import ModuleType
from typing import Any

import pytest

from tests.paths import ROOT

SCRIPT = ROOT / "benchmarks" / "agent_vs_raw.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("agent_vs_raw", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["agent_vs_raw"] = module
    spec.loader.exec_module(module)
    return module


def row(number: int, system: str, kscore: float | None, **more: Any) -> dict[str, Any]:
    scores = {} if kscore is None else {
        "kscore": kscore, "kscore_renormalized": kscore, "faithfulness": 1.0, "visual_correctness": kscore,
        "text_accuracy": None, "aesthetics": 1.0,
    }  # fmt: skip
    return {"id": f"r{number}", "system": system, "track": "Quality-Anchored", "family": "style", **scores, **more}


def test_the_report_counts_unscored_rows_and_leaves_them_out(benchmark: ModuleType) -> None:
    rows = [row(n, "expert", 0.9) for n in range(4)] + [row(n, "raw", 0.4) for n in range(3)] + [row(3, "raw", None)]
    lines = benchmark.report(rows).splitlines()
    assert lines[1].split()[:4] == ["expert", "4", "0", "0.900"]
    raw = next(line for line in lines if line.startswith("raw "))
    assert raw.split()[:4] == ["raw", "4", "1", "0.400"]
    assert any("on the same 3 rows: 0.500" in line for line in lines)
    assert "none" in next(line for line in lines if line.startswith("expert ") and "n=" in line)


def test_the_report_of_nothing_scored_says_so(benchmark: ModuleType) -> None:
    assert "no row was scored for both systems" in benchmark.report([row(0, "expert", None), row(0, "raw", None)])
