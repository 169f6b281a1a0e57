"""Tables of rounds and takes, on pictures whose gain and cost are known."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from genevolve.app.report import load_run, report
from genevolve.bench.compare import ComparisonGroup, groups_of
from genevolve.bench.gains import EqualCost, Gain, equal_costs, gains
from genevolve.bench.measure import Measure, ResultRow
from genevolve.bench.rounds import rounds_of
from genevolve.bench.summary import write_summary
from genevolve.bench.tables import tables_of
from tests.bench.bench_folders import PROFILE, UNSCORED, folder_of, row, scored

Picture = tuple[float | None, int]  # (score by the truth, which picture would be the result so far)


def asked(case: str, *pictures: Picture, money: float = 0.0, turns: int = 2, **more: Any) -> dict[str, Any]:
    """A request with these pictures; each costs one image, ``money`` and ten tokens."""
    made = [
        {
            **(UNSCORED if value is None else held(value)),
            "best_so_far": chosen,
            "cost": {"turns": turns, "prompt_tokens": 6, "completion_tokens": 4, "images": 1, "money": money},
        }
        for value, chosen in pictures
    ]
    chosen = made[pictures[-1][1] - 1]
    result: dict[str, Any] = {name: value for name, value in chosen.items() if name in ("score", "unscored")}
    return row(case, result, revision={"rounds": made, "best": pictures[-1][1]}, **more)


def held(value: float) -> dict[str, Any]:
    found = scored(1, 1, 1, 1)
    found["score"] |= {"kscore": value, "kscore_renormalized": value}
    return found


def group(folder: Path, **systems: Sequence[dict[str, Any]]) -> ComparisonGroup:
    runs = []
    for name, rows in systems.items():
        episode = {"takes": 3} if name.startswith("takes") else {"rounds": 3}
        runs.append(load_run(folder_of(folder / name, rows, name=name, profile={**PROFILE, "episode": episode})))
    (found,) = groups_of(runs)
    return found


def of(found: ComparisonGroup, name: str) -> list[Gain]:
    return gains(next(system for system in found.systems if system.name == name))


def test_the_gain_is_of_the_picture_that_was_chosen_and_not_of_the_best_by_the_truth(tmp_path: Path) -> None:
    """Of two requests one gains 0.4 in its second round; the other's better second picture was not chosen."""
    found = group(
        tmp_path, rounds=[asked("a", (0.5, 1), (0.9, 2), money=0.5), asked("b", (0.5, 1), (1.0, 1), (0.3, 3), money=0.5)]
    )
    one, two, three = of(found, "rounds")
    assert (one.score.mean, one.gain.difference.mean, one.worse) == (0.5, 0.0, 0.0)
    assert two.gain.difference.mean == pytest.approx(0.2) and two.worse == 0.0
    assert two.spent == {"images": 2.0, "turns": 4.0, "tokens": 20.0, "money": 1.0}
    assert three.gain.difference.mean == pytest.approx(0.1) and three.worse == 0.5
    assert three.spent == {"images": 2.5, "turns": 5.0, "tokens": 25.0, "money": 1.25}


def test_what_cannot_be_scored_is_in_no_gain_and_seeds_of_a_request_are_one(tmp_path: Path) -> None:
    rows = [asked("a", (0.5, 1), (0.7, 2)), asked("a", (0.5, 1), (0.9, 2), repeat=1), asked("b", (0.5, 1), (None, 2), (0.9, 3))]
    found = group(tmp_path, rounds=rows)
    _, two = of(found, "rounds")
    assert two.gain.difference.n == 2 and two.gain.difference.low == two.gain.difference.high == pytest.approx(0.3)
    assert gains(group(tmp_path / "one", rounds=[row("a", held(1.0))]).systems[0]) == []


def matched(folder: Path, ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[EqualCost]:
    return list(equal_costs(group(folder, rounds=ours, takes=theirs).systems))


def test_takes_are_stopped_where_they_cost_as_much(tmp_path: Path) -> None:
    """Rounds draw 1.5 pictures on average; takes draw one, two or three: half of the requests may have a second."""
    ours = [asked("a", (0.4, 1), (0.8, 2)), asked("b", (0.6, 1))]
    theirs = [asked("a", (0.4, 1), (0.5, 2), (0.5, 2)), asked("b", (0.6, 1), (0.8, 2), (1.0, 3))]
    (one,) = matched(tmp_path, ours, theirs)
    assert (one.unit, one.cost, one.reached, one.pictures) == ("images", 1.5, True, 2)
    assert one.score.mean == pytest.approx(0.7) and one.other.mean == pytest.approx((0.45 + 0.7) / 2)
    assert one.comparison.difference.mean == pytest.approx(0.7 - 0.575)


def test_where_money_is_known_it_is_matched_too_and_what_cannot_be_reached_is_said(tmp_path: Path) -> None:
    ours = [asked("a", (0.4, 1), (0.8, 2), money=1.0)]
    theirs = [asked("a", (0.4, 1), (0.6, 2), money=0.5)]
    images, money = matched(tmp_path, ours, theirs)
    assert (images.unit, images.cost, images.reached, images.other.mean) == ("images", 2.0, True, 0.6)
    assert (money.unit, money.cost, money.reached, money.other.mean) == ("money", 2.0, False, 0.6)
    assert not matched(tmp_path / "others", [asked("a", (0.4, 1), (0.8, 2))], [asked("z", (0.4, 1), (0.6, 2))])


def test_they_stand_in_tables_json_and_page(tmp_path: Path) -> None:
    found = group(
        tmp_path, rounds=[asked("a", (0.4, 1), (0.8, 2))], takes=[asked("a", (0.4, 1), (0.5, 2))], plain=[row("a", held(0.4))]
    )
    titles = [table.title for table in tables_of(found)]
    assert "What each further picture has brought" in titles and "Rounds against best of n at equal cost" in titles
    table = next(table for table in tables_of(found) if table.title.startswith("What each"))
    assert [line[0] for line in table.rows] == ["rounds", "rounds", "takes", "takes"] and "judge pixel" in table.made_by[0]
    write_summary(load_run(tmp_path / "rounds"))
    told = json.loads((tmp_path / "rounds" / "bench.json").read_text())["groups"][0]["systems"][0]["rounds"]
    assert told[1]["gain"]["difference"]["mean"] == pytest.approx(0.4) and told[1]["spent"]["images"] == 2
    write_summary(load_run(tmp_path / "plain"))
    assert "rounds" not in json.loads((tmp_path / "plain" / "bench.json").read_text())["groups"][0]["systems"][0]
    page = report([tmp_path / "rounds", tmp_path / "takes"])
    assert "after so many pictures at most" in page.html and "Rounds against best of n at equal cost" in page.markdown


def test_a_measure_with_a_pass_of_its_own_has_no_score_of_each_picture(tmp_path: Path) -> None:
    rows = [asked("a", (0.4, 1), (0.8, 2), category="Time")]
    folder = folder_of(tmp_path / "w", rows, name="w", measure="wiscore")
    marks = {"consistency": 2, "realism": 2, "aesthetic": 2}
    (folder / "judgements.jsonl").write_text(json.dumps({"row": "a-s0", "wise": marks}) + "\n")
    run = load_run(folder)
    assert run.rows[0].values == {"wiscore": 1.0} and [one.value for one in run.rows[0].rounds] == [None, None]
    assert gains(groups_of([run])[0].systems[0]) == []


def test_a_measure_may_use_what_all_rounds_of_a_request_share(tmp_path: Path) -> None:
    class Long(Measure):
        name = "long"
        columns: ClassVar[Mapping[str, str]] = {"long": "words of the program beside those of the request"}

        def values(self, row: ResultRow) -> Mapping[str, float]:
            return {"long": len(str(row["gen_prompt"]).split()) / len(str(row["prompt"]).split())}

    made = [{"gen_prompt": text, "best_so_far": number, "cost": {}} for number, text in enumerate(("a b c d", "a"), start=1)]
    found = rounds_of({**row("a", {}), "gen_prompt": "another", "revision": {"rounds": made}}, Long())
    assert [one.value for one in found] == [1.0, 0.25]
