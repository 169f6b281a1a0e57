"""What results say that a row cost: every service, every attempt, also those of parts that were interrupted."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genevolve.app.run import FileRun
from genevolve.core.errors import UsageError
from tests.services.paper import ENVIRON, Paper, paper_services

PRICES = {
    "policy": "price.per_call = 0.5",
    "search": "price.per_call = 0.25",
    "image_search": "price.per_call = 0.125",
    "generator": "price.per_image = 2.0",
    "image_judge": "price.per_call = 0.0625",
    "program_judge": "price.per_call = 0.03125",
}


@pytest.fixture(scope="module")
def services() -> Iterator[Paper]:
    with paper_services() as services:
        for faulty in services.faults:
            faulty.on = False
        yield services


@pytest.fixture
def paper(services: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paper:
    services.forget()
    for name, value in {**ENVIRON, "GENEVOLVE_HOME": str(tmp_path / "home")}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "in.jsonl").write_text('{"id": 1, "prompt": "a poster of place1"}\n')
    return services


def priced(paper: Paper, folder: Path, *, cache: str = "off", more: str = "", changed: dict[str, str] | None = None) -> Path:
    profile = paper.profile(folder / "profile.toml", cache=cache)
    text = profile.read_text()
    for role, price in (PRICES | (changed or {})).items():
        text = text.replace(f"[{role}]\n", f"[{role}]\n{price}\n", 1)
    profile.write_text(text + more)
    return profile


def usage(profile: Path, out: Path) -> dict[str, Any]:
    asyncio.run(FileRun.prepare(out.parent / "in.jsonl", out=out, profile=str(profile), concurrency=1).run())
    (row,) = map(json.loads, (out / "results.jsonl").read_text().splitlines())
    found: dict[str, Any] = row["usage"]
    return {name: value for name, value in found.items() if not name.endswith("tokens")}


WHOLE = {
    "searches": 2, "image_searches": 1, "page_reads": 0, "downloads": 1, "judgements": 2,
    "policy_cost": 1.5, "search_cost": 0.625, "image_cost": 2.0, "judge_cost": 0.09375,
}  # fmt: skip


def test_every_service_is_counted_with_its_cost(paper: Paper, tmp_path: Path) -> None:
    assert usage(priced(paper, tmp_path), tmp_path / "run") == WHOLE


def test_answers_of_a_cache_cost_nothing(paper: Paper, tmp_path: Path) -> None:
    profile = priced(paper, tmp_path, cache="read")
    assert usage(profile, tmp_path / "first") == WHOLE
    assert usage(profile, tmp_path / "second") == WHOLE | {"search_cost": 0.0}


def test_a_run_that_goes_on_counts_what_its_earlier_parts_paid(paper: Paper, tmp_path: Path) -> None:
    """Killed after each line of its journal in turn, it always comes to the same sum."""
    profile = priced(paper, tmp_path)
    usage(profile, tmp_path / "whole")
    journal = (tmp_path / "whole" / "journal.jsonl").read_text().splitlines(keepends=True)
    for lines in range(1, len(journal) + 1):
        out = tmp_path / f"cut{lines}"
        out.mkdir()
        (out / "images").symlink_to(tmp_path / "whole" / "images")
        (out / "journal.jsonl").write_text("".join(journal[:lines]))
        assert usage(profile, out) == WHOLE, lines


def test_a_budget_of_searches_holds_over_restarts(paper: Paper, tmp_path: Path) -> None:
    """The searches of a row that is done count when another one begins."""
    profile = priced(paper, tmp_path)
    profile.write_text(profile.read_text().replace("[limits.search]\n", "[limits.search]\nbudget_money = 0.5\n"))
    usage(profile, tmp_path / "run")
    with (tmp_path / "in.jsonl").open("a") as file:
        file.write('{"id": 2, "prompt": "a poster of place2"}\n')
    paper.forget()
    job = FileRun.prepare(tmp_path / "in.jsonl", out=tmp_path / "run", profile=str(profile), concurrency=1)
    with pytest.raises(UsageError, match=r"0\.5 of 0\.5 is spent"):
        asyncio.run(job.run())
    assert not [key for key in paper.asked() if key[0] in ("facts", "colours")]


def test_journals_of_what_is_free_are_as_before(paper: Paper, tmp_path: Path) -> None:
    profile = paper.profile(tmp_path / "profile.toml")
    usage(profile, tmp_path / "run")
    assert '"spent"' not in (tmp_path / "run" / "journal.jsonl").read_text()
