"""One system on one suite: how a suite's rows become trajectories, what their judge may see, and what their results hold."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from genevolve.bench.behaviour import behaviour
from genevolve.bench.suite import Suite, seed_of
from genevolve.core.case import Case, TruthFile, TruthImage, TruthProgram
from genevolve.core.episode import Episode
from genevolve.run.batch import Batch
from genevolve.run.components import Components
from genevolve.run.drive import Truth
from genevolve.run.folder import RunFolder
from genevolve.run.record import result_row
from genevolve.run.rows import Row
from genevolve.run.workers import Workers, in_worker
from genevolve.store.decode import decode, read_image


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
        items = {item.id: item for item in self.suite.items}

        def item_of(row: Row) -> Case:
            return items[str(row.fields["case_id"])]

        return Batch(
            folder=self.folder,
            setup=self.setup,
            begin=lambda row: self._begin(row, item_of(row)),
            shape=lambda row, trajectory, image: self._shape(row, trajectory, image, item_of(row)),
            truth_of=lambda row: self._truth(item_of(row)),
            goal=self.suite.measure.until,
            concurrency=concurrency,
            retry_failed=retry_failed,
            on_row=on_row,
        )

    async def _begin(self, row: Row, item: Case) -> Episode:
        if item.id not in self._truths and (truth := await self._truth_image(item)) is not None:
            self._truths[item.id] = self.folder.images.put(truth)
        seed = seed_of(item.id, row.fields["repeat"])
        return self.setup.begin(item.request(row.key, seed=seed, size=self.size))

    async def _truth_image(self, item: Case) -> bytes | None:
        """The ground truth as a clean PNG file, read from the user's file or drawn. Raises ``UsageError``."""
        match item.hidden.truth:
            case TruthFile(path=path):
                return read_image(Path(path), setting=f"row {item.id!r}: gt_image").png
            case TruthImage(png=inside):
                return inside
            case TruthProgram() as program if self.suite.draw is not None:
                draw = partial(self.suite.draw, program)
                drawn = self.workers.run(_drawn, draw) if self.workers else draw()
                return decode(await drawn).png
        return None

    def _truth(self, item: Case) -> Truth:
        digest, claims = self._truths.get(item.id), item.hidden.claims
        use = digest is not None and (self.truth_wanted or claims is None)
        return Truth(claims=claims, image=self.folder.images.load(digest) if digest and use else None)

    def _shape(self, row: Row, trajectory: Episode, image_path: str | None, item: Case) -> dict[str, object]:
        shaped = result_row(row, trajectory, image_path, system=self.setup.system, detail=self.setup.detail)
        counted = behaviour(trajectory, item.hidden.needs)
        return {**self.suite.measure.stored(shaped), "truth_digest": self._truths.get(item.id), "measures": counted}


def _drawn(draw: Callable[[], Awaitable[bytes]]) -> bytes:
    """In a worker process."""
    return in_worker(lambda setup: draw())
