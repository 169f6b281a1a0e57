"""Batches: order, carried fields, bad rows, and resuming after a stop at any moment."""

import asyncio
import errno
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.app.report import load_run
from genevolve.core.case import Case
from genevolve.core.episode import Episode, Goal
from genevolve.core.errors import AuthError, ServiceError, UsageError
from genevolve.core.event import Boundary, Replied, TextHit
from genevolve.core.protocols import PolicyCall, Rendering, RenderOrder
from genevolve.core.request import Request
from genevolve.core.score import Score
from genevolve.run.batch import Batch, BatchCounts
from genevolve.run.components import Components
from genevolve.run.execute import use
from genevolve.run.folder import RunFolder, safe_name
from genevolve.run.limits import BudgetExhausted, RateLimiter, ServiceLimits, SharedLimits
from genevolve.run.record import result_row
from genevolve.run.row import RowWork
from genevolve.run.rows import BadRow, image_size, read_rows, request_text
from genevolve.store.journal import Journal, records
from genevolve.store.wire import entry_from_json
from genevolve.tools.search import search_call
from tests.conftest import FakeWorld, plain_script, png, with_policy


def write_rows(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" if not isinstance(row, str) else row + "\n" for row in rows))
    return path


def run(setup: Components, folder: Path, source: Path, **options: Any) -> BatchCounts:
    async def begin(row: Case) -> Episode:
        return setup.begin(Request(id=row.id, text=row.text))

    def shape(row: Case, trajectory: Episode, image_path: str | None) -> dict[str, Any]:
        return result_row(row, trajectory, image_path, system=setup.system)

    work = RowWork(begin=begin, shape=shape, **{name: options.pop(name) for name in ("goal",) if name in options})
    batch = Batch(folder=RunFolder(folder), setup=setup, work=work, **options)
    return asyncio.run(batch.run(read_rows(source)))


def results(folder: Path) -> list[dict[str, Any]]:
    return list(records(folder / "results.jsonl"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = [{"id": n, "prompt": f"a picture of thing{n}", "note": [n]} for n in range(7)]
    return write_rows(tmp_path / "in.jsonl", *rows)


def test_rows_come_out_in_order_with_their_fields(setup: Components, tmp_path: Path, source: Path) -> None:
    tally = run(setup, tmp_path / "run", source, concurrency=3)
    assert tally == BatchCounts(done=7, failed=0, earlier=0)
    rows = results(tmp_path / "run")
    assert [row["id"] for row in rows] == list(range(7))
    assert [row["note"] for row in rows] == [[n] for n in range(7)]
    for row in rows:
        assert row["termination"] == "answer" and row["rounds"] == 3 and row["error"] is None
        assert row["score"]["kscore"] == pytest.approx(0.6) and "unscored" not in row
        assert row["reference_images"][0]["title"] == f"thing{row['id']}"
        assert (tmp_path / "run" / row["image_path"]).is_file()
        assert [message["role"] for message in row["messages"]][:3] == ["system", "user", "assistant"]


def test_a_second_run_does_nothing(setup: Components, world: FakeWorld, tmp_path: Path, source: Path) -> None:
    run(setup, tmp_path / "run", source)
    before = (tmp_path / "run" / "results.jsonl").read_bytes()
    world.asked.clear()
    assert run(setup, tmp_path / "run", source) == BatchCounts(done=7, failed=0, earlier=7)
    assert world.asked == []
    assert (tmp_path / "run" / "results.jsonl").read_bytes() == before


def test_resume_after_a_stop_at_any_byte(setup: Components, world: FakeWorld, tmp_path: Path, source: Path) -> None:
    """Cut the journal and the results anywhere: the end is the same, and no answer that was kept is asked for again."""
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "images").symlink_to(world.images.folder)
    run(setup, tmp_path / "whole", source, concurrency=1)
    journal = (tmp_path / "whole" / "journal.jsonl").read_bytes()
    finished = (tmp_path / "whole" / "results.jsonl").read_bytes()
    calls_of_whole = len(world.asked) + len(setup.policy.calls)  # type: ignore[attr-defined]
    for number, cut in enumerate(range(0, len(journal) + 1, len(journal) // 29)):
        folder = tmp_path / f"cut{number}"
        folder.mkdir()
        (folder / "images").symlink_to(world.images.folder)
        (folder / "journal.jsonl").write_bytes(journal[:cut])
        kept = [json.loads(line) for line in journal[:cut].splitlines(keepends=True) if line.endswith(b"\n")]
        whole_rows = {r["row"] for r in kept if r.get("entry", {}).get("kind") == "image_scored"}
        lines = [line for line in finished.splitlines(keepends=True) if str(json.loads(line)["id"]) in whole_rows]
        (folder / "results.jsonl").write_bytes(b"".join(lines[:-1]) + (lines[-1][: cut % 97] if lines else b""))
        world.asked.clear()
        resumed = with_policy(setup, plain_script)
        run(resumed, folder, source, concurrency=2)
        assert (folder / "results.jsonl").read_bytes() == finished
        asked = len(world.asked) + len(resumed.policy.calls)  # type: ignore[attr-defined]
        answered = sum(_answers(record) for record in kept)
        assert asked == calls_of_whole - answered


@pytest.mark.parametrize("gone", ["rendered", "found"])
def test_a_row_whose_images_are_gone_begins_anew(
    setup: Components, world: FakeWorld, tmp_path: Path, source: Path, gone: str
) -> None:
    folder = tmp_path / "run"
    run(setup, folder, source, concurrency=1)
    finished = (folder / "results.jsonl").read_bytes()
    journal = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    kept = [entry for entry in journal if (entry["row"], entry.get("entry", {}).get("kind")) != ("2", "image_scored")]
    (folder / "journal.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in kept))
    lines = [line for line in finished.splitlines(keepends=True) if json.loads(line)["id"] != 2]
    (folder / "results.jsonl").write_bytes(b"".join(lines))
    own = [entry["entry"] for entry in kept if entry["row"] == "2" and "entry" in entry]
    found = next(one["result"]["pictures"] for one in own if one.get("result", {}).get("tool") == "image_search")
    rendered = next(one["artifacts"][0]["digest"] for one in own if one["kind"] == "rendered")
    setup.images.path(rendered if gone == "rendered" else found[0]["digest"]).unlink()
    again = with_policy(setup, plain_script)
    assert run(again, folder, source).earlier == 6
    assert (folder / "results.jsonl").read_bytes() == finished
    assert len(again.policy.calls) == 3, "the whole row, and no other"  # type: ignore[attr-defined]
    (folder / "run.json").write_text("{}")
    assert len(load_run(folder).trajectories["2"].turns) == 3, "who reads the journal sees the row once"


def _answers(record: dict[str, Any]) -> int:
    """How many calls a journal entry saves."""
    match record.get("entry", {}).get("kind"):
        case "returned" if record["entry"]["result"]["facts"]:
            return len(record["entry"]["result"]["facts"])
        case None:
            return 0
    return 1


def test_bad_rows_are_said_and_harm_no_other(setup: Components, tmp_path: Path) -> None:
    source = write_rows(
        tmp_path / "in.jsonl",
        {"id": "../../x", "prompt": "a picture of one"},
        '{"id": "broken", "prompt": ',
        {"id": "empty", "prompt": "  "},
        {"id": "none"},
        {"id": ["list"], "prompt": "x y"},
        {"id": "twice", "prompt": "a picture of two"},
        {"id": "twice", "prompt": "a picture of three"},
        "[1, 2]",
        {"question": "a picture of four"},
    )
    tally = run(setup, tmp_path / "run", source)
    assert tally.failed == 6 and tally.done == 9
    rows = results(tmp_path / "run")
    good = [row for row in rows if row["error"] is None]
    assert [row["id"] for row in good] == ["../../x", "twice", 8]
    for row in good:
        image = (tmp_path / "run" / row["image_path"]).resolve()
        assert image.is_file() and image.is_relative_to((tmp_path / "run" / "images").resolve())
    said = [row["error"] for row in rows if row["error"]]
    assert "line 2" in said[0] and "empty" in said[1] and "prompt" in said[2] and "id" in said[3] and "twice" in said[4]


def test_bad_rows_are_tried_again_once_they_are_mended(setup: Components, tmp_path: Path) -> None:
    source = write_rows(tmp_path / "in.jsonl", {"id": "a", "prompt": ""}, {"id": "b", "prompt": "a picture of b"})
    assert run(setup, tmp_path / "run", source).failed == 1
    write_rows(source, {"id": "a", "prompt": "a picture of a"}, {"id": "b", "prompt": "a picture of b"})
    assert run(setup, tmp_path / "run", source) == BatchCounts(done=2, failed=0, earlier=1)
    assert [row["id"] for row in results(tmp_path / "run")] == ["a", "b"]


def test_json_arrays_and_byte_order_marks(setup: Components, tmp_path: Path) -> None:
    source = tmp_path / "in.json"
    source.write_bytes(b"\xef\xbb\xbf" + json.dumps([{"prompt": "a picture of x"}, {"question": "a picture of y"}]).encode())
    assert run(setup, tmp_path / "run", source).done == 2
    assert [row["id"] for row in results(tmp_path / "run")] == [0, 1]


def test_a_failing_policy_fails_its_row_only_and_can_be_retried(setup: Components, tmp_path: Path, source: Path) -> None:
    down = True

    def script(call: PolicyCall) -> str:
        if down and call.turn == 2 and "thing3" in call.messages[1].text:
            raise ServiceError("server is restarting", retryable=True)
        return plain_script(call)

    assert run(with_policy(setup, script), tmp_path / "run", source).failed == 1
    row = results(tmp_path / "run")[3]
    assert row["termination"] == "error" and "restarting" in row["error"] and "restarting" in row["unscored"]["reason"]
    down = False
    retried = with_policy(setup, script)
    assert run(retried, tmp_path / "run", source).earlier == 7, "a plain second run leaves failed rows alone"
    assert run(retried, tmp_path / "run", source, retry_failed=True) == BatchCounts(done=7, failed=0, earlier=6)
    assert len(retried.policy.calls) == 1, "the turns that had succeeded are not asked again"  # type: ignore[attr-defined]
    assert [row["id"] for row in results(tmp_path / "run")] == list(range(7))


def test_a_denied_key_stops_everything(setup: Components, tmp_path: Path, source: Path) -> None:
    calls = 0

    def script(call: PolicyCall) -> str:
        nonlocal calls
        calls += 1
        raise AuthError("OPENAI_API_KEY was refused")

    with pytest.raises(AuthError, match="OPENAI_API_KEY"):
        run(with_policy(setup, script), tmp_path / "run", source, concurrency=2)
    assert calls <= 2


def test_an_unexpected_error_of_a_member_is_recorded(setup: Components, tmp_path: Path, source: Path) -> None:
    def script(call: PolicyCall) -> str:
        return str(1 / 0) if "thing1" in call.messages[1].text else plain_script(call)

    assert run(with_policy(setup, script), tmp_path / "run", source).failed == 1
    assert "ZeroDivisionError" in results(tmp_path / "run")[1]["error"]


def test_a_full_disk_stops_cleanly_and_resumes(
    setup: Components, tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, left = os.write, 6000

    def full(file: int, data: bytes) -> int:
        nonlocal left
        if len(data) > left:
            write(file, data[:left])
            left = 0
            raise OSError(errno.ENOSPC, "No space left on device")
        left -= len(data)
        return write(file, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        run(setup, tmp_path / "run", source)
    monkeypatch.undo()
    for name in ("journal.jsonl", "results.jsonl"):
        data = (tmp_path / "run" / name).read_bytes()
        assert not data or data.endswith(b"\n")
    assert run(setup, tmp_path / "run", source).done == 7


def test_stages_can_stop_early_and_go_on(setup: Components, world: FakeWorld, tmp_path: Path, source: Path) -> None:
    run(setup, tmp_path / "run", source, goal=Goal.PROGRAM)
    row = results(tmp_path / "run")[0]
    assert row["gen_prompt"] and "image_path" in row and row["image_path"] is None and "unscored" in row
    assert not any(asked.startswith("render") for asked in world.asked)


def test_one_directory_one_process(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    with folder.held(), pytest.raises(UsageError, match="another genevolve process"), RunFolder(tmp_path / "run").held():
        pass


def test_a_directory_keeps_its_settings(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.describe({"profile": {"policy": {"member": "expert"}}})
    folder.describe({"profile": {"policy": {"member": "expert"}}})
    with pytest.raises(UsageError, match=r"profile\.policy\.member"):
        folder.describe({"profile": {"policy": {"member": "raw"}}})


def test_a_budget_can_be_raised_and_limits_changed(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    profile = {"policy": {"member": "chat"}, "limits": {"policy": {"budget_calls": 3}}, "traffic": {"max_concurrency": 8}}
    folder.describe({"profile": profile})
    folder.describe({"profile": {**profile, "limits": {"policy": {"budget_calls": 9}}, "traffic": {"max_concurrency": 4}}})
    with pytest.raises(UsageError, match=r"profile\.policy\.member"):
        folder.describe({"profile": {**profile, "policy": {"member": "raw"}}})


@pytest.mark.parametrize("key", ["../../x", "a/b", "", ".", "..", "x" * 300, "ü", "con\x00", "a" * 64, "-rf"])
def test_names_are_safe_and_distinct(key: str) -> None:
    name = safe_name(key)
    assert "/" not in name and not name.startswith((".", "-")) and len(name) <= 80 and name.isascii()
    assert name != safe_name(key + "'")


@pytest.mark.parametrize(
    "key", ["con", "NUL", "Aux.b", "com1", "LPT9.x", "a:b", "a?", "a.", "a ", "a|b", "a*", 'a"b', "a\\b", "<a>"]
)
def test_names_are_files_on_windows_too(key: str) -> None:
    name = PureWindowsPath(f"{safe_name(key)}.png")
    assert name.name == str(name) and not any(char in str(name) for char in '<>:"/\\|?*')
    assert name.stem.partition(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}
    assert not str(name).endswith((".", " "))


def test_rows_that_differ_in_case_keep_their_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS and Windows, where ``A.png`` and ``a.png`` are one file."""
    folder = RunFolder(tmp_path)
    first, second = folder.images.put(png((1, 2, 3))), folder.images.put(png((3, 2, 1)))
    assert folder.show_as(first, "A") == "images/A.png"
    exists, samefile = Path.exists, Path.samefile

    def as_there(path: Path) -> Path:
        names = {entry.name.lower(): entry.name for entry in path.parent.iterdir()} if exists(path.parent) else {}
        return path.with_name(names.get(path.name.lower(), path.name))

    monkeypatch.setattr(Path, "exists", lambda path: exists(as_there(path)))
    monkeypatch.setattr(Path, "samefile", lambda path, other: samefile(as_there(path), other))
    shown = folder.show_as(second, "a")
    assert shown != "images/a.png" and (tmp_path / shown).read_bytes() == folder.images.load(second)
    assert (tmp_path / "images/A.png").read_bytes() == folder.images.load(first)
    assert folder.show_as(second, "a") == shown


def test_journals_hold_what_happened(setup: Components, tmp_path: Path, source: Path) -> None:
    run(setup, tmp_path / "run", source, concurrency=1)
    entries = [
        record["entry"] for record in records(tmp_path / "run" / "journal.jsonl") if record["row"] == "0" and "entry" in record
    ]
    kinds = [entry["kind"] for entry in entries]
    assert kinds == ["replied", "returned", "replied", "returned", "replied", "rendered", "program_scored", "image_scored"]
    assert isinstance(entry_from_json(entries[0]), Replied)


def test_a_damaged_journal_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"row": "a"}\nnonsense\n{"row": "b"}\n')
    with pytest.raises(UsageError, match="line 2"):
        list(records(path))


def test_a_torn_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"n": 1}\n' + b'{"n": "' + b"x" * 200_000)
    with Journal(path) as journal:
        journal.append({"n": 2})
    assert [record["n"] for record in records(path)] == [1, 2]


@pytest.mark.parametrize(
    "text", ["", "   ", "\n", "...", "\x00\x01", "a\x00b", "".join(map(chr, range(1, 30))) * 9, "x" * 1_000_000]
)
def test_requests_that_cannot_be_used(text: str) -> None:
    with pytest.raises(UsageError, match="REQUEST"):
        request_text(text, setting="REQUEST")


@pytest.mark.parametrize("text", ["a cat", "🐪🐪🐪", "صورة لثلاثة جمال", "三只猫", "7"])
def test_requests_in_any_script(text: str) -> None:
    assert request_text(text, setting="REQUEST") == text


@pytest.mark.parametrize("value", ["", "512", "0x0", "512x-1", "10x10", "99999x99999", "axb"])
def test_sizes_are_checked(value: str) -> None:
    with pytest.raises(UsageError, match="--size"):
        image_size(value, setting="--size")


def test_reading_is_lazy(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "in.jsonl", *({"prompt": f"a picture {n}"} for n in range(100)))
    rows: Iterator[Case | BadRow] = read_rows(source)
    assert next(rows).id == "0"


@dataclass
class SlowGenerator:
    """Half a second of somebody's GPU for each image, and how many were begun."""

    generator: Any
    begun: int = 0

    async def generate(self, order: RenderOrder) -> Rendering:
        self.begun += 1
        await asyncio.sleep(0.05)
        rendering: Rendering = await self.generator.generate(order)
        return replace(rendering, cost=1.0)


@pytest.mark.parametrize("limits", [{"budget_calls": 3}, {"budget_money": 3.0}])
@pytest.mark.parametrize("known_price", [0.0, 1.0])
def test_images_that_were_paid_for_are_kept_when_a_budget_ends(
    setup: Components, tmp_path: Path, limits: dict[str, Any], known_price: float
) -> None:
    """Every start used to pay for the calls in flight again, and to throw them away."""
    rows = [{"id": n, "prompt": f"a picture of thing{n}"} for n in range(16)]
    source = write_rows(tmp_path / "many.jsonl", *rows)
    slow = SlowGenerator(setup.generator)

    def limited(**more: Any) -> Components:
        gate = RateLimiter("generator", ServiceLimits(**(limits | more)), SharedLimits())
        gate.known_price = known_price
        return replace(setup, generator=slow, crossings={Boundary.GENERATOR: gate})

    for _ in range(3):
        with pytest.raises(BudgetExhausted, match=r"limits\.generator\.budget"):
            run(limited(), tmp_path / "run", source, concurrency=16)
        assert slow.begun == 3
        entries = [record.get("entry", {}).get("kind") for record in records(tmp_path / "run" / "journal.jsonl")]
        assert entries.count("rendered") == 3
    assert run(limited(**dict.fromkeys(limits, 16)), tmp_path / "run", source, concurrency=16).done == 16
    assert slow.begun == 16


def test_calls_in_flight_are_kept_when_another_service_stops_the_run(setup: Components, tmp_path: Path, source: Path) -> None:
    """A judge that has no such model is no reason to lose the images that are being drawn."""

    class NoModel:
        async def judge_image(self, case: object) -> Score:
            raise UsageError("image_judge.model: the server has no such model")

    slow = SlowGenerator(setup.generator)
    with pytest.raises(UsageError, match="no such model"):
        run(replace(setup, generator=slow, image_judge=NoModel()), tmp_path / "run", source, concurrency=7)
    assert run(replace(setup, generator=slow), tmp_path / "run", source, concurrency=7).done == 7
    assert slow.begun == 7


def test_searches_in_flight_end_before_the_run_stops(setup: Components, tmp_path: Path, source: Path) -> None:
    ended: list[str] = []

    class Search:
        async def search(self, query: str, top_k: int) -> tuple[TextHit, ...]:
            if query == "one too many":
                raise BudgetExhausted("search: all 1 calls are used; raise limits.search.budget_calls to go on")
            await asyncio.sleep(0.02)
            ended.append(query)
            return (TextHit(title="t", url="https://example.org", snippet="s", source="x"),)

    call = search_call(queries=("one too many", "flag of Ghana", "flag of Togo"), top_k=1)
    with pytest.raises(BudgetExhausted):
        asyncio.run(use(call, setup.begin(Request(id="x", text="x")), replace(setup, text_search=Search())))
    assert ended == ["flag of Ghana", "flag of Togo"], "both were paid for; the cache keeps them"


def test_budgets_hold_over_restarts(setup: Components, tmp_path: Path, source: Path) -> None:
    def limited(calls: int) -> Components:
        gate = RateLimiter("policy", ServiceLimits(budget_calls=calls), SharedLimits())
        return replace(with_policy(setup, plain_script), crossings={Boundary.POLICY: gate})

    with pytest.raises(BudgetExhausted, match=r"limits\.policy\.budget_calls"):
        run(limited(10), tmp_path / "run", source)
    again = limited(10)
    with pytest.raises(BudgetExhausted):
        run(again, tmp_path / "run", source)
    assert not again.policy.calls, "the ten calls were made before"  # type: ignore[attr-defined]
    more = limited(21)
    assert run(more, tmp_path / "run", source).done == 7
    assert len(more.policy.calls) == 11  # type: ignore[attr-defined]


IDS = st.one_of(
    st.text("aA.- _/\\:é\0\n\u0301", max_size=6),
    st.sampled_from(["CON", "con", "nul.txt", "COM1", "lpt9.png", "AUX ", "..", ".", "é", "e\u0301"]),
    st.sampled_from(["x" * 300, "x" * 300 + "y", "X" * 300]),
    st.sampled_from(["a", "A", "a.", "a..", "a ", "a.png", "a" * 64, "0" * 64, "-a", "a-", "~", "index.html", ".a.png.link"]),
)  # fmt: skip


@settings(deadline=None, derandomize=True, database=None, max_examples=25)
@given(st.lists(IDS, min_size=2, max_size=6, unique=True))
def test_rows_of_any_ids_have_pictures_of_their_own_on_every_system(keys: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder(Path(place))
        pictures = [png((40 * number, 0, 0)) for number in range(len(keys))]
        digests = [folder.images.put(data) for data in pictures]
        shown = [folder.show_as(digest, key) for digest, key in zip(digests, keys, strict=True)]
        assert [(Path(place) / name).read_bytes() for name in shown] == pictures
        assert shown == [folder.show_as(digest, key) for digest, key in zip(digests, keys, strict=True)]
    assert len({name.lower() for name in shown}) == len(keys)
    for name in shown:
        stem = name.removeprefix("images/").removesuffix(".png")
        assert name.isascii() and 0 < len(stem) <= 100 and "/" not in stem and not set(stem) & set('<>:"|?*\\ ')
        assert stem.split(".")[0].lower() not in {
            "con",
            "prn",
            "aux",
            "nul",
            *(f"{d}{n}" for d in ("com", "lpt") for n in range(10)),
        }


@pytest.mark.parametrize("first", ["a b", "A B", "con", "ü", "a/b"])
def test_a_row_called_as_the_file_of_another_keeps_its_own_picture(first: str, tmp_path: Path) -> None:
    """Its id may be the very name that was made for the other one, also in other letters."""
    folder = RunFolder(tmp_path)
    keys = [first, safe_name(first), safe_name(first).upper(), safe_name(safe_name(first))]
    pictures = [png((60 * number, 0, 0)) for number in range(len(keys))]
    shown = [folder.show_as(folder.images.put(data), key) for key, data in zip(keys, pictures, strict=True)]
    assert [(tmp_path / name).read_bytes() for name in shown] == pictures
    assert len({name.lower() for name in shown}) == len(keys)
