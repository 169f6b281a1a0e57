"""``benchmarks/rounds.py`` on rounds whose gain is known."""

import json
import runpy
from pathlib import Path

from tests.paths import ROOT

lines = runpy.run_path(str(ROOT / "benchmarks" / "rounds.py"))["lines"]


def test_the_gain_is_of_the_picture_that_was_chosen_and_not_of_the_best_by_the_truth(tmp_path: Path) -> None:
    """Of two requests one gains 0.4 in its second round; the other's better second picture was not chosen."""
    cost = {"turns": 2, "completion_tokens": 10, "images": 1, "money": 0.5}

    def row(*rounds: tuple[float, int]) -> str:
        made = [{"score": {"kscore": value}, "best_so_far": chosen, "cost": cost} for value, chosen in rounds]
        return json.dumps({"id": len(rounds), "revision": {"rounds": made}})

    (tmp_path / "results.jsonl").write_text("\n".join([row((0.5, 1), (0.9, 2)), row((0.5, 1), (1.0, 1), (0.3, 3))]) + "\n")
    head, one, two, three = lines(tmp_path)
    assert "2 requests, 0 unscored" in head and "gain +0.000" in one
    assert "gain +0.200" in two and "worse 0.0%" in two and "images 2.00, money 1.00" in two
    assert "gain +0.100" in three and "worse 50.0%" in three and "images 2.50" in three
