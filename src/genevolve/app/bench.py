"""A suite run by one system: requests of the suite, the loop of ``genevolve run``, scores, and the tables of the directory."""

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genevolve.app.arguments import Count, NotNegative, checked
from genevolve.app.assemble import assemble, describe
from genevolve.app.blocking import waited_for
from genevolve.app.profile import MemberChoice, Profile, chosen_profile
from genevolve.app.suites import find_measure, open_suite
from genevolve.app.workers import Engine, row_workers, worker_number
from genevolve.bench.runs import load_run
from genevolve.bench.suite import Suite, SuiteFactory
from genevolve.bench.summary import write_summary
from genevolve.bench.trial import Trial
from genevolve.core.case import Case
from genevolve.core.errors import UsageError
from genevolve.data.collect import OnResult
from genevolve.data.records import Json
from genevolve.run.batch import Batch, BatchCounts
from genevolve.run.folder import RunFolder
from genevolve.run.rows import image_size
from genevolve.store.journal import records

_WORTH_WORKERS = 12  # rows: for fewer, starting processes takes longer than they save


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A benchmark with everything checked but nothing started.

    Only ``libraries`` are searched beside the pictograms: what a user happens to have must not change a figure. ``name`` is
    what tables call this system. ``include_degraded``: rows that met an outage are in the means. ``engine``: worker
    processes on this machine (local) or on a Ray cluster.
    """

    suite: Suite
    folder: RunFolder
    profile: Profile
    about: Json
    size: tuple[int, int]
    seeds: int
    concurrency: int
    workers: int
    engine: Engine
    retry_failed: bool
    libraries: tuple[str, ...]
    include_degraded: bool = False

    @classmethod
    @checked
    def prepare(
        cls,
        suite: str | Suite | SuiteFactory,
        *,
        out: Path,
        data: Path | None = None,
        rows: Count | None = None,
        skip: NotNegative = 0,
        seeds: Count = 1,
        profile: str | Profile = "offline",
        members: Mapping[str, object] | None = None,
        size: str = "512x512",
        name: str | None = None,
        concurrency: Count = 4,
        workers: Count | None = None,
        engine: Engine = "local",
        retry_failed: bool = False,
        libraries: Sequence[str] = (),
        include_degraded: bool = False,
    ) -> "Benchmark":
        """As the fields say; of the first ``rows`` requests the first ``skip`` are left out. ``workers`` None takes the
        cores of this machine. Raises ``UsageError``."""
        opened, chosen = _chosen(open_suite(suite, data, rows, skip), chosen_profile(profile, members or {}))
        pixels = image_size(size, setting="--size")
        return cls(
            suite=opened,
            folder=RunFolder(out),
            profile=chosen,
            about=_about(opened, chosen, data, pixels, libraries, name),
            size=pixels,
            seeds=seeds,
            concurrency=concurrency,
            workers=_workers(opened, seeds, chosen) if workers is None else workers,
            engine=engine,
            retry_failed=retry_failed,
            libraries=tuple(libraries),
            include_degraded=include_degraded,
        )

    @property
    def count(self) -> int:
        return len(self.suite.items) * self.seeds + len(self.suite.bad)

    async def run(self, on_row: OnResult = lambda row: None) -> BatchCounts:
        """Run what is not done yet, then write ``summary.md``, ``bench.json`` and the release's result files."""
        with self.folder.held():
            self.folder.describe(self.about)
            check_requests(self.suite, self.seeds, self.folder)
            async with assemble(self.profile, self.folder.images, libraries=self.libraries) as setup:
                setup.takes.check_size(self.size)
                trial = Trial(
                    suite=_without_items(self.suite),
                    size=self.size,
                    truth_wanted=self.profile.image_judge.member != "pixel",
                )
                workers = row_workers(
                    self.profile, setup, trial, number=self.workers, engine=self.engine, libraries=self.libraries
                )
                async with workers as runners:
                    batch = Batch(
                        folder=self.folder,
                        setup=setup,
                        work=trial(setup),
                        concurrency=self.concurrency,
                        retry_failed=self.retry_failed,
                        on_row=on_row,
                        runners=runners,
                    )
                    tally = await batch.run(self.suite.rows(self.seeds))
                await self.suite.measure.judge(self.folder, setup, concurrency=self.concurrency, retry_failed=self.retry_failed)
            found = load_run(self.folder.path, find_measure, include_degraded=self.include_degraded)
            write_summary(found, self.suite.uncovered)
            return tally


def _chosen(suite: Suite, profile: Profile) -> tuple[Suite, Profile]:
    """Both, the profile in the world of the suite. Raises ``UsageError`` for a judge that does not give what is measured."""
    fitting = in_world(profile, suite)
    suite.measure.check_judge(fitting.image_judge.member, suite.name)
    return suite, fitting


def _workers(suite: Suite, seeds: int, profile: Profile) -> int:
    """How many worker processes there are unasked."""
    if len(suite.items) * seeds < _WORTH_WORKERS:
        return 1
    try:
        pickle.dumps(_without_items(suite))
    except Exception:  # a suite of a program's own, with functions that no other process finds
        return 1
    return worker_number(profile)


def _without_items(suite: Suite) -> Suite:
    """What worker processes need of ``suite``."""
    return replace(suite, items=(), bad=(), uncovered=())


def _about(
    suite: Suite, profile: Profile, data: Path | None, size: tuple[int, int], libraries: Sequence[str], name: str | None
) -> Json:
    """What the run directory says of the run."""
    return describe(
        profile,
        input={"suite": suite.name, "size": list(size), "libraries": sorted(libraries)},
        name=name or system_name(profile),
        bench={
            "data": str(data.absolute()) if data else None,
            "measure": suite.measure.reference,
            "remarks": list(suite.remarks),
        },
    )


def run_benchmark(
    suite: str | Suite | SuiteFactory,
    *,
    out: Path,
    on_row: OnResult = lambda row: None,
    profile: str | Profile = "offline",
    members: Mapping[str, object] | None = None,
    cache: str | None = None,
    rounds: int | None = None,
    takes: int | None = None,
    reviewer: object = None,
    **options: Any,
) -> BatchCounts:
    """``Benchmark.prepare``, whose ``options`` it takes, and ``run`` for programs that have no event loop."""
    chosen = chosen_profile(profile, members or {}, cache=cache, rounds=rounds, takes=takes, reviewer=reviewer)
    return waited_for(Benchmark.prepare(suite, out=out, profile=chosen, **options).run(on_row))


def in_world(profile: Profile, suite: Suite) -> Profile:
    """``profile`` with the settings that ``suite`` gives to members, where it has not chosen otherwise."""
    changed = {}
    for role, world in suite.world.items():
        choice = profile.choice(role)
        if choice.member == world["member"]:
            changed[role] = MemberChoice.model_validate({**world, **choice.settings})
    return profile.model_copy(update=changed)


def check_requests(suite: Suite, seeds: int, folder: RunFolder) -> None:
    """Raises ``UsageError`` when a finished row of ``folder`` was asked something else than the suite asks under that id now.

    Another data set must not be counted as done. Unfinished rows are checked where they go on.
    """
    asked = {row.id: row.text for row in suite.rows(seeds) if isinstance(row, Case)}
    for done in records(folder.results):
        key, earlier = str(done.get("id")), done.get("prompt")
        if not done.get("bad_input") and asked.get(key, earlier) != earlier:
            raise UsageError(
                f"--out {folder.path} holds row {key!r} with another request than --data has now: choose another directory "
                "for other data"
            )


def system_name(profile: Profile) -> str:
    """What tables call the system: policy with its settings, and generator."""
    policy = profile.policy
    model = policy.settings.get("model")
    settings = ", ".join(f"{name}={value}" for name, value in sorted(policy.settings.items()) if _telling(name, value))
    shown = model if model else policy.member
    counted = (("rounds", profile.episode.rounds), ("takes", profile.episode.takes))
    several = "".join(f" · {number} {name}" for name, number in counted if (number or 1) > 1)
    return f"{f'{shown}({settings})' if settings else shown} · {profile.generator.member}{several}"


def _telling(name: str, value: object) -> bool:
    return isinstance(value, bool | str) and name in {"search", "skills", "pick", "tools", "adapter"}
