"""The benchmark of training's cost runs, on shapes that take seconds."""

import importlib.util
from typing import Any

import pytest

from tests.paths import ROOT


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
def test_every_part_reports(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("train_cost", ROOT / "benchmarks" / "train_cost.py")
    assert spec is not None
    assert spec.loader is not None
    cost: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cost)
    whole = cost.model
    monkeypatch.setattr(cost, "model", lambda words, width, layers, **_: whole(words, 32, 2))
    monkeypatch.setattr(cost, "quiet", lambda: None)
    for name, value in {"VOCABULARY": 2000, "PROMPT": 60, "COMPLETION": 100, "GUIDE": 30}.items():
        monkeypatch.setattr(cost, name, value)
    cost.step_times(2)
    cost.teacher_ratio(1)
    monkeypatch.setattr(cost, "probed", lambda kind, tokens: getattr(cost, f"{kind}_row")(tokens // 2) + 2**20)
    cost.memory([2048])
    shown = capsys.readouterr().out
    assert all(part in shown for part in ("half of the rows guided", "ratio", "GiB; dense", "measured"))
