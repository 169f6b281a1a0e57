"""Arms of ablations against each other, one figure a training: what a new training seed would show, not a new request."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from genevolve.bench.runs import Run
from genevolve.bench.statistics import Estimate, sign_flip_p, t_interval
from genevolve.report.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The tests of an arm: those of each training, which is a directory and a seed in it."""

    arm: str
    tests: Mapping[tuple[str, int], Run]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedDifference:
    """``first`` minus ``second`` in each training that both have, as means over the rows that both were asked.

    ``base`` is the mean of ``second`` there.
    """

    first: str
    second: str
    each: Mapping[tuple[str, int], float]
    base: float

    @property
    def difference(self) -> Estimate:
        """The mean over trainings with its t interval."""
        return t_interval(list(self.each.values()))

    @property
    def p(self) -> float:
        return sign_flip_p(list(self.each.values()))


def seed_differences(arms: Sequence[Trained]) -> Iterator[SeedDifference]:
    """Every two arms that share two trainings at least, scored by one judge; a row without a program counts 0."""
    for first, second in combinations(arms, 2):
        each: dict[tuple[str, int], float] = {}
        others: list[float] = []
        for training in first.tests.keys() & second.tests.keys():
            if pairs := _paired(first.tests[training], second.tests[training]):
                each[training] = fmean(own - other for own, other in pairs)
                others.append(fmean(other for _, other in pairs))
        if len(each) > 1:
            yield SeedDifference(first=first.arm, second=second.arm, each=dict(sorted(each.items())), base=fmean(others))


def _paired(first: Run, second: Run) -> list[tuple[float, float]]:
    """Values of the rows that both have; nothing where two judges scored them."""
    judges = {row.judge for run in (first, second) for row in run.rows if row.judge}
    column = first.measure.main_column
    theirs = {(row.case, row.repeat, row.request): row.value(column) for row in second.rows}
    both = ((row.value(column), theirs.get((row.case, row.repeat, row.request))) for row in first.rows)
    return [(own, other) for own, other in both if own is not None and other is not None] if len(judges) == 1 else []


def seed_table(arms: Sequence[Trained]) -> Table | None:
    """None where no two arms share two trainings."""
    found = list(seed_differences(arms))
    if not found:
        return None
    folders = {folder for one in found for folder, _ in one.each}
    return Table(
        title="Arms against each other, one figure a training" + (" of all directories" if len(folders) > 1 else ""),
        columns=("arms", "trainings", "difference", "of the second", "p", "each"),
        rows=tuple(_row(one, several=len(folders) > 1) for one in found),
        notes=(
            "same training seed, same requests; 95 % t interval over trainings and a sign-flip test over them: what another "
            "training would show (the other tables have intervals over requests); a row without a valid program counts 0",
        ),
    )


def _row(one: SeedDifference, *, several: bool) -> tuple[str, ...]:
    each = ", ".join(f"{f'{folder} ' if several else ''}{seed}: {value:+.3f}" for (folder, seed), value in one.each.items())
    found = one.difference
    relative = f"{100 * found.mean / one.base:+.1f} %" if one.base > 0 else "–"
    return (f"{one.first} − {one.second}", str(found.n), found.signed, relative, f"{one.p:.4f}", each)
