"""WISE's own judging of a directory's images: a pass after the rendering, resumable, kept in a file of its own.

WISE's three scores are not the four of a KScore, so they never travel as one.
"""

from collections.abc import Iterator
from pathlib import Path

from genevolve.bench.measure import ResultRow
from genevolve.bench.measures.wise_judge import WiseJudge
from genevolve.core.errors import ServiceError
from genevolve.core.event import Boundary, Failed
from genevolve.core.score import Unscored
from genevolve.data.records import Json
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.run.together import all_ended
from genevolve.store.journal import Journal, records


async def judge_images(folder: RunFolder, setup: Components, path: Path, *, concurrency: int, retry_failed: bool) -> None:
    """Judge every image that has no judgement in ``path`` yet; ``retry_failed``: also those whose judging failed for a passing
    reason."""
    judge = WiseJudge(setup.image_judge.endpoint)  # type: ignore[attr-defined]  # the suite wise takes vlm judges only
    Journal(path).close()  # drops a torn last line
    done = {
        str(record["row"])
        for record in records(path)
        if not (retry_failed and record["wise"].get("retryable")) and record["wise"].get("judge") == judge.label
    }
    rows = (row for row in records(folder.results) if row.get("image_path") and str(row["id"]) not in done)
    with Journal(path) as journal:
        await all_ended(_work(rows, judge, folder, setup, journal) for _ in range(concurrency))


async def _work(rows: Iterator[ResultRow], judge: WiseJudge, folder: RunFolder, setup: Components, journal: Journal) -> None:
    for row in rows:
        journal.append({"row": str(row["id"]), "wise": await _judged(row, judge, folder, setup)})


async def _judged(row: ResultRow, judge: WiseJudge, folder: RunFolder, setup: Components) -> Json:
    async def attempt() -> Json | Unscored:
        try:
            image = (folder.path / str(row["image_path"])).read_bytes()
        except FileNotFoundError:
            raise ServiceError(f"the image {row['image_path']} is gone") from None
        return await judge.judge(str(row["prompt"]), str(row.get("explanation", "")), image)

    found = await setup.cross(Boundary.IMAGE_JUDGE, attempt)
    match found:
        case Failed(message=message, retryable=retryable):
            return {"reason": message, "retryable": retryable, "judge": judge.label}
        case Unscored(reason=reason, retryable=retryable, cost=cost):
            return {"reason": reason, "retryable": retryable, "judge": judge.label, "cost": cost}
    return found
