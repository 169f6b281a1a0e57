"""The stages of ``genevolve data``: a folder and a plan, the members behind it, progress, and what is told at the end."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from genevolve.app.assemble import assemble, describe
from genevolve.app.profile import EpisodeSettings, Profile, load_profile
from genevolve.app.roles import IN_PROFILE
from genevolve.app.workers import movable
from genevolve.cli.data_tables import show
from genevolve.cli.options import announce
from genevolve.cli.progress import batch_progress
from genevolve.core.errors import ServiceError
from genevolve.data.build import (
    FAILED,
    BuildComponents,
    audit_stage,
    count_lessons,
    count_truths,
    export_stage,
    prompts_stage,
    recipes_stage,
    render_stage,
    split_stage,
    taught,
    teach_stage,
)
from genevolve.data.coverage import coverage, families, funnel_table
from genevolve.data.folder import DataFolder
from genevolve.data.plan import BuildPlan, read_plan
from genevolve.data.stage import Funnel, Record, finished, rows_of
from genevolve.store.images import write_atomically

MOST_WORKERS = 4


@dataclass(frozen=True, kw_only=True)
class Work:
    """A folder and its plan with everything checked but nothing started."""

    folder: DataFolder
    plan: BuildPlan

    @classmethod
    def prepare(cls, out: Path, plan: Path | None, changes: Mapping[str, Mapping[str, Any]]) -> "Work":
        """The plan is that of the file, else the one that the folder remembers, else the built-in values. Raises ``Misuse``."""
        remembered = out / "plan.json"
        chosen = read_plan(plan or (remembered if remembered.is_file() else None), changes)
        if plan is not None:
            out.mkdir(parents=True, exist_ok=True)
            write_atomically(remembered, json.dumps(read_plan(plan).model_dump(mode="json"), indent=2).encode())
        return cls(folder=DataFolder(out), plan=chosen)

    def recipes(self) -> None:
        with _bar("recipes", self.plan.recipes.count) as on_row:
            _told(recipes_stage(self.folder, self.plan, _versions(self._profile("teach")), on_row))
        show(coverage(rows_of(self.folder.recipes)))
        show(families(rows_of(self.folder.recipes)))

    async def prompts(self) -> None:
        from genevolve.cli.data_services import opened_worder

        given = self.plan.prompts.input is not None
        total = None if given else finished(self.folder.recipes, "recipes").kept
        with _bar("prompts", total and 2 * total) as on_row:
            async with opened_worder(self.plan) as (worder, realiser):
                _told(await prompts_stage(self.folder, self.plan, worder, realiser, on_row))

    async def teach(self, *, retry_failed: bool = False) -> int:
        profile = self._profile("teach")
        announce(profile)
        workers = _workers(self.plan.teach.workers)
        with batch_progress(count_lessons(self.folder, self.plan)) as on_row:
            tally = await teach_stage(
                self.folder, self.plan, _system(profile), workers=workers, retry_failed=retry_failed, on_row=on_row
            )
        _told(taught(self.folder))
        if tally.failed:
            click.echo(f"{tally.failed} failed for a reason that may have passed: --retry-failed tries again", err=True)
        return 1 if tally.failed else 0

    async def audit(self) -> None:
        from genevolve.cli.data_services import opened_auditor

        with _bar("lessons", taught(self.folder).taken) as on_row:
            async with opened_auditor(self.plan, self.folder) as (auditor, judge):
                _told(await audit_stage(self.folder, self.plan, auditor, judge, on_row))

    async def render(self, *, retry_failed: bool = False, without_failed: bool = False) -> None:
        profile = self._profile("render")
        announce(profile)
        workers = _workers(self.plan.render.workers)
        with batch_progress(count_truths(self.folder)) as on_row:
            found = await render_stage(
                self.folder,
                self.plan,
                _system(profile),
                workers=workers,
                retry_failed=retry_failed,
                without_failed=without_failed,
                on_row=on_row,
            )
        _told(found)

    def split(self) -> None:
        with _bar("rows", finished(self.folder.rendered, "render").kept) as on_row:
            _told(split_stage(self.folder, self.plan, on_row))

    def export(self) -> None:
        with _bar("rows", finished(self.folder.split, "split").kept) as on_row:
            counts = export_stage(self.folder, self.plan, on_row)
        show(funnel_table(self.folder.funnels()))
        told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
        click.echo(f"{self.folder.dataset}: {told}")

    async def build(self, *, retry_failed: bool = False, without_failed: bool = False) -> None:
        """All stages. Raises ``ServiceError`` where a service could not do its part, unless the data set is to do without
        it.
        """
        if self.plan.prompts.input is None:
            self.recipes()
        await self.prompts()
        if await self.teach(retry_failed=retry_failed) and not without_failed:
            raise ServiceError(f"not everything could be taught; {FAILED}")
        await self.audit()
        await self.render(retry_failed=retry_failed, without_failed=without_failed)
        self.split()
        self.export()

    def _profile(self, part: str) -> Profile:
        """The profile of teaching or rendering, with the members that the plan puts in the place of its own."""
        chosen = getattr(self.plan, part)
        members = {role: member for role in IN_PROFILE if (member := getattr(chosen, role, None)) is not None}
        profile = load_profile(chosen.profile or self.plan.profile, members, cache=self.plan.cache)
        told = {name: value for name in ("system_prompt", "detail") if (value := getattr(chosen, name, None)) is not None}
        episode = EpisodeSettings.model_validate({**profile.episode.model_dump(), **told})
        return profile.model_copy(update={"episode": episode})


def _system(profile: Profile) -> BuildComponents:
    policy = profile.policy.settings
    told = json.dumps(profile.model_dump(mode="json"), sort_keys=True)
    model = policy.get("model")
    about = _versions(profile)
    return BuildComponents(
        open=partial(assemble, profile),
        about={
            **about,
            "teacher": f"{profile.policy.member}:{model}" if model else profile.policy.member,
            "generator": profile.generator.member,
            "judge": profile.image_judge.member,
        },
        teacher=f"{profile.policy.member}:{model}" if model else profile.policy.member,
        profile=f"{Path(profile.name).stem}#{hashlib.sha256(told.encode()).hexdigest()[:8]}",
        movable=movable(profile),
    )


def _versions(profile: Profile) -> Record:
    return describe(profile)


def _workers(chosen: int | None) -> int:
    return min(MOST_WORKERS, len(os.sched_getaffinity(0))) if chosen is None else chosen


def _told(found: Funnel) -> None:
    why = "".join(f", {rule} {count:,}" for rule, count in found.why.items())
    click.echo(f"{found.stage}: {found.kept:,} of {found.taken:,} kept{why}", err=True)


@contextlib.contextmanager
def _bar(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Yields what to call with each number of rows that are done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn(what), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True, highlight=False), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda count: progress.update(task, advance=count)
