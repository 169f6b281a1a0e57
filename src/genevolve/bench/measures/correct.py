"""GenEval's verdict: every object, count, colour and position is as asked; how the image looks beside does not count."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from genevolve.bench.measure import Measure, ResultRow, checks
from genevolve.core.errors import UsageError


class Correct(Measure):
    name = "correct"
    columns: ClassVar[Mapping[str, str]] = {"correct": "correct"}
    spreads = False
    notes = ("the mean over tags of the share of correct images, decided on the pixel judge's detections",)

    def values(self, row: ResultRow) -> Mapping[str, float] | None:
        held = self.score(row)
        if held is None:
            return None
        found = checks(held)
        return {"correct": float(bool(found) and all(check["passed"] for check in found))}

    def weights(self, categories: Iterable[str]) -> Mapping[str, float] | None:
        tags = sorted(set(categories))
        return {tag: 1 / len(tags) for tag in tags}

    def check_judge(self, judge: str, suite: str) -> None:
        if judge != "pixel":
            raise UsageError(f"--judge is {judge!r}: the suite {suite} is decided on the detections of --judge pixel")
