"""Trajectories for a cold start: those of a teacher, as ``genevolve data build`` makes them, guided ones, and recoveries."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genevolve.app.assemble import assemble
from genevolve.app.blocking import waited_for
from genevolve.app.data import Progress, build_data
from genevolve.app.data_members import request_source
from genevolve.app.environment import environment, home
from genevolve.app.evolve import training_component
from genevolve.app.profile import load_profile
from genevolve.app.registry import Context
from genevolve.app.training import with_detail
from genevolve.run.components import Components
from genevolve.store.images import ImageStore, write_atomically

if TYPE_CHECKING:
    from genevolve.train.kept import AttemptJournal
    from genevolve.train.recipe import Recipe

OnDemonstration = Callable[[int, int], None]  # (done, of)
_OLDER = {"recovery": "dawdling"}  # what a file of demonstrations was called in older runs


def make_demonstrations(
    recipe: "Recipe", folder: Path, *, progress: Progress | None = None, on_note: Callable[[str], None] = lambda text: None
) -> Path:
    """A data set of the teacher's trajectories; what is there already is used again. ``UsageError``, ``OSError``."""
    built = build_data(None, folder, changes=_changes(recipe), progress=progress)
    _add(recipe, built.folder, progress or Progress(), on_note)
    return built.folder


def _changes(recipe: "Recipe") -> Mapping[str, Mapping[str, Any]]:
    """The recipe's ``[data]`` as values of a build plan."""
    from genevolve.data.ground_truth import VisualBar

    chosen = recipe.data
    count = chosen.cases + chosen.validation
    changes: dict[str, Mapping[str, Any]] = {
        "": {"seed": chosen.seed},
        "recipes": {"count": count, "shares": {"sft": chosen.cases / count, "validation": chosen.validation / count}},
        "teach": {"profile": chosen.teacher, "detail": chosen.detail, "rounds": chosen.rounds},
        "export": {"images": "none", "parquet": False},
    }
    if not chosen.audit:
        changes |= {"audit": {"each": 0.0, "total": 0.0}, "render": dict.fromkeys(VisualBar().to_json(), 0.0)}
    return changes


def _add(recipe: "Recipe", dataset: Path, progress: Progress, on_note: Callable[[str], None]) -> None:
    """Guided demonstrations and recoveries beside the others; those of an interrupted run go on from its journal."""
    chosen = recipe.data
    for name, wanted, write in (("guided", chosen.guided, write_guided), ("recovery", chosen.recovery, write_recovery)):
        path = dataset / f"sft_{name}.jsonl"
        if not wanted or path.exists() or (dataset / f"sft_{_OLDER.get(name, name)}.jsonl").exists():
            continue
        with progress.rows(f"{name} requests", wanted) as on_rows:
            count = waited_for(write(recipe, path, on_row=lambda done, total, advance=on_rows: advance(1)))  # type: ignore[misc]
        on_note(f"{name}: {count} trajectories of {wanted} requests")


async def write_guided(recipe: "Recipe", path: Path, *, on_row: OnDemonstration = lambda done, total: None) -> int:
    """Write trajectories of the recipe's teacher under a guide to ``path``, whole or not at all; how many there are.

    Raises ``UsageError``, ``OSError``.
    """
    from genevolve.train.cases import for_imitation
    from genevolve.train.guided import GuidedDemonstrations

    async with _teacher(recipe, path) as (setup, context, journal):
        summariser = training_component("summariser", recipe.experience.summariser, context)
        made = GuidedDemonstrations(setup=setup, journal=journal, summariser=summariser, recipe=recipe)
        cases = for_imitation(request_source(recipe.data.source), recipe.data.guided, recipe.data.seed)
        return _write_rows(path, await made.rows(cases, on_row))


async def write_recovery(recipe: "Recipe", path: Path, *, on_row: OnDemonstration = lambda done, total: None) -> int:
    """The same for trajectories in which the teacher strays and recovers; their requests are others."""
    from genevolve.train.cases import for_imitation
    from genevolve.train.recovery import RecoveryDemonstrations

    chosen = recipe.data
    cases = for_imitation(request_source(chosen.source), chosen.guided + chosen.recovery, chosen.seed)[chosen.guided :]
    async with _teacher(recipe, path) as (setup, _, journal):
        return _write_rows(path, await RecoveryDemonstrations(setup=setup, journal=journal).rows(cases, on_row))


@asynccontextmanager
async def _teacher(recipe: "Recipe", path: Path) -> AsyncIterator[tuple[Components, Context, "AttemptJournal"]]:
    """The workflow of the recipe's teacher; its pictures lie beside the data set that ``path`` is a file of, and so does the
    journal of what it said and was answered, until ``path`` is written."""
    from genevolve.train.kept import AttemptJournal

    profile = with_detail(load_profile(recipe.data.teacher), recipe)
    images, kept = ImageStore(path.parent.parent / "guided"), path.parent.parent / f"{path.stem}.journal.jsonl"
    context = Context(home=home(environment()), images=images, environ=environment(), profile=profile)
    try:
        async with assemble(profile, images) as setup:
            with AttemptJournal(kept) as journal:
                journal.charge(setup)
                yield replace(setup, policy=journal.remembered(0, setup.policy)), context, journal
    finally:
        await context.aclose()
    kept.unlink()


def _write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> int:
    write_atomically(path, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode())
    return len(rows)
