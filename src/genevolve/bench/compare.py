"""Runs side by side: which may share a column, on which rows they are compared, and their estimates."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from genevolve.bench.measure import Measure
from genevolve.bench.runs import Run, ScoredRow
from genevolve.bench.statistics import (
    Comparison,
    Estimate,
    clustered_interval,
    compare_clustered,
    compare_stratified,
    stratified_interval,
)
from genevolve.data.records import json_object

_DIFFICULTIES = ("easy", "medium", "hard")


def _words(name: str) -> str:
    return name.replace("_", " ")


SPLITS: Mapping[str, Callable[[ScoredRow], str]] = {
    "track": lambda row: row.track,
    "difficulty": lambda row: row.difficulty,
    "main requirement": lambda row: _words(row.requirement),
    "family": lambda row: _words(row.family),
    "category": lambda row: row.category,
}


def split_values(rows: Iterable[ScoredRow], name: str) -> list[str]:
    """The values that ``rows`` have of a split, in alphabetical order, difficulties in their own."""
    found = {SPLITS[name](row) for row in rows} - {""}
    return sorted(found, key=lambda value: (_DIFFICULTIES.index(value) if value in _DIFFICULTIES else 0, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A run as one column: the rows that one judge scored, and all rows that nobody scored."""

    name: str
    run: Run
    rows: tuple[ScoredRow, ...]

    @property
    def scored(self) -> list[ScoredRow]:
        return [row for row in self.rows if row.values is not None]

    @property
    def unscored(self) -> int:
        """How many rows have no score, beside those that are left out because a service was out."""
        return sum(row.values is None and not row.left_out for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonGroup:
    """Systems that may share a table: same suite, same measure, same judge. ``remarks`` say what a reader must know."""

    suite: str
    measure: Measure
    judge: str
    systems: tuple[System, ...]
    remarks: tuple[str, ...] = ()

    @property
    def columns(self) -> Mapping[str, str]:
        """Column → its name; what columns are about is there in some row."""
        rows = [row for system in self.systems for row in system.rows]
        held = {column for row in rows for column in row.values or ()}
        found = self.measure.columns_for(held, failures=any(row.no_program for row in rows))
        mixed = self.measure.of_programs if len(self.program_judges) > 1 else frozenset()
        return {column: name for column, name in found.items() if column not in mixed}

    @property
    def program_judges(self) -> tuple[str, ...]:
        """Who judged the programs of its rows. Where that is more than one, no column rests on them."""
        rows = (row for system in self.systems for row in system.rows if row.values is not None)
        return tuple(sorted({row.program_judge for row in rows} - {""}))


def groups_of(runs: Sequence[Run]) -> list[ComparisonGroup]:
    """Scores by different judges never meet in one group; a run that several judges scored appears with each of them.

    So does one that nobody scored, beside others: a policy without any program is 0 whoever judges, where that counts as 0.
    """
    names = _distinct_names(runs)
    known = [sorted({row.judge for row in run.rows if row.judge}) for run in runs]
    judges: dict[tuple[str, str], set[str]] = defaultdict(set)
    for run, own in zip(runs, known, strict=True):
        judges[_kind(run)].update(own)
    found: dict[tuple[str, str, str], list[System]] = defaultdict(list)
    split: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for run, name, own in zip(runs, names, known, strict=True):
        for judge in own or sorted(judges[_kind(run)]) or [""]:
            key = (*_kind(run), judge)
            rows = tuple(row for row in run.rows if row.values is None or row.judge == judge)
            found[key].append(System(name=name, run=run, rows=rows))
            if len(own) > 1:
                split[key].append(f"{name} was scored by {len(own)} judges; only the rows of this one are here")
    groups = {
        key: ComparisonGroup(suite=key[0], measure=systems[0].run.measure, judge=key[2], systems=tuple(systems))
        for key, systems in found.items()
    }
    return [replace(group, remarks=(*split[key], *_remarks(group, list(groups.values())))) for key, group in groups.items()]


def _kind(run: Run) -> tuple[str, str]:
    """What runs share that may stand in one table."""
    return run.suite, run.measure.reference


def _distinct_names(runs: Sequence[Run]) -> list[str]:
    """Names of systems; equal ones are told apart by their folders."""
    names = [run.name for run in runs]
    return [f"{run.name} [{run.folder.name}]" if names.count(run.name) > 1 else run.name for run in runs]


def _remarks(group: ComparisonGroup, groups: Sequence[ComparisonGroup]) -> Iterable[str]:
    for system in group.systems:
        yield from (f"{system.name}: {remark}" for remark in system.run.remarks)
    asked = {frozenset((row.case, row.repeat, row.request) for row in system.rows) for system in group.systems}
    if len(asked) > 1:
        yield "the systems were not run on the same rows: only the paired differences compare like with like"
    abouts = [system.run.about for system in group.systems]
    if len(commits := sorted({str(about.get("commit") or "unknown") for about in abouts})) > 1:
        yield f"made by different commits ({', '.join(commits)}): a change of judge or generator would look like one of systems"
    if len(sizes := sorted({str(json_object(about.get("input")).get("size") or "unknown") for about in abouts})) > 1:
        yield f"images of different sizes: {', '.join(sizes)}"
    if len(group.program_judges) > 1:
        yield f"programs were judged by {', '.join(group.program_judges)}: the columns that rest on them are left out"
    others = sorted({other.judge or "nobody" for other in groups if other.suite == group.suite and other is not group})
    if others:
        yield f"scores by {', '.join(others)} are in tables of their own: scores by different judges are not comparable"


# ---- estimates --------------------------------------------------------------------------------------------------------


def clusters(rows: Iterable[ScoredRow], value: Callable[[ScoredRow], float | None]) -> list[list[float]]:
    """Values grouped by request, all seeds of one request together; rows without a value are left out."""
    grouped: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if (found := value(row)) is not None:
            grouped[row.case].append(found)
    return list(grouped.values())


def estimate(rows: Iterable[ScoredRow], column: str) -> Estimate | None:
    """Mean and interval of ``column`` over requests; None when nothing was scored."""
    grouped = clusters(rows, lambda row: row.value(column))
    return clustered_interval(grouped) if grouped else None


def overall(system: System, group: ComparisonGroup, column: str) -> Estimate | None:
    """The headline figure: the mean over rows; for WISE and GenEval the protocol's mean over categories."""
    weights = strata_weights(group, system)
    if weights is None:
        return estimate(system.rows, column)
    strata = {
        name: clusters((row for row in system.rows if row.category == name), lambda row: row.value(column)) for name in weights
    }
    if not weights or not all(strata.values()):
        return None
    return stratified_interval(strata, weights)


def strata_weights(group: ComparisonGroup, system: System) -> Mapping[str, float] | None:
    """The weights of categories that the protocol fixes; None where rows simply count alike."""
    return group.measure.weights(row.category for row in system.scored)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedSystems:
    """Two systems on the rows that both were asked. ``weights`` as in ``strata_weights``."""

    first: System
    second: System
    asked: tuple[tuple[ScoredRow, ScoredRow], ...]
    weights: Mapping[str, float] | None = None

    @property
    def rows(self) -> list[tuple[ScoredRow, ScoredRow]]:
        """Those that both have a score for."""
        return [(one, other) for one, other in self.asked if one.values is not None and other.values is not None]

    def comparison(self, column: str) -> Comparison | None:
        """First minus second, weighted as the overall figure is; None when there is nothing to weigh."""
        grouped = self.differences(column)
        if self.weights is None:
            flat = [values for own in grouped.values() for values in own.values()]
            return compare_clustered(flat) if flat else None
        strata = {name: list(grouped[name].values()) for name in self.weights if name in grouped}
        return compare_stratified(strata, self.weights) if self.weights and len(strata) == len(self.weights) else None

    def differences(self, column: str) -> dict[str, dict[str, list[float]]]:
        """category → request → first minus second, one value for each seed."""
        grouped: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for one, other in self.asked:
            if (first := one.value(column)) is not None and (second := other.value(column)) is not None:
                grouped[one.category][one.case].append(first - second)
        return grouped


def pair(first: System, second: System) -> PairedSystems:
    """Rows are the same when request, id and seed are. Raises ``ValueError`` when they were scored by different judges."""
    judges = sorted({row.judge for system in (first, second) for row in system.scored})
    if len(judges) > 1:
        raise ValueError(f"scores by different judges are not comparable: {', '.join(judges)}")
    others = {(row.case, row.repeat, row.request): row for row in second.rows}
    both = [(row, others[key]) for row in first.rows if (key := (row.case, row.repeat, row.request)) in others]
    scored = [one for one, other in both if one.values is not None and other.values is not None]
    weights = first.run.measure.weights(row.category for row in scored)
    return PairedSystems(first=first, second=second, asked=tuple(both), weights=weights)


def pairs(group: ComparisonGroup) -> list[PairedSystems]:
    """Every two systems of the group, in the order they were given."""
    systems = group.systems
    return [pair(one, other) for position, one in enumerate(systems) for other in systems[position + 1 :]]
