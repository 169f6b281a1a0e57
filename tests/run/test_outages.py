"""Outages from end to end: searches that answer 429, and pictures that cannot be downloaded though a search found them."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genevolve.app.generate import Generation
from genevolve.app.run import FileRun
from genevolve.cli.report import report
from genevolve.cli.show import ConsoleReporter
from genevolve.core.errors import ServiceError
from genevolve.core.event import TextHit
from genevolve.core.request import Request
from genevolve.report.trajectory import trajectory_page
from genevolve.run.batch import BatchCounts
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.result import result
from genevolve.store.journal import records
from tests.services import wire
from tests.services.chat_server import failing, message
from tests.services.paper import ENVIRON, Paper, paper_services, plan
from tests.services.wire import Handler, Reply

TOO_FEW, NO_FACTS, NO_HOST = "place1", "place2", "place4"


def answers_all_the_same(body: dict[str, Any]) -> dict[str, Any]:
    """The policy: as ``plan``, but without a reference where it was shown none."""
    planned = plan(body)
    if "IMG_001" in json.dumps(body["messages"][2:]) or "<answer>" not in json.dumps(planned):
        return planned
    prompt = "A large round thing in the center of the image, on a plain white background, in soft light."
    return message(f"<answer>{json.dumps({'gen_prompt': prompt, 'reference_images': []})}</answer>")


def out_for_some(inner: Handler) -> Handler:
    def handler(request: wire.Request) -> Reply:
        body = request.body.decode()
        out = f"picture of {TOO_FEW}" in body or f"facts of {NO_FACTS}" in body
        return failing(429, "slow down") if out else inner(request)

    return handler


def host_away_for_some(inner: Handler) -> Handler:
    return lambda request: failing(403) if NO_HOST in request.path else inner(request)


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paper]:
    for name, value in {**ENVIRON, "GENEVOLVE_HOME": str(tmp_path / "home")}.items():
        monkeypatch.setenv(name, value)
    with paper_services() as services:
        for faulty in services.faults:
            faulty.on = False
        services.faults[0].inner.answers = answers_all_the_same  # type: ignore[attr-defined]
        yield services


def carried_out(paper: Paper, folder: Path, **options: Any) -> BatchCounts:
    source = folder / "in.jsonl"
    source.write_text("".join(json.dumps({"id": f"place{n}", "prompt": f"a poster of place{n}"}) + "\n" for n in range(6)))
    profile = paper.profile(folder / "profile.toml")
    profile.write_text(profile.read_text().replace("max_attempts = 8", "max_attempts = 2"))
    return asyncio.run(FileRun.prepare(source, out=folder / "run", profile=str(profile), **options).run())


def results(folder: Path) -> dict[str, dict[str, Any]]:
    return {str(row["id"]): row for row in records(folder / "run" / "results.jsonl")}


def test_outages_are_told_left_out_of_means_and_mended(paper: Paper, tmp_path: Path) -> None:
    search, pictures = paper.servers["search"], paper.servers["pictures"]
    well = search.handler, pictures.handler
    search.handler, pictures.handler = out_for_some(search.handler), host_away_for_some(pictures.handler)
    assert carried_out(paper, tmp_path).degraded == 3
    rows = results(tmp_path)
    told = {key: row["degraded"] for key, row in rows.items() if "degraded" in row}
    assert {key: len(said) for key, said in told.items()} == {TOO_FEW: 1, NO_FACTS: 1, NO_HOST: 1}
    assert told[TOO_FEW][0].startswith("image search for “picture of place1” was not answered: ") and "429" in told[TOO_FEW][0]
    assert told[NO_FACTS][0].startswith("search for “facts of place2” was not answered: ")
    assert "place4" in told[NO_HOST][0] and "image search" in told[NO_HOST][0]
    assert all("score" in row for row in rows.values()), "they answered, and were scored"

    page = tmp_path / "report.html"
    assert report([str(tmp_path / "run"), "--out", str(page)], standalone_mode=False) == 0
    left_out, text = page.with_suffix(".md").read_text(), page.read_text()
    assert "degraded, left out" in left_out and "left out of the means, degraded by an outage" in text
    assert report([str(tmp_path / "run"), "--out", str(page), "--include-degraded"], standalone_mode=False) == 0
    included = page.with_suffix(".md").read_text()
    assert "degraded, included" in included and mean_of(left_out) != mean_of(included)

    search.handler, pictures.handler = well
    paper.forget()
    assert carried_out(paper, tmp_path).degraded == 3, "nobody asked for another try"
    assert paper.asked() == []
    again = carried_out(paper, tmp_path, retry_failed=True)
    assert (again.degraded, again.failed, again.earlier) == (0, 0, 3)
    assert {place for _, place, _ in paper.asked()} == {TOO_FEW, NO_FACTS, NO_HOST}
    assert not any("degraded" in row for row in results(tmp_path).values())


def test_terminal_and_page_say_what_no_service_answered(
    setup: Components, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Out:
        async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
            raise ServiceError("Serper answered HTTP 429", retryable=True)

    episode = asyncio.run(drive(replace(setup, text_search=Out()).begin(Request(id="x", text="a picture of it")), setup))
    assert "degraded" not in result(episode, image_path=None), "the search of the setup answers"
    out = replace(setup, text_search=Out())
    episode = asyncio.run(drive(out.begin(Request(id="x", text="a picture of it")), out))
    told = "search for “it” was not answered: Serper answered HTTP 429"
    assert result(episode, image_path=None)["degraded"] == [told, told.replace("“it”", "“more it”")]
    assert f"Degraded: {told}" in trajectory_page(episode, setup.images, about={})
    ConsoleReporter("a picture of it", quiet=False).end(
        Generation(trajectory=episode, folder=tmp_path, image=None, page=tmp_path / "index.html")
    )
    assert f"degraded  {told}" in capsys.readouterr().out


def mean_of(markdown: str) -> str:
    """The cells of the first system in the first table."""
    return next(line for line in markdown.splitlines() if line.startswith("| run "))
