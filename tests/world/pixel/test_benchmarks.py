"""The commands of docs/judges.md run."""

import subprocess
import sys

import pytest

from tests.paths import ROOT


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "benchmarks" / script), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def test_planted_defects_reports_shares_with_intervals() -> None:
    report = run("planted_defects.py", "--split", "tune", "--each", "1", "--source", "pasted", "--only", "wrong flag")
    assert "wrong flag       found          1/  1 = 100.0%  [20.7%, 100.0%]" in report


@pytest.mark.slow
def test_every_defect_type_is_found() -> None:
    report = run("planted_defects.py", "--split", "tune", "--each", "2")
    assert report.count("source ") == 2
    assert report.count(" found ") == 22


@pytest.mark.slow
def test_speed_is_reported() -> None:
    assert "warm, 30 pictures: median" in run("pixel_speed.py")


@pytest.mark.slow
def test_relations_are_planted_by_kind() -> None:
    report = run("planted_relations.py", "--each", "1")
    assert report.count("found") == 14 and report.count("false alarms") == 7
