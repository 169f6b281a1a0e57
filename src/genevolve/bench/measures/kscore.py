"""KScore in both conventions for images without text, and what self-evolution rewards where programs were judged."""

from collections.abc import Collection, Mapping
from typing import ClassVar

from genevolve.bench.measure import Measure, ResultRow, figure
from genevolve.core.score import Dimension, NotApplicable, reward

NO_PROGRAM_ZERO = "no_program_zero"  # a policy that gives up on the hard rows must not gain by it
REWARD = "reward"


class KScore(Measure):
    name = "kscore"
    columns: ClassVar[Mapping[str, str]] = {
        NotApplicable.RELEASE: "KScore (release: no text counts 0.5)",
        NotApplicable.RENORMALIZED: "KScore (renormalized: no text leaves)",
        NO_PROGRAM_ZERO: "KScore (release; no valid program counts 0)",
        REWARD: "reward (half KScore, half sufficiency; no valid program counts 0)",
    }
    parts: ClassVar[Mapping[str, str]] = {dimension: dimension.replace("_", " ") for dimension in Dimension}
    zero_without_program = frozenset((NO_PROGRAM_ZERO, REWARD))
    of_programs = frozenset((REWARD,))
    released = True

    def values(self, row: ResultRow) -> Mapping[str, float] | None:
        """A row whose program nobody judged has no reward."""
        held = self.score(row)
        if held is None:
            return None
        release, renormalized = figure(held["kscore"]), figure(held["kscore_renormalized"])
        found: dict[str, float] = {NotApplicable.RELEASE: release, NotApplicable.RENORMALIZED: renormalized}
        found[NO_PROGRAM_ZERO] = release
        judged = row.get("program_score")
        if isinstance(judged, Mapping) and "value" in judged:
            found[REWARD] = reward(release, figure(judged["value"]))
        return found

    def columns_for(self, held: Collection[str], *, failures: bool) -> Mapping[str, str]:
        """Those about rows without a program and about programs only where there are some."""
        absent = {NO_PROGRAM_ZERO: not failures, REWARD: REWARD not in held}
        return {column: name for column, name in self.columns.items() if not absent.get(column)}
