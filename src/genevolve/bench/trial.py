"""One system on one suite: how a suite's rows become trajectories, what their judge may see, and what their results hold."""

from dataclasses import dataclass, field, replace
from functools import partial

from genevolve.bench.behaviour import behaviour
from genevolve.bench.suite import Suite, seed_of
from genevolve.core.case import Case, Hidden, TruthImage, TruthProgram
from genevolve.core.episode import Episode
from genevolve.data.records import whole
from genevolve.run.components import Components
from genevolve.run.record import result_row
from genevolve.run.row import RowWork
from genevolve.run.starting_points import truth_png
from genevolve.store.decode import decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """``truth_wanted``: the judge compares with the ground truth, so that it is handed over beside the claims.

    It is sent to worker processes; of its ``suite`` no items are needed."""

    suite: Suite
    size: tuple[int, int]
    truth_wanted: bool
    _truths: dict[str, str] = field(default_factory=dict)  # item id → digest of its ground truth in the image store

    def __call__(self, setup: Components) -> RowWork:
        return RowWork(
            begin=partial(self._begin, setup=setup),
            shape=partial(self._shape, setup=setup),
            hidden_of=partial(self._hidden, setup=setup),
            goal=self.suite.measure.until,
        )

    async def _begin(self, case: Case, setup: Components) -> Episode:
        item, repeat = _asked(case)
        if item not in self._truths and (truth := await self._truth_image(case)) is not None:
            self._truths[item] = setup.images.put(truth)
        return setup.begin(case.request(seed=seed_of(item, repeat), size=self.size))

    async def _truth_image(self, case: Case) -> bytes | None:
        """The ground truth as a clean PNG file, read from the user's file or drawn. Raises ``UsageError``."""
        truth = case.hidden.truth
        if isinstance(truth, TruthProgram) and self.suite.draw is not None:
            return decode(await self.suite.draw(truth)).png
        return truth_png(truth, setting=f"row {_asked(case)[0]!r}: gt_image")

    def _hidden(self, case: Case, setup: Components) -> Hidden:
        """What is hidden, with the ground truth as an image where the judge has use for it."""
        digest = self._truths.get(_asked(case)[0])
        use = digest is not None and (self.truth_wanted or case.hidden.claims is None)
        truth = TruthImage(png=setup.images.load(digest)) if digest and use else None
        return replace(case.hidden, truth=truth)

    def _shape(self, case: Case, trajectory: Episode, image_path: str | None, setup: Components) -> dict[str, object]:
        shaped = result_row(case, trajectory, image_path, system=setup.system, detail=setup.detail)
        counted = behaviour(trajectory, case.hidden.needs)
        return {**self.suite.measure.stored(shaped), "truth_digest": self._truths.get(_asked(case)[0]), "measures": counted}


def _asked(case: Case) -> tuple[str, int]:
    """The id of the request in its suite, and which repeat of it this case is."""
    return str(case.hidden.fields["case_id"]), whole(case.hidden.fields["repeat"])
