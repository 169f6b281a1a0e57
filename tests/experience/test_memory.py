"""The memory: eviction, copies, kills, readers; retrieval and its settings."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.request import Request
from genevolve.experience.bundle import bundle_to_json
from genevolve.experience.memory import Memory
from genevolve.experience.retrieve import Retriever, When
from tests.experience.bundles import bundle
from tests.paths import ROOT

NAME, SIZE = "test", 4


def unit(*numbers: float) -> Any:
    vector = np.array([*numbers, *([0.0] * (SIZE - len(numbers)))], dtype=np.float32)
    return vector / np.linalg.norm(vector)


def memory(path: Path, capacity: int = 500, **more: Any) -> Memory:
    return Memory(path / "memory.sqlite", capacity, embedder=NAME, dimension=SIZE, **more)


@dataclass
class Spoken:
    """An embedder that knows a few texts."""

    vectors: dict[str, Any]
    name: str = NAME
    dimension: int = SIZE
    gate: float = 0.8

    def embed(self, texts: Sequence[str]) -> Any:
        return np.stack([self.vectors[text] for text in texts]) if texts else np.zeros((0, SIZE), np.float32)


# ---- the memory


def test_what_is_added_is_there_after_opening_again(tmp_path: Path) -> None:
    with memory(tmp_path) as held:
        added = held.add(bundle("title"), "request \ud800 one", unit(1), 0.5, 3, "g1", family="hidden_flag")
    with memory(tmp_path) as held:
        (entry,) = held.entries()
        assert (entry.id, entry.step, entry.group, entry.family, entry.gap) == (added, 3, "g1", "hidden_flag", 0.5)
        assert held.bundle(entry) == bundle("title")
        assert np.array_equal(held.embeddings([entry]), unit(1)[None])


def test_the_same_request_step_and_group_replaces(tmp_path: Path) -> None:
    with memory(tmp_path) as held:
        held.add(bundle("title"), "r", unit(1), 0.5, 1, "g")
        held.add(bundle("label"), "r", unit(1), 0.4, 1, "g")
        held.add(bundle("label"), "r", unit(1), 0.4, 2, "g")
        assert [entry.step for entry in held.entries()] == [1, 2]
        assert held.bundle(held.entries()[0]) == bundle("label")


def test_eviction_takes_superseded_then_old_and_narrow_ones(tmp_path: Path) -> None:
    with memory(tmp_path, capacity=3, half_life=10) as held:
        held.add(bundle(), "twice", unit(1), 0.9, 1, "g")
        held.add(bundle(), "old wide", unit(1), 0.8, 2, "g")  # worth 0.8 · ½^(8/10) = 0.46 at step 10
        held.add(bundle(), "twice", unit(1), 0.3, 9, "g")
        held.add(bundle(), "new narrow", unit(1), 0.25, 10, "g")
        assert [(e.request, e.step) for e in held.entries()] == [("old wide", 2), ("twice", 9), ("new narrow", 10)]
        held.add(bundle(), "new wide", unit(1), 0.7, 10, "g")
        assert [e.request for e in held.entries()] == ["old wide", "twice", "new wide"]
        held.add(bundle(), "later", unit(1), 0.7, 30, "g")  # now "old wide" is worth 0.8 · ½^2.8 = 0.11, "twice" 0.07
        assert [e.request for e in held.entries()] == ["old wide", "new wide", "later"]


def test_another_embedder_is_refused(tmp_path: Path) -> None:
    memory(tmp_path).close()
    with pytest.raises(UsageError, match="choose that embedder"):
        Memory(tmp_path / "memory.sqlite", embedder="other", dimension=SIZE)
    with pytest.raises(UsageError, match="test \\(4"):
        Memory(tmp_path / "memory.sqlite", embedder=NAME, dimension=5)
    with memory(tmp_path) as held, pytest.raises(UsageError, match="other"):
        Retriever(held, Spoken({}, name="other"))


@pytest.mark.parametrize("vector", [np.ones(SIZE), np.zeros(SIZE), np.full(SIZE, np.nan), np.ones(3) / 3**0.5, np.eye(SIZE)])
def test_embeddings_that_are_none_are_refused(tmp_path: Path, vector: Any) -> None:
    with memory(tmp_path) as held:
        with pytest.raises(ValueError, match="embedding"):
            held.add(bundle(), "r", vector, 0.5, 1, "g")
        assert len(held) == 0


def test_other_files_are_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    path.write_bytes(b"this is a text file, not a data base" * 100)
    with pytest.raises(UsageError, match="damaged or no memory"):
        memory(tmp_path)
    assert path.read_bytes().startswith(b"this is a text")
    path.unlink()
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE mine (x)")
    base.commit()
    base.close()
    with pytest.raises(UsageError, match="something else"):
        memory(tmp_path)
    with pytest.raises(UsageError, match="no memory of experience here"):
        Memory(tmp_path / "nothing.sqlite")
    with pytest.raises(UsageError, match="capacity is 0"):
        memory(tmp_path, capacity=0)


def test_an_empty_file_is_not_a_memory_for_a_reader(tmp_path: Path) -> None:
    (tmp_path / "memory.sqlite").touch()
    with pytest.raises(UsageError, match="not a memory of experience"):
        Memory(tmp_path / "memory.sqlite")


def test_a_snapshot_restores_exactly(tmp_path: Path) -> None:
    with memory(tmp_path) as held:
        for step in range(5):
            held.add(bundle(), f"r{step}", unit(step + 1, 1), 0.3 + step / 10, step, f"g{step}")
        before = held.entries()
        held.snapshot(tmp_path / "checkpoint" / "memory.sqlite")
        held.add(bundle("label"), "later", unit(1), 0.9, 9, "g9")
        held.restore(tmp_path / "checkpoint" / "memory.sqlite")
        assert held.entries() == before
        assert held.add(bundle(), "next", unit(1), 0.5, 9, "g") == before[-1].id + 1  # as if "later" had never been
    assert [path.name for path in (tmp_path / "checkpoint").iterdir()] == ["memory.sqlite"]
    with memory(tmp_path) as held:
        assert len(held) == 6


OLD = """
PRAGMA journal_mode = WAL;
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, request TEXT NOT NULL, step INTEGER NOT NULL, grp TEXT NOT NULL,
    family TEXT NOT NULL, gap REAL NOT NULL, embedding BLOB NOT NULL, bundle TEXT NOT NULL, UNIQUE (request, step, grp));
INSERT INTO about VALUES ('version', '1'), ('embedder', 'test'), ('dimension', '4');
PRAGMA application_id = 0x47455650;
"""


def test_a_memory_of_before_with_a_log_beside_it_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    with closing(sqlite3.connect(path)) as base:
        base.executescript(OLD)
        text, vector = json.dumps(bundle_to_json(bundle("title"))), unit(1).tobytes()
        base.execute("INSERT INTO entries VALUES (7, 'r', 3, '3.0', 'f', 0.5, ?, ?)", (vector, text))
        base.commit()
        with Memory(path) as read:
            assert [(entry.id, entry.gap) for entry in read.entries()] == [(7, 0.5)]
    with memory(tmp_path) as held:
        assert held.bundle(held.entries()[0]) == bundle("title")
        assert held.add(bundle(), "next", unit(1), 0.5, 4, "4.0") == 8
        held.snapshot(tmp_path / "checkpoint" / "memory.sqlite")
    with Memory(tmp_path / "checkpoint" / "memory.sqlite") as kept:
        assert [entry.id for entry in kept.entries()] == [7, 8]
        assert [beside.name for beside in (tmp_path / "checkpoint").iterdir()] == ["memory.sqlite"]


def test_snapshots_of_something_else_are_refused(tmp_path: Path) -> None:
    with Memory(tmp_path / "other.sqlite", embedder="other", dimension=2) as other:
        other.snapshot(tmp_path / "other-copy.sqlite")
    with memory(tmp_path) as held:
        held.add(bundle(), "r", unit(1), 0.5, 1, "g")
        with pytest.raises(UsageError, match="of other"):
            held.restore(tmp_path / "other-copy.sqlite")
        (tmp_path / "text").write_text("no data base at all" * 100)
        with pytest.raises(UsageError, match="damaged"):
            held.restore(tmp_path / "text")
        with pytest.raises(UsageError, match="no snapshot"):
            held.restore(tmp_path / "missing")
        assert len(held) == 1


def test_many_read_while_one_writes(tmp_path: Path) -> None:
    wrong: list[BaseException] = []
    with memory(tmp_path) as held:
        held.add(bundle(), "r", unit(1), 0.5, 0, "g")
        done = threading.Event()

        def read() -> None:
            try:
                with Memory(tmp_path / "memory.sqlite") as other:
                    seen = 0
                    while not done.is_set():
                        count = len(other.entries())
                        assert count >= seen
                        seen = count
            except BaseException as error:
                wrong.append(error)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for step in range(40):
            held.add(bundle(), f"r{step}", unit(1), 0.5, step, "g")
        done.set()
        for reader in readers:
            reader.join()
    assert wrong == []


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    with memory(tmp_path) as held:
        held.add(bundle(), "r", unit(1), 0.5, 0, "g")
        pages = held._base.execute("PRAGMA page_count").fetchone()[0]
        held._base.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(ServiceError, match="disk is full"):
            for step in range(50):
                held.add(bundle(), f"r{step}", unit(1), 0.5, step, "g")
        held._base.execute("PRAGMA max_page_count = 100000")
        assert held.entries()[0].request == "r"
        held.add(bundle(), "after", unit(1), 0.5, 99, "g")


WRITER = """
    import sys
    import numpy as np
    from genevolve.experience.memory import Memory
    from tests.experience.bundles import bundle
    path, first = sys.argv[1], int(sys.argv[2])
    memory = Memory(path, 20, embedder="test", dimension=4)
    for step in range(first, first + 10000):
        memory.add(bundle(), f"r{step}", np.array([1, 0, 0, 0], "f4"), 0.5, step, "g")
        print(step, flush=True)
        if step % 7 == 0:
            memory.snapshot(path + ".copy")
"""


def test_killed_at_any_moment_nothing_that_was_added_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    chance = random.Random(1)
    root = str(ROOT)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([root, f"{root}/src", os.environ.get("PYTHONPATH", "")])}
    first = 0
    for _ in range(4):
        command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path), str(first)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ) as process:
            assert process.stdout is not None
            last = int(process.stdout.readline())
            time.sleep(chance.random() * 0.2)
            process.send_signal(signal.SIGKILL)
            told = process.stdout.read().split()
            last = int(told[-1]) if told else last
        with Memory(path, 20, embedder=NAME, dimension=SIZE) as held:
            steps = [entry.step for entry in held.entries()]
            assert held._base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert steps == list(range(steps[0], steps[-1] + 1))
            assert len(steps) == min(20, steps[-1] + 1)
            assert steps[-1] in (last, last + 1)  # the last one may have been written but not told
            if Path(f"{path}.copy").exists():
                held.restore(f"{path}.copy")
        first = steps[-1] + 1
        path.unlink()
        for beside in tmp_path.glob("memory.sqlite-*"):
            beside.unlink()
        with Memory(path, 20, embedder=NAME, dimension=SIZE) as held:
            for step in range(max(0, first - 20), first):
                held.add(bundle(), f"r{step}", unit(1), 0.5, step, "g")


# ---- retrieval


def filled(path: Path) -> Memory:
    held = memory(path)
    held.add(bundle("title"), "about titles", unit(1, 0), 0.5, 1, "g1", family="texts")
    held.add(bundle("label"), "about labels", unit(0, 1), 0.5, 1, "g2", family="labels")
    held.add(bundle("caption"), "about captions", unit(1, 0.2), 0.5, 2, "g3", family="texts")
    return held


def test_the_whole_bundle_of_the_nearest_request_is_taken(tmp_path: Path) -> None:
    embedder = Spoken({"near": unit(1, 0.05), "far": unit(0, 0, 1), "other": unit(0.1, 1)})
    with filled(tmp_path) as held:
        retriever = Retriever(held, embedder)
        near, far, other = retriever.find([Request(id="x", text="near"), "far", "other"], 2)
        assert near is not None
        assert other is not None
        assert far is None
        assert (near.bundle, near.request, other.bundle) == (bundle("title"), "about titles", bundle("label"))
        assert near.similarity == pytest.approx(float(unit(1, 0.05)[0]), abs=1e-6)
        assert (retriever.hits.asked, retriever.hits.found, retriever.hits.below_gate) == (3, 2, 1)
        assert retriever.taken().logged()["experience/hit_rate"] == pytest.approx(2 / 3)
        assert retriever.hits.asked == 0


def test_past_only_takes_neither_this_step_nor_the_own_group(tmp_path: Path) -> None:
    embedder = Spoken({"captions": unit(1, 0.2)})
    with filled(tmp_path) as held:
        same = Retriever(held, embedder, when="same_step")
        past = Retriever(held, embedder, when=When.PAST_ONLY)
        assert [found and found.step for found in same.find(["captions"], 2, groups=["g3"])] == [2]
        assert same.hits.own == 1
        assert [found and found.step for found in past.find(["captions"], 2)] == [1]
        assert [found and found.group for found in past.find(["captions"], 3)] == ["g3"]
        assert [found and found.group for found in past.find(["captions"], 3, groups=["g3"])] == ["g1"]
        assert past.find(["captions"], 1) == [None]
        assert past.hits.nothing_there == 1


def test_of_equally_near_sources_the_newest_is_taken(tmp_path: Path) -> None:
    with memory(tmp_path) as held:
        for step in (1, 3, 2):
            held.add(bundle(), "r", unit(1), 0.5, step, f"g{step}")
        (found,) = Retriever(held, Spoken({"r": unit(1)})).find(["r"], 9)
        assert found is not None
        assert found.step == 3


def test_of_several_bundles_of_one_group_the_widest_gap_is_taken(tmp_path: Path) -> None:
    with memory(tmp_path, capacity=3) as held:
        for place, gap in (("", 0.6), (".1", 0.4)):
            held.add(bundle("title"), "r", unit(1), gap, 3, f"3.2{place}")
        found, other = (
            Retriever(held, Spoken({"r": unit(1)}), when=When.PAST_ONLY).find(["r"], 4, groups=[g]) for g in ("4.0", "3.2")
        )
        assert [lesson and lesson.gap for lesson in found] == [0.6]
        assert other == [None]  # both are of its own group
        held.add(bundle("title"), "q", unit(0, 1), 0.1, 4, "4.0")
        held.add(bundle("title"), "s", unit(0, 0, 1), 0.9, 4, "4.1")
        assert sorted(entry.group for entry in held.entries()) == ["3.2", "3.2.1", "4.1"]  # neither is newer than the other


def test_a_mismatched_bundle_is_of_another_family_and_repeatable(tmp_path: Path) -> None:
    embedder = Spoken({"near": unit(1, 0.05), "far": unit(0, 0, 1)})
    with filled(tmp_path) as held:
        for number in range(6):
            held.add(bundle("layout"), f"about layout {number}", unit(0, 0, 1 + number, 5), 0.5, 1, "g", family=f"f{number}")
        drawn = set()
        for step in range(2, 12):
            retriever = Retriever(held, embedder, mismatch=True, seed=5)
            near, far = retriever.find(["near", "far"], step)
            again, _ = Retriever(held, embedder, mismatch=True, seed=5).find(["near", "far"], step)
            assert near is not None
            assert near == again
            assert near.mismatched
            assert near.similarity > 0.99  # that of the right one, which decides who gets any
            assert near.request not in ("about titles", "about captions")
            drawn.add(near.request)
        assert far is None
        assert len(drawn) > 2


def test_nothing_is_found_in_an_empty_memory(tmp_path: Path) -> None:
    with memory(tmp_path) as held:
        retriever = Retriever(held, Spoken({"r": unit(1)}))
        assert retriever.find(["r"], 1) == [None]
        assert retriever.find([], 1) == []
        assert retriever.hits.rate == 0.0


def test_settings_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with memory(tmp_path) as held:
        with pytest.raises(UsageError, match=r"experience\.when"):
            Retriever(held, Spoken({}), when="later")
        with pytest.raises(UsageError, match=r"experience\.gate"):
            Retriever(held, Spoken({}), gate=1.5)
        with pytest.raises(ValueError, match="belong together"):
            Retriever(held, Spoken({"r": unit(1)})).find(["r"], 1, groups=["a", "b"])


DAMAGE: dict[str, list[object]] = {
    "bundle": ["", "{", "[]", "null", '{"retrieval_key": 1}', "[" * 700 + "]" * 700, b"\x00\xff", 3, 1.5],
    "request": [b"x"],
    "step": ["x", b"x"],
    "grp": [b"x"],
    "family": [b"x"],
    "gap": ["x", b"x"],
    "embedding": ["text", b"", b"\x00" * 7, b"\xff" * 16],
}


@pytest.mark.parametrize(("column", "value"), [(column, value) for column, values in DAMAGE.items() for value in values])
def test_a_damaged_row_is_told_by_its_number(column: str, value: object, tmp_path: Path) -> None:
    """SQLite takes a value of any type in any column, and a file may be edited or cut."""
    path = tmp_path / "memory.db"
    lesson, embedding = bundle(), unit(1.0)
    with Memory(path, embedder="fake", dimension=4) as kept:
        kept.add(lesson, "a red apple", embedding, 0.5, 1, "g")
    with closing(sqlite3.connect(path)) as base:
        base.execute(f"UPDATE entries SET {column} = ?", (value,))
        base.commit()
    with Memory(path, capacity=1, embedder="fake", dimension=4) as kept:
        with pytest.raises(UsageError, match=r"memory\.db") as told:
            for entry in kept.entries():
                kept.bundle(entry), kept.embeddings([entry])
        assert "damaged" in str(told.value) and "\n" not in str(told.value)
        with contextlib.suppress(UsageError):
            kept.add(lesson, "another", embedding, 0.5, 2, "g")


@pytest.mark.parametrize(
    "change", ["DELETE FROM about", "UPDATE about SET value = 'x' WHERE name = 'dimension'", "DROP TABLE entries"]
)
def test_a_memory_without_its_tables_is_told(change: str, tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    Memory(path, embedder="fake", dimension=4).close()
    with closing(sqlite3.connect(path)) as base:
        base.execute(change)
        base.commit()
    with pytest.raises((UsageError, ServiceError), match=r"memory\.db"), Memory(path) as kept:
        kept.entries()


def test_a_bundle_keeps_who_found_its_gap_and_gaps_of_two_judges_are_not_held_against_each_other(tmp_path: Path) -> None:
    with memory(tmp_path, capacity=2) as held:
        held.add(bundle(), "wide", unit(1), 0.9, 1, "g", judge="pixel 1, lint 1")
        held.add(bundle(), "narrow", unit(1), 0.3, 1, "g", judge="pixel 2, lint 2")
        held.add(bundle(), "new", unit(1), 0.4, 1, "g", judge="pixel 2, lint 2")
        assert [(entry.request, entry.judge) for entry in held.entries()] == [
            ("narrow", "pixel 2, lint 2"),
            ("new", "pixel 2, lint 2"),
        ]


def test_a_memory_from_before_judges_were_kept_is_read_and_written(tmp_path: Path) -> None:
    with memory(tmp_path) as held:
        held.add(bundle(), "old", unit(1), 0.5, 1, "g")
    with closing(sqlite3.connect(tmp_path / "memory.sqlite")) as base:
        base.execute("ALTER TABLE entries DROP COLUMN judge")
        base.commit()
    with Memory(tmp_path / "memory.sqlite") as reading:
        assert [entry.judge for entry in reading.entries()] == [""]
    with memory(tmp_path) as held:
        held.add(bundle(), "new", unit(1), 0.5, 2, "g", judge="pixel 2")
        assert [entry.judge for entry in held.entries()] == ["", "pixel 2"]
