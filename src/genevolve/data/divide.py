"""Dividing: every row goes to the split that its entities belong to, or to none when they belong to two.

The entities decide alone, so that two data sets made at different times do not overlap either. Prompts are compared over
all splits once more, for rows that did not come through the pool.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from genevolve.data.duplicates import NEAR, Duplicate, Seen
from genevolve.data.records import TrajectoryRow
from genevolve.data.splits import Split, split_of_prompt, splits_of
from genevolve.data.stage import OnRow, Rejected, Stage, rows_of, run_stage


def divide(stage: Stage, rows: Iterable[TrajectoryRow], *, scratch: Path, near: float = NEAR, on_row: OnRow) -> None:
    """Give each row its split. Several lessons of one prompt stay together."""
    with Seen(scratch, near=near) as seen:
        places = _Places(seen)
        for row in _firsts(map(TrajectoryRow.from_json, rows_of(stage.path))):
            assert row.prompt.split is not None
            places.remember(row, row.prompt.split)
        last: tuple[str | None, Split | Rejected] = None, Split.SFT

        def work(row: TrajectoryRow) -> TrajectoryRow | Rejected:
            nonlocal last
            if row.prompt_id != last[0]:
                last = row.prompt_id, places.place(row)
            return last[1] if isinstance(last[1], Rejected) else replace(row, prompt=replace(row.prompt, split=last[1]))

        run_stage(stage, rows, work, on_row)


def _firsts(rows: Iterable[TrajectoryRow]) -> Iterator[TrajectoryRow]:
    previous = None
    for row in rows:
        if row.prompt_id != previous:
            yield row
        previous = row.prompt_id


class _Places:
    """The prompts so far with their splits."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._split_of: dict[str, Split] = {}

    def remember(self, row: TrajectoryRow, split: Split) -> None:
        self._add(row, split, self._seen.alike(row.prompt.prompt))

    def _add(self, row: TrajectoryRow, split: Split, twins: Iterable[Duplicate]) -> None:
        if not any(twin.exact for twin in twins):
            self._seen.add(row.id, row.prompt.prompt)
            self._split_of[row.id] = split

    def place(self, row: TrajectoryRow) -> Split | Rejected:
        entities = row.prompt.entities
        splits = splits_of(entities)
        if len(splits) > 1:
            return Rejected(rule="entities_of_two_views", detail=", ".join(entities)[:300])
        split = next(iter(splits)) if splits else split_of_prompt(row.prompt.prompt)
        if row.truth is None and split is not Split.SFT:
            return Rejected(rule="no_ground_truth", detail=f"its entities belong to {split}, where an image is needed")
        twins = self._seen.alike(row.prompt.prompt)
        for twin in twins:
            if self._split_of.get(twin.of) != split:
                return Rejected(rule="prompt_of_another_view", detail=f"{twin.likeness:.2f} like {twin.of}")
        self._add(row, split, twins)
        return split
