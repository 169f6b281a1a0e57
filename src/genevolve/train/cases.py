"""The requests that self-evolution learns from, with what only judges may know of them."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genevolve.core.claim import Claim
from genevolve.core.failure import Misuse
from genevolve.core.request import DEFAULT_SIZE, Request
from genevolve.run.attempt import Truth

if TYPE_CHECKING:
    from genevolve.data.case import Case

_ABUNDANCE = 12  # cases drawn for each one that may be kept


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCase:
    """``family`` groups requests that need the same; empty where it is not known. ``ground_truth`` is an image file."""

    id: str
    text: str
    family: str = ""
    track: str = ""
    claims: tuple[Claim, ...] | None = None
    ground_truth: Path | None = None

    def request(self, episode_id: str, *, seed: int) -> Request:
        """A request of this case under a name of its own."""
        return Request(id=episode_id, text=self.text, size=DEFAULT_SIZE, seed=seed)

    def truth(self) -> Truth:
        image = self.ground_truth.read_bytes() if self.ground_truth is not None else None
        return Truth(claims=self.claims, image=image)


def generated(count: int, seed: int, *, validation: bool) -> tuple[TrainingCase, ...]:
    """Requests of the offline world with the claims of their recipes: about entities that no trajectory of the cold start
    names, and for ``validation`` about entities of no training request at all."""
    from genevolve.data.case import cases
    from genevolve.data.splits import Split
    from genevolve.data.views import View, views_of

    wanted = View.VALIDATION if validation else View.EVOLVE
    split = Split.VALIDATION if validation else Split.TRAIN
    stream = (case for case in cases(count * _ABUNDANCE, seed, split) if views_of(case.entities) <= {wanted})
    found = [
        TrainingCase(id=case.id, text=case.request, family=_family(case), track=str(case.track), claims=case.claims)
        for case in itertools.islice(stream, count)
    ]
    if len(found) < count:
        raise Misuse(f"only {len(found)} requests of their own were found for seed {seed}, {count} are wanted: ask for fewer")
    return tuple(found)


def _family(case: "Case") -> str:
    return str(case.recipe.family)


def as_rows(cases: Sequence[TrainingCase]) -> list[dict[str, str]]:
    """Rows for the trainer: the id is all that the rollout needs."""
    return [{"prompt": case.text, "case": case.id} for case in cases]


def by_id(cases: Iterable[TrainingCase]) -> dict[str, TrainingCase]:
    """Raises ``Misuse`` for two cases of one id."""
    found: dict[str, TrainingCase] = {}
    for case in cases:
        if case.id in found:
            raise Misuse(f"two requests of the training data are called {case.id!r}; every id must be used once")
        found[case.id] = case
    return found
