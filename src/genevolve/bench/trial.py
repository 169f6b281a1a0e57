"""One system on one suite: how a suite's rows become trajectories, what their judge may see, and what their results hold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from genevolve.bench.measures import measures
from genevolve.bench.suite import Item, Suite, seed_of
from genevolve.core.episode import Episode, Goal
from genevolve.core.request import Request
from genevolve.run.batch import Batch
from genevolve.run.components import Components
from genevolve.run.drive import Truth
from genevolve.run.folder import RunFolder
from genevolve.run.record import result_row
from genevolve.run.rows import Row
from genevolve.run.workers import Workers, in_worker
from genevolve.store.decode import decode, read_image
from genevolve.world.recipes.case import Case, render_ground_truth


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

    def batch(self, *, until: Goal, concurrency: int, retry_failed: bool, on_row: Callable[[dict[str, Any]], None]) -> Batch:
        items = {item.id: item for item in self.suite.items}
        return Batch(
            folder=self.folder,
            setup=self.setup,
            begin=lambda row: self._begin(row, items[row.fields["case_id"]]),
            shape=lambda row, trajectory, image: self._shape(row, trajectory, image, items[row.fields["case_id"]]),
            truth_of=lambda row: self._truth(items[row.fields["case_id"]]),
            goal=until,
            concurrency=concurrency,
            retry_failed=retry_failed,
            on_row=on_row,
        )

    async def _begin(self, row: Row, item: Item) -> Episode:
        if item.id not in self._truths and (truth := await self._truth_image(item)) is not None:
            self._truths[item.id] = self.folder.images.put(truth)
        seed = seed_of(item.id, row.fields["repeat"])
        request = Request(id=row.key, text=row.text, size=self.size, seed=seed)
        return self.setup.begin(request)

    async def _truth_image(self, item: Item) -> bytes | None:
        """The ground truth as a clean PNG file, drawn from the case or read from the user's file. Raises ``Misuse``."""
        if item.truth is not None:
            return read_image(item.truth, setting=f"row {item.id!r}: gt_image").png
        if item.case is None:
            return None
        drawn = self.workers.run(_draw_truth, item.case) if self.workers else render_ground_truth(item.case)
        return decode(await drawn).png

    def _truth(self, item: Item) -> Truth:
        digest = self._truths.get(item.id)
        use = digest is not None and (self.truth_wanted or item.claims is None)
        return Truth(claims=item.claims, image=self.folder.images.load(digest) if digest and use else None)

    def _shape(self, row: Row, trajectory: Episode, image_path: str | None, item: Item) -> dict[str, Any]:
        shaped = result_row(row, trajectory, image_path, system=self.setup.system, detail=self.setup.detail)
        if self.suite.measure == "wiscore":
            shaped.pop("unscored", None)  # judged in a pass of its own
        truth = self._truths.get(item.id)
        return {**shaped, "truth_digest": truth, "measures": measures(trajectory, item.needs)}


def _draw_truth(case: Case) -> bytes:
    """In a worker process."""
    return in_worker(lambda setup: render_ground_truth(case))
