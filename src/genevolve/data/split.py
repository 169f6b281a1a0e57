"""Splitting: every row goes to the view that its entities belong to, or to none when they belong to two.

The entities decide alone, so that two data sets made at different times do not overlap either. Prompts are compared over
all views once more, for rows that did not come through the pool.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from genevolve.data.duplicates import NEAR, Seen
from genevolve.data.stage import OnRow, Record, Rejected, Stage, rows_of, run_stage
from genevolve.data.views import View, view_of_prompt, views_of


def split(stage: Stage, rows: Iterable[Record], *, scratch: Path, near: float = NEAR, on_row: OnRow) -> None:
    """Give each row its view. Several lessons of one prompt stay together."""
    with Seen(scratch, near=near) as seen:
        view_of: dict[str, str] = {}
        for row in _firsts(rows_of(stage.path)):
            if not any(twin.exact for twin in seen.alike(row["prompt"])):
                seen.add(row["id"], row["prompt"])
                view_of[row["id"]] = row["view"]
        last: tuple[object, Record | Rejected] = "", {}

        def work(row: Record) -> Record | Rejected:
            nonlocal last
            prompt_id = row.get("prompt_id", row["id"])
            if prompt_id != last[0]:
                last = prompt_id, _placed(row, seen, view_of)
            return last[1] if isinstance(last[1], Rejected) else {**row, "view": last[1]["view"]}

        run_stage(stage, rows, work, on_row)


def _firsts(rows: Iterable[Record]) -> Iterator[Record]:
    previous = None
    for row in rows:
        if row.get("prompt_id") is None or row["prompt_id"] != previous:
            yield row
        previous = row.get("prompt_id")


def _placed(row: Record, seen: Seen, view_of: dict[str, str]) -> Record | Rejected:
    entities = [str(entity) for entity in row.get("entities") or []]
    views = views_of(entities)
    if len(views) > 1:
        return Rejected(rule="entities_of_two_views", detail=", ".join(f"{entity}" for entity in entities)[:300])
    view = next(iter(views)) if views else view_of_prompt(row["prompt"])
    if "truth" not in row and view is not View.SFT:
        return Rejected(rule="no_ground_truth", detail=f"its entities belong to {view}, where an image is needed")
    twins = seen.alike(row["prompt"])
    for twin in twins:
        if view_of.get(twin.of) != view:
            return Rejected(rule="prompt_of_another_view", detail=f"{twin.likeness:.2f} like {twin.of}")
    if not any(twin.exact for twin in twins):
        seen.add(row["id"], row["prompt"])
        view_of[row["id"]] = view.value
    return {"view": view.value}
