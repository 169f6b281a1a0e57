"""Journals that f7a0aec wrote are read as they were meant, and carried on from wherever they end: but for what is counted
since, to the byte.
"""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from genevolve.core.case import Case
from genevolve.core.episode import Episode, Goal, IllegalEvent, Limits, Phase, start
from genevolve.core.event import Event, Rendered, Replied, Returned, ToolCall, ToolResult
from genevolve.core.replay import resume
from genevolve.core.request import Request
from genevolve.run.batch import Batch, BatchCounts
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.run.record import result_row
from genevolve.run.row import RowWork
from genevolve.run.rows import read_rows
from genevolve.store.images import ImageStore
from genevolve.store.wire import entry_from_json, entry_to_json, request_from_json
from genevolve.tools.standard import STANDARD
from tests.store.recorded_world import LIMITS, SYSTEM, RecordedWorld, rows

JOURNALS = Path(__file__).parent / "journals"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (JOURNALS / name).read_text(encoding="utf-8").splitlines()]


COUNTED_SINCE = ("searches", "image_searches", "page_reads", "downloads", "judgements", "search_cost", "judge_cost")


def as_then(results: bytes) -> bytes:
    """Rows as f7a0aec wrote them: without what ``usage`` counts since, and what rows say of outages."""
    rows = [json.loads(line) for line in results.splitlines()]
    for row in rows:
        row.pop("degraded", None)
        for name in COUNTED_SINCE:
            row.get("usage", {}).pop(name, None)
    return b"".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for row in rows)


def entries(name: str, row: str) -> list[Event]:
    return [entry_from_json(record["entry"]) for record in lines(name) if record["row"] == row and "entry" in record]


def carried_on(folder: Path, *, healthy: bool = False, **options: Any) -> tuple[BatchCounts, RecordedWorld]:
    world = RecordedWorld(images=ImageStore(folder / "images"), healthy=healthy)
    setup = Components(
        policy=world,
        text_search=world,
        image_search=world,
        skills=world,
        generator=world,
        image_judge=world,
        program_judge=world,
        images=world.images,
        limits=Limits(**LIMITS),
        system=SYSTEM,
        tools=STANDARD,
    )

    async def begin(row: Case) -> Episode:
        return setup.begin(Request(id=row.id, text=row.text))

    def shape(row: Case, episode: Episode, image_path: str | None) -> dict[str, Any]:
        return result_row(row, episode, image_path, system=SYSTEM)

    source = folder.parent / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows()), encoding="utf-8")
    batch = Batch(folder=RunFolder(folder), setup=setup, work=RowWork(begin=begin, shape=shape), concurrency=1, **options)
    return asyncio.run(batch.run(read_rows(source))), world


def as_recorded(folder: Path, *, journal: bytes, results: bytes) -> Path:
    shutil.copytree(JOURNALS / "images", folder / "images")
    (folder / "journal.jsonl").write_bytes(journal)
    (folder / "results.jsonl").write_bytes(results)
    return folder


FIRST, FIRST_RESULTS = (JOURNALS / "first.journal.jsonl").read_bytes(), (JOURNALS / "first.results.jsonl").read_bytes()


def test_the_recorded_entries_hold_every_kind_and_end() -> None:
    kinds = {record["entry"]["kind"] for record in lines("first.journal.jsonl") if "entry" in record}
    assert kinds == {"replied", "returned", "failed", "rendered", "not_rendered", "program_scored", "image_scored"}
    actions = {r["entry"]["action"]["kind"] for r in lines("first.journal.jsonl") if r.get("entry", {}).get("action")}
    assert actions == {"search", "image_search", "query_knowledge", "answer", "malformed"}
    assert {row["termination"] for row in lines("first.results.jsonl")} == {
        "answer",
        "no_answer",
        "max_rounds_reached",
        "error",
    }


@pytest.mark.parametrize("name", ["first", "retried"])
def test_results_made_anew_from_a_journal_are_what_they_were(tmp_path: Path, name: str) -> None:
    """The whole journal and no results: every row is folded and shaped; nobody is asked anything."""
    kept = (JOURNALS / f"{name}.results.jsonl").read_bytes()
    journal = (JOURNALS / f"{name}.journal.jsonl").read_bytes()
    options: dict[str, Any] = {"healthy": True, "retry_failed": True} if name == "retried" else {}
    done = [line for line in kept.splitlines(keepends=True) if b'"id":"unjudged"' in line]  # it has an image: not tried again
    folder = as_recorded(tmp_path / "run", journal=journal, results=b"".join(done))
    _, world = carried_on(folder, **options)
    assert as_then((folder / "results.jsonl").read_bytes()) == kept
    assert world.asked == []


@pytest.mark.parametrize("cut", range(0, len(FIRST), len(FIRST) // 23))
def test_a_run_is_carried_on_from_anywhere(tmp_path: Path, cut: int) -> None:
    folder = as_recorded(tmp_path / "run", journal=FIRST[:cut], results=b"")
    _, world = carried_on(folder)
    assert as_then((folder / "results.jsonl").read_bytes()) == FIRST_RESULTS
    paid = [record for record in map(json.loads, FIRST[:cut].rpartition(b"\n")[0].splitlines()) if "entry" in record]
    replies = sum(record["entry"]["kind"] == "replied" for record in paid)
    everything = sum(record.get("entry", {}).get("kind") == "replied" for record in lines("first.journal.jsonl"))
    again = sum(asked.startswith("policy") for asked in world.asked) - any(asked == "policy silent 1" for asked in world.asked)
    assert replies + again == everything, "no reply that arrived is asked for again"


def test_failed_rows_are_tried_again_as_they_were(tmp_path: Path) -> None:
    folder = as_recorded(tmp_path / "run", journal=FIRST, results=FIRST_RESULTS)
    counts, world = carried_on(folder, healthy=True, retry_failed=True)
    assert as_then((folder / "results.jsonl").read_bytes()) == (JOURNALS / "retried.results.jsonl").read_bytes()
    assert (counts.done, counts.failed, counts.earlier) == (15, 3, 12) and len(world.asked) == 9


@pytest.mark.parametrize("row", [row["id"] for row in rows()])
def test_an_entry_read_and_written_is_the_same_entry(row: str) -> None:
    old = entries("retried.journal.jsonl", row)
    assert [entry_from_json(json.loads(json.dumps(entry_to_json(entry)))) for entry in old] == old
    for entry in old:
        match entry:
            case Replied(action=ToolCall(name=name, arguments=arguments)):
                assert STANDARD.call(name, dict(arguments)) == entry.action, "as it is read from a reply today"
            case Returned(result=result):
                assert isinstance(result, ToolResult) and result.tool in STANDARD.names
            case Rendered(artifacts=(artifact,)):
                assert artifact.media_type == "image/png" and (JOURNALS / "images" / f"{artifact.digest}.png").is_file()


def test_old_journals_say_which_rows_met_an_outage(tmp_path: Path) -> None:
    folder = as_recorded(tmp_path / "run", journal=FIRST, results=b"")
    carried_on(folder)
    found = {row["id"]: row.get("degraded") for row in map(json.loads, (folder / "results.jsonl").read_text().splitlines())}
    assert {key: len(said) for key, said in found.items() if said} == {"half": 1, "nofacts": 2, "nopictures": 1}
    assert found["half"] == ["search for “broken” was not answered: no network for <broken>"]


def test_a_retry_brings_events_out_of_order() -> None:
    """A rendering that failed at first comes after the score of its program."""
    records = [r for r in lines("retried.journal.jsonl") if r["row"] == "unrendered"]
    request = next(request_from_json(record["request"]) for record in records if "request" in record)
    told = entries("retried.journal.jsonl", "unrendered")
    order = [event.kind for event in told if event.kind not in ("replied", "returned")]
    assert order == ["not_rendered", "program_scored", "rendered", "image_scored"]
    for forget in (False, True):
        ended = resume(start(request, Limits(**LIMITS), STANDARD), told, forget_failures=forget)
        assert (ended.phase, ended.goal, ended.verdict.kind) == (Phase.DONE, Goal.SCORE, "score")


def test_a_journal_of_another_run_is_refused() -> None:
    request = Request(id="x", text="x")
    rendered = [event for event in entries("first.journal.jsonl", "plain") if isinstance(event, Rendered)]
    with pytest.raises(IllegalEvent, match="Rendered event"):
        resume(start(request, Limits(), STANDARD), rendered)
