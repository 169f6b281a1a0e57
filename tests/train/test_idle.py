"""The benchmark of idle trainers: what it takes from journals and files, and what it says of the rest."""

import json
import runpy
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from genevolve.core.errors import UsageError
from genevolve.core.event import (
    Boundary,
    Event,
    Failed,
    ImageScored,
    Malformed,
    ProgramScored,
    Rendered,
    Replied,
    Returned,
    ToolResult,
    png,
)
from genevolve.core.score import Unscored
from genevolve.store.wire import entry_to_json
from tests.paths import ROOT

SCRIPT = ROOT / "benchmarks" / "idle.py"
IDLE = runpy.run_path(str(SCRIPT))
SAID = Replied(text="said", action=Malformed(reason="odd"))
FOUND = Returned(result=ToolResult(tool="search", about="a"))
DRAWN = Rendered(artifacts=png("0" * 64))
JUDGED = (ProgramScored(result=Unscored(reason="none")), ImageScored(result=Unscored(reason="none")))
FAILED = Failed(boundary=Boundary.TOOL, message="gone", retryable=True)


def line(row: str, at: float, event: Event | None, **more: Any) -> str:
    return json.dumps({"row": row, "at": at, **({"request": {}} if event is None else {"entry": entry_to_json(event)}), **more})


def run_folder(folder: Path) -> Path:
    """Two rows at once; the search of the second one fails first."""
    one = [(10, None), (12, SAID), (13, FOUND), (17, SAID), (47, DRAWN), (49, JUDGED[0]), (52, JUDGED[1])]
    two = [(11, None), (14, SAID), (20, FAILED), (20.5, FOUND), (26.5, SAID)]
    lines = sorted(
        [(at, "one", event) for at, event in one] + [(at, "two", event) for at, event in two], key=lambda each: each[0]
    )
    folder.mkdir()
    (folder / "journal.jsonl").write_text("".join(line(row, at, event) + "\n" for at, row, event in lines))
    return folder


def seconds(folder: Path, *, render: float, judge: float) -> Path:
    """Episodes of two turns of 3 s and one search of 1 s."""
    path = folder / "seconds.json"
    path.write_text(
        json.dumps(
            {"source": "made up", "turn": [3], "search": [1], "render": [render], "judge": [judge], "episodes": [[2, 1]]}
        )
    )
    return path


def recorded(*sources: object) -> Any:
    found = IDLE["Recorded"]()
    for source in sources:
        found.add(str(source))
    return found


def test_a_journal_tells_how_long_each_answer_took(tmp_path: Path) -> None:
    found = recorded(run_folder(tmp_path / "run"))
    assert {part: sorted(seconds) for part, seconds in found.seconds.items()} == {
        "turn": [2, 3, 4, 6],
        "search": [0.5, 1],
        "render": [30],
        "judge": [2, 3],
    }
    assert found.episodes == [(2, 1)], "the second one came to no picture"
    told = list(found.told())
    assert told[0].startswith("turn: recorded, 4 figures, median 3.5 s") and told[4].startswith(
        "episodes: recorded, 1 of 2.0 turns"
    )


def test_only_what_is_named_is_taken_and_the_rest_stays_assumed(tmp_path: Path) -> None:
    told = list(recorded(f"{run_folder(tmp_path / 'run')}:search,judge").told())
    assert [each.split(",")[0] for each in told] == ["turn: assumed", "search: recorded", "render: assumed", "judge: recorded"]


def test_attempts_of_a_training_run_have_times(tmp_path: Path) -> None:
    """As ``evolve`` writes them: no line says when an attempt began, so that its first turn took nobody knows how long."""
    from genevolve.train.kept import AttemptJournal

    with AttemptJournal(tmp_path / "attempts.0.jsonl") as journal:
        attempt = journal.attempt(0, "row", "case")
        for event in (SAID, FOUND, SAID, DRAWN):
            attempt.keep(event)
    found = recorded(tmp_path)
    assert [len(found.seconds[part]) for part in ("turn", "search")] == [1, 1] and found.episodes == [(2, 1)]
    assert all(0 <= each < 60 for each in found.seconds["turn"])


def test_a_folder_without_times_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text(json.dumps({"row": "one", "entry": entry_to_json(SAID)}) + "\n")
    with pytest.raises(UsageError, match="it holds no seconds of turn, search, render, judge"):
        recorded(tmp_path)


def test_recorded_seconds_are_drawn_as_they_were(tmp_path: Path) -> None:
    """Episodes end after 7 s, however many GPUs sample; pictures wait for each other."""
    made = IDLE["rollout"](4, 1, 2, Random(0), recorded(seconds(tmp_path, render=10, judge=2)))
    assert (made.episodes, made.drawn, made.judged) == (7, 27, 29)


@pytest.mark.parametrize("ahead", [0, 1])
def test_a_step_ahead_hides_what_is_shorter(tmp_path: Path, ahead: int) -> None:
    """A rollout of 9 s and learning of 21 s, with 5 s for the weights: 35 s a step, or 26 s once both go on at once."""
    found = recorded(seconds(tmp_path, render=1, judge=1))
    step, idle, _ = IDLE["simulated"](1, 4, 4, 1000, ahead, 21.0, found)
    assert step == pytest.approx(26.0 if ahead else 35.0, abs=0.05)
    assert idle == pytest.approx(5 / 26 if ahead else 14 / 35, abs=0.002)


@pytest.mark.parametrize("requests", [6, 8, 16])
def test_only_runs_that_are_not_refused_are_simulated(requests: int) -> None:
    from genevolve.app.plan import plan_of
    from genevolve.train.recipe import changed, load_recipe

    recipe = changed(load_recipe("paper"), {"evolve": {"requests": requests}})
    for gpus in (8, 16, 32, 64):
        for training, sampling, drawing in IDLE["shares"](gpus, requests):
            assert training + sampling + drawing == gpus and min(sampling, drawing) > 0
            assert "refused" not in plan_of(recipe, training)


def test_the_recorded_figures_of_the_docs_are_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    known = sorted((ROOT / "benchmarks" / "recorded").glob("*.json"))
    assert known and all("docs/experiments/" in json.loads(path.read_text())["source"] for path in known)
    for path in known:
        monkeypatch.setattr(sys, "argv", ["idle.py", "--steps", "2", "--recorded", str(path)])
        runpy.run_path(str(SCRIPT), run_name="__main__")
        told = capsys.readouterr().out
        assert (
            "recorded, " in told
            and json.loads(path.read_text())["source"] in told
            and "learning: worked out" in told
            and told.count("| 64 (4, 8, 52) |") == 2
        )
