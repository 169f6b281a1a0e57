"""One queue of generations over one run directory: what every surface of the server hands its requests to.

A generation is in the journal before its client is told that it is taken, and each of its events before the next step is
made. So a server that was killed goes on with what was queued and half done, and pays for nothing twice that it has in hand.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from genevolve.app.assemble import describe, varied
from genevolve.app.generate import MAX_OWN_REFERENCES, every_library, free_vocabulary, own_picture, with_room
from genevolve.app.profile import MOST_ROUNDS, Profile, with_rounds
from genevolve.app.story import maker_of
from genevolve.app.workers import assembled
from genevolve.core.episode import Episode, IllegalEvent
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import Event, NotRendered, Rendered, images_of, payments
from genevolve.core.picture import Picture
from genevolve.core.replay import resume
from genevolve.core.request import Earlier, Request
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.execute import shapes_of
from genevolve.run.folder import RunFolder
from genevolve.run.generations import CANCELLED
from genevolve.run.result import result
from genevolve.run.rows import request_text
from genevolve.run.seeds import RANDOM, drawn
from genevolve.run.sizes import settled_size, size_for, sizes_of
from genevolve.run.story import Storyteller
from genevolve.run.variations import variations
from genevolve.server.archive import Archive, Archived
from genevolve.server.job import PROGRAM, Job, Making, Submission
from genevolve.server.trouble import NotServed
from genevolve.store.decode import Decoded, NotAnImage, decode
from genevolve.store.images import write_atomically
from genevolve.store.journal import Journal
from genevolve.store.wire import entry_to_json, request_to_json

MOST_WAITING = 1000  # generations; each is a few lines of the journal
MOST_AT_ONCE = 10  # pictures that one request may ask for
MOST_CHANGES = 50  # of one picture, one after the other
_LARGEST_SEED = 2**31 - 1 - MOST_AT_ONCE * MOST_ROUNDS
_LONGEST_NAME = 80  # characters of a file's name
_CANCELLED = "it was cancelled"
_log = logging.getLogger(__name__)


class _Cancelled(Exception):
    """Nobody wants it any more."""


class _Halted(Exception):
    """A job stands still, because another one met something that stops all."""


class Studio:
    """The queue. ``setups`` are the members of each served profile, the first is the default. Made by ``opened``."""

    def __init__(self, folder: RunFolder, profiles: Mapping[str, Profile], setups: Mapping[str, Components]) -> None:
        self.folder = folder
        self.profiles = profiles
        self.default = next(iter(profiles))
        self.archive = Archive(folder)
        self.stopped: str | None = None
        self._setups = setups
        self._jobs: dict[str, Job] = {}  # those that are not finished
        self._keys: dict[str, list[str]] = {}
        self._waiting: asyncio.Queue[Job] = asyncio.Queue()
        self._journal = Journal(folder.journal)
        self._results = Journal(folder.results)

    def recall(self) -> None:
        """Read the directory: budgets take in what was paid, and what is not finished is queued again."""

        def charge(found: Archived, event: Event) -> None:
            name = Making.of(found.about, self.default).profile
            for paid in payments(event):
                self._setups.get(name, self._setups[self.default]).charge(paid)

        self.archive.read(charge)
        for found in self.archive.newest():
            if key := found.about.get("key"):
                self._keys.setdefault(str(key), []).insert(0, found.id)
        for found in self.archive.unfinished():
            making = Making.of(found.about, self.default)
            job = Job(self.archive.request(found), making, found.at, events=self.archive.events(found))
            if found.cancelled:
                self._finish(job, _unmade(job, _CANCELLED))
            else:
                self._enqueue(job)

    def close(self) -> None:
        """Let go of the files; who still follows is told that the server has ended."""
        for job in self._jobs.values():
            job.problem = job.problem or "the server is ending; it goes on when it is started again"
            job.changed()
        self._journal.close()
        self._results.close()

    # ---- asking ---------------------------------------------------------------------------------------------------------

    async def submit(self, asked: Submission) -> list["Job | Archived"]:
        """Take ``asked`` into the queue, ``number`` generations of it; when this returns they are on disk.

        A submission whose ``key`` is known is not made again. Raises ``NotServed``.
        """
        key = hashlib.sha256(asked.key.encode("utf-8", "replace")).hexdigest()[:32] if asked.key else ""
        if key in self._keys:
            return [self.find(name) for name in self._keys[key]]
        self._check(asked)
        earlier = await asyncio.to_thread(self._earlier, asked.after) if asked.after is not None else None
        making = self._making(asked, key)
        try:
            requests = await self._requests(asked, making, earlier)
        except UsageError as problem:
            raise NotServed(str(problem), param=_param(str(problem))) from None
        if key in self._keys:  # the same one, while the references of this one were read
            return [self.find(name) for name in self._keys[key]]
        jobs = [Job(request, making, round(time.time(), 3)) for request in requests]
        self._write(*jobs)
        for job in jobs:
            self._enqueue(job)
        if key:
            self._keys[key] = [job.id for job in jobs]
        return [*jobs]

    def _check(self, asked: Submission) -> None:
        """Raise ``NotServed`` where nothing more is taken, or ``asked`` is out of bounds."""
        if self.stopped is not None:
            raise NotServed(f"the server has stopped making pictures: {self.stopped}", status=503, code="stopped")
        if not 1 <= asked.number <= MOST_AT_ONCE:
            raise NotServed(f"n is {asked.number}; it is 1 to {MOST_AT_ONCE}", param="n")
        if self._waiting.qsize() + asked.number > MOST_WAITING:
            raise NotServed(f"{MOST_WAITING} generations are waiting already", status=429, code="queue_full", again=True)
        if asked.seed is not None and not RANDOM <= asked.seed <= _LARGEST_SEED:
            raise NotServed(f"seed is {asked.seed}; it is 0 to {_LARGEST_SEED}, or -1 for any", param="seed")
        if len(asked.references) + len(asked.found) > MAX_OWN_REFERENCES:
            count = len(asked.references) + len(asked.found)
            raise NotServed(f"{count} reference images were given; at most {MAX_OWN_REFERENCES} are taken", param="image")

    def _making(self, asked: Submission, key: str) -> Making:
        before = self.archive.get(asked.after) if asked.after is not None else None
        profile = asked.profile or (self._known(Making.of(before.about, self.default)) if before else self.default)
        if profile not in self.profiles:
            raise NotServed(f"profile is {profile[:80]!r}; this server has {', '.join(self.profiles)}", param="profile")
        try:
            with_rounds(self.profiles[profile], asked.rounds, takes=asked.takes)
        except UsageError as problem:
            raise NotServed(str(problem).replace("--", ""), param=_param(str(problem))) from None
        if asked.until not in (None, PROGRAM):
            raise NotServed(f"until is {str(asked.until)[:80]!r}; it is {PROGRAM}, or left out", param="until")
        until = asked.until or ""
        return Making(profile=profile, rounds=asked.rounds, takes=asked.takes, via=asked.via, key=key, until=until)

    def _earlier(self, name: str) -> Earlier:
        """What a change of generation ``name`` goes on from. Raises ``NotServed``."""
        if isinstance(self.find(name), Job):
            raise NotServed("the generation that is to be changed is not finished", status=409, param="after")
        earlier = self.archive.earlier(name)
        if earlier is None:
            raise NotServed("the generation that is to be changed has no picture", param="after")
        if len(earlier.request.chain) >= MOST_CHANGES:
            raise NotServed(f"it was changed {MOST_CHANGES} times already; begin anew with one request", param="after")
        return earlier

    async def _requests(self, asked: Submission, making: Making, earlier: Earlier | None) -> list[Request]:
        """Each request of ``asked``. Raises ``UsageError`` and ``NotServed``."""
        text = request_text(asked.text, setting=asked.called)
        pixels = settled_size(text, asked.size, earlier, setting="size")
        opened = [await asyncio.to_thread(_opened, name, data) for name, data in asked.references]
        handed = (own_picture(path, image.png, self.folder.images) for path, image in opened)
        seed = asked.seed if asked.seed is not None else earlier.seed if earlier is not None else RANDOM
        request = Request(
            id="",
            text=text,
            references=(*handed, *asked.found),
            size=pixels or size_for(text, sizes_of(opened)),
            seed=drawn(seed) % (_LARGEST_SEED + 1),
            after=earlier,
        )
        setup = self._setup(making, len(request.own))
        setup.takes.check_size(request.size, setting="size")
        return variations(request, asked.number, step=setup.limits.takes, name=lambda taken: _new_id())

    def _write(self, *jobs: Job) -> None:
        """Put the requests into the journal: all of them, or none."""
        lines = [_line(job) for job in jobs]
        for line, offset in zip(lines, self._journal.append_all(lines), strict=True):
            self.archive.begin(line, offset)

    def _enqueue(self, job: Job) -> None:
        self._jobs[job.id] = job
        self._waiting.put_nowait(job)

    def cancel(self, name: str) -> None:
        """Make no more of it, nor after a restart: a call that is under way ends first, and what it brings is kept.

        Raises ``NotServed``.
        """
        job = self.find(name)
        if not isinstance(job, Job):
            raise NotServed("it is finished already", status=409, code="finished")
        if not job.cancelled:
            self._journal.append({"row": name, "at": round(time.time(), 3), CANCELLED: True})
        job.cancelled = True
        if not job.started:
            self._finish(job, _unmade(job, _CANCELLED))

    # ---- finding --------------------------------------------------------------------------------------------------------

    def find(self, name: str) -> "Job | Archived":
        """The generation called ``name``. Raises ``NotServed`` (404)."""
        found = self._jobs.get(name) or self.archive.get(name)
        if found is None:
            raise NotServed("there is no generation of this name", status=404, code="not_found")
        return found

    def live(self, name: str) -> Job | None:
        """It, while it is not finished."""
        return self._jobs.get(name)

    def position(self, job: Job) -> int:
        """How many are before it in the queue; 0 where it is under way."""
        ahead = 0
        for other in self._jobs.values():
            if other is job:
                break
            ahead += not other.started
        return 0 if job.started else ahead + 1

    def request(self, name: str) -> Request:
        found = self.find(name)
        return found.request if isinstance(found, Job) else self.archive.request(found)

    def events(self, name: str) -> list[Event]:
        """What has happened so far. Raises ``NotServed`` (404)."""
        found = self.find(name)
        return list(found.events) if isinstance(found, Job) else self.archive.events(found)

    def episode(self, name: str) -> Episode:
        """The whole episode, read back."""
        request = self.request(name)
        return resume(self._setup(self.making(name), len(request.own)).begin(request), self.events(name))

    def row(self, name: str) -> dict[str, Any] | None:
        """Its result row; None where it is not finished. Raises ``NotServed`` (404)."""
        self.find(name)
        found = self.archive.get(name)
        return self.archive.result(found) if found is not None else None

    async def end_of(self, found: "Job | Archived") -> dict[str, Any]:
        """The result row of ``found``, waited for. Raises ``NotServed`` where the server stops before there is one."""
        if isinstance(found, Job):
            return await found.ended()
        row = self.archive.result(found)
        assert row is not None
        return row

    def check_kind(self, kind: str, profile: str, *, setting: str) -> None:
        """Raise ``NotServed`` where what ``profile`` draws is not to be had as a file of ``kind``."""
        try:
            self._setups[profile if profile in self.profiles else self.default].takes.check_kind(kind, setting=setting)
        except UsageError as problem:
            raise NotServed(str(problem), param=setting, code="unsupported") from None

    def making(self, name: str) -> Making:
        """How it is made. Raises ``NotServed`` (404)."""
        found = self.find(name)
        return found.making if isinstance(found, Job) else Making.of(found.about, self.default)

    async def shapes(self, name: str) -> str:
        """Its picture as a drawing in shapes. Raises ``NotServed`` where there is none."""
        making = self.making(name)
        self.check_kind("svg", making.profile, setting="file")
        episode = await asyncio.to_thread(self.episode, name)
        try:
            drawn = await shapes_of(episode, self._setup(making, len(episode.request.own)))
        except ServiceError as gone:
            raise NotServed(str(gone), status=404, code="not_found") from None
        if drawn is None:
            raise NotServed("this generation has no picture", status=404, code="not_found")
        return drawn

    async def pictures(self, query: str, most: int, profile: str | None = None) -> Sequence[Picture]:
        """What the image search of ``profile`` finds, in the store."""
        return await self._setups[profile or self.default].image_search.search_images(query, most)

    # ---- making ---------------------------------------------------------------------------------------------------------

    def _setup(self, making: Making, references: int = 0) -> Components:
        """The members for a generation, with its own rounds and with room for its references."""
        name = self._known(making)
        profile = with_room(with_rounds(self.profiles[name], making.rounds, takes=making.takes), references)
        return varied(self._setups[name], profile)

    def _known(self, making: Making) -> str:
        """Its profile, or the default where that is no longer served."""
        return making.profile if making.profile in self.profiles else self.default

    async def work(self) -> None:
        """Make one generation after the other, for ever. Several of these work side by side."""
        while True:
            job = await self._waiting.get()
            if job.result is not None:  # cancelled
                continue
            if self.stopped is None:
                await self._make(job)
            if self.stopped is not None:
                job.problem = job.problem or self.stopped
            job.changed()

    async def _make(self, job: Job) -> None:
        job.started = True
        job.changed()
        try:
            self._finish(job, await self._outcome(job))
        except _Halted:
            return
        except (UsageError, OSError) as reason:
            self._stop(reason)

    def _finish(self, job: Job, row: dict[str, Any]) -> None:
        self.archive.finish(job.id, self._results.append({**row, "at": job.at, "profile": job.making.profile}))
        job.result = row
        self._jobs.pop(job.id, None)
        job.changed()

    async def _outcome(self, job: Job) -> dict[str, Any]:
        """Its result row. Raises ``UsageError`` and ``OSError`` for what would befall every other one, too."""
        try:
            setup = self._setup(job.making, len(job.request.own))
            episode = self._begun(job, setup)
        except (UsageError, IllegalEvent) as problem:  # it was begun with other members, or under other limits
            return _unmade(job, f"it cannot be made with the members of today: {problem}")
        try:
            ended = await drive(episode, setup, keep=lambda event: self._keep(job, event), goal=job.making.goal)
            return self._row(job, ended, setup)
        except (UsageError, OSError, _Halted):
            raise
        except _Cancelled:
            return _unmade(job, _CANCELLED)
        except Exception as error:
            _log.exception("generation %s", job.id)
            return _unmade(job, f"unexpected {type(error).__name__}: {error}")

    def _stop(self, reason: Exception) -> None:
        """Take no more, and let all stand still: what has come to its limits would do so for the next one, too."""
        self.stopped = self.stopped or str(reason)
        for job in tuple(self._jobs.values()):
            if not job.started:
                job.problem = self.stopped
                job.changed()

    def _begun(self, job: Job, setup: Components) -> Episode:
        """As far as the journal has it, where all pictures that it rests on are still there."""
        if not all(setup.images.path(digest).is_file() for event in job.events for digest in images_of(event)):
            job.events.clear()
            self._write(job)
        return resume(setup.begin(job.request), job.events)

    def _keep(self, job: Job, event: Event) -> None:
        offset = self._journal.append({"row": job.id, "at": round(time.time(), 3), "entry": entry_to_json(event)})
        self.archive.note(job.id, offset)
        job.events.append(event)
        job.changed()
        if self.stopped is not None:
            raise _Halted
        if job.cancelled:
            raise _Cancelled

    def _row(self, job: Job, ended: Episode, setup: Components) -> dict[str, Any]:
        """Its picture, if there is one, tells its story."""
        until = {"until": job.making.until} if job.making.until else {}
        if not isinstance(ended.rendering, Rendered):
            refused = isinstance(ended.rendering, NotRendered) and ended.rendering.refused
            return {"id": job.id, **result(ended, image_path=None), **({"refused": True} if refused else {}), **until}
        digest = ended.rendering.digest
        tell = Storyteller(maker_of(self.profiles[self._known(job.making)]), self.folder.images, setup.redact)
        path = self.folder.show_as(digest, job.id, tell(ended))
        return {"id": job.id, "image_digest": digest, **result(ended, image_path=path)}


@asynccontextmanager
async def opened(
    out: Path, profiles: Mapping[str, Profile], *, concurrency: int = 4, workers: int = 1
) -> AsyncIterator[Studio]:
    """A studio at work in directory ``out``, going on with what lies there. Raises ``UsageError``.

    ``concurrency``: generations under way at once. ``workers``: processes that draw and judge, where that is done here.
    """
    folder = RunFolder(out)
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.held())
        free = {name: free_vocabulary(profile) for name, profile in profiles.items()}
        about = describe(next(iter(free.values())), served={name: each.model_dump(mode="json") for name, each in free.items()})
        write_atomically(folder.about, json.dumps(about, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace"))
        setups: dict[str, Components] = {}
        for name, profile in free.items():
            members = assembled(_reviewed(profile), folder.images, workers=workers, libraries=every_library(profile))
            setups[name], _ = await stack.enter_async_context(members)
        studio = Studio(folder, free, setups)
        stack.callback(studio.close)
        await asyncio.to_thread(studio.recall)
        tasks = [asyncio.create_task(studio.work()) for _ in range(concurrency)]
        try:
            yield studio
        finally:
            for task in tasks:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)


def _reviewed(profile: Profile) -> Profile:
    """With rounds to review where it names a reviewer, who is made only then; each generation has rounds of its own."""
    several = max(2, profile.episode.rounds or 1)
    return profile if profile.reviewer is None else with_rounds(profile, several)


def _opened(name: str, data: bytes) -> tuple[Path, Decoded]:
    """A picture that a client sent, under a harmless name. Raises ``NotServed``."""
    bare = "".join(char if char.isprintable() else " " for char in name.replace("\\", "/").rpartition("/")[2])
    shown = bare.strip(" .")[-_LONGEST_NAME:] or "reference.png"
    try:
        return Path(shown), decode(data)
    except NotAnImage as problem:
        raise NotServed(f"image {shown!r} is not usable: {problem}", param="image", code="invalid_image") from None


def _line(job: Job) -> dict[str, Any]:
    """The line of the journal with which a generation begins."""
    about = {name: value for name, value in asdict(job.making).items() if value}
    return {"row": job.id, "at": job.at, "request": request_to_json(job.request), "about": about}


def _unmade(job: Job, problem: str) -> dict[str, Any]:
    """The row of a generation that came to nothing."""
    return {"id": job.id, "request": job.request.text, "error": problem}


def _new_id() -> str:
    """Nobody guesses it: who does not know the name of a generation cannot ask for it."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(12)}"


def _param(message: str) -> str | None:
    """The name of the setting that a message begins with."""
    first = message.removeprefix("--").split(maxsplit=1)
    return first[0].strip("':") if first else None
