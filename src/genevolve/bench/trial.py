"""One system on one suite: how a suite's rows become trajectories, what their judge may see, and what their results hold."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial

from genevolve.bench.behaviour import behaviour
from genevolve.bench.suite import Suite, seed_of
from genevolve.core.case import Case, Hidden, TruthImage, TruthProgram
from genevolve.core.episode import Episode
from genevolve.data.records import whole
from genevolve.run.batch import Batch
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.run.record import result_row
from genevolve.run.starting_points import truth_png
from genevolve.run.workers import Workers, in_worker
from genevolve.store.decode import decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """``truth_wanted``: the judge compares with the ground truth, so that it is handed over beside the claims."""

    suite: Suite
    setup: Components
    workers: Workers | None
    folder: RunFolder
    size: tuple[int, int]
    truth_wanted: bool
    _truths: dict[str, str] = field(default_factory=dict)  # item id → digest of its ground truth in the image store

    def batch(self, *, concurrency: int, retry_failed: bool, on_row: Callable[[dict[str, object]], None]) -> Batch:
        return Batch(
            folder=self.folder,
            setup=self.setup,
            begin=self._begin,
            shape=self._shape,
            hidden_of=self._hidden,
            goal=self.suite.measure.until,
            concurrency=concurrency,
            retry_failed=retry_failed,
            on_row=on_row,
        )

    async def _begin(self, case: Case) -> Episode:
        item, repeat = _asked(case)
        if item not in self._truths and (truth := await self._truth_image(case)) is not None:
            self._truths[item] = self.folder.images.put(truth)
        return self.setup.begin(case.request(seed=seed_of(item, repeat), size=self.size))

    async def _truth_image(self, case: Case) -> bytes | None:
        """The ground truth as a clean PNG file, read from the user's file or drawn. Raises ``UsageError``."""
        truth = case.hidden.truth
        if isinstance(truth, TruthProgram) and self.suite.draw is not None:
            draw = partial(self.suite.draw, truth)
            drawn = self.workers.run(_drawn, draw) if self.workers else draw()
            return decode(await drawn).png
        return truth_png(truth, setting=f"row {_asked(case)[0]!r}: gt_image")

    def _hidden(self, case: Case) -> Hidden:
        """What is hidden, with the ground truth as an image where the judge has use for it."""
        digest = self._truths.get(_asked(case)[0])
        use = digest is not None and (self.truth_wanted or case.hidden.claims is None)
        truth = TruthImage(png=self.folder.images.load(digest)) if digest and use else None
        return replace(case.hidden, truth=truth)

    def _shape(self, case: Case, trajectory: Episode, image_path: str | None) -> dict[str, object]:
        shaped = result_row(case, trajectory, image_path, system=self.setup.system, detail=self.setup.detail)
        counted = behaviour(trajectory, case.hidden.needs)
        return {**self.suite.measure.stored(shaped), "truth_digest": self._truths.get(_asked(case)[0]), "measures": counted}


def _asked(case: Case) -> tuple[str, int]:
    """The id of the request in its suite, and which repeat of it this case is."""
    return str(case.hidden.fields["case_id"]), whole(case.hidden.fields["repeat"])


def _drawn(draw: Callable[[], Awaitable[bytes]]) -> bytes:
    """In a worker process."""
    return in_worker(lambda setup: draw())
