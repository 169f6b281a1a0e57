"""Files of requests, programs or images as jobs: profile, run directory and rows put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

from genevolve.app.arguments import Count, Seed, checked, fitting
from genevolve.app.assemble import assemble, describe
from genevolve.app.blocking import blocking
from genevolve.app.generate import MAX_OWN_REFERENCES, own_picture
from genevolve.app.profile import Profile, chosen_profile
from genevolve.app.roles import IN_PROFILE, roles_between
from genevolve.app.signing import signer_of
from genevolve.app.story import maker_of
from genevolve.app.workers import Engine, row_workers
from genevolve.core.case import Case, Hidden, TruthImage
from genevolve.core.episode import Episode, Goal
from genevolve.core.errors import UsageError
from genevolve.core.request import Request
from genevolve.run.batch import Batch, BatchCounts
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.run.record import Start, result_row, stage_row, unusable_row
from genevolve.run.release import write_evaluation, write_results
from genevolve.run.row import RowWork
from genevolve.run.rows import read_rows
from genevolve.run.seeds import drawn, seed_of_row
from genevolve.run.sizes import AUTO, size_for, sizes_of, wished_size
from genevolve.run.starting_points import given_image, given_program, truth_of, truth_png
from genevolve.run.story import Maker, Storyteller
from genevolve.store.decode import read_image
from genevolve.store.journal import records


@checked
async def run_file_async(
    source: Path | str,
    *,
    out: Path | str,
    on_row: Callable[[dict[str, Any]], None] = lambda row: None,
    profile: str | Profile = "offline",
    cache: str | None = None,
    rounds: int | None = None,
    takes: int | None = None,
    reviewer: object = None,
    **options: Any,
) -> BatchCounts:
    """Run every row of ``source`` that directory ``out`` does not hold yet: ``genevolve run``, ``render`` and ``score``.

    ``source`` is a JSON array, JSON lines, CSV, TSV, Parquet, or text with a request a line. ``options`` are those of
    ``FileRun.prepare``, and roles: ``policy=`` takes the name of a component, a class or an instance. ``on_row`` is given
    each finished result row. Results lie in ``out/results.jsonl``, images in ``out/images``. Raises ``UsageError`` for what
    cannot be used and ``OSError`` where the disk is full; what was finished before is kept, and the same call goes on from
    there.
    """
    members = {role: options.pop(role) for role in IN_PROFILE if role in options}
    chosen = chosen_profile(profile, members, cache=cache, rounds=rounds, takes=takes, reviewer=reviewer)
    return await FileRun.prepare(Path(source), out=Path(out), profile=chosen, **options).run(on_row)


run_file = blocking(run_file_async)
"""``run_file_async`` for programs that run no event loop: the same arguments and counts."""


@dataclass(frozen=True, kw_only=True)
class FileRun:
    """A job over a file with everything checked but nothing started.

    ``start`` is what its rows hold (request, program or image), ``until`` how far to go (program, image or score). ``size``
    (pixels) and ``seed`` are for rows that have none. ``concurrency``: rows in progress at once. ``libraries``: search only
    these of the user's. ``retry_failed``: do rows again that failed for a reason that may have passed. ``release``: also write
    the public release's result files. ``size`` None is ``auto``, and of a ``seed`` of -1 each row draws its own from the
    ``draw`` that ``run.json`` keeps beside ``about``. ``column``: the field of a row that holds its request. ``workers``: with
    two or more, so many processes run the rows. ``engine``: on this machine (local) or on a Ray cluster.
    """

    source: Path
    folder: RunFolder
    profile: Profile
    about: dict[str, Any]
    start: Start
    until: Goal
    size: tuple[int, int] | None
    seed: int
    libraries: tuple[str, ...] | None
    column: str | None
    concurrency: int
    workers: int
    engine: Engine
    retry_failed: bool
    release: bool

    @classmethod
    @checked
    def prepare(
        cls,
        source: Path,
        *,
        out: Path,
        start: str = "request",
        profile: str | Profile = "offline",
        members: Mapping[str, object] | None = None,
        until: str = "score",
        size: str = "512x512",
        seed: Seed = 0,
        libraries: Sequence[str] = (),
        column: str | None = None,
        concurrency: Count = 4,
        workers: Count = 1,
        engine: Engine = "local",
        retry_failed: bool = False,
        release: bool = False,
    ) -> "FileRun":
        """As the fields say; ``size`` is "WxH" or "auto", ``members`` replace the profile's. Raises ``UsageError``."""
        chosen = chosen_profile(profile, members or {})
        return cls(
            source=_file(source),
            folder=RunFolder(out),
            profile=chosen,
            about=describe(chosen, file=str(source.absolute()), input=_args(start, size, seed, libraries, column), until=until),
            start=_start(start),
            until=_until(until),
            size=wished_size(size, setting="--size"),
            seed=seed,
            libraries=tuple(libraries) or None,
            column=column,
            concurrency=concurrency,
            workers=workers,
            engine=engine,
            retry_failed=retry_failed,
            release=release,
        )

    def count(self) -> int:
        """The rows of the file, done or not."""
        return sum(1 for _ in read_rows(self.source, self.column))

    async def run(self, on_row: Callable[[dict[str, Any]], None] = lambda row: None) -> BatchCounts:
        """Run what is not done yet. Raises ``UsageError`` (another process, another profile) and ``OSError`` (full disk)."""
        self.folder.sign = signer_of(self.profile)
        with self.folder.held():
            draw = self.folder.describe({**self.about, "draw": drawn()}).get("draw")
            roles = roles_between(self.start, self.until)
            async with assemble(self.profile, self.folder.images, roles=roles, libraries=self.libraries) as setup:
                if self.size is not None and self.start != "image":
                    setup.takes.check_size(self.size)
                job = FileRows(
                    folder=self.source.parent,
                    start=self.start,
                    until=self.until,
                    size=self.size,
                    seed=self.seed,
                    draw=draw,
                    maker=maker_of(self.profile),
                )
                number, engine = self.workers, self.engine
                workers = row_workers(
                    self.profile, setup, job, number=number, engine=engine, roles=roles, libraries=self.libraries
                )
                async with workers as runners:
                    batch = Batch(
                        folder=self.folder,
                        setup=setup,
                        work=job(setup),
                        concurrency=self.concurrency,
                        retry_failed=self.retry_failed,
                        on_row=on_row,
                        runners=runners,
                    )
                    tally = await batch.run(read_rows(self.source, self.column))
            if self.release:
                self._write_release()
            return tally

    def _write_release(self) -> None:
        rows = records(self.folder.results)
        if self.start == "image":
            write_evaluation(rows, self.folder.path)
        else:
            write_results(rows, self.folder.path / "results.json")


@dataclass(frozen=True, kw_only=True)
class FileRows:
    """What is done with the rows of a file, whose paths are relative to ``folder``; ``maker`` is what pictures tell of theirs.
    The rest is as in ``FileRun``."""

    folder: Path
    start: Start
    until: Goal
    size: tuple[int, int] | None
    seed: int
    draw: int | None
    maker: Maker

    def __call__(self, setup: Components) -> RowWork:
        tell = Storyteller(maker=self.maker, images=setup.images, redact=setup.redact)
        return RowWork(
            begin=partial(self._begin, setup=setup),
            shape=partial(self._shape, setup=setup),
            hidden_of=self._hidden,
            refuse=partial(unusable_row, start=self.start),
            goal=self.until,
            texts=tell if self.start != "image" else lambda episode: {},
        )

    def _shape(self, case: Case, trajectory: Episode, image_path: str | None, setup: Components) -> dict[str, Any]:
        if self.start == "request":
            return result_row(case, trajectory, image_path, system=setup.system, detail=setup.detail)
        return stage_row(case, trajectory, image_path, until=self.until)

    async def _begin(self, case: Case, setup: Components) -> Episode:
        request = self._request(case, setup)
        match self.start:
            case "request":
                return setup.begin(request)
            case "program":
                setup.takes.check_size(request.size, setting=f"row {case.id!r}: size")
                episode = await given_program(case, request, self.folder, setup.images, setup.fetch)
                setup.takes.check_references(len(episode.program.references) if episode.program else 0)
                return episode
            case "image":
                return given_image(case, request, self.folder, setup.images)

    def _request(self, case: Case, setup: Components) -> Request:
        """The request of a row. Raises ``UsageError`` for a size, seed or reference that cannot be used."""
        fields = case.hidden.fields
        size = fields.get("size")
        seed: int = fitting(f"row {case.id!r}: seed", fields.get("seed", self.seed), Seed)
        listed = fields.get("references", []) if self.start == "request" else []
        if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
            raise UsageError(f"row {case.id!r}: references must be a list of file names")
        if len(listed) > MAX_OWN_REFERENCES:
            raise UsageError(f"row {case.id!r}: {len(listed)} references are given; at most {MAX_OWN_REFERENCES} are taken")
        paths = [self.folder / name for name in listed]
        opened = [(path, read_image(path, setting=f"row {case.id!r}: references")) for path in paths]
        own = (own_picture(path, image.png, setup.images) for path, image in opened)
        pixels = (self.size if size is None else _row_size(size, case.id)) or size_for(case.text, sizes_of(opened))
        seed = seed_of_row(seed, self.draw, case.id)
        return Request(id=case.id, text=case.text, references=tuple(own), size=pixels, seed=seed)

    def _hidden(self, case: Case) -> Hidden:
        """What is hidden of a row, with its ground-truth image where a judge is to see it."""
        if self.until < Goal.SCORE:
            return case.hidden
        png = truth_png(truth_of(case, self.folder), setting=f"row {case.id!r}: gt_image")
        return replace(case.hidden, truth=TruthImage(png=png) if png is not None else None)


def _args(start: str, size: str, seed: int, libraries: Sequence[str], column: str | None) -> dict[str, Any]:
    """What a run on a file is started with, as ``run.json`` keeps it; a column that nobody named is not in it."""
    named = {} if column is None else {"column": column}
    pixels = wished_size(size, setting="--size")
    return {"start": start, "size": list(pixels) if pixels else AUTO, "seed": seed, "libraries": sorted(libraries), **named}


def _file(source: Path) -> Path:
    if not source.is_file():
        raise UsageError(f"INPUT {source}: there is no such file")
    return source


def _start(name: str) -> Start:
    known: tuple[Start, ...] = get_args(Start)
    found = next((start for start in known if start == name), None)
    if found is None:
        raise UsageError(f"start is {name!r}; it is one of {', '.join(known)}")
    return found


def _until(name: str) -> Goal:
    try:
        return Goal[name.upper()]
    except KeyError:
        raise UsageError(f"until is {name!r}; it is program, image or score") from None


def _row_size(value: object, key: str) -> tuple[int, int] | None:
    if isinstance(value, list) and len(value) == 2:
        value = f"{value[0]}x{value[1]}"
    if not isinstance(value, str):
        raise UsageError(f'row {key!r}: size is {value!r}; write it as "768x512" or [768, 512]')
    return wished_size(value, setting=f"row {key!r}: size")
