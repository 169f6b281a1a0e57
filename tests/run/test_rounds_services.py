"""Three rounds over HTTP: a policy that looks at its pictures, a vision model that judges them, and what goes wrong there."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genevolve.cli.main import cli, exit_code
from genevolve.store.journal import records
from tests.conftest import png
from tests.services.painter import ENVIRON, Key, Painter, answered, painting


def requests_file(folder: Path, rows: int) -> Path:
    """Every second one has a ground truth, which the final judge sees and the policy must not hear of."""
    (folder / "truth.png").write_bytes(png((9, 9, 9)))
    path = folder / "requests.jsonl"
    lines = [{"id": f"place{n}", "prompt": f"a poster of place{n}"} for n in range(rows)]
    truths: list[dict[str, str]] = [{"gt_image": "truth.png"} if n % 2 else {} for n in range(rows)]
    path.write_text("".join(json.dumps(line | truth) + "\n" for line, truth in zip(lines, truths, strict=True)))
    return path


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


def run(painter: Painter, folder: Path, *more: str, budget: str = "", rows: int = 4) -> int:
    profile = painter.profile(folder / "profile.toml", budget=budget)
    source = requests_file(folder, rows)
    command = ["run", str(source), "--out", str(folder / "out"), "--profile", str(profile), *THREE]
    return exit_code(lambda: cli.main([*command, *more], standalone_mode=False))


def results(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in records(folder / "out" / "results.jsonl")}


def versions(row: dict[str, Any]) -> list[str]:
    return [each["gen_prompt"][:9] + (" (no picture)" if each["image"] is None else "") for each in row["revision"]["rounds"]]


def once(painter: Painter, *but: Key) -> None:
    """Nothing was asked twice, except for ``but``; nobody was asked anything wrong."""
    asked = Counter(painter.keys)
    assert {key for key, count in asked.items() if count > 1} <= set(but), asked
    assert not painter.rejections()


ALL = ["Version 1", "Version 2", "Version 3"]
THREE = ("--rounds", "3", "--size", "1024x1024")


def test_pictures_are_shown_refusals_told_and_an_outage_is_gone_on_from(keys: None, tmp_path: Path) -> None:
    painter = Painter(refused=frozenset({(2, 2)}), away={(3, 2)})
    with painting(painter):
        run(painter, tmp_path)
        found = results(tmp_path)
        assert versions(found["place0"]) == versions(found["place1"]) == ALL
        assert versions(found["place2"]) == ["Version 1", "Version 2 (no picture)", "Version 3"]
        assert [found[f"place{n}"]["revision"]["best"] for n in range(4)] == [3, 3, 3, 1]
        assert found["place0"]["score"]["faithfulness"] == 1.0 and found["place0"]["revision"]["ended"] == "nothing failed"
        assert found["place1"]["revision"]["rounds"][0]["review"] is not None and found["place0"]["usage"]["policy_cost"] > 0
        assert versions(found["place3"])[:1] == ["Version 1"] and "503" in found["place3"]["revision"]["ended"]
        assert found["place3"]["score"]["faithfulness"] == 0.0 and found["place3"]["error"] is None
        once(painter, ("generator", "place3", 2))
        painter.away.clear()
        run(painter, tmp_path, "--retry-failed")
        assert versions(results(tmp_path)["place3"]) == ALL and results(tmp_path)["place3"]["revision"]["best"] == 3
        once(painter, ("generator", "place3", 2))
        assert Counter(painter.keys)["generator", "place3", 2] == 3, "two tries, and the one that was answered"


def test_a_budget_that_ends_between_two_rounds_keeps_the_best_and_goes_on_when_it_is_raised(keys: None, tmp_path: Path) -> None:
    painter = Painter()
    with painting(painter):
        assert run(painter, tmp_path, "--concurrency", "1", budget="budget_calls = 4", rows=3) != 0
        found = results(tmp_path)
        assert versions(found["place0"]) == ALL
        assert found["place1"]["revision"]["best"] == 1 and "budget_calls" in found["place1"]["revision"]["ended"]
        assert "place2" not in found
        assert run(painter, tmp_path, "--concurrency", "1", "--retry-failed", budget="budget_calls = 9", rows=3) == 0
        assert [versions(row) for row in results(tmp_path).values()] == [ALL] * 3
        once(painter)


# ---- SIGKILL ------------------------------------------------------------------------------------------------------------


class Killed:
    """The command, killed and started again, until it comes to its end."""

    def __init__(self, painter: Painter, folder: Path, rows: int) -> None:
        self.painter, self.folder = painter, folder
        self.profile, self.source = painter.profile(folder / "profile.toml"), requests_file(folder, rows)

    def start(self, out: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "genevolve", "run", str(self.source), "--out", str(self.folder / out)]
        environ = {**os.environ, **ENVIRON, "GENEVOLVE_HOME": str(self.folder / "home")}
        with (self.folder / "said.txt").open("wb") as told:
            return subprocess.Popen([*command, "--profile", str(self.profile), *THREE], stdout=told, stderr=told, env=environ)

    def finish(self, out: str, moments: Iterator[int]) -> int:
        """Killed when so many requests have arrived, as often as there are ``moments``; how often it was.

        What the journal holds is not asked again.
        """
        kills = 0
        known: set[Key] = set()
        while True:
            self.painter.keys.clear()
            process = self.start(out)
            moment = next(moments, None)
            while process.poll() is None and (moment is None or len(self.painter.keys) < moment):
                time.sleep(0.001)
            process.kill()
            code = process.wait(120)
            time.sleep(0.05)  # what a killed process had sent is read
            again = known & set(self.painter.keys)
            assert not again, f"asked again: {sorted(again)}"
            if code == 0:
                return kills
            assert moment is not None, (self.folder / "said.txt").read_text()[-3000:]
            kills += 1
            path = self.folder / out / "journal.jsonl"
            found = answered(records(path)) if path.exists() else Counter[Key]()
            assert not [key for key, count in found.items() if count > 1]
            known = set(found)


def killed(folder: Path, rows: int, moments: list[int]) -> None:
    painter = Painter(refused=frozenset({(1, 2)}))
    with painting(painter):
        killer = Killed(painter, folder, rows)
        assert killer.finish("calm", iter(())) == 0
        assert killer.finish("cut", iter(moments)) > 0
        assert (folder / "cut" / "results.jsonl").read_bytes() == (folder / "calm" / "results.jsonl").read_bytes()
        assert not painter.rejections()


def test_a_kill_between_two_rounds_loses_nothing_and_pays_for_nothing_twice(tmp_path: Path) -> None:
    """Of one request: policy, generator, judge; the fourth is the policy that reads the verdict."""
    killed(tmp_path, 1, [4])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_twelve_kills_at_random_moments(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    killed(tmp_path, 4, [dice.randint(0, 9) for _ in range(12)])
