"""A suite and a measure of somebody else: one module, by name, and not one file of ours touched."""

import json
from pathlib import Path

import pytest

from genevolve.app.bench import run_benchmark
from genevolve.app.report import load_run, write_report
from genevolve.app.suites import find_measure, open_suite
from genevolve.bench.suite import Suite
from genevolve.core.case import Case
from genevolve.core.errors import UsageError
from genevolve.data.records import json_object

MODULE = '''
from genevolve.bench.measure import Measure
from genevolve.bench.suite import Suite
from genevolve.core.case import Case, Hidden


class Brief(Measure):
    """How much of a hundred words the program leaves unused."""

    name = "brief"
    columns = {"brief": "brevity"}
    notes = ("1 is no word at all",)

    def values(self, row):
        prompt = row.get("gen_prompt")
        return None if not prompt else {"brief": max(0.0, 1 - len(prompt.split()) / 100)}

    def weights(self, categories):
        return {"apples": 0.75, "pears": 0.25}


def fruit(*, data, rows):
    texts = {"apples": "a red apple on a white table", "pears": "two green pears on a blue table"}
    cases = (Case(id=name, text=text, hidden=Hidden(category=name)) for name, text in texts.items())
    return Suite(name="fruit", measure=Brief(), items=tuple(cases)[:rows])
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "orchard_of_others.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "orchard_of_others"


def test_a_suite_with_a_measure_of_its_own_runs_and_is_reported(module: str, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run_benchmark(f"{module}:fruit", out=out, size="128x128", workers=1).done == 2
    run = load_run(out)
    assert run.measure.name == "brief" and json_object(run.about["bench"])["measure"] == f"{module}:Brief"
    values = {row.case: value for row in run.rows if (value := row.value("brief")) is not None}
    assert len(values) == 2 and all(0 < value < 1 for value in values.values())
    figures = json.loads((out / "bench.json").read_text())["groups"][0]
    shares = {"apples": 0.75, "pears": 0.25}
    assert figures["systems"][0]["brief"]["mean"] == pytest.approx(sum(shares[case] * values[case] for case in shares))
    assert "brevity" in (out / "summary.md").read_text() and "1 is no word at all" in (out / "summary.md").read_text()
    page, *_ = write_report([out])
    assert "brevity" in page.read_text()


def test_a_suite_may_be_an_object(module: str, tmp_path: Path) -> None:
    made = Suite(name="mine", measure=find_measure("kscore"), items=(Case(id="1", text="a red apple on a white table"),))
    assert run_benchmark(made, out=tmp_path / "run", size="128x128", workers=1).done == 1
    assert open_suite(f"{module}:fruit", rows=1).items[0].id == "apples"


@pytest.mark.parametrize(
    ("suite", "message"),
    [
        ("orchard_of_others:Brief", "not made from data and rows"),
        ("orchard_of_others:Case", "not made from data and rows"),
        ("orchard_of_others:plum", "has no 'plum'"),
    ],
)
def test_what_is_no_suite_is_said(module: str, suite: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_suite(suite)


def test_a_run_whose_measure_is_gone_says_so(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"bench": {"measure": "nobody_knows:This"}}))
    (tmp_path / "results.jsonl").write_text("")
    with pytest.raises(UsageError, match="nobody_knows"):
        load_run(tmp_path)
