"""WiScore: WISE's three scores of its legacy protocol, given by a vision model in a pass of its own."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from genevolve.bench.measure import Measure, ResultRow
from genevolve.bench.measures.wise_scores import ASPECTS, wiscore
from genevolve.core.episode import Goal
from genevolve.core.errors import UsageError
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.store.journal import records

WEIGHTS: Mapping[str, float] = {
    "Culture": 0.4, "Time": 0.167, "Space": 0.133, "Biology": 0.1, "Physics": 0.1, "Chemistry": 0.1,
}  # fmt: skip
JUDGEMENTS = "judgements.jsonl"


class WiScore(Measure):
    name = "wiscore"
    columns: ClassVar[Mapping[str, str]] = {"wiscore": "WiScore (legacy)"}
    parts: ClassVar[Mapping[str, str]] = {aspect: f"{aspect} (0–2)" for aspect in ASPECTS}
    notes = ("overall = .4 Culture + .167 Time + .133 Space + .1 Biology + .1 Physics + .1 Chemistry; needs all six",)
    until = Goal.IMAGE

    def values(self, row: ResultRow) -> Mapping[str, float] | None:
        held = self.score(row)
        if held is None or "consistency" not in held:
            return None
        levels = [held[aspect] for aspect in ASPECTS]
        if not all(isinstance(level, int | float) for level in levels):
            raise ValueError(f"{levels!r} are not WISE scores; each is 0, 1 or 2")
        return {"wiscore": wiscore(*(level for level in levels if isinstance(level, int | float)))}

    def score(self, row: ResultRow) -> ResultRow | None:
        held = row.get("wise")
        return held if isinstance(held, Mapping) else None

    def weights(self, categories: Iterable[str]) -> Mapping[str, float] | None:
        return WEIGHTS

    def check_judge(self, judge: str, suite: str) -> None:
        if judge != "vlm":
            raise UsageError(
                f"--judge is {judge!r}: the suite {suite} is scored by a vision model; use --judge vlm with its settings"
            )

    def stored(self, row: dict[str, object]) -> dict[str, object]:
        """Not ``unscored``: it is judged later."""
        return {name: value for name, value in row.items() if name != "unscored"}

    async def judge(self, folder: RunFolder, setup: Components, *, concurrency: int, retry_failed: bool) -> None:
        from genevolve.bench.measures.wise_pass import judge_images

        await judge_images(folder, setup, folder.path / JUDGEMENTS, concurrency=concurrency, retry_failed=retry_failed)

    def judgements(self, folder: RunFolder) -> Mapping[str, ResultRow]:
        return {str(record["row"]): {"wise": record["wise"]} for record in records(folder.path / JUDGEMENTS)}
