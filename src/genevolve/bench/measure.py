"""A measure: which figures a suite's rows are averaged to, how a stored row is read, and who may judge it."""

from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar, Protocol

from genevolve.core.episode import Goal
from genevolve.core.outcome import Termination
from genevolve.core.score import Dimension
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.run.result import judged_by

ResultRow = Mapping[str, object]  # a row of results.jsonl
_OWN_FAULT = (Termination.NO_ANSWER, Termination.MAX_ROUNDS)


class Measure:
    """One class for each measure; what most have in common stands here.

    ``columns``: what is averaged → its name, the first one orders galleries. ``parts``: what a value consists of → its name.
    ``zero_without_program`` are columns in which a row without a program counts 0, by the policy's own doing. ``of_programs``
    are columns that the judge of programs has a part in. ``notes`` stand under the headline. ``spreads``: values are more than
    right and wrong. ``released``: the public release has result files for it. ``until``: how far the members of a run go.
    """

    name: ClassVar[str]
    columns: ClassVar[Mapping[str, str]]
    parts: ClassVar[Mapping[str, str]] = {}
    zero_without_program: ClassVar[frozenset[str]] = frozenset()
    of_programs: ClassVar[frozenset[str]] = frozenset()
    notes: ClassVar[tuple[str, ...]] = ()
    spreads: ClassVar[bool] = True
    released: ClassVar[bool] = False
    until: ClassVar[Goal] = Goal.SCORE

    @property
    def main_column(self) -> str:
        """What one figure of a system is: where a row without a program counts 0, if there is such a column."""
        return next((column for column in self.columns if column in self.zero_without_program), next(iter(self.columns)))

    def values(self, row: ResultRow) -> Mapping[str, float] | None:
        """What is averaged of ``row``, by column; None for an unscored row, which is counted instead.

        Raises ``ValueError`` for what is no score.
        """
        raise NotImplementedError

    def score(self, row: ResultRow) -> ResultRow | None:
        """The part of ``row`` that holds its scores; None where it has none."""
        held = row.get("score")
        return held if isinstance(held, Mapping) else None

    def parts_of(self, row: ResultRow) -> dict[str, float]:
        """The parts of a scored row's value; one that does not apply is missing."""
        held = self.score(row) or {}
        return {name: value for name in self.parts if isinstance(value := held.get(name), int | float)}

    def judge_of(self, row: ResultRow) -> str:
        """Who scored the row, with the version where the judge has one: scores of two versions are never averaged together.
        Empty for an unscored row."""
        held = self.score(row)
        if held is None or self.values(row) is None:
            return ""
        return judged_by(held)

    def program_judge_of(self, row: ResultRow) -> str:
        """Who judged the row's program, with the version; empty where nobody did."""
        held = row.get("program_score")
        if not self.of_programs or not isinstance(held, Mapping) or "value" not in held:
            return ""
        return judged_by(held)

    def unscored(self, row: ResultRow) -> str:
        """Why ``row`` has no score; empty where it has one."""
        if self.values(row) is not None:
            return ""
        for name in ("wise", "unscored"):
            held = row.get(name)
            if isinstance(held, Mapping) and held.get("reason"):
                return str(held["reason"])
        return str(row.get("error") or "not scored")

    def columns_for(self, held: Collection[str], *, failures: bool) -> Mapping[str, str]:
        """The columns of a table on rows whose values have the columns ``held``; ``failures``: some rows have no program."""
        return self.columns

    def weights(self, categories: Iterable[str]) -> Mapping[str, float] | None:
        """The weights of categories that a protocol fixes for scored rows of ``categories``; None where rows count alike."""
        return None

    def check_judge(self, judge: str, suite: str) -> None:
        """Raises ``UsageError`` when the member ``judge`` does not give what is measured on ``suite``."""

    def stored(self, row: dict[str, object]) -> dict[str, object]:
        """The result row as it is written down."""
        return row

    async def judge(self, folder: RunFolder, setup: Components, *, concurrency: int, retry_failed: bool) -> None:
        """A pass of its own over the finished images, for a measure whose scores no judge of images gives."""

    def judgements(self, folder: RunFolder) -> Mapping[str, ResultRow]:
        """Row → what such a pass left, to be read as part of the row."""
        return {}

    @property
    def reference(self) -> str:
        """By what a run's description names it: its name, or ``module:Class`` where it is from outside."""
        kind = type(self)
        return self.name if kind.__module__.startswith("genevolve.") else f"{kind.__module__}:{kind.__qualname__}"


class FindMeasure(Protocol):
    """From the ``reference`` of a measure to the measure. Raises ``UsageError``."""

    def __call__(self, reference: str) -> Measure: ...


def no_program(row: ResultRow) -> bool:
    """The policy's own doing left the row without a valid program; a failed service or a bad input did not."""
    return row.get("termination") in _OWN_FAULT and not row.get("bad_input")


def figure(value: object) -> float:
    """Raises ``ValueError`` for what is no score: nothing but a number from 0 to 1 is averaged."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{value!r} is not a score from 0 to 1")
    return float(value)


def checks(held: ResultRow) -> list[ResultRow]:
    """The judge's diagnostics, without those on how the image looks beside what is asked for."""
    listed = held["diagnostics"]
    if not isinstance(listed, list):
        raise ValueError("diagnostics is not a list")
    return [found for found in listed if found["dimension"] != Dimension.AESTHETICS]
