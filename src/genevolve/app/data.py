"""``genevolve data`` as functions: a plan to a finished data set, stage by stage or all at once, and checks of data sets."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from genevolve.app.arguments import checked
from genevolve.app.assemble import assemble, describe
from genevolve.app.blocking import waited_for
from genevolve.app.data_members import components_of, opened_auditor, opened_worder, profile_of, request_source
from genevolve.app.profile import Profile, load_profile
from genevolve.app.workers import Engine
from genevolve.core.errors import ServiceError
from genevolve.data.build import (
    COLLECTING,
    FAILED,
    RENDERING,
    audit_stage,
    collect_stage,
    collected,
    count_lessons,
    count_truths,
    export_stage,
    pool_stage,
    recipes_stage,
    render_stage,
    split_stage,
    user_prompts_stage,
    wording_stage,
)
from genevolve.data.check import CheckedDataset, DatasetFault, check_datasets, check_folders
from genevolve.data.collect import OnResult, Working
from genevolve.data.duplicates import NEAR
from genevolve.data.folder import DataFolder
from genevolve.data.plan import BuildPlan, Changes, changed_plan, read_plan
from genevolve.data.requests import RequestSource
from genevolve.data.stage import Funnel, OnRow, finished, unseen
from genevolve.run.batch import BatchCounts
from genevolve.run.folder import usable
from genevolve.store.hub import local_folder
from genevolve.store.images import ImageStore, write_atomically


class Progress:
    """Who is told how far a stage is. This one tells nobody."""

    @contextmanager
    def rows(self, what: str, total: int | None) -> Iterator[OnRow]:
        """Yields what to call with each number of rows that are done."""
        yield unseen

    @contextmanager
    def results(self, profile: Profile, total: int) -> Iterator[OnResult]:
        """Yields what to call with each result of the members of ``profile``."""
        yield lambda row: None

    def done(self, found: Funnel) -> None:
        """A stage is through."""


@dataclass(frozen=True, kw_only=True)
class DataBuild:
    """A folder and its plan with everything checked but nothing started. ``source`` None is the one that is registered.
    ``engine``: worker processes on this machine (local) or on a Ray cluster."""

    folder: DataFolder
    plan: BuildPlan
    progress: Progress
    source: RequestSource | None = None
    engine: Engine = "local"

    @classmethod
    def prepare(
        cls,
        plan: Path | BuildPlan | None,
        out: Path,
        *,
        changes: Changes | None = None,
        source: RequestSource | None = None,
        progress: Progress | None = None,
        engine: Engine = "local",
    ) -> "DataBuild":
        """``plan`` None is the one that the folder remembers, else the built-in values. Raises ``UsageError``."""
        remembered = out / "plan.json"
        whole = plan if isinstance(plan, BuildPlan) else read_plan(plan or (remembered if remembered.is_file() else None))
        chosen = changed_plan(whole, changes)
        if plan is not None:
            with usable(out):
                out.mkdir(parents=True, exist_ok=True)
                write_atomically(remembered, json.dumps(whole.model_dump(mode="json"), indent=2).encode())
        return cls(folder=DataFolder(out), plan=chosen, progress=progress or Progress(), source=source, engine=engine)

    @property
    def drawn(self) -> bool:
        """Requests are drawn from a source, not brought by the user."""
        return self.plan.prompts.input is None

    def requests(self) -> RequestSource:
        return self.source if self.source is not None else request_source()

    def recipes(self) -> Funnel:
        with self.progress.rows("recipes", self.plan.recipes.count) as on_row:
            about = describe(profile_of(self.plan, "teach"))
            return self._done(recipes_stage(self.folder, self.plan, self.requests(), about, on_row))

    async def prompts(self) -> Funnel:
        """Wording (or requests of the user's own), the pool, and a sample where one is asked for."""
        if self.plan.prompts.input is not None:
            with self.progress.rows("prompts", None) as on_row:
                user_prompts_stage(self.folder, Path(self.plan.prompts.input), on_row)
                return self._done(pool_stage(self.folder, self.plan, (), on_row))
        source = self.requests()
        with self.progress.rows("prompts", 2 * finished(self.folder.recipes, "recipes").kept) as on_row:
            async with opened_worder(self.plan, source) as worder:
                await wording_stage(self.folder, worder, on_row)
            return self._done(pool_stage(self.folder, self.plan, tuple(source.private_words()), on_row))

    async def collect(self, *, retry_failed: bool = False) -> BatchCounts:
        """Trajectories by the plan's policy."""
        profile, chosen = profile_of(self.plan, "teach"), self.plan.teach
        with self.progress.results(profile, count_lessons(self.folder, self.plan)) as on_row:
            working = Working(concurrency=chosen.concurrency, retry_failed=retry_failed, on_row=on_row)
            system = components_of(profile, chosen.workers, COLLECTING, self.engine)
            tally = await collect_stage(self.folder, self.plan, system, working)
        self._done(collected(self.folder))
        return tally

    async def audit(self) -> Funnel:
        source = self.requests() if self.drawn and self.plan.audit.judge == "rules" else None
        with self.progress.rows("lessons", collected(self.folder).taken) as on_row:
            async with opened_auditor(self.plan, self.folder, source) as auditor:
                return self._done(await audit_stage(self.folder, self.plan, auditor, on_row))

    async def render(self, *, retry_failed: bool = False, without_failed: bool = False) -> Funnel:
        """Ground truths, and the second visual filter. Raises ``ServiceError`` where some failed."""
        profile, chosen = profile_of(self.plan, "render"), self.plan.render
        with self.progress.results(profile, count_truths(self.folder)) as on_row:
            working = Working(concurrency=chosen.concurrency, retry_failed=retry_failed, on_row=on_row)
            system = components_of(profile, chosen.workers, RENDERING, self.engine)
            found = await render_stage(self.folder, self.plan, system, working, without_failed=without_failed)
        return self._done(found)

    def split(self) -> Funnel:
        with self.progress.rows("rows", finished(self.folder.rendered, "render").kept) as on_row:
            return self._done(split_stage(self.folder, self.plan, on_row))

    def export(self) -> dict[str, int]:
        """Rows of each file of the finished data set."""
        with self.progress.rows("rows", finished(self.folder.split, "split").kept) as on_row:
            return export_stage(self.folder, self.plan, on_row)

    async def all(self, *, retry_failed: bool = False, without_failed: bool = False) -> dict[str, int]:
        """Every stage. Raises ``ServiceError`` where a service could not do its part, unless the data set is to do without."""
        if self.drawn:
            self.recipes()
        await self.prompts()
        tally = await self.collect(retry_failed=retry_failed)
        if tally.failed and not without_failed:
            raise ServiceError(f"not everything could be taught; {FAILED}")
        await self.audit()
        await self.render(retry_failed=retry_failed, without_failed=without_failed)
        self.split()
        return self.export()

    def _done(self, found: Funnel) -> Funnel:
        self.progress.done(found)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltDataset:
    """``folder`` is the finished data set, ``counts`` the rows of each of its files, ``funnels`` what became of the rows."""

    folder: Path
    counts: Mapping[str, int]
    funnels: tuple[Funnel, ...]


@checked
def build_data(
    plan: Path | BuildPlan | None,
    out: Path,
    *,
    changes: Changes | None = None,
    source: RequestSource | None = None,
    retry_failed: bool = False,
    without_failed: bool = False,
    progress: Progress | None = None,
    engine: Engine = "local",
) -> BuiltDataset:
    """Every stage of ``plan`` in ``out``; started again with the same folder, it goes on. Raises ``UsageError``,
    ``ServiceError``, ``OSError``.

    ``changes`` replace single values of the plan; ``source`` takes the place of the registered source of requests.
    """
    build = DataBuild.prepare(plan, out, changes=changes, source=source, progress=progress, engine=engine)
    counts = waited_for(build.all(retry_failed=retry_failed, without_failed=without_failed))
    return BuiltDataset(folder=build.folder.dataset, counts=counts, funnels=tuple(build.folder.funnels()))


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCheck:
    """``seen`` is how much was looked at, ``faults`` how often each rule was broken."""

    seen: CheckedDataset
    faults: Counter[str]


@checked
def check_data(
    folders: Sequence[Path],
    *,
    judge: str | None = None,
    profile: str = "offline",
    near: float = NEAR,
    on_fault: Callable[[DatasetFault], None] = lambda fault: None,
) -> DataCheck:
    """What is wrong in the data sets taken together; a ``judge`` looks at every ground truth. Raises ``UsageError``."""
    found = [local_folder(folder, "dataset", setting="FOLDER") for folder in folders]
    check_folders(found)
    return waited_for(_check(found, judge, profile, near, on_fault))


async def _check(
    folders: Sequence[Path], judge: str | None, profile: str, near: float, on_fault: Callable[[DatasetFault], None]
) -> DataCheck:
    seen, faults = CheckedDataset(), Counter[str]()
    chosen = load_profile(profile, {"image_judge": judge} if judge else None)
    roles: tuple[Literal["image_judge"], ...] = ("image_judge",) if judge else ()
    with tempfile.TemporaryDirectory(prefix="genevolve-check-") as scratch:
        async with assemble(chosen, ImageStore(Path(scratch) / "images"), roles=roles) as setup:
            looking = setup.image_judge if judge else None
            async for fault in check_datasets(folders, Path(scratch), near=near, judge=looking, seen=seen):
                faults[fault.rule] += 1
                on_fault(fault)
    return DataCheck(seen=seen, faults=faults)
