"""The requests that self-evolution learns from, with what only judges may know of them."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genevolve.core.case import Case, Hidden, TruthFile
from genevolve.core.episode import Episode, Goal, aimed
from genevolve.core.errors import UsageError
from genevolve.data.requests import RequestSource
from genevolve.data.splits import Split
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.together import all_ended
from genevolve.store.hub import local_folder
from genevolve.store.images import write_atomically
from genevolve.train.kept import KeptAttempt
from genevolve.train.recipe import Recipe

if TYPE_CHECKING:
    from genevolve.data.dataset import Image

_AT_ONCE = 8  # requests in progress


async def attempted(case: Case, name: str, setup: Components, *, seed: int, kept: KeptAttempt | None = None) -> Episode:
    """One episode of ``case``, called ``name``, rendered and judged; what was ``kept`` of it is not asked for again."""
    kept = kept or KeptAttempt()
    begun = aimed(setup.begin(case.request(name, seed=seed)), Goal.SCORE, judge_program=setup.program_judge is not None)
    return await drive(await kept.caught_up(begun, setup), setup, kept.keep, goal=Goal.SCORE, hidden=case.hidden)


def cases_of(
    recipe: Recipe, data: Path | None, folder: Path, requests: Callable[[], RequestSource]
) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """(training, validation): of the data set at ``data`` or in the recipe, else drawn from ``requests``. Raises
    ``UsageError``.

    Pictures that lie inside a Parquet file are put into ``folder``.
    """
    chosen = recipe.data
    named = data if data is not None else chosen.path
    if named is None:
        source = requests()
        held_out = generated(source, chosen.validation, chosen.seed, validation=True)
        return generated(source, chosen.requests, chosen.seed, validation=False), held_out
    path = local_folder(named, "dataset", setting="--data")
    found = list(_read(path, folder / "truth"))
    training = tuple(case for split, case in found if split == Split.EVOLVE)
    if not training:
        raise UsageError(
            f"{path} holds no requests for self-evolution (a part `evolve`): make them with `genevolve data build`, or name "
            "another data set"
        )
    return training, tuple(case for split, case in found if split == Split.VALIDATION)[: chosen.validation]


def _read(path: Path, folder: Path) -> Iterator[tuple[str, Case]]:
    """(split, case) of each row without a trajectory. Raises ``UsageError`` at the first row that cannot be used."""
    from genevolve.data.dataset import BadExample, read_dataset

    for row in read_dataset(path):
        if isinstance(row, BadExample):
            raise UsageError(f"{row.place}: {row.detail}")
        if not row.messages:
            known = Hidden(track=row.eval_type, truth=_truth(row.truth, folder))
            yield row.view, Case(id=row.id, text=row.prompt, hidden=known)


def _truth(image: "Image | None", folder: Path) -> TruthFile | None:
    """The file of a ground-truth image."""
    if image is None:
        return None
    if image.data is None:
        return TruthFile(path=str(image.path))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha256(image.data).hexdigest()
    if not path.exists():
        write_atomically(path, image.data)
    return TruthFile(path=str(path))


def generated(source: RequestSource, count: int, seed: int, *, validation: bool) -> tuple[Case, ...]:
    """Requests of ``source`` with the claims of their recipes: about entities that no trajectory of the cold start names, and
    for ``validation`` about entities of no training request at all. Three of five are Knowledge-Anchored."""
    return tuple(source.cases(count, seed, Split.VALIDATION if validation else Split.EVOLVE))


def for_imitation(source: RequestSource, count: int, seed: int) -> tuple[Case, ...]:
    """Requests about entities of the cold start alone, with the claims of their recipes."""
    return tuple(source.cases(count, seed, Split.SFT))


async def taught_rows(
    cases: Sequence[Case],
    make: Callable[[Case], Awaitable[dict[str, Any] | None]],
    on_row: Callable[[int, int], None] = lambda done, total: None,
) -> list[dict[str, Any]]:
    """What ``make`` gives for each of ``cases``, some at a time, in their order; None is left out."""
    slots = asyncio.Semaphore(_AT_ONCE)
    done = 0

    async def one(case: Case) -> dict[str, Any] | None:
        nonlocal done
        async with slots:
            row = await make(case)
        done += 1
        on_row(done, len(cases))
        return row

    return [row for row in await all_ended(map(one, cases)) if row is not None]


def as_rows(cases: Sequence[Case]) -> list[dict[str, str]]:
    """Rows for the trainer: the id is all that the rollout needs."""
    return [{"prompt": case.text, "case": case.id} for case in cases]


def by_id(cases: Iterable[Case]) -> dict[str, Case]:
    """Raises ``UsageError`` for two cases of one id."""
    found: dict[str, Case] = {}
    for case in cases:
        if case.id in found:
            raise UsageError(f"two requests of the training data are called {case.id!r}; every id must be used once")
        found[case.id] = case
    return found
