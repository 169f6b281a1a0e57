"""The queue: what a restart goes on with, what is made once, and where it stops."""

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from genevolve.app.profile import Profile
from genevolve.core.protocols import PolicyCall, Rendering, RenderOrder, Reply
from genevolve.run.folder import RunFolder
from genevolve.run.generations import read_back
from genevolve.run.limits import ServiceLimits
from genevolve.server import studio as module
from genevolve.server.job import Job, Submission
from genevolve.server.studio import Studio, opened
from genevolve.server.trouble import NotServed
from genevolve.store.journal import records
from tests.conftest import FakeWorld, Scripted, plain_script, png
from tests.server.running import profile_of


def run(work: Callable[[], Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work(), 30))


@contextlib.asynccontextmanager
async def studio(out: Path, profile: Profile, **more: Any) -> AsyncIterator[Studio]:
    async with opened(out, {"fake": profile}, **more) as made:
        yield made


class Halting(FakeWorld):
    """A generator that never answers."""

    async def generate(self, order: RenderOrder) -> Rendering:
        await asyncio.sleep(3600)
        raise AssertionError


async def end(studio: Studio, name: str) -> dict[str, Any]:
    return await studio.end_of(studio.find(name))


def test_a_restart_goes_on_with_what_was_queued_and_half_done(tmp_path: Path) -> None:
    async def killed() -> list[str]:
        profile, world = profile_of(tmp_path)
        profile, _ = profile_of(tmp_path, generator=Halting(images=world.images))
        async with studio(tmp_path, profile, concurrency=1) as first:
            jobs = [*await first.submit(Submission(text="a cup", number=2)), *await first.submit(Submission(text="a pot"))]
            begun = jobs[0]
            assert isinstance(begun, Job)
            while len(begun.events) < 5:  # two calls, what they found, and the program
                await asyncio.sleep(0.01)
            assert [first.position(job) for job in jobs if isinstance(job, Job)] == [0, 1, 2]
        return [job.id for job in jobs]

    async def again(names: list[str]) -> tuple[list[Any], FakeWorld, int]:
        policy = Scripted(plain_script)
        profile, world = profile_of(tmp_path, policy=policy)
        async with studio(tmp_path, profile) as second:
            rows = [await end(second, name) for name in names]
            assert second.archive.unfinished() == ()
        return rows, world, len(policy.calls)

    names = run(killed)
    rows, world, calls = run(lambda: again(names))
    assert [row["request"] for row in rows] == ["a cup", "a cup", "a pot"]
    assert all(row["image_path"] for row in rows)
    assert calls == 3 * 2  # of the first one the conversation was held already
    assert len([ask for ask in world.asked if ask.startswith("render")]) == 3
    kept = list(records(tmp_path / "results.jsonl"))
    assert sorted(row["id"] for row in kept) == sorted(names)


def test_a_restart_with_nothing_to_do_makes_nothing(tmp_path: Path) -> None:
    async def once() -> tuple[str, list[str]]:
        profile, world = profile_of(tmp_path)
        async with studio(tmp_path, profile) as made:
            if not (known := [each.id for each in made.archive.newest()]):
                known = [job.id for job in await made.submit(Submission(text="a cup", key="mine"))]
            same = await made.submit(Submission(text="a cup", key="mine"))
            assert [job.id for job in same] == known
            row = await end(made, known[0])
        return row["image_path"], world.asked

    first, asked = run(once)
    second, nothing = run(once)
    assert first == second
    assert asked and not nothing


def test_budgets_hold_over_restarts(tmp_path: Path) -> None:
    def limited(calls: int) -> tuple[Profile, FakeWorld]:
        profile, world = profile_of(tmp_path)
        return profile.model_copy(update={"limits": {"generator": ServiceLimits(budget_calls=calls)}}), world

    async def two() -> list[str]:
        async with studio(tmp_path, limited(1)[0], concurrency=1) as made:
            jobs = await made.submit(Submission(text="a cup", number=3))
            assert (await made.end_of(jobs[0]))["image_path"]
            for job in jobs[1:]:
                with pytest.raises(NotServed, match=r"limits\.generator\.budget_calls"):
                    await made.end_of(job)
            with pytest.raises(NotServed, match=r"limits\.generator\.budget_calls") as refused:
                await made.submit(Submission(text="a pot"))
            assert refused.value.status == 503
            return [job.id for job in jobs]

    async def still(names: list[str], calls: int) -> tuple[list[str], FakeWorld]:
        profile, world = limited(calls)
        made_now = []
        async with studio(tmp_path, profile, concurrency=1) as made:
            for name in names:
                with contextlib.suppress(NotServed):
                    made_now.append((await end(made, name))["id"])
        return made_now, world

    names = run(two)
    same, world = run(lambda: still(names, 1))
    assert same == names[:1]
    assert not [ask for ask in world.asked if ask.startswith("render")]
    more, world = run(lambda: still(names, 3))
    assert more == names
    assert len([ask for ask in world.asked if ask.startswith("render")]) == 2


def test_what_is_not_on_the_disk_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full() -> None:
        profile, _ = profile_of(tmp_path)
        async with studio(tmp_path, profile) as made:
            write = os.write
            monkeypatch.setattr(os, "write", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
            with pytest.raises(OSError, match="No space left"):
                await made.submit(Submission(text="a cup", number=2))
            monkeypatch.setattr(os, "write", write)
            assert list(made.archive.newest()) == []
            (job,) = await made.submit(Submission(text="a pot"))
            assert (await made.end_of(job))["image_path"]

    run(full)
    assert len({record["row"] for record in records(tmp_path / "journal.jsonl")}) == 1


def test_the_queue_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)

    async def fill() -> None:
        profile, world = profile_of(tmp_path)
        profile, _ = profile_of(tmp_path, generator=Halting(images=world.images))
        async with studio(tmp_path, profile, concurrency=1) as made:
            await made.submit(Submission(text="a cup", number=3))
            with pytest.raises(NotServed) as refused:
                await made.submit(Submission(text="a cup"), )  # fmt: skip
            assert (refused.value.status, refused.value.code) == (429, "queue_full")

    run(fill)


def test_pictures_that_are_gone_are_found_again(tmp_path: Path) -> None:
    """A generation that rests on a picture which is no longer there begins anew."""

    async def half() -> str:
        profile, world = profile_of(tmp_path)
        profile, _ = profile_of(tmp_path, generator=Halting(images=world.images))
        async with studio(tmp_path, profile) as made:
            (job,) = await made.submit(Submission(text="a cup"))
            assert isinstance(job, Job)
            while len(job.events) < 5:
                await asyncio.sleep(0.01)
        return job.id

    async def rest(name: str) -> dict[str, Any]:
        profile, _ = profile_of(tmp_path)
        async with studio(tmp_path, profile) as made:
            row = await end(made, name)
            assert len(made.events(name)) == 8
        return row

    name = run(half)
    for picture in (tmp_path / "images").glob("*.png"):
        picture.unlink()
    assert run(lambda: rest(name))["image_path"]


def test_a_change_of_a_picture_goes_on_after_a_restart(tmp_path: Path) -> None:
    """It is queued with nothing but the name of what it changes, which is read back."""

    async def queued() -> tuple[str, str]:
        profile, world = profile_of(tmp_path)
        async with studio(tmp_path, profile) as made:
            (first,) = await made.submit(Submission(text="a cup"))
            await made.end_of(first)
        profile, _ = profile_of(tmp_path, generator=Halting(images=world.images))
        async with studio(tmp_path, profile) as made:
            (change,) = await made.submit(Submission(text="now green", after=first.id))
            with pytest.raises(NotServed, match="not finished"):
                await made.submit(Submission(text="now blue", after=change.id))
        return first.id, change.id

    async def ended(first: str, change: str) -> dict[str, Any]:
        profile, _ = profile_of(tmp_path)
        async with studio(tmp_path, profile) as made:
            row = await end(made, change)
            request = made.request(change)
            assert request.after is not None and request.after.request.id == first
            assert made.episode(change).rendering is not None
        return row

    first, change = run(queued)
    row = run(lambda: ended(first, change))
    assert [each["id"] for each in row["after"]] == [first]


class Slow:
    """A policy that answers when it is allowed to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.asked = asyncio.Event()

    async def reply(self, call: PolicyCall) -> Reply:
        self.asked.set()
        await self.go.wait()
        return Reply(text=plain_script(call))


def test_cancelled_ones_cost_no_more(tmp_path: Path) -> None:
    async def cancelled() -> tuple[list[dict[str, Any]], list[str], int]:
        policy = Slow()
        profile, world = profile_of(tmp_path, policy=policy)
        async with studio(tmp_path, profile, concurrency=1) as made:
            begun, queued = await made.submit(Submission(text="a cup", number=2))
            await policy.asked.wait()
            made.cancel(queued.id)
            made.cancel(begun.id)
            assert (await made.end_of(queued))["error"] == "it was cancelled"
            policy.go.set()
            rows = [await made.end_of(begun), await made.end_of(queued)]
            with pytest.raises(NotServed, match="finished already"):
                made.cancel(begun.id)
            (third,) = await made.submit(Submission(text="a pot"))
            assert (await made.end_of(third))["image_path"]
            return rows, world.asked, len(made.events(begun.id))

    rows, asked, kept = run(cancelled)
    assert [row["error"] for row in rows] == ["it was cancelled"] * 2
    assert [ask for ask in asked if "cup" in ask] == []
    assert kept == 1  # the reply that was under way


def test_what_was_cancelled_stays_cancelled_over_a_kill(tmp_path: Path) -> None:
    """One that is under way and one that waits; the journal with their cancelling is still one that follow-ups read."""

    async def killed() -> list[str]:
        profile, world = profile_of(tmp_path)
        profile, _ = profile_of(tmp_path, generator=Halting(images=world.images))
        async with studio(tmp_path, profile, concurrency=1) as first:
            begun, queued, wanted = await first.submit(Submission(text="a cup", number=3))
            assert isinstance(begun, Job)
            while len(begun.events) < 5:
                await asyncio.sleep(0.01)
            for job in (begun, begun, queued):
                first.cancel(job.id) if first.live(job.id) else None
            lines = [record["row"] for record in records(tmp_path / "journal.jsonl") if record.get("cancelled")]
            assert lines == [begun.id, queued.id]
        return [begun.id, queued.id, wanted.id]

    async def again(names: list[str]) -> tuple[list[Any], FakeWorld]:
        profile, world = profile_of(tmp_path)
        async with studio(tmp_path, profile) as second:
            return [await end(second, name) for name in names], world

    names = run(killed)
    rows, world = run(lambda: again(names))
    assert [row.get("error") for row in rows] == ["it was cancelled", "it was cancelled", None]
    assert len([ask for ask in world.asked if ask.startswith("render")]) == 1
    assert [each.request.id for each in read_back(RunFolder(tmp_path))] == names


def test_a_program_alone(tmp_path: Path) -> None:
    """Nothing is drawn, and nobody judges a picture; a restart knows how far it was to go."""

    async def made(name: str | None) -> tuple[str, dict[str, Any], list[str]]:
        profile, world = profile_of(tmp_path)
        async with studio(tmp_path, profile) as served:
            job = served.find(name) if name else (await served.submit(Submission(text="a cup", until="program")))[0]
            row = await served.end_of(job)
            with pytest.raises(NotServed, match="until is 'image'; it is program"):
                await served.submit(Submission(text="a cup", until="image"))
            with pytest.raises(NotServed, match="has no picture"):
                await served.submit(Submission(text="red", after=job.id))
            return job.id, row, world.asked

    name, row, asked = run(lambda: made(None))
    assert row["program"]["gen_prompt"] and row["references"] and row["image_path"] is None and row["error"] is None
    assert [ask for ask in asked if ask.startswith("render")] == []
    _, kept, asked = run(lambda: made(name))
    assert kept["program"] == row["program"] and asked == []


class Small(FakeWorld):
    """A generator that draws small pictures alone."""

    sides = (64, 128)


def test_what_the_members_of_today_cannot_make_stops_nothing_else(tmp_path: Path) -> None:
    async def queued() -> str:
        profile, world = profile_of(tmp_path)
        profile, _ = profile_of(tmp_path, generator=Halting(images=world.images))
        async with studio(tmp_path, profile) as made:
            (job,) = await made.submit(Submission(text="a large cup", size="512x512"))
        return job.id

    async def ended(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        profile, world = profile_of(tmp_path)
        profile, _ = profile_of(tmp_path, generator=Small(images=world.images))
        async with studio(tmp_path, profile) as made:
            large = await end(made, name)
            (small,) = await made.submit(Submission(text="a small cup", size="128x128"))
            with pytest.raises(NotServed, match="size is 512x512"):
                await made.submit(Submission(text="a large cup", size="512x512"))
            return large, await made.end_of(small)

    name = run(queued)
    large, small = run(lambda: ended(name))
    assert "64 to 128 pixels" in large["error"]
    assert small["image_path"]


class Counting:
    """A policy that says how many of its replies are awaited at once."""

    def __init__(self) -> None:
        self.now = self.most = 0

    async def reply(self, call: PolicyCall) -> Reply:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        self.now -= 1
        return Reply(text=plain_script(call))


def test_so_many_at_once(tmp_path: Path) -> None:
    async def many() -> int:
        policy = Counting()
        profile, _ = profile_of(tmp_path, policy=policy)
        async with studio(tmp_path, profile, concurrency=3) as made:
            jobs = [job for n in range(4) for job in await made.submit(Submission(text=f"cup {n}", number=2))]
            await asyncio.gather(*map(made.end_of, jobs))
        return policy.most

    assert run(many) == 3


def test_references_that_are_no_images(tmp_path: Path) -> None:
    async def refused() -> None:
        profile, _ = profile_of(tmp_path)
        async with studio(tmp_path, profile) as made:
            with pytest.raises(NotServed, match=r"'notes\.png' is not usable"):
                await made.submit(Submission(text="a cup", references=[("../notes.png", b"plain text")]))
            with pytest.raises(NotServed, match="at most 5"):
                await made.submit(Submission(text="a cup", references=[("a.png", png())] * 6))

    run(refused)
    assert not (tmp_path / "journal.jsonl").read_bytes()
