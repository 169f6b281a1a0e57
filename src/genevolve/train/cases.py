"""The requests that self-evolution learns from, with what only judges may know of them."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genevolve.core.claim import Claim
from genevolve.core.episode import Episode, Goal
from genevolve.core.errors import UsageError
from genevolve.core.request import DEFAULT_SIZE, Request
from genevolve.run.components import Components
from genevolve.run.drive import Truth, drive
from genevolve.store.images import write_atomically
from genevolve.train.recipe import Recipe

if TYPE_CHECKING:
    from genevolve.data.dataset import Image
    from genevolve.data.views import View

_AT_ONCE = 8  # requests in progress
_ABUNDANCE = 40  # cases drawn for each one that may be kept


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCase:
    """``family`` groups requests that need the same; empty where it is not known. ``ground_truth`` is an image file.

    ``skills`` are those that the request needs, where that is known.
    """

    id: str
    text: str
    family: str = ""
    track: str = ""
    skills: tuple[str, ...] = ()
    claims: tuple[Claim, ...] | None = None
    ground_truth: Path | None = None

    def request(self, episode_id: str, *, seed: int) -> Request:
        """A request of this case under a name of its own."""
        return Request(id=episode_id, text=self.text, size=DEFAULT_SIZE, seed=seed)

    def truth(self) -> Truth:
        image = self.ground_truth.read_bytes() if self.ground_truth is not None else None
        return Truth(claims=self.claims, image=image)

    async def attempt(self, episode_id: str, setup: Components, *, seed: int) -> Episode:
        """One episode of this case, rendered and judged."""
        begun = setup.begin(self.request(episode_id, seed=seed))
        return await drive(begun, setup, goal=Goal.SCORE, truth=self.truth())


def cases_of(recipe: Recipe, data: Path | None, folder: Path) -> tuple[tuple[TrainingCase, ...], tuple[TrainingCase, ...]]:
    """(training, validation): of the data set at ``data`` or in the recipe, else generated. Raises ``UsageError``.

    Pictures that lie inside a Parquet file are put into ``folder``.
    """
    chosen = recipe.data
    path = data or (Path(chosen.path).expanduser() if chosen.path is not None else None)
    if path is None:
        held_out = generated(chosen.validation, chosen.seed, validation=True)
        return generated(chosen.requests, chosen.seed, validation=False), held_out
    found = list(_read(path, folder / "truth"))
    training = tuple(case for view, case in found if view == "evolve")
    if not training:
        raise UsageError(
            f"{path} holds no requests for self-evolution (a part `evolve`): make them with `genevolve data build`, or name "
            "another data set"
        )
    return training, tuple(case for view, case in found if view == "validation")[: chosen.validation]


def _read(path: Path, folder: Path) -> Iterator[tuple[str, TrainingCase]]:
    """(view, case) of each row without a trajectory. Raises ``UsageError`` at the first row that cannot be used."""
    from genevolve.data.dataset import BadExample, read_dataset

    for row in read_dataset(path):
        if isinstance(row, BadExample):
            raise UsageError(f"{row.place}: {row.detail}")
        if not row.messages:
            yield (
                row.view,
                TrainingCase(id=row.id, text=row.prompt, track=row.eval_type, ground_truth=_truth(row.truth, folder)),
            )


def _truth(image: "Image | None", folder: Path) -> Path | None:
    """The file of a ground-truth image."""
    if image is None or image.data is None:
        return image.path if image is not None else None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha256(image.data).hexdigest()
    if not path.exists():
        write_atomically(path, image.data)
    return path


def generated(count: int, seed: int, *, validation: bool) -> tuple[TrainingCase, ...]:
    """Requests of the offline world with the claims of their recipes: about entities that no trajectory of the cold start
    names, and for ``validation`` about entities of no training request at all. Three of five are Knowledge-Anchored."""
    from genevolve.data.views import View

    return _drawn(count, seed, View.VALIDATION if validation else View.EVOLVE)


def taught(count: int, seed: int) -> tuple[TrainingCase, ...]:
    """Requests about entities of the cold start alone, with the claims of their recipes."""
    from genevolve.data.views import View

    return _drawn(count, seed, View.SFT)


def _drawn(count: int, seed: int, wanted: "View") -> tuple[TrainingCase, ...]:
    from genevolve.data.recipe import Track
    from genevolve.data.views import SPLIT_OF, views_of
    from genevolve.world.recipes.case import make_case
    from genevolve.world.recipes.from_seed import recipe

    split = SPLIT_OF[wanted]
    found: dict[str, TrainingCase] = {}
    for position in range(count * _ABUNDANCE):
        track = Track.KNOWLEDGE if len(found) % 5 < 3 else Track.QUALITY
        number = seed * 1_000_003 + position
        if not views_of(recipe(number, split, track).entities) <= {wanted}:
            continue
        case = make_case(number, split, track)
        made = TrainingCase(
            id=case.id,
            text=case.request,
            family=str(case.recipe.family),
            track=str(case.track),
            skills=case.skills,
            claims=case.claims,
        )
        found.setdefault(case.request.lower(), made)
        if len(found) == count:
            break
    if len(found) < count:
        raise UsageError(f"only {len(found)} requests of their own were found for data.seed = {seed}; {count} are wanted")
    return tuple(found.values())


async def taught_rows(
    cases: Sequence[TrainingCase],
    make: Callable[[TrainingCase], Awaitable[dict[str, Any] | None]],
    on_row: Callable[[int, int], None] = lambda done, total: None,
) -> list[dict[str, Any]]:
    """What ``make`` gives for each of ``cases``, some at a time, in their order; None is left out."""
    slots = asyncio.Semaphore(_AT_ONCE)
    done = 0

    async def one(case: TrainingCase) -> dict[str, Any] | None:
        nonlocal done
        async with slots:
            row = await make(case)
        done += 1
        on_row(done, len(cases))
        return row

    return [row for row in await asyncio.gather(*map(one, cases)) if row is not None]


def as_rows(cases: Sequence[TrainingCase]) -> list[dict[str, str]]:
    """Rows for the trainer: the id is all that the rollout needs."""
    return [{"prompt": case.text, "case": case.id} for case in cases]


def by_id(cases: Iterable[TrainingCase]) -> dict[str, TrainingCase]:
    """Raises ``UsageError`` for two cases of one id."""
    found: dict[str, TrainingCase] = {}
    for case in cases:
        if case.id in found:
            raise UsageError(f"two requests of the training data are called {case.id!r}; every id must be used once")
        found[case.id] = case
    return found
